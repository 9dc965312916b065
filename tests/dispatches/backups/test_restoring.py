"""A backup, restored into an empty installation: the same public bytes, and nothing that was removed since."""

import json
import stat
import threading
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as current
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone
from factories import (
    DESK,
    change,
    develop,
    dispatch_of,
    make_dispatch,
    make_report,
    make_section,
    make_source,
    make_story,
    publish,
)
from installations import installation
from public_addresses import public_addresses

from dispatches import desk
from dispatches.backups import archive, databases
from sources.models import Source

pytestmark = pytest.mark.django_db(transaction=True)


def call(command, *arguments, **options) -> str:
    output = StringIO()
    call_command(command, *map(str, arguments), stdout=output, **options)
    return output.getvalue()


def digests(addresses) -> str:
    # Like the other installation, whose pages then need no collected static files.
    with override_settings(DEBUG=True):
        return call("digest_pages", *addresses)


@contextmanager
def with_this_key(folder):
    """Yield an empty installation that has the secret key already."""
    with installation(folder) as fresh:
        (folder / "secret-key").write_text(current.SECRET_KEY)
        yield fresh


@pytest.fixture
def site(tmp_path, settings):
    """A site with one of everything that readers can see, and things that they can't."""
    settings.WIRE_REMOVALS_FILE = tmp_path / "removals"
    section, story = make_section(), make_story()
    first, second = (
        publish(make_report(make_source(), url=f"https://example.org/{number}"), section=section, story=story)
        for number in range(2)
    )
    dispatch = dispatch_of(first)
    develop(dispatch, "It went on.")
    change(dispatch, headline="Corrected since")
    desk.correct(dispatch=dispatch, actor=DESK, note="The headline was wrong.")
    withdrawn = publish(section=section)
    desk.withdraw(dispatch=dispatch_of(withdrawn), actor=DESK, note="It was wrong.")
    expunged = publish(headline="Expunged before", section=section)
    desk.expunge(dispatch=dispatch_of(expunged), actor=DESK, note="By order of a court.")
    later = timezone.now() + timezone.timedelta(days=1)
    desk.schedule(dispatch=make_dispatch(headline="Tomorrow", section=section), at=later, actor=DESK)
    make_dispatch(headline="A draft", section=section)
    return second


def addresses() -> list[str]:
    """Every public address whose page does not depend on the clock."""
    return [each for name, of_kind in public_addresses().items() for each in of_kind if name != "news-sitemap"]


def test_a_restored_site_has_every_public_byte(site, tmp_path):
    asked = addresses()
    # Expunged addresses answer by digests with the site's key.
    expected = digests(asked)
    assert {line.split()[0] for line in expected.splitlines()} == {"200", "410"}
    backup = tmp_path / "backup.tar"
    call("backup", backup)
    with installation(tmp_path / "fresh") as fresh:
        restored = fresh.run("restore", backup, "--removals", current.WIRE_REMOVALS_FILE)
        assert restored.returncode == 0, restored.stderr
        assert "Traceback" not in restored.stderr
        assert fresh.run("digest_pages", *asked).stdout == expected
        assert "every published or scheduled Signal matches" in fresh.run("check_signals").stdout
        assert "not empty" in fresh.run("restore", backup).stderr
        for path in fresh.folder.iterdir():
            assert not path.stat().st_mode & 0o077 or path.is_dir(), path
        if connection.vendor == "postgresql":
            assert fresh.run("check_surfaces").returncode == 0


def test_what_was_removed_after_the_backup_does_not_come_back(site, tmp_path):
    source = make_source(name="The secret channel", grade="B")
    publish(make_report(source), headline="Quotes a channel")
    withdrawn, expunged = publish(headline="Withdrawn later"), publish(headline="Expunged later")
    draft = make_dispatch(make_report(title="Words of a report", text="That nobody may read"), headline="A draft to go")
    scheduled = make_dispatch(headline="Scheduled, then published and withdrawn")
    desk.schedule(dispatch=scheduled, at=timezone.now() + timezone.timedelta(days=1), actor=DESK)
    back = publish(headline="Withdrawn and restored")
    backup = tmp_path / "backup.tar"
    call("backup", backup)

    for edition in (withdrawn, back):
        desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="A note with the words that are wrong.")
    desk.restore(dispatch=dispatch_of(back), actor=DESK, note="It was right.")
    desk.expunge(dispatch=dispatch_of(expunged), actor=DESK, note="By order of a court.")
    desk.expunge_draft(dispatch=draft, actor=DESK)
    desk.cancel_schedule(dispatch=scheduled, actor=DESK)
    live = desk.publish(dispatch=scheduled, actor=DESK)
    desk.withdraw(dispatch=scheduled, actor=DESK, note="It was wrong.")
    source.is_confidential = True
    with desk.saving(source, actor=DESK):
        source.save()

    asked = [each.get_absolute_url() for each in (site, withdrawn, expunged, back, live)]
    asked += ["/search/?q=later", "/wire/", "/wire/2001/01/01/never-published/"]
    with with_this_key(tmp_path / "fresh") as fresh:
        restored = fresh.run("restore", backup, "--removals", current.WIRE_REMOVALS_FILE)
        assert restored.returncode == 0, restored.stderr
        assert "2 withdrawn, 2 expunged, 0 reports erased, 1 sources confidential" in restored.stdout
        answers = {line.split()[2]: line.split()[0] for line in fresh.run("digest_pages", *asked).stdout.splitlines()}
        assert [*answers.values()] == ["200", "410", "410", "200", "404", "200", "200", "404"]
        dumped = tmp_path / "dumped"
        assert fresh.run("backup", dumped.with_suffix(".tar")).returncode == 0
        with archive.unpacked(dumped.with_suffix(".tar"), tmp_path) as after:
            content = after.database.read_bytes() if connection.vendor == "sqlite" else _as_sql(after.database)
        for words in (b"Expunged later", b"A draft to go", b"That nobody may read"):
            assert words not in content, words
        assert b"Withdrawn later" in content
        page = fresh.run("shell", "-c", _PRINT_LEDGERS).stdout
        assert "Quotes a channel" in page
        assert "The secret channel" not in page


