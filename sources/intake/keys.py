"""The keys with which machines push reports. A key is shown once; only a hash of it is stored."""

import hashlib
import hmac
import secrets
from datetime import datetime

from django.db.models import F

from sources.models import IntakeKey, Source


def make_key(source: Source) -> tuple[IntakeKey, str]:
    """Create a key for a source. Returns it with its token, which can't be shown again."""
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    key = IntakeKey.objects.create(source=source, prefix=prefix, secret_hash=_hash(secret))
    return key, f"wire_{prefix}_{secret}"


def find_key(token: str, at: datetime) -> IntakeKey | None:
    """Return the key of a token such as make_key() returns, if it is valid at this time."""
    name, _, rest = token.partition("_")
    prefix, _, secret = rest.partition("_")
    if not prefix.isalnum():
        return None
    key = IntakeKey.objects.valid(at).filter(prefix=prefix).select_related("source").first() if name == "wire" else None
    return key if key and hmac.compare_digest(key.secret_hash, _hash(secret)) else None


def use_key(key: IntakeKey, at: datetime, per_minute: int) -> bool:
    """Count a request with this key. Returns False if the key is over its limit for this minute."""
    minute = at.replace(second=0, microsecond=0)
    this = IntakeKey.objects.filter(pk=key.pk)
    if this.filter(minute=minute, requests__lt=per_minute).update(requests=F("requests") + 1):
        return True
    return bool(this.exclude(minute=minute).update(minute=minute, requests=1))


def _hash(secret: str) -> str:
    # The secret is 32 random bytes, so a fast hash is as safe as a slow one.
    return hashlib.sha256(secret.encode()).hexdigest()
