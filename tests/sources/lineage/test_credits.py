"""Credits: the forms in which agencies and outlets are named, and what only looks like them."""

import pytest

from sources.lineage.agencies import Directory, agencies, read_table
from sources.lineage.credits import find_credit

BODY = "Three people were hurt on Monday when a bridge gave way, officials said. The rescue went on."
DIRECTORY = Directory.of(
    [
        ("haaretz", ["Haaretz"]),
        ("ynet", ["Ynet"]),
        ("nyt", ["The New York Times", "NYT"]),
        ("channel", ["Channel 12", "N12"]),
        ("health", ["Health Ministry"]),
        ("time", ["Time"]),
        ("bbc", ["BBC"]),
    ]
)
REUTERS, AP, AFP, DPA = "reuters", "associated press", "agence france presse", "deutsche presse agentur"

CREDITED = [
    # In a dateline, or in its place
    ("JERUSALEM (Reuters) — {}", REUTERS),
    ("(AP) {}", AP),
    ("WASHINGTON, Jan 5 (Reuters) - {}", REUTERS),
    ("Berlin (dpa/bb) - {}", DPA),
    ("dpa/lby Berlin: {}", DPA),
    ("AFP – {}", AFP),
    ("London, Reuters - {}", REUTERS),
    ("LONDON/Reuters — {}", REUTERS),
    ("MOSCOW, November 3. /TASS/. {}", "tass"),
    ("New Delhi [India], June 2 (ANI): {}", "asian news international"),
    ("LONDON (PA) - {}", "pa media"),
    ("Reuters\nNovember 3, 2026\n{}", REUTERS),
    ("By DANA LEVI, Associated Press\n\n{}", AP),
    # At the end
    ("{} (AFP)", AFP),
    ("{} — Reuters", REUTERS),
    ("{} AFP", AFP),
    ("{}\n\nSource: Xinhua", "xinhua"),
    ("{}\n\n© Thomson Reuters 2026", REUTERS),
    ("{}\n\nCopyright 2026 The Associated Press. All rights reserved.", AP),
    ("{} (with inputs from PTI)", "press trust of india"),
    ("{}\n\n(Reporting by Dana Levi; Editing by John Roe)", REUTERS),
    # In phrases
    ("Three were hurt, Haaretz reported on Monday. {}", "haaretz"),
    ("Three were hurt, the AP reported. {}", AP),
    ("The AP reported that three were hurt. {}", AP),
    ("Ynet reports that three were hurt. {}", "ynet"),
    ("According to the Health Ministry, three were hurt. {}", "health"),
    ("A report in the New York Times says so. {}", "nyt"),
    ("NYT: three hurt. {}", "nyt"),
    ("An official told Agence France-Presse that three were hurt. {}", AFP),
    ("Three were hurt, per Reuters. {}", REUTERS),
    ("Channel 12 news first reported it. {}", "channel"),
    ("Turkey's Anadolu Agency said three were hurt. {}", "anadolu agency"),
    ("via @Reuters: {}", REUTERS),
    ("h/t Ynet. {}", "ynet"),
    ("According to a Reuters/Ipsos poll, nobody knew. {}", REUTERS),
    # In other languages
    ("Drei wurden verletzt, wie die Deutsche Presse-Agentur berichtet. {}", DPA),
    ("Selon l’AFP, trois personnes sont blessées. {}", AFP),
    ("Según la agencia EFE, hay tres heridos. {}", "efe"),
    ("שלושה נפצעו, לפי רויטרס. {}", REUTERS),
]
NOT_CREDITED = [
    "{}",
    "A man (photo: AP) walked by. {}",
    "FILE PHOTO: A bridge. REUTERS/Dana Levi\n{}",
    "{} (AP Photo/Dana Levi)",
    "An image via Reuters shows it. {}",
    "Officials denied a Reuters report. {}",
    "Officials denied what Reuters reported. {}",
    "The ministry dismissed what was reported by Reuters. {}",
    "The army refuted claims first reported by AFP. {}",
    "Reporters of the BBC and Ynet were there. {}",
    "Reuters could not verify this. {}",
    "A Reuters journalist was hurt. {}",
    "The Palestinian Authority (PA) said so. {}",
    "Time will tell. {}",
    "The students of the uni told me. {}",
    "Michael Bloomberg said so. {}",
    "{} " * 6 + "Reuters reported on it too.",
]


