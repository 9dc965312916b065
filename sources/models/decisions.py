"""What relays and contradictions have in common that are only proposed: an editor accepts or clears each."""

from django.conf import settings
from django.db import models

from sources.fields import CharField


class Decidable(models.Model):
    """A proposal with its decision, if there is one. While it is open, it counts as true."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ACCEPTED = "accepted", "Accepted"
        CLEARED = "cleared", "Cleared"

    state = CharField(max_length=10, choices=State, default=State.OPEN, editable=False)
    reason = CharField(max_length=300, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN
