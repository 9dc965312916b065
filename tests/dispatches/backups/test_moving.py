"""A site that is moved from SQLite to PostgreSQL is the same there."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from installations import Installation, empty_database

from dispatches.backups import moving

pytestmark = pytest.mark.django_db
needs_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="Moved when the tests have PostgreSQL.")


@needs_postgresql
def test_a_moved_site_is_the_same_and_goes_on(tmp_path):
    (tmp_path / "site").mkdir()
    before = Installation(tmp_path / "site")
    before.run("migrate", "--verbosity=0")
    before.run("load_demo")
    with empty_database() as url:
        moved = before.run("move_to", url, "--sample=12")
        assert moved.returncode == 0, moved.stderr
        assert "The same rows, Signals and pages." in moved.stdout
        after = Installation(tmp_path / "site", url)
        # Ids go on behind the copied ones, and the log is append-only again.
        added = after.run("createsuperuser", "--noinput", "--username=anna", "--email=anna@example.org")
        assert added.returncode == 0, added.stderr
        refused = after.run("shell", "-c", "from dispatches.models import Action; Action.objects.all().delete()")
        assert "the log is append-only" in refused.stderr
        assert "not empty" in before.run("move_to", url).stderr
        # What differs is named.
        after.run("shell", "-c", _SPOIL)
        with_differences = before.run("shell", "-c", _COMPARE.format(url))
        assert "auth_user: 1 rows, 2 there" in with_differences.stdout, with_differences.stderr
        assert "1 of 45 differ" in with_differences.stdout
        assert "Another page: /wire/" in with_differences.stdout


_SPOIL = (
    "from dispatches.public.models import Edition, SearchDocument\n"
    "from dispatches.desk.site import begin_epoch\n"
    "first = Edition.objects.live().filter(rung=2).order_by('-published_at').first()\n"
    "Edition.objects.filter(pk=first.pk).update(rung=1, headline='Not the same')"
)
_COMPARE = (
    "from dispatches.backups import moving\n"
    "with moving.connected('{}') as elsewhere: print('\\n'.join(moving.differences(elsewhere, 50)))"
)


@pytest.mark.parametrize("url", ["sqlite:////tmp/other.sqlite3", "nonsense", "postgres://host:port/name"])
def test_it_is_moved_to_postgresql_only(url):
    with pytest.raises(CommandError, match="must"), moving.connected(url):
        pass


@needs_postgresql
def test_a_site_on_postgresql_is_not_moved():
    with pytest.raises(CommandError, match="PostgreSQL already"):
        call_command("move_to", "postgres://127.0.0.1/elsewhere")
