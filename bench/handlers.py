"""Measure what the shorter middleware chain of public pages saves (`wire/wsgi.py`): `python -m bench.handlers`.

Both handlers render the same small page, uncached, in this process.
"""

import os
import tempfile
import time

COUNT = 2_000


def main() -> None:
    os.environ.setdefault("WIRE_VAR_DIR", tempfile.mkdtemp())
    from wire.wsgi import PublicPages, WSGIHandler  # isort: skip - sets Django up
    from django.core.management import call_command
    from django.urls import resolve

    from tests.support.readers import environ_of
    from wire.cache.requests import MATCH

    call_command("migrate", verbosity=0)
    seconds = {}
    for name, handler in (("public pages", PublicPages()), ("full handler", WSGIHandler())):
        start = time.perf_counter()
        for _ in range(COUNT):
            environ = environ_of("/healthz") | {MATCH: resolve("/healthz")}
            b"".join(handler(environ, lambda *args: None))
        seconds[name] = (time.perf_counter() - start) / COUNT
    full, public = seconds["full handler"], seconds["public pages"]
    print(f"full handler {full * 1e6:.0f} µs, public pages {public * 1e6:.0f} µs: {full / public:.2f} times as long")


if __name__ == "__main__":
    main()
