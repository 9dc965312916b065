"""`make test`: style, types, then the suite on SQLite, in a browser and on PostgreSQL. `make check`: its quick part.

What can't run here is skipped, with a message. Under CI, a skip is a failure.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "postgres://127.0.0.1:5432/test")
# The CPU time of each part, in seconds, without that of the PostgreSQL server.
used: dict[str, float] = {}


def main() -> int:
    outcomes: dict[str, bool | None] = {
        "style": _run("style", "ruff", "check", "."),
        "format": _run("format", "ruff", "format", "--check", "--quiet", "."),
        "types": _run("types", "mypy"),
        "migrations": _run("migrations", "python", "manage.py", "makemigrations", "--check", "--dry-run"),
    }
    if "--check" in sys.argv:
        outcomes["quick tests"] = _run_suite("quick tests", "not browser and not slow")
        return _report(outcomes)
    outcomes["on SQLite"] = _run_suite("on SQLite", "not browser")
    browser, reachable = find_browser(), _is_reachable(POSTGRESQL)
    outcomes["in a browser"] = _run_suite("in a browser", "browser", parallel=False) if browser else None
    # What opens no database, or where it makes no difference, has been tested already.
    marks = "not browser and not no_database and not one_database"
    outcomes["on PostgreSQL"] = _run_suite("on PostgreSQL", marks, DATABASE_URL=POSTGRESQL) if reachable else None

    status = _report(outcomes)
    if not reachable:
        print(f"\n  No PostgreSQL server answers at {POSTGRESQL}. Start one, or name one in TEST_DATABASE_URL.")
    if not browser:
        print("\n  No Chromium found. Install Debian's package `chromium`, or name a binary in CHROMIUM.")
    return status


def _report(outcomes: dict[str, bool | None]) -> int:
    print()
    for name, passed in outcomes.items():
        outcome = "SKIPPED" if passed is None else "passed" if passed else "FAILED"
        print(f"  {name}: {outcome}{f', {used[name]:.0f} s of CPU time' if name in used else ''}")
    print(f"  {sum(used.values()) / 60:.1f} minutes of CPU time in all")
    acceptable = {True} if os.environ.get("CI") else {True, None}
    return 0 if set(outcomes.values()) <= acceptable else 1


def find_browser() -> str | None:
    """The Chromium that the browser tests drive."""
    names = [os.environ.get("CHROMIUM", ""), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
    return next((name for name in names if name and Path(name).exists()), None)


def _run(part: str, command: str, *arguments: str, **environment: str) -> bool:
    print(f"\n$ {command} {' '.join(arguments)}", flush=True)
    before = _cpu_seconds()
    done = subprocess.run([BIN / command, *arguments], cwd=ROOT, env=os.environ | environment, check=False)
    used[part] = _cpu_seconds() - before
    return done.returncode == 0


def _cpu_seconds() -> float:
    """Return the CPU time of all processes that have been started and have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def _run_suite(part: str, marks: str, parallel: bool = True, **environment: str) -> bool:
    # A module's tests run in one process, so that what they share is loaded once; the order stays the random one.
    workers = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"] if parallel else ["-p", "no:xdist"]
    return _run(part, "python", "-m", "pytest", "-q", "-rs", "-m", marks, *workers, **environment)


def _is_reachable(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
