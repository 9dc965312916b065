"""What the desk's search finds, and in which order: the same on both databases."""

import pytest
from django.contrib.auth.models import Group, User
from factories import make_dispatch, make_report, make_source, make_story

from dispatches.desk import documents
from dispatches.finding.marking import excerpt, mark
from dispatches.finding.matching import by_relevance, matches
from dispatches.finding.words import index_text, parse
from dispatches.models import Dispatch, Story
from sources.models import Owner, Report, Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(django_user_model):
    return django_user_model.objects.create_superuser("ada")


def found(model, text: str, user) -> list[str]:
    documents.rebuild()
    rows = by_relevance(model._default_manager.filter(matches(model, text, user)), text, "-pk")
    return [str(getattr(row, "headline", getattr(row, "title", getattr(row, "name", "")))) for row in rows]


TEXT = (
    "The Hashalom junction: 12 hectares burned, said Łukasz Ünal’s naïve café owner. "
    "שָׁלוֹם עולם. مـدرسة 東京都 हिन्दी U.S."
)


@pytest.mark.parametrize(
    "query",
    [
        *("hashalom", "HASHALOM", "hasha", "hectar", "lukasz", "unal", "Ünal", "naive", "cafe", "café", "שלום", "עולם"),
        *("مدرسة", "東京", "京都", "हिन्दी", "u.s.", '"hectares burned"', "12 hectares", "junction -flood", '"U.S."'),
        *("hashalom hectares café", "“hectares burned”", "12-hectares", "CAFE\u0301"),
    ],
)
def test_words_of_a_text_are_found_in_any_spelling(chief, query):
    make_report(title="One", text=TEXT)
    make_report(title="Other", text="Nothing of it.")
    assert found(Report, query, chief) == ["One"]


@pytest.mark.parametrize(
    "query",
    ["shalom", "ectares", '"hectares said"', "junction -hectares", '"hasha"', "-one", "12x", "", '"', "?!", "-"],
)
def test_what_does_not_match_is_not_found(chief, query):
    make_report(title="One", text=TEXT)
    assert found(Report, query, chief) == []


@pytest.mark.parametrize(
    "query",
    ["' OR 1=1", "a* OR b", "title:x", "NEAR(a b)", "{body}: x", "x & !y | z", "\\", "a:*A", "%qq %", "w" * 9999],
)
def test_any_input_is_a_query(chief, query):
    make_report(title="One", text=TEXT)
    assert found(Report, query, chief) == []


def test_a_dispatch_is_found_by_each_of_its_texts(chief):
    dispatch = make_dispatch(headline="Alpha", tldr="Bravo", body="[Charlie](https://x.example/delta)", slug="echo")
    dispatch.byline = "Foxtrot"
    dispatch.save()
    dispatch.developments.create(at="2026-06-25T10:00Z", text="Golf")
    for word in ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "alpha golf"):
        assert found(Dispatch, word, chief) == ["Alpha"], word


def test_a_report_is_found_by_its_source_too(chief):
    make_report(make_source(name="Harbour Post", aliases="The Posties"), title="Strike", text="ships")
    make_report(make_source(name="Mail"), title="Strike at the Harbour")
    assert found(Report, "posties strike", chief) == ["Strike"]
    assert found(Report, "harbour strike", chief) == ["Strike at the Harbour", "Strike"]
    assert found(Report, "harbour -mail ships", chief) == ["Strike"]


def test_sources_and_stories_are_found_by_all_their_names(chief):
    make_source(name="Der Spiegel", aliases="SPON\nSpiegel Online", public_label="Hamburg weekly")
    make_story("port-dispute")
    for word in ("spiegel", "spon", "online spiegel", "hamburg"):
        assert found(Source, word, chief) == ["Der Spiegel"]
    assert found(Story, "dispute", chief) == ["port-dispute"]


def test_a_source_is_found_by_its_owner_by_those_who_may_see_owners(chief, django_user_model):
    make_source(name="Mail", owner=Owner.objects.create(name="Lighthouse Holding"))
    reporter = django_user_model.objects.create(username="grace")
    reporter.groups.add(Group.objects.get(name="Reporter"))
    assert found(Source, "lighthouse", chief) == ["Mail"]
    assert found(Source, "lighthouse", User.objects.get(username="grace")) == []
    assert found(Source, "mail", User.objects.get(username="grace")) == ["Mail"]


def test_headlines_come_first(chief):
    make_report(title="Port talks")
    make_report(title="Newer", text="port talks")
    make_report(title="Port", text="talks")
    assert found(Report, "port talks", chief) == ["Port talks", "Port", "Newer"]


def test_what_was_found_is_marked():
    def marked(text, query):
        return [piece.text for piece in mark(text, parse(query)) if piece.kind == "mark"]

    assert marked("Ports: the port’s CAFÉ, cafés", "port cafe") == ["Ports", "port", "CAFÉ", "cafés"]
    assert marked("port talks, talks at the port", '"port talks" -strike') == ["port", "talks"]
    assert marked("שָׁלוֹם עולם", "שלום") == ["שָׁלוֹם"]
    pieces = excerpt(["nothing", "x " * 400 + "the Hashalom junction " + "y " * 400], parse("hashalom"))
    assert [piece.kind for piece in pieces] == ["", "mark", ""]
    text = "".join(piece.text for piece in pieces)
    assert text.startswith("… ")
    assert text.endswith(" …")
    assert len(text) < 250
    assert "".join(piece.text for piece in excerpt(["A text."], parse("other"))) == "A text."


def test_very_long_texts_are_indexed_in_part(chief):
    make_report(title="Long", text="word " * 100_000)
    assert found(Report, "word", chief) == ["Long"]
    assert len(index_text("é" * 500_000)) < 500
