"""Proposed contradictions: a report that is cited as support, and seems to say that the claim is not so."""

from typing import Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q

from dispatches.models.dispatches import Citation, Dispatch
from dispatches.signal.rules import Stance
from sources.fields import CharField
from sources.lineage.denials import KIND_LABELS
from sources.models import Report
from sources.models.decisions import Decidable


class ContradictionQuerySet(models.QuerySet["Contradiction"]):
    def open(self) -> Self:
        """Return the undecided proposals. They count as true."""
        return self.filter(state=Contradiction.State.OPEN, citation__stance=Stance.SUPPORTS)

    def visible_to(self, user: User) -> Self:
        """Return the proposals that a user may decide: about dispatches they may edit, and reports they may know."""
        return self.filter(
            citation__dispatch__in=Dispatch.objects.changeable_by(user),
            citation__report__in=Report.objects.visible_to(user),
        )


class Contradiction(Decidable):
    """Evidence that a cited report contradicts the claim. It counts as true until an editor decides."""

    citation = models.OneToOneField(Citation, on_delete=models.CASCADE, related_name="contradiction")
    kind = CharField(max_length=12, choices=[(kind.value, label) for kind, label in KIND_LABELS.items()])
    cue = CharField(max_length=300, help_text="The words that led to it.")
    evidence = CharField(max_length=300, help_text="The headline or the sentence with these words.")

    objects = ContradictionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="cleared") | ~Q(reason=""),
                name="a_contradiction_is_cleared_with_a_reason",
                violation_error_message="Say why it supports the claim.",
            ),
        ]
        indexes = [models.Index(fields=["citation"], condition=Q(state="open"), name="contradiction_open")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.evidence}"
