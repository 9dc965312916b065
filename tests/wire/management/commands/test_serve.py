"""`manage.py serve` says what is wrong before it listens."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

pytestmark = pytest.mark.django_db


def test_it_checks_and_says_that_it_can_start(capsys):
    call_command("serve", "--check")
    assert "can be served" in capsys.readouterr().out


def test_it_names_each_problem_with_its_remedy(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    settings.STATIC_ROOT = tmp_path
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    with pytest.raises(CommandError) as error:
        call_command("serve", "--check")
    assert "The static files have not been collected. Run: manage.py collectstatic" in str(error.value)
    assert "1 migrations are missing, the first is sessions.0001_initial. Run: manage.py migrate" in str(error.value)


def test_a_wrong_port_is_refused():
    with pytest.raises(CommandError, match="is not a port"):
        call_command("serve", "--port", "none")
