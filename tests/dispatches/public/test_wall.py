"""The wall in the database: a reader's connection reads published rows, and nothing else, whatever it is asked."""

import sqlite3
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connections, transaction
from django.utils import timezone
from factories import DESK, dispatch_of, make_dispatch, make_report, make_source, publish
from readers import ask as ask_page

from dispatches import desk
from dispatches.models import Citation, Dispatch
from dispatches.public import attempts, surface, wall
from dispatches.public.models import Edition, Publication, Section
from dispatches.public.state import VIEW, read_public_state
from sources.models import Owner, Report, Source
from wire import wsgi

pytestmark = [pytest.mark.usefixtures("walled"), pytest.mark.django_db(databases="__all__", transaction=True)]

HOUR = timedelta(hours=1)
SECRET = "The minister resigns"


def ask(sql, *parameters):
    """Run a query on the readers' connection, as injected SQL would."""
    with connections[surface.READERS].cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def is_sqlite():
    return connections[surface.READERS].vendor == "sqlite"


@pytest.fixture
def hidden():
    """A live dispatch, a scheduled one with a secret headline, one whose schedule was canceled, and a draft."""
    live = publish(make_report(make_source(is_confidential=True, name="Tunnel Seven")))
    scheduled = make_dispatch(section=live.section, headline=SECRET)
    desk.schedule(dispatch=scheduled, actor=DESK, at=timezone.now() + HOUR)
    canceled = make_dispatch(section=live.section, headline=f"{SECRET} again")
    desk.schedule(dispatch=canceled, actor=DESK, at=timezone.now() + HOUR)
    desk.cancel_schedule(dispatch=canceled, actor=DESK)
    make_dispatch(section=live.section, headline=f"{SECRET}, a draft")
    return live


def test_a_reader_reads_editions_that_are_live_or_were(hidden):
    desk.withdraw(dispatch=dispatch_of(hidden), actor=DESK, note="It was wrong.")
    with surface.reading():
        assert [each.kind for each in Edition.objects.order_by("number")] == ["first", "withdrawal"]
        assert Edition.objects.get(number=1).superseded_at == Edition.objects.get(number=2).live_at
        assert Edition.objects.live().get().is_withdrawn


def test_an_edition_can_be_read_from_its_time_on(hidden):
    with surface.reading():
        assert not Edition.objects.filter(headline=SECRET).exists()
    Edition.objects.filter(headline=SECRET).update(live_at=timezone.now() - HOUR)
    with surface.reading():
        assert Edition.objects.filter(headline=SECRET).exists()


def test_what_is_live_reads_the_same_whether_an_update_of_it_is_scheduled_or_not(hidden):
    dispatch, asked = dispatch_of(hidden), "SELECT * FROM dispatches_edition"
    before = ask(asked)
    Dispatch.objects.filter(pk=dispatch.pk).update(headline=f"{SECRET} at noon", slug="at-noon")
    desk.schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + HOUR, note=SECRET)
    assert ask(asked) == before
    desk.correct(dispatch=dispatch, actor=DESK, note="It was wrong.")
    assert SECRET not in str(ask(asked))
    assert attempts.readable_secrets() == []


def test_a_canceled_edition_can_not_be_read_when_its_hour_has_come(hidden):
    past = timezone.now() - HOUR
    Edition.objects.filter(headline=f"{SECRET} again").update(live_at=past, superseded_at=past)
    assert ask("SELECT headline FROM dispatches_edition") == [(hidden.headline,)]


def test_when_an_edition_will_be_superseded_can_not_be_read(hidden):
    Edition.objects.filter(pk=hidden.pk).update(superseded_at=timezone.now() + HOUR)
    assert ask("SELECT superseded_at FROM dispatches_edition") == [(None,)]
    assert ask("SELECT 1 FROM dispatches_edition WHERE superseded_at IS NOT NULL") == []
    with surface.reading():
        assert Edition.objects.live().get() == hidden


@pytest.mark.parametrize(
    "model", [Dispatch, Citation, Source, Report, Owner, User, Publication], ids=lambda model: model.__name__
)
def test_other_tables_can_not_be_read(hidden, model):
    with surface.reading(), pytest.raises(DatabaseError):
        list(model._default_manager.all())


def test_injected_sql_finds_no_way_around(hidden):
    tried = attempts.statements()
    assert len(tried) > 50
    assert {statement: fault for statement in tried if (fault := attempts.attempt(statement))} == {}
    assert attempts.readable_secrets() == []


def test_what_is_named_can_be_read(hidden):
    for table in (*wall.TABLES, wall.EDITIONS, VIEW):
        assert ask(f"SELECT COUNT(*) FROM {table}")


