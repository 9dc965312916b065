"""Password hashing with a bound: an Argon2 hash takes 46 MB. A process runs one at a time, which yields to others."""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import BoundedSemaphore, get_native_id

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.http import HttpRequest, HttpResponse

from dispatches.login.waiting import ask_to_wait

# In each process.
AT_ONCE = 1
SECONDS_TO_WAIT = 3.0

_hashing = BoundedSemaphore(AT_ONCE)


def _let_others_first() -> None:
    # On Linux a priority is a thread's own, and Argon2's threads inherit it. Elsewhere it would be the whole process's.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, get_native_id(), 19)


_threads = ThreadPoolExecutor(AT_ONCE, "hashing", _let_others_first)


class TooManyHashes(Exception):
    """Other passwords are being checked, and none was finished in time."""


@contextmanager
def _one_of_few() -> Iterator[None]:
    if not _hashing.acquire(timeout=SECONDS_TO_WAIT):
        raise TooManyHashes
    try:
        yield
    finally:
        _hashing.release()


class BoundedArgon2PasswordHasher(Argon2PasswordHasher):
    """Django's Argon2, at most `AT_ONCE` at once in a process. Raises TooManyHashes after waiting in vain.

    The parameters are the first of those that OWASP's Password Storage Cheat Sheet recommends: 46 MiB, one pass, one
    thread. Django's own take 100 MiB and eight threads, for which readers' requests would wait.
    """

    time_cost, memory_cost, parallelism = 1, 47_104, 1

    def encode(self, password: str, salt: str) -> str:
        with _one_of_few():
            return _threads.submit(super().encode, password, salt).result()

    def verify(self, password: str, encoded: str) -> bool:
        with _one_of_few():
            return _threads.submit(super().verify, password, encoded).result()


class BusyMiddleware:
    """Answers 503 if a password could not be checked in time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, TooManyHashes):
            return None
        return ask_to_wait(
            request,
            status=503,
            title="Too many people are logging in",
            text="Your password was not checked. Go back and try again in half a minute.",
            seconds=30,
        )
