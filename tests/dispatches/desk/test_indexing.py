"""The index never contains an edition before its time, and scheduled editions are found as soon as they are live."""

from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from factories import DESK, cite, develop, dispatch_of, make_dispatch, make_report, make_section, publish
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from dispatches import desk
from dispatches.desk import indexing
from dispatches.models import Dispatch
from dispatches.public.models import Edition, IndexState, Relation, SearchDocument, SearchWord
from dispatches.public.prepared import part
from dispatches.public.relations import related
from dispatches.public.search import documents, read_corpus, search, suggest
from dispatches.public.search.query import words_of
from dispatches.public.state import read_public_state
from wire.views.filters import Filter

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
STRIKE = {"tldr": "Dockworkers at the Haifa terminal walk out over the shift roster."}


def corpus(at=None, chosen=None):
    at, chosen = at or timezone.now(), chosen or Filter()
    return read_corpus(
        part(
            ("searched in a test", chosen.kind),
            lambda *values: chosen.live(*values).order_by().values_list("id", "publication_id"),
            *chosen.values(at),
        ),
        at,
    )


def found(text, at=None, newest_first=True, chosen=None, **page):
    hits = search(text, corpus(at, chosen), newest_first=newest_first, **{"limit": 20} | page).hits
    editions = Edition.objects.in_bulk([hit.edition for hit in hits])
    return [editions[hit.edition].headline for hit in hits]


def schedule(at=None, **fields):
    return desk.schedule(dispatch=make_dispatch(**fields), actor=DESK, at=at or timezone.now() + HOUR)


def counts():
    return dict(SearchWord.objects.values_list("word", "documents"))


def assert_counts_are_exact():
    expected = Counter(word for each in SearchDocument.objects.all() for word in words_of(each.text))
    assert counts() == dict(expected)
    assert documents.count_documents() == SearchDocument.objects.count()


# Before its time


def test_what_is_scheduled_leaves_no_trace_until_its_time_comes(time_machine):
    publish(headline="Dockworkers strike at Haifa terminal", **STRIKE)
    tables = [SearchDocument, SearchWord, Relation, IndexState]
    before = [sorted(map(str, model.objects.values_list())) for model in tables[:3]]
    state = read_public_state().value
    coming = schedule(headline="Dockworkers strike at Haifa terminal again", body="Zeppelin.", **STRIKE)
    assert [sorted(map(str, model.objects.values_list())) for model in tables[:3]] == before
    assert read_public_state().value == state
    time_machine.move_to(coming.live_at)
    assert found("zeppelin") == [coming.headline]
    assert not SearchWord.objects.filter(word="zeppelin").exists()
    desk.index_due_editions(actor=DESK)
    assert SearchWord.objects.get(word="zeppelin").documents == 1
    assert Relation.objects.filter(publication=coming.publication_id).exists()


def test_indexing_what_is_due_changes_the_state_of_the_site_once(time_machine):
    other = publish(headline="Dockworkers strike at Haifa terminal", **STRIKE)
    coming = schedule(headline="Dockworkers strike at Haifa terminal again", **STRIKE)
    time_machine.move_to(coming.live_at)
    before = read_public_state().value
    assert related(other.publication_id, "") == []
    desk.index_due_editions(actor=DESK)
    assert read_public_state().value != before
    assert related(other.publication_id, "") == [coming.pk]
    before = read_public_state().value
    desk.index_due_editions(actor=DESK)
    assert read_public_state().value == before


@pytest.mark.parametrize(
    "write",
    [
        lambda draft: desk.publish(dispatch=draft, actor=DESK),
        lambda draft: desk.publish(dispatch=draft, actor=DESK, at=timezone.now() - 400 * 24 * HOUR),
        lambda draft: desk.schedule(dispatch=draft, actor=DESK, at=timezone.now() + HOUR),
        lambda draft: desk.accept_report(report=draft.citations.get().report, actor=DESK),
        lambda _: desk.index_due_editions(actor=DESK),
        lambda _: call_command("poll_intake", stdout=StringIO()),
        lambda _: call_command("reindex", stdout=StringIO()),
    ],
)
def test_the_next_write_of_the_desk_indexes_what_is_due(time_machine, write):
    coming, draft = schedule(headline="A zeppelin"), make_dispatch()
    time_machine.move_to(coming.live_at + HOUR)
    before = read_public_state().value
    write(draft)
    assert read_public_state().value != before
    assert SearchDocument.objects.filter(publication=coming.publication_id).exists()
    assert corpus().due == []
    assert found("zeppelin") == ["A zeppelin"]
    assert_counts_are_exact()