@pytest.mark.parametrize(
    "statement", ["SELECT * FROM dbstat", "SELECT * FROM sqlite_dbpage", "VACUUM INTO 'copy.sqlite3'"]
)
def test_the_file_can_not_be_copied(hidden, statement):
    if is_sqlite():
        with pytest.raises(DatabaseError):
            ask(statement)


def test_a_condition_is_not_evaluated_for_hidden_rows(hidden):
    """An error message would tell the text that could not be converted, or that there is one."""
    conditions = {
        "sqlite": "CASE WHEN headline LIKE 'The minister%%' THEN abs(-9223372036854775808) ELSE 1 END",
        "postgresql": "headline::int = 1 OR "
        "CASE WHEN headline LIKE 'The minister%%' THEN 1 / (length(headline) - length(headline)) ELSE 1 END = 1",
    }
    # The live headline is no number either, which PostgreSQL says.
    Edition.objects.filter(pk=hidden.pk).update(headline="1")
    query = f"SELECT headline FROM dispatches_edition WHERE {conditions[connections[surface.READERS].vendor]}"
    assert ask(query) == [("1",)]


def test_full_text_search_works_behind_the_wall(hidden, client):
    with surface.reading():
        page = client.get("/search/", {"q": hidden.headline.split()[0]})
    assert page.status_code == 200
    assert hidden.get_absolute_url() in page.text


def test_a_reader_learns_when_the_next_change_comes_and_nothing_else_of_it(hidden):
    coming = Edition.objects.get(headline=SECRET)
    with surface.reading():
        state = read_public_state()
    assert state.until == coming.live_at
    assert abs(state.read_at - timezone.now()) < timedelta(minutes=1)
    assert state == read_public_state(state.read_at)


def test_a_canceled_edition_is_not_a_change(hidden):
    Edition.objects.filter(headline=SECRET).delete()
    with surface.reading():
        assert read_public_state().until is None


def test_while_a_reader_is_answered_no_other_connection_works(hidden):
    with surface.reading():
        for forbidden in (
            lambda: Dispatch.objects.using("default").first(),
            lambda: connections["default"].cursor(),
            lambda: Section.objects.using("default").count(),
            lambda: Section(name="x", slug="x").save(),
            lambda: Section.objects.update(name="x"),
            lambda: Section.objects.all().delete(),
            lambda: Edition.objects.using("default").only("pk").first(),
        ):
            with pytest.raises(surface.WallError):
                forbidden()


def test_a_template_that_follows_a_relation_of_an_object_from_the_desk_is_refused(hidden):
    """A careless view could be given such an object; reading on from it would use the desk's connection."""
    from django.template import engines

    dispatch = dispatch_of(hidden)
    template = engines["django"].from_string("{{ dispatch.citations.all.0.report.source.name }}")
    assert template.render({"dispatch": dispatch}) == "Tunnel Seven"
    with surface.reading(), pytest.raises((DatabaseError, surface.WallError)):
        template.render({"dispatch": dispatch})


def test_a_thread_that_has_served_the_desk_serves_readers(hidden):
    application = wsgi.create_application()
    for address, status in {"/": 200, "/no/such/page/": 404, "/static/none.css": 404, "/desk": 301}.items():
        assert Dispatch.objects.exists()
        assert ask_page(application, address).status == status
        # As at the desk: the desk's connection works again.
        assert Dispatch.objects.exists()


def test_not_even_a_connection_that_is_open_already_works(hidden):
    assert Dispatch.objects.exists()
    with surface.reading():
        for forbidden in (
            lambda: Dispatch.objects.using("default").exists(),
            lambda: list(Dispatch.objects.using("default").iterator()),
            lambda: connections["default"].cursor(),
            lambda: connections["default"].chunked_cursor(),
        ):
            with pytest.raises(surface.WallError):
                forbidden()
        with pytest.raises(surface.WallError), transaction.atomic("default"):
            Dispatch.objects.using("default").exists()


def test_a_reader_can_not_write_even_where_tests_use_one_connection(settings):
    settings.READERS_DATABASE = "default"
    with surface.reading(), pytest.raises(surface.WallError, match="write"):
        Section(name="x", slug="x").save()


def test_the_file_is_opened_read_only_whatever_the_authorizer_allows(hidden):
    if is_sqlite():
        ask("SELECT 1")
        raw = connections[surface.READERS].connection
        raw.set_authorizer(None)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            raw.execute("DELETE FROM main.dispatches_relation")
        connections[surface.READERS].close()
