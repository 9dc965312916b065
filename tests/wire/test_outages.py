"""A database that is busy, full or gone is answered in words, with what an editor typed; and logged once."""

import re
import sqlite3

import psycopg
import pytest
from django.db import InterfaceError, InternalError, OperationalError, ProgrammingError, connection

from dispatches.public.models import Section
from wire.outages import DESK, READERS, Outage, OutageLog, outage_of, outages


def sqlite_error(name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(name)
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("kind", "cause", "outage"),
    [
        (OperationalError, sqlite_error("SQLITE_BUSY"), Outage.BUSY),
        (OperationalError, sqlite_error("SQLITE_BUSY_SNAPSHOT"), Outage.BUSY),
        (OperationalError, sqlite_error("SQLITE_FULL"), Outage.FULL),
        (OperationalError, sqlite_error("SQLITE_IOERR_WRITE"), Outage.FULL),
        (OperationalError, sqlite_error("SQLITE_CANTOPEN"), Outage.GONE),
        # No such table, no such column: a bug, or no migration.
        (OperationalError, sqlite_error("SQLITE_ERROR"), None),
        (OperationalError, psycopg.errors.LockNotAvailable(), Outage.BUSY),
        (OperationalError, psycopg.errors.QueryCanceled(), Outage.BUSY),
        (OperationalError, psycopg.errors.DiskFull(), Outage.FULL),
        (InternalError, psycopg.errors.ReadOnlySqlTransaction(), Outage.FULL),
        (InternalError, psycopg.errors.IdleInTransactionSessionTimeout(), Outage.GONE),
        (OperationalError, psycopg.errors.AdminShutdown(), Outage.GONE),
        (OperationalError, psycopg.OperationalError("connection refused"), Outage.GONE),
        (InterfaceError, None, Outage.GONE),
        (InternalError, psycopg.errors.InternalError_(), None),
        (ProgrammingError, psycopg.errors.UndefinedTable(), None),
        (ValueError, None, None),
    ],
)
def test_outages_are_told_from_bugs(kind, cause, outage):
    error = kind("x")
    error.__cause__ = cause
    assert outage_of(error) is outage


def test_an_outage_is_logged_when_it_begins_and_when_it_is_over(caplog):
    log = OutageLog()
    caplog.set_level("INFO", "wire.outages")
    log.end(READERS, Outage.GONE)
    for _ in range(1_000):
        log.begin(READERS, Outage.GONE, OperationalError("refused\nIs it running?"))
    log.begin(DESK, Outage.GONE, OperationalError("refused"))
    for _ in range(1_000):
        log.end(READERS, Outage.GONE)
    assert [each.message for each in caplog.records] == [
        "The database can't be reached (readers): refused",
        "The database can't be reached (desk): refused",
        "The database can't be reached (readers): that is over.",
    ]


@pytest.fixture
def busy(transactional_db):
    """Let somebody else hold the lock, for which nobody waits for long."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA busy_timeout = 10")
        other = sqlite3.connect(settings["NAME"])
        other.execute("BEGIN IMMEDIATE")
    else:
        connection.cursor().execute("SET lock_timeout = '10ms'")
        where = {"host": settings["HOST"] or None, "port": settings["PORT"] or None, "user": settings["USER"] or None}
        other = psycopg.connect(dbname=settings["NAME"], password=settings["PASSWORD"] or None, **where)
        other.execute("LOCK TABLE dispatches_sitestate")
    yield other
    other.close()
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_an_editor_gets_back_what_was_typed_and_can_send_it_again(desk_client, busy, caplog, monkeypatch):
    monkeypatch.setattr(outages, "_lasting", {})
    desk_client.raise_request_exception = False
    address = "/desk/dispatches/section/add/"
    form = {"name": "The <New> Ledger", "slug": "ledger", "beat": "Economy", "position": "7", "_save": "Save"}
    for _ in range(2):
        answer = desk_client.post(address, form)
        assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "5", "no-store")
    assert "Another change is taking long." in answer.text
    assert re.search(r'<textarea name="name"[^>]*>\nThe &lt;New&gt; Ledger</textarea>', answer.text)
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
    assert again == {"slug": "ledger", "beat": "Economy", "position": "7", "_save": "Save"}
    assert "Traceback" not in caplog.text
    lines = [each for each in caplog.records if each.levelname == "ERROR"]
    assert [each.name for each in lines] == ["wire.outages"]
    busy.rollback()
    assert desk_client.post(address, again | {"name": form["name"]}).status_code == 302
    assert Section.objects.get(slug="ledger").name == form["name"]


def fail(*args, **kwargs):
    raise OperationalError("the database is gone")


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "form"), [("/desk/login/", {"username": "a b", "password": "pass word"})])
def test_a_password_is_not_sent_back(client, monkeypatch, address, form):
    monkeypatch.setattr("django.contrib.auth.forms.AuthenticationForm.clean", fail)
    client.raise_request_exception = False
    answer = client.post(address, form)
    assert answer.status_code == 503
    assert "pass word" not in answer.text
    assert "a b" not in answer.text


@pytest.mark.django_db
def test_the_error_page_is_readable_even_without_static_files(client, monkeypatch, settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    settings.STATIC_ROOT = tmp_path
    client.raise_request_exception = False
    answer = client.get("/wire/")
    assert answer.status_code == 500
    assert answer.text.startswith("Something went wrong on our side.")