SEVERAL = [
    "(AP, AFP, Reuters) {}",
    "JERUSALEM (AP/AFP) — {}",
    "Reuters/AFP – {}",
    "AP, AFP — {}",
    "AP and Reuters — {}",
    "PARIS, AFP/Reuters – {}",
    "Rome — AFP, AP — {}",
    "MOSCOW, June 2. /TASS, AFP/. {}",
    "By AP and Reuters\n\n{}",
    "By Dana Levi and AFP\n\n{}",
    "By Staff and agencies\n\n{}",
    "Agencies\n{}",
    "From wire reports\n{}",
    "(Agencies) {}",
    "{} (AP, AFP)",
    "{} (Agencies)",
    "{} — AP/Reuters",
    "{} AP, AFP",
    "{}\n\nAP, AFP and Reuters",
    "{}\n\nSources: AFP, Reuters",
    "{}\n\n© 2026 AFP, AP",
    "{}\n\nWith files from AP, AFP",
    "{} (with inputs from agencies)",
    "{}\n\nThe Associated Press contributed to this report.",
    "{}\n\nReuters and AFP contributed to this report.",
    "JERUSALEM (Reuters) — {} (with inputs from AFP)",
    "Three were hurt, according to Reuters and AFP. {}",
    "Three were hurt, Haaretz reported, and Reuters reported so too. {}",
]


@pytest.mark.parametrize("form", SEVERAL)
def test_several_credits_credit_none_of_them(form):
    credit = find_credit("", form.format(BODY), "", DIRECTORY)
    assert credit
    assert credit.key is None


@pytest.mark.parametrize("byline", ["AP/AFP", "AFP-JIJI", "Agencies", "Web Desk, Agencies", "Dana Levi with Reuters"])
def test_a_byline_of_several_credits_none_of_them(byline):
    credit = find_credit("Bridge gives way", BODY, byline, DIRECTORY)
    assert credit
    assert credit.key is None


def test_a_source_among_several_that_it_credits_is_not_the_origin():
    credit = find_credit("", f"(AP, AFP) {BODY}", "", DIRECTORY, own=AFP)
    assert credit
    assert credit.keys == (AP, AFP)


def test_officials_whom_a_report_quotes_are_no_second_credit():
    directory = Directory.of([("army", ["Army"]), ("police", ["Police"])], others=["army", "police"])
    text = f"According to the Army, three were hurt, and according to the Police, four. {BODY}"
    assert find_credit("", text, "", directory) is None


@pytest.mark.parametrize(("form", "key"), CREDITED)
def test_a_credit_is_found_and_its_words_are_the_evidence(form, key):
    text = form.format(BODY)
    credit = find_credit("", text, "", DIRECTORY)
    assert credit
    assert credit.key == key
    assert credit.words.strip("…") in " ".join(text.split())


@pytest.mark.parametrize("form", NOT_CREDITED)
def test_a_mere_mention_is_not_a_credit(form):
    assert find_credit("", form.replace("{}", BODY), "", DIRECTORY) is None


@pytest.mark.parametrize(
    ("title", "byline", "key"),
    [
        ("Bridge gives way - Reuters", "", REUTERS),
        ("Bridge gives way, AP reports", "", AP),
        ("Channel 12: bridge gives way", "", "channel"),
        ("Bridge gives way", "Reuters Staff", REUTERS),
        ("Bridge gives way", "Dana Levi, AFP", AFP),
    ],
)
def test_titles_and_bylines_credit_too(title, byline, key):
    credit = find_credit(title, BODY, byline, DIRECTORY)
    assert credit
    assert credit.key == key


def test_an_agency_s_own_text_credits_nobody():
    assert find_credit("", f"PARIS (AFP) — An official told Reuters. {BODY}", "", DIRECTORY, own=AFP) is None


def test_a_source_at_the_desk_with_an_agency_s_name_is_that_agency():
    directory = Directory.of([("17", ["The Associated Press"])])
    credit = find_credit("", f"(AP) {BODY}", "", directory)
    assert credit
    assert credit.key == AP


def test_the_table_is_whole():
    names = [name for agency in agencies() for name in agency.names]
    assert len(names) == len(set(names))
    for language in (each for each in read_table().values() if isinstance(each, dict)):
        assert {"before", "after", "descriptors", "fillers"} <= language.keys()
