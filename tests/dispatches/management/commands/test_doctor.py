"""`manage.py doctor` names what is wrong, with a remedy."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone
from factories import make_source

from dispatches.management.commands import doctor
from sources.models import Feed

pytestmark = pytest.mark.django_db


def said(capsys) -> str:
    with pytest.raises(SystemExit) as ended:
        call_command("doctor")
    assert ended.value.code == 1
    return capsys.readouterr().out


def test_all_is_well(capsys):
    call_command("doctor")
    assert capsys.readouterr().out == "All is well.\n"


def test_a_silent_poller_and_a_full_disk_are_named(capsys, monkeypatch):
    now = timezone.now()
    Feed.objects.create(source=make_source(), url="http://a.example/", next_poll_at=now - timedelta(hours=1))
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda folder: SimpleNamespace(free=3_000_000))
    text = said(capsys)
    assert "No poller is running. 1 feeds have been due" in text
    assert "poll_intake --loop" in text
    assert "3 MB left" in text


def test_a_lock_that_somebody_keeps_is_named(capsys, monkeypatch):
    if connection.vendor == "postgresql":
        monkeypatch.setattr(doctor, "LONG", timedelta(0))
        other = connection.copy()
        other.set_autocommit(False)
        try:
            other.cursor().execute("SELECT 1")
            assert "may hold the lock" in said(capsys)
        finally:
            other.close()
    else:

        def refuse():
            raise OperationalError("database is locked")

        monkeypatch.setattr(doctor.transaction, "atomic", refuse)
        assert "Nobody can save" in said(capsys)


def test_commits_that_a_power_cut_could_take_back_are_named():
    assert list(doctor.find_durability_problems()) == []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL synchronous_commit = off")
        else:
            # It can't be changed in the transaction of a test.
            return
    assert "without synchronous_commit" in str(*doctor.find_durability_problems())
