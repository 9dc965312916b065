"""Reports: what sources said."""

from datetime import UTC, datetime
from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from sources.fields import CharField, TextField, URLField
from sources.independence import Basis
from sources.models.sources import Source

BASIS_CHOICES = [
    (Basis.FIRST_HAND.value, "First-hand"),
    (Basis.OWN_REPORTING.value, "Own reporting"),
    (Basis.RELAY.value, "Relay"),
    (Basis.UNKNOWN.value, "Unknown"),
]


# Replaces the title of a report whose text was expunged.
EXPUNGED = "Expunged"


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: User) -> Self:
        """Return the reports whose source a user may know about."""
        return self if user.has_perm("sources.see_confidential") else self.filter(source__is_confidential=False)

    def kept(self) -> Self:
        """Return those whose text was not expunged."""
        return self.filter(expunged_at__isnull=True)

    def changed_since_review(self) -> Self:
        """Return accepted reports whose source has changed the text since."""
        return self.filter(review=Report.Review.ACCEPTED, newer_version__isnull=False)


class Report(models.Model):
    """One thing that one source said. Pending until the desk reviews it."""

    class Review(models.TextChoices):
        PENDING = "pending", "Pending"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="reports")
    title = CharField(max_length=300)
    text = TextField(blank=True, help_text="What the source said, as received. Never shown to readers.")
    url = URLField(
        "address", max_length=1000, blank=True, help_text="Linked from the public ledger if the source is named."
    )
    byline = CharField(
        max_length=200, blank=True, help_text="Who wrote it. The same name in two outlets proposes a relay."
    )
    said_at = models.DateTimeField(
        "said at",
        default=timezone.now,
        validators=[MinValueValidator(datetime(1900, 1, 1, tzinfo=UTC))],
        help_text="When the source said it.",
    )
    received_at = models.DateTimeField("received at", auto_now_add=True)
    external_id = CharField(
        max_length=300,
        blank=True,
        editable=False,
        help_text="The sender's own id, which identifies the item.",
    )
    # The keys that identify the item when it arrives again; see sources/intake/items.py.
    address_key = CharField(max_length=32, blank=True, editable=False)
    text_key = CharField(max_length=32, blank=True, editable=False)
    item_key = CharField(max_length=32, blank=True, editable=False)
    arrived_key = CharField(max_length=32, blank=True, editable=False)
    # The source's current text, if the desk has accepted a different one; see sources/intake/matching.py.
    newer_version = models.JSONField(null=True, blank=True, editable=False)
    changed_at = models.DateTimeField(
        "changed by its source", null=True, blank=True, editable=False, help_text="When its source last changed it."
    )

    basis = CharField(
        "how it knows",
        max_length=10,
        choices=BASIS_CHOICES,
        default=Basis.UNKNOWN.value,
        help_text="While this is unknown, the report never adds an independent origin.",
    )
    relays = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="relayed_by",
        help_text="For a relay: the report that it repeats.",
    )
    credits = models.ForeignKey(
        Source,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="credited_in",
        help_text="For a relay of a report that we don't have: the source it credits.",
    )

    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    review = CharField(max_length=10, choices=Review, default=Review.PENDING, editable=False)
    review_reason = CharField(
        "reason for rejecting it",
        max_length=300,
        blank=True,
        help_text="Required to reject it. Never shown to readers.",
    )
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True, editable=False)
    retracted_at = models.DateTimeField(
        "retracted at", null=True, blank=True, editable=False, help_text="When the source retracted it."
    )

    expunged_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When its text was deleted with a dispatch that was expunged."
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-said_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(review="pending", reviewed_at__isnull=True)
                | (~Q(review="pending") & Q(reviewed_at__isnull=False)),
                name="a_review_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(basis="relay") | Q(relays__isnull=True, credits__isnull=True),
                name="only_a_relay_points_elsewhere",
                violation_error_message="Only a relay can repeat a report or credit a source. "
                "Choose “Relay”, or clear the other two fields.",
            ),
            models.CheckConstraint(
                condition=Q(relays__isnull=True) | ~Q(relays=models.F("id")),
                name="no_report_relays_itself",
                violation_error_message="A report can't relay itself.",
            ),
            models.CheckConstraint(
                condition=Q(expunged_at__isnull=True)
                | Q(title=EXPUNGED, text="", url="", byline="", review_reason="", newer_version__isnull=True),
                name="an_expunged_report_has_no_text",
            ),
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="one_report_per_external_id"
            ),
        ]
        indexes = [
            models.Index(fields=["review", "-said_at"], name="report_review_queue"),
            models.Index(fields=["address_key", "said_at"], name="report_by_address", condition=~Q(address_key="")),
            models.Index(fields=["text_key", "said_at"], name="report_by_text", condition=~Q(text_key="")),
            models.Index(fields=["item_key"], name="report_by_item", condition=~Q(item_key="")),
            models.Index(fields=["byline", "said_at"], name="report_by_byline", condition=~Q(byline="")),
            models.Index(fields=["source", "-said_at"], name="report_of_source"),
            # The order of the desk's list.
            models.Index(fields=["-said_at", "-id"], name="report_list"),
            models.Index(fields=["source"], name="report_expunged", condition=Q(expunged_at__isnull=False)),
            models.Index(fields=["-changed_at"], name="report_changed", condition=Q(newer_version__isnull=False)),
        ]
        permissions = [("review_report", "Can accept and reject reports")]

    def __str__(self) -> str:
        return f"{self.source}: {self.title}"

    def clean(self) -> None:
        if self.relays_id and self.credits_id:
            raise ValidationError({"credits": "Enter either the report it relays or the source it credits, not both."})
