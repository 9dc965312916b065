"""The units, scripts and compose file are well formed, and name commands and files that exist."""

import os
import re
import subprocess
import sys

import pytest
from django.core.management import get_commands

from wire.settings import BASE_DIR

SYSTEMD = "/usr/bin/systemd-analyze"
DEPLOY = BASE_DIR / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
FILES = [*UNITS, *(DEPLOY / name for name in ("crontab", "loop.sh", "start.sh", "Containerfile", "compose.yaml"))]


@pytest.mark.skipif(
    not os.path.exists(SYSTEMD) and not os.environ.get("CI"), reason="Install Debian's package `systemd`."
)
def test_systemd_accepts_the_units(tmp_path):
    for unit in UNITS:
        # The program that an installation has, and no file with its settings.
        text = unit.read_text().replace("/opt/wire/.venv/bin/python", sys.executable)
        (tmp_path / unit.name).write_text(text.replace("/etc/wire/wire.env", "-/etc/wire/wire.env"))
    found = subprocess.run(
        [SYSTEMD, "verify", *map(str, tmp_path.iterdir())], capture_output=True, text=True, check=False
    )
    assert [line for line in found.stderr.splitlines() if "wire" in line] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_command_that_a_file_runs_exists(path):
    for name in re.findall(r"manage\.py ([a-z]\w*)", path.read_text()):
        assert name in get_commands(), name


def test_the_scripts_are_valid():
    for name in ("loop.sh", "start.sh"):
        subprocess.run(["/bin/sh", "-n", DEPLOY / name], check=True)


def test_every_file_that_the_container_copies_exists_and_is_sent_to_the_builder():
    sent = {line[1:] for line in (DEPLOY / "Containerfile.dockerignore").read_text().splitlines() if line[:1] == "!"}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    assert names == sent
    assert all((BASE_DIR / name).exists() for name in names)


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".service"], ids=lambda path: path.name)
def test_a_service_may_write_to_its_own_directories_only(path):
    lines = path.read_text().splitlines()
    for line in ("User=wire", "ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "UMask=0077"):
        assert line in lines, line
