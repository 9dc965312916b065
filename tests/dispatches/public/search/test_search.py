"""Search: the same results on both databases."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from factories import DESK, develop, dispatch_of, make_dispatch, publish
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from dispatches import desk
from dispatches.models import Dispatch
from dispatches.public.models import Edition, SearchDocument, SearchWord
from dispatches.public.prepared import part
from dispatches.public.search import full_text, read_corpus, search, suggest
from dispatches.public.search.marking import Marker
from dispatches.public.search.query import parse

pytestmark = pytest.mark.django_db


def live(moment=None):
    now = moment or timezone.now()
    among = part(
        "what is searched", lambda at: Edition.objects.for_wire(at).order_by().values_list("id", "publication_id"), now
    )
    return read_corpus(among, now)


def found(text, newest_first=False, moment=None):
    hits = search(text, live(moment), newest_first=newest_first, limit=20).hits
    editions = Edition.objects.in_bulk([hit.edition for hit in hits])
    return [editions[hit.edition].headline for hit in hits]


def found_hits(text):
    return search(text, live(), newest_first=False, limit=20).hits


def marks(pieces):
    return [piece.text for piece in pieces if piece.kind == "mark"]


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        ("port", "The port"),
        ("ports", "The port"),
        ("PORT", "Ports of call"),
        ("cafe", "The café opens"),
        ("café", "The cafe opens"),
        ("negotiat", "Negotiators met"),
        ("negotiatio", "Negotiations began"),
        ("anthropi", "Anthropic says so"),
        ('"port talks"', "The port talks end"),
        ("u.s.", "A U.S. official"),
        ("well-known", "A well-known port"),
        ("שלום", "He said שלום"),
        ("שלו", "He said שלום"),
        ("السلام", "He said السلام"),
        ("port 🦆", "The port"),
        ("port -closed", "The port opens"),
        ("“port talks”", "The port talks end"),
        ("the", "The port"),
        ("94", "Gusts of 94 km/h"),
    ],
)
def test_it_is_found(text, headline):
    publish(headline=headline)
    publish(headline="Nothing of the kind" if text != "the" else "Nothing of that kind", tldr="None.", body="None.")
    assert found(text)[:1] == [headline]


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        ("port -talks", "Port talks"),
        ('"talks port"', "Port talks"),
        ("port strike", "Port talks"),
        ('port -"port talks"', "Port talks"),
        ("-port", "Port talks"),
        ('"por"', "Port talks"),
        ("por talks", "Port talks"),
        ("", "Port talks"),
        ("🦆", "Port talks"),
        ("' OR 1=1 --", "Port talks"),
        ('"', "Port talks"),
    ],
)
def test_it_is_not_found(text, headline):
    publish(headline=headline)
    assert found(text) == []


class TestWhateverIsTyped(TestCase):
    @given(st.text(max_size=60) | st.text("\"-*():^+& '\\;%_\x00aת🦆", max_size=30))
    @settings(deadline=None, max_examples=150)
    def test_it_is_answered(self, text):
        search(text, live(), newest_first=False, limit=3)
        suggest(text, live())


def test_only_the_beginning_of_a_long_search_is_read():
    publish(headline="The port")
    assert found("port " + "x " * 5_000) == []
    assert len(parse("word " * 2_000).wanted) <= 12


def test_the_headline_weighs_more_than_the_body():
    publish(headline="In the body", body="The harbour is closed.")
    publish(headline="The harbour is closed")
    assert found("harbour") == ["The harbour is closed", "In the body"]


def test_the_newest_may_come_first():
    now = timezone.now()
    publish(headline="Harbour old harbour", at=now - timedelta(days=2))
    publish(headline="New", body="The harbour.", at=now)
    assert found("harbour") == ["Harbour old harbour", "New"]
    assert found("harbour", newest_first=True) == ["New", "Harbour old harbour"]


def test_every_part_of_a_dispatch_is_looked_through_and_what_was_found_is_marked():
    dispatch = make_dispatch(headline="One", tldr="A tugboat.", body="Then **ferries** came & went.")
    develop(dispatch, "The lighthouse went dark.")
    desk.publish(dispatch=dispatch, actor=DESK)
    for text, word in [("one", "One"), ("tugboats", "tugboat"), ("ferry", "ferries"), ("lighthouse", "lighthouse")]:
        [hit] = search(text, live(), newest_first=False, limit=5).hits
        assert marks(hit.marked.headline) + marks(hit.marked.excerpt) == [word]


def test_what_is_found_obeys_the_filters():
    publish(headline="Harbour here")
    there = publish(headline="Harbour there")
    now = timezone.now()
    in_its_section = part(
        "in a section",
        lambda at, pk: Edition.objects.for_wire(at).filter(section=pk).values_list("id", "publication_id"),
        now,
        there.section.pk,
    )
    hits = search("harbour", read_corpus(in_its_section, now), newest_first=True, limit=5).hits
    assert [hit.edition for hit in hits] == [there.pk]
    assert search("harbour", live(), newest_first=True, limit=1).count == 2


def test_only_what_readers_can_read_is_found():
    now = timezone.now()
    coming = make_dispatch(headline="Embargoed harbour")
    desk.schedule(dispatch=coming, actor=DESK, at=now + timedelta(hours=1))
    make_dispatch(headline="Drafted harbour")
    gone = dispatch_of(publish(headline="Withdrawn harbour"))
    desk.withdraw(dispatch=gone, actor=DESK, note="It was wrong.")
    changed = dispatch_of(publish(headline="Once a harbour"))
    Dispatch.objects.filter(pk=changed.pk).update(headline="Now a bay")
    desk.update(dispatch=changed, actor=DESK)
    assert found("harbour") == []
    assert found("bay") == ["Now a bay"]
    assert suggest("harbuor", live()) == []
    assert found("harbour", moment=now + timedelta(hours=2)) == ["Embargoed harbour"]
    desk.cancel_schedule(dispatch=coming, actor=DESK)
    desk.restore(dispatch=gone, actor=DESK, note="It was right.")
    assert found("harbour", moment=now + timedelta(hours=2)) == ["Withdrawn harbour"]


def test_a_word_is_counted_for_as_long_as_a_document_has_it():
    dispatch = dispatch_of(publish(headline="A lighthouse"))
    publish(headline="Another lighthouse")
    assert SearchWord.objects.get(pk="lighthouse").documents == 2
    Dispatch.objects.filter(pk=dispatch.pk).update(headline="A tower")
    desk.update(dispatch=dispatch, actor=DESK)
    assert SearchWord.objects.get(pk="lighthouse").documents == 1
    desk.withdraw(dispatch=dispatch, actor=DESK, note="It was wrong.")
    assert not SearchWord.objects.filter(pk="tower").exists()


def test_a_misspelled_search_gets_a_suggestion():
    publish(headline="The lighthouse of Haifa")
    assert suggest("lihgthouse", live()) == ["lighthouse"]
    assert suggest("haifa lighthuose", live())[0] == "haifa lighthouse"
    assert suggest("haifa tugboat", live()) == ["haifa"]
    assert suggest("qqqqqq", live()) == []


def test_the_index_can_be_rebuilt(capsys):
    publish(headline="The lighthouse")
    before = (list(SearchWord.objects.values_list("word", "documents").order_by("word")), found("lighthouse"))
    SearchDocument.objects.all().delete()
    SearchWord.objects.all().delete()
    assert found("lighthouse") == []
    call_command("reindex")
    assert (list(SearchWord.objects.values_list("word", "documents").order_by("word")), found("lighthouse")) == before


def test_of_what_is_everywhere_the_newest_are_looked_at_and_those_with_it_in_the_headline_come_first(monkeypatch):
    now = timezone.now()
    monkeypatch.setattr("dispatches.public.search.MOST", 3)
    publish(headline="Harbour of old", at=now - timedelta(hours=9))
    for hours in (4, 3, 2, 1):
        publish(headline=f"Of {hours}", body="The harbour.", at=now - timedelta(hours=hours))
    changed = Dispatch.objects.get(headline="Of 3")
    Dispatch.objects.filter(pk=changed.pk).update(headline="The harbour of 3")
    desk.update(dispatch=Dispatch.objects.get(pk=changed.pk), actor=DESK)
    assert found("harbour") == ["The harbour of 3", "Of 1", "Of 2", "Of 4"]
    assert search("harbour", live(), newest_first=False, limit=9).count == 3


def test_what_is_published_in_one_second_has_places_of_its_own():
    now = timezone.now().replace(microsecond=0)
    for number in range(3):
        publish(headline=f"Harbour {number}", at=now - timedelta(hours=1))
    assert sorted(found("harbour")) == ["Harbour 0", "Harbour 1", "Harbour 2"]
    assert SearchDocument.objects.values("place").distinct().count() == 3


def test_history_that_comes_in_late_stands_where_it_belongs():
    publish(headline="Harbour now")
    publish(headline="Harbour then", at=timezone.now() - timedelta(days=1000))
    assert found("harbour", newest_first=True) == ["Harbour now", "Harbour then"]


LETTERS = "Łódź Diyarbakır Gießen Øresund Ærø / Αθήνα"
POINTS = "שָׁלוֹם מִכֻּלָּם / مُحَمَّد عَلِي / हिन्दी समाचार"
OTHER_SCRIPTS = [
    *(
        (LETTERS, word, found)
        for word, found in zip(
            [
                "lodz",
                "łódź",
                "ŁÓDŹ",
                "diyarbakir",
                "DIYARBAKIR",
                "giessen",
                "gießen",
                "oresund",
                "aero",
                "ærø",
                "αθηνα",
                "ΑΘΗΝΑ",
                "oresun",
            ],
            [
                "Łódź",
                "Łódź",
                "Łódź",
                "Diyarbakır",
                "Diyarbakır",
                "Gießen",
                "Gießen",
                "Øresund",
                "Ærø",
                "Ærø",
                "Αθήνα",
                "Αθήνα",
                "Øresund",
            ],
            strict=True,
        )
    ),
    *(
        (POINTS, word, found)
        for word, found in zip(
            ["שָׁלוֹם", "שלום", "מכלם", "מכל", "مُحَمَّد", "محمد", "علي", "हिन्दी", "समाचार"],
            ["שָׁלוֹם", "שָׁלוֹם", "מִכֻּלָּם", "מִכֻּלָּם", "مُحَمَّد", "مُحَمَّد", "عَلِي", "हिन्दी", "समाचार"],
            strict=True,
        )
    ),
    ("Inter\u00adnational aid", "international", "Inter\u00adnational"),
    ("Zero\u200bwidth and more", "zerowidth", "Zero\u200bwidth"),
    ("International aid", "inter\u00adnational", "International"),
    ("ca\u0301fe\u0301 ｗｉｄｅ", "cafe", "ca\u0301fe\u0301"),
    ("ca\u0301fe\u0301 ｗｉｄｅ", "wide", "ｗｉｄｅ"),
    ("Привет из Москвы: Йод", "йод", "Йод"),
    ("東京都庁で火災", "東京", "東京"),
    ("東京都庁で火災", "火災", "火災"),
    ("東京都庁で火災", "都庁で", "都庁で"),
    ("東京都庁で火災", "京", "京"),
    ("東京都庁で火災", "災", "災"),
    ("ﾊﾞｽ 2026年", "バス", "ﾊﾞｽ"),
    ("ภาษาไทย", "ไทย", "ไทย"),
    ("서울 날씨", "서울", "서울"),
]


@pytest.mark.parametrize(("headline", "query", "marked"), OTHER_SCRIPTS)
def test_words_of_every_script_are_found_and_marked(headline, query, marked):
    live_edition = desk.publish(dispatch=make_dispatch(headline=headline, slug="x"), actor=DESK)
    (hit,) = found_hits(query)
    assert hit.edition == live_edition.pk
    assert marks(hit.marked.headline) == [marked]


@pytest.mark.parametrize(
    ("headline", "query"),
    [
        ("東京都庁で火災", "京東"),
        ("東京都庁で火災", "都火"),
        (POINTS, "شلום"),
        (POINTS, "हिन्दू"),
        ("か", "が"),
        ("מכל", "מכלם"),
    ],
)
def test_other_words_of_these_scripts_are_not_found(headline, query):
    desk.publish(dispatch=make_dispatch(headline=headline, slug="x"), actor=DESK)
    assert not found_hits(query)


@pytest.mark.parametrize("text", [LETTERS, POINTS, "東京都庁で火災", "Plain “words” – é"])
def test_what_is_due_and_what_is_reindexed_is_found_alike(text):
    edition = desk.publish(dispatch=make_dispatch(headline=text, slug="x"), actor=DESK)
    word = next(each for each in text.split() if len(each) > 1)
    assert [hit.edition for hit in found_hits(word)] == [edition.pk]
    # As before a change of the indexing.
    SearchDocument.objects.update(headline_terms="", tldr_terms="", body_terms="")
    call_command("reindex")
    assert [hit.edition for hit in found_hits(word)] == [edition.pk]
    # And nothing is in the index twice.
    SearchDocument.objects.all().delete()
    assert not found_hits(word)


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("The ports of Haifa", "port", ["ports"]),
        ("A portrait of a port", "port", ["portrait", "port"]),
        ("A portrait of a port", '"port"', ["port"]),
        ("Cafés, cafe", "café", ["Cafés", "cafe"]),
        ("cities and a city", '"city"', ["cities", "city"]),
        ("Negotiations", "negotiatio", ["Negotiations"]),
        ("İstanbul port", "port", ["port"]),
        ("He said שלום", "שלום", ["שלום"]),
        ("U.S. port", "u.s.", ["U", "S"]),
        ("No such word", "port -such", []),
    ],
)
def test_the_words_that_were_looked_for_are_marked(text, query, marked):
    document = SearchDocument(headline=text, tldr="", developments="", body="")
    assert marks(Marker(parse(query), "porter").mark(document).headline) == marked


def test_an_excerpt_begins_before_what_was_found_and_is_short():
    body = "Nothing here. " * 60 + "Then the lighthouse went dark. " + "Nothing more. " * 60
    document = SearchDocument(headline="", tldr="No.", developments="", body=body)
    excerpt = Marker(parse("lighthouse"), "porter").mark(document).excerpt
    text = "".join(piece.text for piece in excerpt)
    assert marks(excerpt) == ["lighthouse"]
    assert text.startswith("… ")
    assert "Then the lighthouse went dark." in text
    assert len(text) < 260


def test_what_is_withdrawn_while_it_is_found_is_not_shown(monkeypatch):
    kept, withdrawn = publish(headline="Ships wait"), publish(headline="Ships leave", slug="leave")
    newest = full_text().newest

    def withdraw_then(*asked):
        candidates = newest(*asked)
        desk.withdraw(dispatch=dispatch_of(withdrawn), actor=DESK, note="Wrong.")
        return candidates

    monkeypatch.setattr(full_text(), "newest", withdraw_then)
    assert [hit.edition for hit in search("ships", live(), newest_first=False, limit=9).hits] == [kept.pk]
