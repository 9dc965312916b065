"""Processes of one machine share the counters, whatever happens to the site's files."""

import os
import subprocess
import sys

import pytest

from dispatches.public.announcing import Announcements, _find, _namespaces
from wire.settings import BASE_DIR


def announce_elsewhere(folder, times: int = 1) -> None:
    """Announce withdrawals in another process."""
    code = (
        "import sys, pathlib; from dispatches.public.announcing import Announcements\n"
        "announcements = Announcements(pathlib.Path(sys.argv[1]))\n"
        "for _ in range(int(sys.argv[2])): announcements.announce(withdraws=True)"
    )
    subprocess.run([sys.executable, "-c", code, folder, str(times)], cwd=BASE_DIR, check=True)


def test_processes_share_the_counters_and_their_links_do_not_pile_up(tmp_path):
    folder = tmp_path / "announcements"
    first = Announcements(folder)
    first.announce()
    for _ in range(3):
        announce_elsewhere(folder)
    assert (first.changes, first.withdrawals) == (4, 3)
    # The one that has ended last may still be there.
    assert len(list(folder.iterdir())) <= 2
    second = Announcements(folder)
    second.announce()
    assert first.changes == second.changes == 5


def test_the_memory_outlives_the_process_that_allocated_it(tmp_path):
    announce_elsewhere(tmp_path / "announcements")
    second = Announcements(tmp_path / "announcements")
    assert second.changes == 0
    # The link of this process leads to it, so another one may leave.
    announce_elsewhere(tmp_path / "announcements", 2)
    assert second.withdrawals == 2


def test_nothing_pulls_the_memory_away(tmp_path):
    folder = tmp_path / "announcements"
    announcements = Announcements(folder)
    announcements.announce()
    link = next(folder.iterdir())
    # A restore by `cp`, and `> file`.
    with pytest.raises(PermissionError):
        os.truncate(link, 0)
    with pytest.raises(PermissionError):
        link.open("wb")
    link.unlink()
    folder.rmdir()
    folder.write_bytes(b"")
    announcements.announce()
    assert announcements.changes == 2
    # Earlier versions had a file at this path. It is replaced by a folder, and the count starts from 0.
    assert Announcements(folder).changes == 0
    assert folder.is_dir()


def test_a_link_to_something_else_is_not_opened(tmp_path):
    folder = tmp_path / "announcements"
    folder.mkdir()
    other = Announcements(tmp_path / "other site")
    (folder / f"{_namespaces()}-1").symlink_to(f"/proc/{os.getpid()}/fd/{other._file}")
    (folder / f"{_namespaces()}-2").symlink_to("/dev/zero")
    # Of a process in another container, which may be running.
    (folder / "0000abcd-1").symlink_to("/proc/1/fd/3")
    assert _find(folder) is None
    assert [each.name for each in folder.iterdir()] == ["0000abcd-1"]


def test_without_a_folder_it_works_alone(tmp_path, caplog):
    (tmp_path / "file").touch()
    alone = Announcements(tmp_path / "file" / "announcements")
    alone.announce(withdraws=True)
    assert (alone.changes, alone.withdrawals) == (1, 1)
    assert "half a second later" in caplog.text
