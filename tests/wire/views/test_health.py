"""`/readyz` says in words what is wrong, and reveals no more than that."""

import pytest
from django.db import connection

from wire.views import health

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch):
    monkeypatch.setattr(health._Latest, "at", float("-inf"))
    monkeypatch.setattr(health._Latest, "found", [])


def test_alive(client):
    assert client.get("/healthz").content == b"ok\n"


def test_ready(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text, answer["Cache-Control"]) == (200, "ready\n", "no-store")


def test_what_is_wrong_is_said_and_logged_once_and_asked_for_once_in_some_seconds(
    client, django_assert_num_queries, caplog
):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    client.raise_request_exception = False
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "The database has not been migrated to this version.\n")
    with django_assert_num_queries(0):
        assert client.get("/readyz").text == answer.text
    assert [each.name for each in caplog.records] == ["wire.views.health"]
