"""`python -m tests.trust [name ...]`: run the proofs, or some of them, and print what was tried and what held."""

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wire.settings")
sys.path.insert(0, str(Path(__file__).parent.parent / "support"))
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test.utils import (  # noqa: E402
    override_settings,
    setup_databases,
    setup_test_environment,
    teardown_databases,
)

from tests.trust.proofs import PROOFS  # noqa: E402


def main() -> int:
    seed = int(os.environ.get("SEED") or Random().randrange(1_000_000))
    unknown = set(sys.argv[1:]) - PROOFS.keys()
    if unknown:
        print(f"There is no proof {sorted(unknown)}. There are: {', '.join(PROOFS)}")
        return 2
    print(f"Repeat this run with SEED={seed}")
    has_held = True
    with a_test_database():
        for name in sys.argv[1:] or PROOFS:
            start = time.monotonic()
            tally = PROOFS[name](seed)
            call_command("flush", interactive=False, verbosity=0)
            took = time.monotonic() - start
            has_held &= tally.has_held
            further = "".join(f", {what}: {count:,}" for what, count in tally.counts.items())
            verdict = "held" if tally.has_held else "DID NOT HOLD"
            print(f"{verdict}: {name}: tried {tally.tried:,}, held {tally.held:,}{further} (seed {seed}, {took:.0f} s)")
            for failure in tally.failures:
                print(f"    {failure}")
            sys.stdout.flush()
    return 0 if has_held else 1


@contextmanager
def a_test_database() -> Iterator[None]:
    """Create an empty test database, as the test suite does."""
    setup_test_environment()
    logging.disable(logging.CRITICAL)
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    quick = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(READERS_DATABASE="default", STORAGES=settings.STORAGES | plain, PASSWORD_HASHERS=quick):
        created = setup_databases(verbosity=0, interactive=False)
        try:
            yield
        finally:
            teardown_databases(created, verbosity=0)


if __name__ == "__main__":
    sys.exit(main())
