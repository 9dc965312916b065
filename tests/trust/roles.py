"""Every role gets from the desk what it may have, and nothing else: run the tests of that, and count their requests."""

import os
import subprocess
import sys
from collections import Counter

import pytest
from django.conf import settings
from django.core.signals import request_started

from tests.trust.tally import Tally

TESTS = ["tests/dispatches/admin/test_own_lists.py", "tests/dispatches/desk/test_roles.py", "tests/dispatches/login"]
PASSED, FAILED = "requests of tests that passed: ", "requests of tests that failed: "


def try_roles(seed: int, tests: list[str] = TESTS) -> Tally:
    """Run these tests in a process of their own. `tried` counts requests."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "tests.trust.roles", *tests]
    # With a database of its own, because this process may be using the usual one.
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"TEST_SEED": str(seed), "WIRE_VAR_DIR": str(settings.VAR_DIR / "roles"), "EVERY_ROLE": "1"}
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    held, failed = (_sum(lines, words) for words in (PASSED, FAILED))
    failures = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    if done.returncode and not failures:
        failures = lines[-3:] + done.stderr.splitlines()[-3:]
    return Tally(held + failed + len(failures), held, failures, Counter({"tests": _sum(lines, "tests: ")}))


def _sum(lines: list[str], words: str) -> int:
    return sum(int(line.removeprefix(words)) for line in lines if line.startswith(words))


# As a plugin of pytest, this module counts the requests of each test.

_requests: Counter[str] = Counter()
_outcomes: dict[str, bool] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    def count(**kwargs: object) -> None:
        _requests[item.nodeid] += 1

    request_started.connect(count)
    try:
        return (yield)
    finally:
        request_started.disconnect(count)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _outcomes[report.nodeid] = _outcomes.get(report.nodeid, True) and not report.failed


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for words, outcome in ((PASSED, True), (FAILED, False)):
        count = sum(number for test, number in _requests.items() if _outcomes.get(test) is outcome)
        terminalreporter.write_line(f"{words}{count}")
    terminalreporter.write_line(f"tests: {len(_outcomes)}")
