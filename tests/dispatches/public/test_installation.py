"""What is wrong with an installation is found, and named with a remedy."""

import os
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError, connections
from django.utils import timezone
from factories import publish

from dispatches.public import installation, nodes
from dispatches.public.models import Node, SearchDocument


@pytest.fixture
def collected(settings, tmp_path):
    """A static root of its own, with a few files collected."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.css").write_text("p { color: red }")
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [source], tmp_path / "static"
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    call_command("collectstatic", interactive=False, verbosity=0)
    return source


def static_file_problems() -> list[str]:
    return [str(each) for each in installation.find_static_file_problems()]


def test_collected_static_files_are_as_they_should_be(collected):
    assert static_file_problems() == []


def test_missing_and_changed_static_files_are_found(collected, settings):
    (collected / "b.css").write_text("")
    later = timezone.now().timestamp() + 60
    os.utime(collected / "a.css", (later, later))
    said = static_file_problems()
    assert len(said) == 2
    assert said[0].startswith("Static files are missing. 1 of them, such as b.css.")
    assert said[1].startswith("Static files have changed. 1 since they were collected.")
    (settings.STATIC_ROOT / "staticfiles.json").write_text("{")
    assert static_file_problems()[0].startswith("The static files have not been collected.")


@pytest.mark.django_db
def test_a_sound_installation_has_no_problem():
    publish(at=timezone.now() - timedelta(hours=2))
    assert installation.find_problems() == []


@pytest.mark.django_db
def test_an_incomplete_index_is_found():
    publish(at=timezone.now() - timedelta(hours=2))
    SearchDocument.objects.all().delete()
    assert [each.what for each in installation.find_problems()] == ["The search index is incomplete."]


@pytest.mark.django_db
@pytest.mark.parametrize("surface", ["both", "public"])
def test_a_database_that_does_not_answer_is_one_problem(settings, surface, monkeypatch):
    settings.WIRE_SURFACE = surface

    def refuse(*args, **kwargs):
        raise OperationalError("connection refused\nIs it running?")

    monkeypatch.setattr(connections["default"], "cursor", refuse)
    problems = installation.find_problems()
    assert len(problems) == 1
    assert "connection refused. " in str(problems[0])


@pytest.mark.django_db
def test_a_process_that_has_gone_silent_is_named_while_it_could_still_serve(settings):
    now = timezone.now()
    Node.objects.create(name="elsewhere:1", withdrawals=0, seen_at=now - timedelta(minutes=1))
    Node.objects.create(name="elsewhere:2", withdrawals=0, seen_at=now)
    Node.objects.create(name="elsewhere:3", withdrawals=0, seen_at=now - timedelta(hours=1))
    ended = nodes.name_of_this_process().rpartition(":")[0] + ":4194305"
    Node.objects.create(name=ended, withdrawals=0, seen_at=now - timedelta(minutes=1))
    found = [str(each) for each in installation.find_silent_nodes()]
    assert len(found) == 1
    assert "elsewhere:1 has been silent" in found[0]