def test_what_is_live_when_it_is_issued_is_indexed_at_once():
    first = publish(headline="A zeppelin")
    publish(headline="A zeppelin of old", at=timezone.now() - 400 * 24 * HOUR)
    Dispatch.objects.filter(pk=dispatch_of(first).pk).update(headline="A balloon")
    desk.update(dispatch=dispatch_of(first), actor=DESK)
    assert corpus().due == []
    assert found("zeppelin") == ["A zeppelin of old"]
    assert found("balloon") == ["A balloon"]


def test_a_signal_that_changes_makes_nothing_due():
    report = make_report()
    publish(report, make_report(), headline="A zeppelin")
    desk.retract_report(report=report, actor=DESK)
    assert Edition.objects.filter(kind="signal").exists()
    assert corpus().due == []


def test_a_week_without_a_write_is_made_up_for_at_each_search(time_machine):
    now = timezone.now().replace(microsecond=0)
    time_machine.move_to(now, tick=False)
    for number in range(3):
        publish(headline=f"Zeppelin {number}", at=now - HOUR * (9 - number))
    for day in range(1, 6):
        # Published at the same time: the later dispatch comes first, as on the wire.
        for number in range(2):
            schedule(headline=f"Zeppelin of day {day}.{number}", at=now + day * 24 * HOUR)
    time_machine.move_to(now + 7 * 24 * HOUR)
    pages = [found("zeppelin", limit=4, offset=offset) for offset in (0, 4, 8, 12)]
    on_the_wire = [each.headline for each in Edition.objects.for_wire()]
    assert [headline for page in pages for headline in page] == on_the_wire
    assert search("zeppelin", corpus(), newest_first=True, limit=1).count == 13
    desk.index_due_editions(actor=DESK)
    assert [found("zeppelin", limit=4, offset=offset) for offset in (0, 4, 8, 12)] == pages
    assert search("zeppelin", corpus(), newest_first=True, limit=1).count == 13


def test_best_first_what_is_due_comes_first_and_what_has_it_in_the_headline_before_the_others(time_machine):
    publish(headline="The zeppelin, the zeppelin")
    now = timezone.now()
    schedule(headline="In the headline: a zeppelin", at=now + HOUR)
    schedule(headline="In the body", body="A zeppelin.", at=now + 2 * HOUR)
    schedule(headline="Not of it", at=now + 3 * HOUR)
    time_machine.move_to(now + 4 * HOUR)
    order = ["In the headline: a zeppelin", "In the body", "The zeppelin, the zeppelin"]
    assert found("zeppelin", newest_first=False) == order


def test_of_what_is_everywhere_those_that_are_due_stand_as_they_will(time_machine, monkeypatch):
    monkeypatch.setattr("dispatches.public.search.MOST", 3)
    now = timezone.now()
    for hours in (5, 4, 3):
        publish(headline=f"Zeppelin of {hours}", at=now - hours * HOUR)
    schedule(headline="In the body", body="A zeppelin.", at=now + HOUR)
    schedule(headline="In the headline: a zeppelin", at=now + 2 * HOUR)
    time_machine.move_to(now + 3 * HOUR)
    before = found("zeppelin", newest_first=False)
    assert before == ["In the headline: a zeppelin", "Zeppelin of 3", "Zeppelin of 4", "In the body"]
    desk.index_due_editions(actor=DESK)
    assert found("zeppelin", newest_first=False) == before


def test_what_is_due_obeys_the_filters(time_machine):
    section = make_section()
    coming = schedule(headline="A zeppelin", section=section)
    schedule(headline="Another zeppelin", at=coming.live_at)
    time_machine.move_to(coming.live_at)
    assert found("zeppelin", chosen=Filter(section)) == ["A zeppelin"]
    assert found("zeppelin", chosen=Filter(signal="confirmed")) == []
    assert len(found("zeppelin", chosen=Filter(signal="developing"))) == 2
    assert search("zeppelin", corpus(chosen=Filter(section)), newest_first=False, limit=9).count == 1


