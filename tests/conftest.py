"""Fixtures for all tests, and the order in which they run."""

import os
import random
from collections.abc import Sequence
from io import StringIO
from itertools import groupby
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.color import Style
from django.db import connection, connections, transaction
from django.test import SimpleTestCase

from dispatches.public import surface
from wire.cache.fragments import fragments
from wire.outages import outages

SEED = "TEST_SEED"
# Left out of `make check`: they start servers, load the demo, or ask everything of everybody.
SLOW = {
    *(
        "deploy/test_nginx.py",
        "deploy/test_varnish.py",
        "wire/test_wsgi.py",
        "test_public_pages.py",
        "test_two_worlds.py",
        "test_text_browser.py",
    ),
    *("dispatches/backups/test_moving.py", "dispatches/backups/test_restoring.py"),
    *("dispatches/admin/test_own_lists.py", "dispatches/desk/test_roles.py", "dispatches/desk/test_transactions.py"),
    *("dispatches/desk/test_desk_in_any_order.py", "dispatches/desk/test_indexing_in_any_order.py"),
    *("dispatches/intake/test_polling.py", "dispatches/management/commands/test_load_demo.py"),
    *("dispatches/public/test_prepared_queries.py", "dispatches/public/test_querysets_plans.py"),
    *("trust/test_worlds.py", "trust/test_schedules.py", "trust/test_hostile.py", "trust/test_roles.py"),
    "trust/test_withdrawals.py",
    *("wire/cache/test_pagecache_in_any_order.py", "wire/documents/test_documents_agree.py"),
}


def pytest_configure(config: pytest.Config) -> None:
    # In the environment, so that parallel workers, which are started later, use the same order.
    os.environ.setdefault(SEED, str(random.randrange(1_000_000)))  # noqa: S311 - no secret


def pytest_report_header() -> str:
    return f"random order: repeat it with {SEED}={os.environ[SEED]}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if terminalreporter.stats.get("failed") or terminalreporter.stats.get("error"):
        terminalreporter.write_line(pytest_report_header())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run modules, and the tests in each, in random order, so that no test can depend on another.

    Within a module, tests that commit come last: Django empties the tables after them.
    """
    folder = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(folder) and item.path.relative_to(folder).as_posix() in SLOW:
            item.add_marker(pytest.mark.slow)
        if not _has_database(item):
            item.add_marker(pytest.mark.no_database)
    shuffled = random.Random(os.environ[SEED])  # noqa: S311 - no secret
    modules = [list(group) for _, group in groupby(items, key=lambda item: item.path)]
    shuffled.shuffle(modules)
    for module in modules:
        shuffled.shuffle(module)
        module.sort(key=_commits)
    items[:] = [item for module in modules for item in module]


def _has_database(item: pytest.Item) -> bool:
    """Return False if pytest-django refuses this test the database, so that it is the same on every database."""
    is_case = isinstance(item, pytest.Function) and item.cls is not None and issubclass(item.cls, SimpleTestCase)
    return (
        is_case or bool(item.get_closest_marker("django_db")) or "django_db_setup" in getattr(item, "fixturenames", ())
    )


def _commits(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    return bool(mark and mark.kwargs.get("transaction")) or "live_server" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Empty PostgreSQL's tables by DELETE after a test that commits: TRUNCATE of all tables takes over a second."""
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            connection.ops.sql_flush = _delete_rows


def _delete_rows(
    style: Style, tables: Sequence[str], *, reset_sequences: bool = False, allow_cascade: bool = False
) -> list[str]:
    """Return the statements that empty these tables, and then check their foreign keys.

    Otherwise they would be checked at the end of the transaction, and until then no table could be altered: `flush`
    puts the wall up in the same one.
    """
    names = [connection.ops.quote_name(table) for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(f'EXISTS (SELECT FROM {name})' for name in names)}")
        filled = cursor.fetchone()
    deletions = [f"DELETE FROM {name};" for name, is_filled in zip(names, filled, strict=True) if is_filled]
    return [*deletions, "SET CONSTRAINTS ALL IMMEDIATE;"]


@pytest.fixture(autouse=True)
def plain_static_files(settings):
    """Serve static files under their own names: hashed names need `collectstatic`, which is not under test."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def no_outage(monkeypatch):
    """Forget the outages that other tests have made, so that none is said to be over."""
    monkeypatch.setattr(outages, "_lasting", {})


@pytest.fixture(autouse=True)
def one_connection(settings):
    """Let readers' requests use the desk's connection, which sees what a test has not committed."""
    settings.READERS_DATABASE = settings.HEARTBEAT_DATABASE = "default"


@pytest.fixture(scope="session")
def readers_connection(django_db_setup):
    """Close the readers' connections before the test database is dropped."""
    yield
    for alias in (surface.READERS, "heartbeat"):
        connections[alias].close()
        if connections[alias].vendor == "postgresql":
            connections[alias].close_pool()


@pytest.fixture
def walled(settings, readers_connection, one_connection, transactional_db):
    """Let readers' requests use their own connection, as in production. They read what is committed."""
    settings.READERS_DATABASE, settings.HEARTBEAT_DATABASE = surface.READERS, "heartbeat"


@pytest.fixture(autouse=True)
def no_fragments():
    """Clear the fragment cache: another test may have different editions with the same ids."""
    fragments.clear()


@pytest.fixture(autouse=True)
def removals(settings, tmp_path_factory):
    """List what a test removes elsewhere than the site on this machine does."""
    settings.WIRE_REMOVALS_FILE = tmp_path_factory.getbasetemp() / "removals"


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def security_contact(settings):
    settings.WIRE_SECURITY_CONTACT = "mailto:security@news.example.org"


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Load the demo once for all tests of a module. Each of them rolls back its changes."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_demo", stdout=StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def editor(db, django_user_model):
    return django_user_model.objects.create_superuser("editor", password="a pass phrase")


@pytest.fixture
def desk_client(client, editor):
    client.force_login(editor)
    return client
