"""Proposed relays, and the index by which copies are found."""

from typing import Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q

from sources.fields import CharField, TextField
from sources.models.decisions import Decidable
from sources.models.reports import Report
from sources.models.sources import Source


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def open(self) -> Self:
        """Return the undecided proposals. They count as true."""
        return self.filter(state=Proposal.State.OPEN)

    def visible_to(self, user: User) -> Self:
        """Return the proposals whose sources a user may all know about."""
        if user.has_perm("sources.see_confidential"):
            return self
        return self.exclude(
            Q(report__source__is_confidential=True)
            | Q(relays__source__is_confidential=True)
            | Q(credits__is_confidential=True)
        )


class Proposal(Decidable):
    """Evidence that a report relays another party. It counts as true until an editor clears it."""

    class Kind(models.TextChoices):
        COPY = "copy", "Near copy"
        CREDIT = "credit", "Credit line"
        SEVERAL = "several", "Several credits"
        BYLINE = "byline", "Same byline"

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="proposals")
    kind = CharField(max_length=10, choices=Kind)
    relays = models.ForeignKey(Report, on_delete=models.CASCADE, null=True, blank=True, related_name="proposed_in")
    credits = models.ForeignKey(Source, on_delete=models.CASCADE, null=True, blank=True, related_name="proposed_in")
    evidence = TextField(help_text="The text or the figures that suggest it.")

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(relays__isnull=True, credits__isnull=False)
                | Q(relays__isnull=False, credits__isnull=True)
                | Q(kind="several", relays__isnull=True, credits__isnull=True),
                name="a_proposal_points_to_one_thing",
                violation_error_message="Enter either the report it seems to relay or the source it seems to credit.",
            ),
            models.CheckConstraint(
                condition=~Q(state="cleared") | ~Q(reason=""),
                name="a_proposal_is_cleared_with_a_reason",
                violation_error_message="Say why it is not a relay.",
            ),
        ]
        indexes = [models.Index(fields=["report"], condition=Q(state="open"), name="proposal_open")]

    def __str__(self) -> str:
        return f"{self.report} seems to carry {self.relays or self.credits or 'several agencies'}"

    @property
    def carried(self) -> str:
        """The name of the source that the report seems to carry. Of several credits, none is the origin."""
        source = self.credits or (self.relays and self.relays.source)
        return source.name if source else "several agencies"


class Fingerprint(models.Model):
    """One of the shingles by which copies of a report are found; see sources/lineage/nearcopy.py."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="fingerprints")
    value = models.BigIntegerField()
    # Copied from the report, so that the index finds reports of the same days, however long the history.
    said_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["value", "said_at"], name="fingerprint_of_the_days")]

    def __str__(self) -> str:
        return f"{self.value:x}"
