"""The channels by which reports arrive: feeds and intake keys."""

from datetime import datetime, timedelta
from typing import Self

from django.contrib.auth.models import User
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from sources.fields import CharField, URLField
from sources.models.sources import Source


class Channel(models.Model):
    """A channel by which reports arrive, with its usual rhythm, to notice when it falls silent."""

    last_item_at = models.DateTimeField("last report at", null=True, blank=True, editable=False)
    # The mean time between arrivals, weighted toward recent ones.
    usual_gap = models.DurationField(null=True, blank=True, editable=False)
    quiet_after = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)

    class Meta:
        abstract = True

    def record_arrival(self, at: datetime) -> None:
        """Record an arrival. The channel counts as silent after four times its usual gap (1 hour to 30 days)."""
        if self.last_item_at and at <= self.last_item_at:
            return
        if self.last_item_at:
            gap = at - self.last_item_at
            self.usual_gap = gap if self.usual_gap is None else (self.usual_gap * 4 + gap) / 5
        self.last_item_at = at
        if self.usual_gap is not None:
            self.quiet_after = at + min(max(self.usual_gap * 4, timedelta(hours=1)), timedelta(days=30))


_HAS_MOVED = Q(is_active=True) & ~Q(moved_to="")
# Measured at the last poll: while nothing is polled, no feed is silent.
_IS_SILENT = Q(is_active=True, failing_since=None, quiet_after__lt=F("last_polled_at"))
_IS_BROKEN = Q(failing_since__isnull=False, broken_after__lte=F("last_polled_at"))


class FeedQuerySet(models.QuerySet["Feed"]):
    def visible_to(self, user: User) -> Self:
        """Return the feeds of the sources that a user may know about."""
        return self.filter(source__in=Source.objects.visible_to(user))

    def due(self, at: datetime) -> Self:
        """Return the feeds to poll at this time, the longest overdue first."""
        return self.filter(is_active=True, next_poll_at__lte=at).order_by("next_poll_at", "pk")

    def silent(self) -> Self:
        """Return working feeds that had been silent for longer than usual when last polled."""
        return self.filter(_IS_SILENT)

    def broken(self) -> Self:
        """Return feeds that have been failing for longer than their usual gap, or have never worked."""
        return self.filter(_IS_BROKEN)

    def unhealthy(self) -> Self:
        """Return silent and broken feeds, the longest first, and those that have moved to another address."""
        return self.filter(_IS_SILENT | _IS_BROKEN | _HAS_MOVED).order_by("failing_since", "quiet_after", "pk")


class Feed(Channel):
    """A URL where a source publishes: RSS, Atom or JSON Feed."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="feeds")
    url = URLField("address", max_length=1000, unique=True, help_text="The URL of an RSS, Atom or JSON feed.")
    is_active = models.BooleanField("polled", default=True, help_text="Untick to stop polling it.")
    interval = models.PositiveIntegerField(
        "minutes between polls",
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(7 * 24 * 60)],
        help_text="After each failure the interval doubles, up to a day.",
    )

    next_poll_at = models.DateTimeField("next poll", default=timezone.now, editable=False, db_index=True)
    # A poller's claim on the feed lasts until then.
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    claimed_by = CharField(max_length=100, blank=True, editable=False)
    # Where the server says it has moved for good. Polled if the old address fails.
    moved_to = URLField(max_length=1000, blank=True, editable=False)
    last_polled_at = models.DateTimeField("last poll", null=True, blank=True, editable=False)
    etag = CharField(max_length=300, blank=True, editable=False)
    last_modified = CharField(max_length=100, blank=True, editable=False)
    failures = models.PositiveIntegerField("failures in a row", default=0, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    broken_after = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = CharField(max_length=300, blank=True, editable=False)

    objects = FeedQuerySet.as_manager()

    class Meta:
        ordering = ["source__name", "url"]

    def __str__(self) -> str:
        return f"{self.source}: {self.url}"


class IntakeKeyQuerySet(models.QuerySet["IntakeKey"]):
    def valid(self, at: datetime) -> Self:
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at))

    def silent(self, at: datetime) -> Self:
        """Return valid keys that have been silent for longer than usual."""
        return self.valid(at).filter(quiet_after__lt=at)


class IntakeKey(Channel):
    """A key with which a machine pushes reports of one source. Only a hash of it is stored."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="intake_keys")
    prefix = CharField(max_length=12, unique=True)
    secret_hash = CharField(max_length=64)
    made_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    # The number of requests in the minute that began at `minute`.
    minute = models.DateTimeField(null=True, blank=True)
    requests = models.PositiveIntegerField(default=0)

    objects = IntakeKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        permissions = [("make_intake_key", "Can create and revoke intake keys")]

    def __str__(self) -> str:
        return f"{self.prefix}…"