# Changes of scheduled and due editions


def test_what_was_called_off_is_never_found(time_machine):
    coming = schedule(headline="A zeppelin")
    desk.cancel_schedule(dispatch=dispatch_of(coming), actor=DESK)
    time_machine.move_to(coming.live_at + HOUR)
    assert found("zeppelin") == []
    desk.index_due_editions(actor=DESK)
    assert not SearchDocument.objects.exists()
    assert not SearchWord.objects.exists()


def test_what_is_rerated_before_its_time_is_found_at_its_time(time_machine):
    report = make_report()
    coming = schedule(headline="A zeppelin")
    cite(dispatch_of(coming), report)
    desk.retract_report(report=report, actor=DESK)
    desk.undo_retraction(report=report, actor=DESK)
    assert Edition.objects.filter(publication=coming.publication_id).count() > 1
    assert not SearchDocument.objects.exists()
    time_machine.move_to(coming.live_at)
    assert found("zeppelin") == ["A zeppelin"]
    # Now as a due edition.
    desk.retract_report(report=report, actor=DESK)
    assert found("zeppelin") == ["A zeppelin"]
    assert corpus().due == []


def test_what_is_withdrawn_before_it_is_indexed_never_is(time_machine):
    coming = schedule(headline="A zeppelin")
    time_machine.move_to(coming.live_at + HOUR)
    assert found("zeppelin") == ["A zeppelin"]
    desk.withdraw(dispatch=dispatch_of(coming), actor=DESK, note="It was wrong.")
    assert found("zeppelin") == []
    assert not SearchDocument.objects.exists()
    assert not SearchWord.objects.exists()


def test_what_is_updated_before_it_is_indexed_is_found_by_its_new_words(time_machine):
    coming = schedule(headline="A zeppelin")
    time_machine.move_to(coming.live_at + HOUR)
    Dispatch.objects.filter(pk=dispatch_of(coming).pk).update(headline="A balloon")
    desk.update(dispatch=dispatch_of(coming), actor=DESK)
    assert (found("zeppelin"), found("balloon")) == ([], ["A balloon"])
    assert not SearchWord.objects.filter(word="zeppelin").exists()


def test_a_dispatch_that_is_in_the_index_and_due_is_found_once_by_what_it_says_now():
    first = publish(headline="A zeppelin over the bay")
    publish(headline="A zeppelin above the bay", at=timezone.now() - HOUR)
    Dispatch.objects.filter(pk=dispatch_of(first).pk).update(headline="A balloon over the bay")
    second = desk.update(dispatch=dispatch_of(first), actor=DESK)
    # As when an update goes live on schedule.
    documents.index(first)
    IndexState.objects.update(live_until=first.live_at)
    assert [each.edition for each in corpus().due if each.edition == second.pk]
    assert found("zeppelin") == ["A zeppelin above the bay"]
    assert found("bay") == ["A balloon over the bay", "A zeppelin above the bay"]
    assert search("bay", corpus(), newest_first=False, limit=9).count == 2
    assert suggest("zeppelin balloon", corpus()) == ["zeppelin", "balloon"]
    desk.index_due_editions(actor=DESK)
    assert found("bay") == ["A balloon over the bay", "A zeppelin above the bay"]
    assert_counts_are_exact()


def test_a_withdrawal_is_not_due_itself():
    edition = publish(headline="A zeppelin")
    desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="It was wrong.")
    # As when a withdrawal goes live on schedule.
    documents.index(edition)
    IndexState.objects.update(live_until=edition.live_at)
    assert corpus().due == []
    assert found("zeppelin") == []
    desk.index_due_editions(actor=DESK)
    assert not SearchDocument.objects.exists()
    assert_counts_are_exact()


def test_of_words_as_like_the_first_is_suggested_whichever_came_first():
    publish(headline="Zeppelint")
    publish(headline="Zeppelins")
    assert suggest("zeppelinx", corpus()) == ["zeppelins"]


def test_what_is_suggested_finds_something(time_machine):
    coming = schedule(headline="A zeppelin", at=timezone.now() + HOUR)
    assert suggest("zepelin", corpus()) == []
    assert suggest("zeppelin tugboat", corpus()) == []
    time_machine.move_to(coming.live_at)
    assert suggest("zeppelin tugboat", corpus()) == ["zeppelin"]


