"""What all tests share. Each may use the database: everything here is about what is stored and shown."""

import os
import random
from io import StringIO
from itertools import groupby

import pytest
from django.core.management import call_command
from django.db import transaction

from wire.cache.fragments import fragments

SEED = "TEST_SEED"


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
    shuffled = random.Random(os.environ[SEED])  # noqa: S311 - no secret
    modules = [list(group) for _, group in groupby(items, key=lambda item: item.path)]
    shuffled.shuffle(modules)
    for module in modules:
        shuffled.shuffle(module)
        module.sort(key=_commits)
    items[:] = [item for module in modules for item in module]


def _commits(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    return bool(mark and mark.kwargs.get("transaction")) or "live_server" in getattr(item, "fixturenames", ())


@pytest.fixture(autouse=True)
def plain_static_files(settings):
    """Static files by their own names: hashed ones need `collectstatic`, which is not under test."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def no_fragments():
    """Another test has other editions under the same numbers."""
    fragments.clear()


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """The demonstration, loaded once for all tests of a module; each of them takes back what it changes."""
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
