"""Keyed digests of what was expunged: it is recognized if it comes again, although the database does not store it.

The key is derived from settings.SECRET_KEY, so that nobody can test guesses with a copy of the database alone.
"""

from django.conf import settings
from django.utils.crypto import salted_hmac

# In hexadecimal digits.
LENGTH = 32


def keyed_digest(kind: str, value: str) -> str:
    """Return the digest to store in place of a value, such as an address. Digests of different kinds never match."""
    return _digest(kind, value, settings.SECRET_KEY)


def possible_digests(kind: str, value: str) -> list[str]:
    """Return the digests under which a value may be stored: with the current key, and with settings' former ones."""
    return [_digest(kind, value, key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _digest(kind: str, value: str, key: str | bytes) -> str:
    return salted_hmac(f"expunged {kind}", value, secret=key, algorithm="sha256").hexdigest()[:LENGTH]