_PRINT_LEDGERS = (
    "from dispatches.public.models import Edition\n"
    "for each in Edition.objects.all(): print(each.headline, each.primary_source, each.ledger)"
)


def _as_sql(database: Path) -> bytes:
    return databases._run("pg_restore", "--file=-", str(database)).encode()


def test_without_the_list_of_removals_the_site_stays_closed_to_readers(site, tmp_path):
    backup, other = tmp_path / "backup.tar", tmp_path / "other"
    call("backup", backup)
    other.write_text('{"list": "of another site"}\n' * 100)
    asked = ["/", site.get_absolute_url(), "/feeds/wire.atom", "/robots.txt"]
    with with_this_key(tmp_path / "fresh") as fresh:
        for arguments, reason in [((), "does not exist"), (("--removals", other), "another list")]:
            refused = fresh.run("restore", backup, *arguments)
            assert refused.returncode == 1
            assert reason in refused.stderr
            assert "closed to readers" in refused.stderr
        assert [line.split()[0] for line in fresh.run("digest_pages", *asked).stdout.splitlines()] == ["503"] * 4
        opened = fresh.run("open_to_readers")
        assert opened.stdout == "The site is open to readers.\n"
        assert [line.split()[0] for line in fresh.run("digest_pages", *asked).stdout.splitlines()] == ["200"] * 4


def test_a_backup_is_for_its_owner_only_and_names_its_key_to_nobody(site, tmp_path, settings):
    call("backup", tmp_path)
    (path,) = tmp_path.glob("wire-*.tar")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir() if each != path] == ["removals"]
    with archive.unpacked(path, tmp_path) as backup:
        assert backup.key == settings.SECRET_KEY
        assert settings.SECRET_KEY not in json.dumps(backup.manifest.counts) + backup.manifest.key
        assert stat.S_IMODE(backup.database.stat().st_mode) == 0o600
    settings.SECRET_KEY = "set by the operator, in the environment"
    assert "WIRE_SECRET_KEY is set" in call("backup", tmp_path / "another.tar")
    with archive.unpacked(tmp_path / "another.tar", tmp_path) as backup:
        assert backup.key == ""


def test_a_backup_waits_for_no_writer_and_has_nothing_half(site, tmp_path):
    writing, written = threading.Event(), threading.Event()

    def write():
        try:
            with transaction.atomic():
                make_source(name="Half written")
                writing.set()
                written.wait(30)
        finally:
            writing.set()
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    writing.wait(30)
    try:
        call("backup", tmp_path / "backup.tar")
    finally:
        written.set()
        writer.join()
    with archive.unpacked(tmp_path / "backup.tar", tmp_path) as backup:
        assert backup.manifest.counts["sources_source"] == Source.objects.count() - 1


def test_old_backups_are_deleted_on_demand(site, tmp_path):
    older = [tmp_path / f"wire-2026010{day}T000000Z.tar" for day in range(1, 4)]
    for path in (*older, tmp_path / "wire-notes.tar"):
        path.touch()
    call("backup", tmp_path, keep=2)
    left = {each.name for each in tmp_path.glob("*.tar")}
    assert older[2].name in left
    assert "wire-notes.tar" in left
    assert len(left) == 3


def test_a_damaged_backup_is_refused(site, tmp_path):
    path = tmp_path / "backup.tar"
    call("backup", path)
    whole = path.read_bytes()
    for broken in (b"no tar", whole[: len(whole) // 2], whole[: len(whole) // 2] + b"x" + whole[len(whole) // 2 + 1 :]):
        path.write_bytes(broken)
        with pytest.raises(CommandError, match=r"damaged|not a backup"), archive.unpacked(path, tmp_path):
            pass
    assert not [*tmp_path.glob("restore-*")]
    with pytest.raises(CommandError, match="never overwrites"):
        call("backup", path)
