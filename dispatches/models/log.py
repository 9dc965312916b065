"""The desk's log: who did what, and when."""

from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone

from sources.fields import CharField


class ActionQuerySet(models.QuerySet["Action"]):
    def about(self, obj: models.Model) -> Self:
        """Return what was done to an object."""
        return self.filter(of=str(obj._meta.label_lower), object_id=obj.pk, is_denied=False)

    def between(self, since: datetime | None, until: datetime | None) -> Self:
        """Return the entries from `since` on and before `until`."""
        found = self.filter(at__gte=since) if since else self
        return found.filter(at__lt=until) if until else found


class Action(models.Model):
    """One entry of the log: a verb, who called it, and on which object.

    The database refuses to change or delete an entry (`append_only.py`). So an entry has ids, names of verbs and of
    users, and no text that would ever have to be erased: a reason stays with the edition or the report it is for.
    """

    class Actor(models.TextChoices):
        USER = "user", "User"
        KEY = "key", "Intake key"
        SYSTEM = "system", "Program"
        NOBODY = "nobody", "Not logged in"

    at = models.DateTimeField(default=timezone.now)
    actor_kind = CharField(max_length=6, choices=Actor)
    # Not foreign keys: deleting a user would change the entry.
    actor_id = models.PositiveBigIntegerField(null=True)
    actor_name = CharField(max_length=150, blank=True, help_text="The username at that time; of a key, its prefix.")
    verb = CharField(max_length=60)
    of = CharField(max_length=60, blank=True, help_text="The model of the object: “dispatches.dispatch”.")
    object_id = models.PositiveBigIntegerField(null=True)
    edition = models.PositiveIntegerField(null=True, help_text="The number of the edition that was issued.")
    count = models.PositiveIntegerField(default=1, help_text="Of how many objects, or verbs, this is the sum.")
    has_reason = models.BooleanField(default=False, help_text="A reason or a note was given.")
    is_denied = models.BooleanField(default=False, help_text="The actor may not do this, and nothing was changed.")
    detail = CharField(max_length=200, blank=True, help_text="Names of roles, or of fields.")
    command = CharField(max_length=60, blank=True, help_text="The management command that it was done with.")

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()
        permissions = [("view_log", "Can read the log")]
        indexes = [
            models.Index(fields=["of", "object_id", "-id"], name="action_object"),
            models.Index(fields=["actor_name", "-id"], name="action_actor"),
            models.Index(fields=["verb", "-id"], name="action_verb"),
            models.Index(fields=["at"], name="action_at"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} by {self.actor_name or self.actor_kind}"

    @property
    def in_words(self) -> str:
        """The verb as an editor reads it: “cancel schedule”."""
        return self.verb.replace("_", " ").replace("-", " ")
