"""`manage.py check_surfaces` finds the wall standing, and finds a gap in it; `create_readers_login` closes it again."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from factories import publish

from dispatches.public import surface, wall

pytestmark = [pytest.mark.usefixtures("walled"), pytest.mark.django_db(databases="__all__", transaction=True)]


def check() -> str:
    output = StringIO()
    call_command("check_surfaces", stdout=output)
    return output.getvalue()


@pytest.fixture
def gap(monkeypatch):
    """A wall that lets readers read drafts."""
    if connection.vendor == "sqlite":
        monkeypatch.setattr(wall, "TABLES", [*wall.TABLES, "dispatches_draft"])
        monkeypatch.setattr(wall, "_authorizer", lambda views: None)
        connections[surface.READERS].close()
    else:
        with connection.cursor() as cursor:
            login = connection.ops.quote_name(connections[surface.READERS].settings_dict["USER"])
            cursor.execute(f"GRANT SELECT ON dispatches_dispatch TO {login}")
    yield
    connections[surface.READERS].close()


def test_it_says_what_it_tried(settings):
    publish()
    said = check()
    tried, refused = (int(said.split(f"{word} ")[1].split(",")[0].split(".")[0]) for word in ("Tried", "refused"))
    assert tried == refused > 50


def test_it_finds_a_gap(gap):
    with pytest.raises(CommandError, match=r"(?s)gaps:\n.*not refused.*dispatches_dispatch"):
        check()


def test_creating_the_login_again_closes_the_gap(gap):
    if connection.vendor == "postgresql":
        call_command("create_readers_login", stdout=StringIO())
        check()


def test_an_administrator_is_told_what_to_run():
    output = StringIO()
    call_command("create_readers_login", "--print", stdout=output)
    expected = "CREATE ROLE" if connection.vendor == "postgresql" else "Nothing to do"
    assert expected in output.getvalue()


def test_migrations_take_the_wall_down_and_put_it_up_again():
    if connection.vendor == "postgresql":
        call_command("migrate", "dispatches", "0001", verbosity=0)
    call_command("migrate", verbosity=0)
    check()