def test_what_is_scheduled_is_found_in_its_time_though_the_clock_was_put_back():
    now = timezone.now()
    publish(headline="Something else")
    IndexState.objects.update(live_until=now + 5 * HOUR)
    coming = schedule(headline="A zeppelin", at=now + HOUR)
    assert found("zeppelin", at=coming.live_at) == ["A zeppelin"]


# Before and after indexing

TEXTS = [
    ("The port", ["port", "ports", "PORT", "por", "-port", "the -port", '"the port"', '"port the"', "porting"]),
    ("Ports of call", ["port", "call", '"ports of call"', "of -call"]),
    ("The café opens", ["cafe", "café", "caf", "Cafés", '"the cafe"']),
    ("Straße und Fluß", ["strasse", "straße", "fluss", "flu"]),
    ("Negotiators met", ["negotiat", "negotiation", "negotiators met", "negotiators -met"]),
    ("A U.S. official of well-known firms", ["u.s.", "us", "well-known", '"well known"', "offici", "firm"]),
    ("He said שלום and السلام", ["שלום", "שלו", "السلام", "שָׁלוֹם"]),
    ("Gusts of 94 km/h, 3.5 million", ["94", "km/h", "3.5", '"94 km"']),
    ("Łódź Diyarbakır Gießen Øresund Ærø Αθήνα", ["lodz", "łódź", "diyarbakir", "giessen", "oresund", "αθηνα"]),
    ("Inter\u00adnational aid, zero\u200bwidth", ["international", "zerowidth", "inter", "width"]),
    ("東京都庁で火災 in Tokyo", ["東京", "火災", "東京都庁で火災", "tokyo"]),
    ("It’s the minister’s “budget”", ["minister", "it's", "minister's", "budget", "its"]),
    ("Snake_case and e-mail@example.com", ["snake", "case", "snake_case", "mail", "example.com"]),
    ("हिन्दी समाचार", ["हिन्दी", "समाचार"]),
]


def hits_of(query, at):
    return [
        (hit.edition, hit.marked)
        for newest_first in (True, False)
        for hit in search(query, corpus(at), newest_first=newest_first, limit=9).hits
    ]


@pytest.mark.parametrize(("text", "queries"), TEXTS)
@pytest.mark.parametrize("part", ["headline", "tldr", "body", "development"])
def test_it_is_found_and_marked_the_same_before_and_after_it_is_indexed(text, queries, part, time_machine):
    dispatch = make_dispatch(**{part: text} if part != "development" else {})
    if part == "development":
        develop(dispatch, text)
    coming = desk.schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + HOUR)
    time_machine.move_to(coming.live_at)
    before = {query: hits_of(query, coming.live_at) for query in queries}
    assert len(corpus().due) == 1
    desk.index_due_editions(actor=DESK)
    assert corpus().due == []
    assert {query: hits_of(query, coming.live_at) for query in queries} == before


LETTERS = st.sampled_from("aAbeisnt éÉßıİœŁ ת לم 火 0 94 . , - _ ' ’ \u00ad \u0301 \" 🦆 x")
WRITTEN = st.text(LETTERS, min_size=1, max_size=40)


