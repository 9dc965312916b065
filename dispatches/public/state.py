"""The site's state as one value, which changes whenever anything public does."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Subquery
from django.utils import timezone

from dispatches.public import prepared
from dispatches.public.models import Edition, SiteState


@dataclass(frozen=True, slots=True)
class PublicState:
    """The site's state: `value` differs whenever anything public does. It changes by itself at `until`.

    `withdrawals` changes whenever something must not be shown to readers again.
    """

    value: str
    withdrawals: int = 0
    until: datetime | None = None


def read_public_state(at: datetime | None = None) -> PublicState:
    """Return the state at a time (default: now) and the next scheduled change. One query on two indexes."""
    rows = prepared.ask("public state", _public_state, at or timezone.now())
    if not rows:
        return PublicState("0-0")
    revision, withdrawals, *switches = rows[0]
    last = [switch for switch in switches[:2] if switch]
    following = [switch for switch in switches[2:] if switch]
    switched = int(max(last).timestamp() * 1_000_000) if last else 0
    return PublicState(f"{revision}-{switched}", withdrawals, min(following, default=None))


def _public_state(now: datetime) -> models.QuerySet:
    # Both ends of an interval can change what is public: an edition goes live, or ends without a successor.
    ends = {
        f"{which}_{end}": Subquery(
            Edition.objects.filter(**{f"{end}__{test}": now}).order_by(order + end).values(end)[:1]
        )
        for which, test, order in (("last", "lte", "-"), ("next", "gt", ""))
        for end in ("live_at", "superseded_at")
    }
    return SiteState.objects.annotate(**ends).values_list("revision", "withdrawals", *ends)
