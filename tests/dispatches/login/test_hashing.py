"""However many passwords are checked at once, only a few hashes run, and whoever waits in vain is told so."""

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from threading import get_native_id

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.contrib.auth.models import User
from django.urls import reverse

from dispatches.login import hashing
from wire.settings import PASSWORD_HASHERS

ENCODED = "argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdHNhbHQ$aGFzaGhhc2g"


@pytest.fixture
def running(monkeypatch, settings):
    """Count the hashes that run at once. Each takes a twentieth of a second, and no memory."""
    settings.PASSWORD_HASHERS = PASSWORD_HASHERS
    counts, lock = {"now": 0, "most": 0}, threading.Lock()

    def slow(result):
        def run(*args):
            with lock:
                counts["now"] += 1
                counts["most"] = max(counts["most"], counts["now"])
            time.sleep(0.05)
            with lock:
                counts["now"] -= 1
            return result

        return run

    monkeypatch.setattr(Argon2PasswordHasher, "encode", slow(ENCODED))
    monkeypatch.setattr(Argon2PasswordHasher, "verify", slow(False))
    return counts


@pytest.mark.parametrize("method", ["encode", "verify"])
def test_sixteen_at_once_run_one_by_one(running, method):
    hasher = hashing.BoundedArgon2PasswordHasher()
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda number: getattr(hasher, method)("password", f"{number}"), range(16)))
    assert len(outcomes) == 16
    assert running["most"] == hashing.AT_ONCE == 1


@pytest.mark.skipif(sys.platform != "linux", reason="Elsewhere a thread has no priority of its own.")
def test_everything_else_comes_before_a_hash(running, monkeypatch):
    monkeypatch.setattr(Argon2PasswordHasher, "verify", lambda *args: os.getpriority(os.PRIO_PROCESS, get_native_id()))
    assert hashing.BoundedArgon2PasswordHasher().verify("password", "x") == 19


def test_whoever_waits_in_vain_is_refused_and_a_failure_frees_the_place(running, monkeypatch):
    monkeypatch.setattr(hashing, "SECONDS_TO_WAIT", 0.01)
    hasher = hashing.BoundedArgon2PasswordHasher()
    with ThreadPoolExecutor(8) as pool:
        errors = [each.exception() for each in [pool.submit(hasher.verify, "x", "y") for _ in range(8)]]
    assert sum(isinstance(each, hashing.TooManyHashes) for each in errors) == 7
    monkeypatch.setattr(Argon2PasswordHasher, "verify", lambda *args: 1 / 0)
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            hasher.verify("x", "y")


@pytest.mark.django_db
def test_a_login_that_waits_in_vain_gets_words_and_does_not_count_as_wrong(running, monkeypatch, client, settings):
    settings.AXES_FAILURE_LIMIT = 1
    User.objects.create_user("Anna", is_staff=True)
    User.objects.update(password=ENCODED)
    monkeypatch.setattr(hashing, "SECONDS_TO_WAIT", 0.01)
    with hashing._one_of_few():
        for name in ("Anna", "Nobody"):
            answer = client.post(reverse("admin:login"), {"username": name, "password": "a pass phrase"})
            assert (answer.status_code, answer["Retry-After"]) == (503, "30")
            assert "Your password was not checked" in answer.text
            assert "a pass phrase" not in answer.text


def test_the_hash_keeps_its_cost(settings):
    settings.PASSWORD_HASHERS = PASSWORD_HASHERS
    encoded = make_password("a pass phrase")
    assert encoded.startswith("argon2$argon2id$v=19$m=47104,t=1,p=1$")
    assert check_password("a pass phrase", encoded)
    assert not check_password("another", encoded)
