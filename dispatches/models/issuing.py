"""The desk's records of editions: who issued each, from which text, and what became of those that never went live."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from dispatches.models.dispatches import Dispatch
from dispatches.public.models import Edition
from sources.fields import CharField


class IssuedText(models.Model):
    """What editors wrote for an edition, as the working copy holds it: Markdown, and developments with their ids.

    An edition has HTML only. From this text, the working copy can be returned to what is live or scheduled, and a
    correction carried into what is scheduled (`dispatches/desk/texts.py`).
    """

    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="+")
    content = models.JSONField()

    def __str__(self) -> str:
        return f"text {self.pk} of dispatch {self.dispatch_id}"


class Issuance(models.Model):
    """The desk's record of who issued an edition, from which text and which inputs."""

    class End(models.TextChoices):
        """Why a scheduled edition never went live."""

        REPLACED = "replaced", "Replaced"
        CANCELED = "canceled", "Canceled"
        WITHDRAWN = "withdrawn", "Canceled by the withdrawal"
        UNSUPPORTED = "unsupported", "Called off: nothing supported it any more"

    edition = models.OneToOneField(Edition, on_delete=models.CASCADE, primary_key=True, related_name="+")
    dispatch = models.ForeignKey(Dispatch, on_delete=models.PROTECT, related_name="issuances")
    issued_at = models.DateTimeField(auto_now_add=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    text = models.ForeignKey(IssuedText, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    inputs_hash = CharField(max_length=64, blank=True, help_text="A digest of the rating's inputs.")
    ended = CharField(max_length=11, choices=End, blank=True, help_text="Why it never went live, if it never did.")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended="", ended_at__isnull=True) | (~Q(ended="") & Q(ended_at__isnull=False)),
                name="an_edition_that_ended_unseen_says_when",
            )
        ]
        indexes = [models.Index(fields=["dispatch"], condition=~Q(ended=""), name="issuance_ended_unseen")]

    def __str__(self) -> str:
        return f"edition {self.edition_id}, issued at {self.issued_at}"


def never_published(now: datetime) -> Q:
    """Return the condition for dispatches that readers never had, and for which nothing is scheduled.

    What was to go live and was called off is among them.
    """
    of_it = Edition.objects.filter(publication=OuterRef("publication")).order_by()
    is_out = Q(Exists(of_it.live(now))) | Q(Exists(of_it.filter(live_at__gt=now, superseded_at=None)))
    called_off = Issuance.objects.exclude(ended="").values("dispatch")
    return Q(publication=None) | (Q(pk__in=called_off) & ~is_out)
