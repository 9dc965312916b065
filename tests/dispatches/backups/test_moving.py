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
    before.run("shell", "-c", ADD_AND_DELETE)
    with empty_database() as url:
        moved = before.run("move_to", url, "--sample=6")
        assert moved.returncode == 0, moved.stderr
        assert "The same rows, Signals and pages." in moved.stdout
        changed = Installation(tmp_path / "site", url).run("shell", "-c", CHANGE)
        assert changed.returncode == 0, changed.stderr
        # The id of a deleted object, whose history is kept, is not given again.
        assert "section 1001" in changed.stdout
        assert "the log is append-only" in changed.stdout
        compared = before.run("shell", "-c", COMPARE.format(url)).stdout
        assert "dispatches_section: 6 rows, 7 there" in compared
        assert "1 of 42 differ" in compared
        assert "Another page: /wire/" in compared
        assert "The new database is not empty." in compared


ADD_AND_DELETE = (
    "from dispatches.public.models import Section\n"
    "Section.objects.create(pk=1000, name='Deleted', slug='deleted', beat='x').delete()"
)
CHANGE = (
    "from django.db import DatabaseError, transaction\n"
    "from dispatches.models import Action\n"
    "from dispatches.public.models import Edition, Section\n"
    "print('section', Section.objects.create(name='New', slug='new', beat='x').pk)\n"
    "first = Edition.objects.live().filter(rung=2).order_by('-published_at').first()\n"
    "Edition.objects.filter(pk=first.pk).update(rung=1, headline='Not the same')\n"
    "try: Action.objects.all().delete()\n"
    "except DatabaseError as error: print(error)"
)
COMPARE = (
    "from dispatches.backups import moving\n"
    "with moving.connected('{}') as elsewhere:\n"
    "    print('\\n'.join(moving.differences(elsewhere, 6)))\n"
    "    try: moving.copy_all(elsewhere, print)\n"
    "    except Exception as error: print(error)"
)


@pytest.mark.parametrize("url", ["sqlite:////tmp/other.sqlite3", "nonsense", "postgres://host:port/name"])
def test_it_is_moved_to_postgresql_only(url):
    with pytest.raises(CommandError, match="must"), moving.connected(url):
        pass


@needs_postgresql
def test_a_site_on_postgresql_is_not_moved():
    with pytest.raises(CommandError, match="PostgreSQL already"):
        call_command("move_to", "postgres://127.0.0.1/elsewhere")
