"""Former versions of the desk's objects, and who has a form open."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from sources.fields import CharField


class Revision(models.Model):
    """One save of an object: who, when, how, and its full content.

    Revisions outlive their object, so that nothing is lost (`dispatches/history/revisions.py`).
    """

    of = CharField(max_length=60, help_text="The model: “dispatches.dispatch”.")
    object_id = models.PositiveBigIntegerField()
    number = models.PositiveIntegerField(help_text="1 for the first save.")
    saved_at = models.DateTimeField(default=timezone.now)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    how = CharField(max_length=100, help_text="“Saved”, or the verb.")
    content = models.JSONField()
    digest = CharField(max_length=64, help_text="A hash of the content.")
    local_draft = CharField(max_length=40, blank=True, help_text="The browser's draft that this save replaced.")

    class Meta:
        ordering = ["of", "object_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["of", "object_id", "number"], name="one_revision_per_number"),
        ]
        indexes = [
            models.Index(fields=["of", "object_id", "digest"], name="revision_digest"),
            models.Index(fields=["saved_by", "-saved_at"], name="revision_saved_by"),
        ]

    def __str__(self) -> str:
        return f"{self.of} {self.object_id}, revision {self.number}"


class Presence(models.Model):
    """An editor with a form open, and when they last typed in it."""

    of = CharField(max_length=60)
    object_id = models.PositiveBigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()
    typed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "object_id", "user"], name="one_presence_per_editor")]

    def __str__(self) -> str:
        return f"{self.user} at {self.of} {self.object_id}"
