"""`make test`: style, types, then the suite on SQLite, in a browser and on PostgreSQL. `make check`: its quick part.

What can't run here is skipped, with a message. Under CI, a skip is a failure.
"""

import os
import subprocess
import sys
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "postgres://127.0.0.1:5432/test")


def main() -> int:
    outcomes: dict[str, bool | None] = {
        "style": _run("ruff", "check", "."),
        "format": _run("ruff", "format", "--check", "--quiet", "."),
        "types": _run("mypy"),
        "migrations": _run("python", "manage.py", "makemigrations", "--check", "--dry-run"),
    }
    if "--check" in sys.argv:
        outcomes["quick tests"] = _run_suite("not browser and not slow")
        return _report(outcomes)
    outcomes["on SQLite"] = _run_suite("not browser")
    outcomes["in a browser"] = _run_suite("browser", parallel=False) if (browser := find_browser()) else None
    reachable = _is_reachable(POSTGRESQL)
    outcomes["on PostgreSQL"] = _run_suite("not browser", DATABASE_URL=POSTGRESQL) if reachable else None

    status = _report(outcomes)
    if not reachable:
        print(f"\n  No PostgreSQL server answers at {POSTGRESQL}. Start one, or name one in TEST_DATABASE_URL.")
    if not browser:
        print("\n  No Chromium found. Install Debian's package `chromium`, or name a binary in CHROMIUM.")
    return status


def _report(outcomes: dict[str, bool | None]) -> int:
    print()
    for name, passed in outcomes.items():
        print(f"  {name}: {'SKIPPED' if passed is None else 'passed' if passed else 'FAILED'}")
    acceptable = {True} if os.environ.get("CI") else {True, None}
    return 0 if set(outcomes.values()) <= acceptable else 1


def find_browser() -> str | None:
    """The Chromium that the browser tests drive."""
    names = [os.environ.get("CHROMIUM", ""), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
    return next((name for name in names if name and Path(name).exists()), None)


def _run(command: str, *arguments: str, **environment: str) -> bool:
    print(f"\n$ {command} {' '.join(arguments)}", flush=True)
    done = subprocess.run([BIN / command, *arguments], cwd=ROOT, env=os.environ | environment, check=False)
    return done.returncode == 0


def _run_suite(marks: str, parallel: bool = True, **environment: str) -> bool:
    workers = ["-n", "2"] if parallel else ["-p", "no:xdist"]
    return _run("python", "-m", "pytest", "-q", "-rs", "-m", marks, *workers, **environment)


def _is_reachable(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
