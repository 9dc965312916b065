"""Relays anywhere in a text: which position and verb make one, and what only looks like one."""

import pytest

from sources.lineage.agencies import Directory
from sources.lineage.credits import LEAD_WORDS, find_credit
from sources.lineage.relays import MOST_NAMES, find_relays

NAMES = ["CNN", "CBS", "NBC", "BBC", "Quinnipiac", "Haaretz", "The Journal", "The New York Times", "Ta Nea", "Ministry"]
DIRECTORY = Directory.of(((name, [name]) for name in NAMES), others=["Ministry"])
LEAD = "The quay was closed again this morning. " * (LEAD_WORDS // 7 + 1)

RELAYED = [
    ("A CBS poll released Monday put it at 41 percent.", "CBS"),
    ("It has slipped, according to a Quinnipiac poll.", "Quinnipiac"),
    ("He said on NBC's Meet the Press that he would go.", "NBC"),
    ("NBC's Dana Levi reported that it was known.", "NBC"),
    ("The Journal's Jane Doe reported that it was known.", "The Journal"),
    ("“Nobody asked us,” he told CNN.", "CNN"),
    ("In an interview with Haaretz, he warned of it.", "Haaretz"),
    ("During an interview with the Greek newspaper Ta Nea, he warned of it.", "Ta Nea"),
    ("The New York Times reported on Tuesday that it was known.", "The New York Times"),
    ("Some have left, the station said, citing Reuters.", "reuters"),
    ("Two officials confirmed to Reuters that it was known.", "reuters"),
    ("The firm declined to comment when contacted by Reuters.", "reuters"),
    ("An investigation by the BBC found that nobody came.", "BBC"),
    ("Footage obtained by the BBC shows the men.", "BBC"),
    ("Haaretz, which saw the contract, puts it at four million.", "Haaretz"),
    ("The BBC says that nobody came.", "BBC"),
]
NOT_RELAYED = [
    "CNN moved into the building next door.",
    "The ministry denied a CNN report that it had known.",
    "Contrary to a report by CNN, he is here.",
    "He told this newspaper that he would go.",
    "He told us that CNN was there.",
    "He told the Haaretz editor to go.",
    "He told CNN journalists to leave.",
    "He refused an interview with CNN.",
    "He resigned after an interview with CNN.",
    "It cut ties following an investigation by CNN.",
    "He told CNN in 2019 that it was safe.",
    "CNN said it would move its office.",
    "CNN's offices are on the same canal.",
    "CNN President Jane Doe wrote to the staff.",
    "CNN reported a loss of four million.",
    "Picture by Jane Doe for CNN",
    "An image via CNN shows the quay.",
    "Michael Bloomberg said so.",
    "According to the Ministry, nobody came.",
]


@pytest.mark.parametrize(("sentence", "key"), RELAYED)
def test_position_and_verb_make_a_relay_wherever_it_stands(sentence, key):
    text = f"{LEAD}\n\n{sentence} {LEAD}"
    assert [(credit.keys, credit.words) for credit in find_relays(text, DIRECTORY)] == [((key,), sentence)]
    credit = find_credit("", text, "", DIRECTORY)
    assert credit
    assert credit.key == key


@pytest.mark.parametrize("sentence", NOT_RELAYED)
def test_a_mention_a_denial_or_news_about_an_outlet_is_no_relay(sentence):
    assert find_relays(f"{LEAD}\n\n{sentence}\n{LEAD}", DIRECTORY) == []


def test_outlets_in_a_row_are_relayed_together():
    found = find_relays("It was agreed, they told CNN and the BBC. Haaretz and Reuters reported it.", DIRECTORY)
    assert [credit.keys for credit in found] == [("CNN",), ("BBC",), ("Haaretz",), ("reuters",)]


def test_an_outlet_does_not_relay_its_own_programme_or_interview():
    text = f"{LEAD} He told CNN so. CNN's Jake Roe reported it."
    assert find_relays(text, DIRECTORY, own="CNN") == []
    assert find_credit("", text, "", DIRECTORY, own="CNN") is None


def test_relays_of_several_outlets_leave_the_origin_unknown():
    credit = find_credit("", f"{LEAD} He told CNN so. The BBC reported that it was known.", "", DIRECTORY)
    assert credit
    assert credit.keys == ("CNN", "BBC")
    assert credit.key is None


@pytest.mark.parametrize(
    "own", ["“I saw it,” she told this newspaper.", "Our correspondent saw it.", "She told us so."]
)
def test_what_a_report_with_its_own_sources_takes_from_others_is_a_detail(own):
    assert find_credit("", f"{LEAD} {own} He told CNN so.", "", DIRECTORY) is None


def test_a_credit_in_the_lead_precedes_relays_further_down():
    credit = find_credit("", f"Haaretz reported that it was closed. {LEAD} He told CNN so.", "", DIRECTORY)
    assert credit
    assert credit.key == "Haaretz"


def test_a_long_list_of_names_is_not_read_to_its_end():
    assert find_relays(f"{'BBC: ' * MOST_NAMES} He told CNN so.", DIRECTORY) == []