class TestWhateverIsWritten(TestCase):
    @given(WRITTEN, st.lists(WRITTEN, min_size=1, max_size=4))
    @settings(deadline=None, max_examples=60)
    def test_it_is_found_the_same_before_and_after_it_is_indexed(self, text, queries):
        now = timezone.now()
        dispatch = make_dispatch(headline=f"Zeppelin {text}")
        coming = desk.schedule(dispatch=dispatch, actor=DESK, at=now + HOUR)
        queries = [*queries, text, text[: len(text) // 2], f'"{text}"', f"zeppelin -{text}"]
        before = [hits_of(query, coming.live_at) for query in queries]
        with desk.publication_lock():
            indexing.index_live(coming.live_at)
        assert SearchDocument.objects.filter(publication=coming.publication_id).exists()
        assert [hits_of(query, coming.live_at) for query in queries] == before


# Cost


def test_a_search_costs_one_query_to_learn_that_nothing_is_due_however_much_there_is(client, time_machine):
    def cost(address):
        # Only the first request has to prepare the due editions.
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    time_machine.move_to(timezone.now(), tick=False)
    for number in range(3):
        publish(headline=f"Zeppelin {number}")
    with CaptureQueriesContext(connection) as asked:
        corpus()
    assert len(asked) == 1
    before = cost("/search/?q=zeppelin")
    coming = [schedule(headline=f"Zeppelin to come {number}") for number in range(5)]
    assert cost("/search/?q=zeppelin") == before
    time_machine.move_to(coming[-1].live_at)
    # One more query finds the filtered ones among them.
    assert cost("/search/?q=zeppelin") == before + 1
    for number in range(5):
        schedule(headline=f"Zeppelin to come again {number}", at=timezone.now() + timedelta(seconds=1))
    time_machine.shift(2)
    assert cost("/search/?q=zeppelin") == before + 1


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL reads so small a table from end to end")
def test_what_is_due_is_read_from_the_end_of_the_index_of_times():
    publish()
    with CaptureQueriesContext(connection) as asked:
        corpus()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked.captured_queries[-1]['sql']}")
        steps = [step for *_, step in cursor.fetchall()]
    assert "SEARCH dispatches_edition USING INDEX edition_live_at (live_at>? AND live_at<?)" in steps


# Statistics


def test_how_rare_a_word_is_follows_from_documents_not_from_working_copies():
    publish(headline="A zeppelin")
    before = documents.count_documents()
    for _ in range(3):
        make_dispatch()
    schedule(headline="Another zeppelin")
    assert (before, documents.count_documents()) == (1, 1)
    assert_counts_are_exact()


def test_likeness_to_what_was_withdrawn_is_forgotten():
    gone = publish(headline="Dockworkers strike at Haifa terminal", slug="gone", **STRIKE)
    alike = publish(headline="Haifa dockworkers end strike at terminal", **STRIKE)
    referring = publish(headline="Dockworkers of Haifa strike", body="So it was, [[gone]].", **STRIKE)
    assert Relation.objects.filter(publication=alike.publication_id, other=gone.publication_id).exists()
    desk.withdraw(dispatch=dispatch_of(gone), actor=DESK, note="It was wrong.")
    to_it = Relation.objects.filter(other=gone.publication_id)
    assert [(each.publication_id, each.likeness) for each in to_it] == [(referring.publication_id, 0.0)]


def test_a_reference_to_what_never_went_live_leaves_no_trace(time_machine, client):
    target = schedule(headline="A zeppelin", slug="zeppelin")
    dispatch = make_dispatch(headline="A balloon", body="It rose, [[zeppelin]], and fell.")
    coming = desk.schedule(dispatch=dispatch, actor=DESK, at=target.live_at + HOUR)
    desk.cancel_schedule(dispatch=dispatch_of(target), actor=DESK)
    time_machine.move_to(coming.live_at)
    for _ in range(2):
        assert found("reported") == []
        assert found('"rose and fell"') == ["A balloon"]
        assert "reported" not in client.get(f"{coming.get_absolute_url()[:-1]}.json").text
        desk.index_due_editions(actor=DESK)


# Rebuilding


def test_the_index_is_made_of_what_is_live_alone():
    live, coming = publish(headline="A zeppelin", body="It rose."), schedule(headline="A balloon to come")
    before = counts(), list(SearchDocument.objects.values_list("publication", flat=True))
    # As in earlier installations, and with wrong counts.
    documents.index(coming)
    Relation.objects.create(
        publication_id=live.publication_id, other_id=coming.publication_id, is_reference=False, likeness=0.5
    )
    Relation.objects.create(
        publication_id=coming.publication_id, other_id=live.publication_id, is_reference=False, likeness=0.5
    )
    SearchWord.objects.filter(word="zeppelin").update(documents=7)
    SearchWord.objects.create(word="expunged", documents=0)
    SearchWord.objects.filter(word="rose").delete()
    IndexState.objects.update(documents=9)
    call_command("reindex", stdout=StringIO())
    assert (counts(), list(SearchDocument.objects.values_list("publication", flat=True))) == before
    assert not Relation.objects.exists()
    assert_counts_are_exact()
