"""Who works on what, and what colleagues say to each other about it. Readers never see any of this."""

from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import User
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from dispatches.models.dispatches import Dispatch
from sources.fields import TextField
from sources.models import Report

# A comment or an assignment is about one of these.
Work = Dispatch | Report


class AboutWorkQuerySet(models.QuerySet):
    def about(self, work: Work) -> Self:
        return self.filter(**about(work))

    def visible_to(self, user: User) -> Self:
        """Return those about dispatches and reports that a user may see."""
        dispatches, reports = Dispatch.objects.visible_to(user), Report.objects.visible_to(user)
        return self.filter(Q(dispatch__in=dispatches.values("pk")) | Q(report__in=reports.values("pk")))


def about(work: Work) -> dict[str, Work]:
    """Return the field of a comment or an assignment that refers to this object, with its value."""
    return {"dispatch" if isinstance(work, Dispatch) else "report": work}


_ONE_OF_BOTH = Q(dispatch__isnull=True, report__isnull=False) | Q(dispatch__isnull=False, report__isnull=True)


class Assignment(models.Model):
    """Who works on a dispatch, or reviews a report: one person at a time."""

    dispatch = models.OneToOneField(
        Dispatch, on_delete=models.CASCADE, null=True, blank=True, related_name="assignment"
    )
    report = models.OneToOneField(Report, on_delete=models.CASCADE, null=True, blank=True, related_name="assignment")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assignments")
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who handed it over; the same user if they took it themselves.",
    )
    assigned_at = models.DateTimeField(default=timezone.now)

    objects = AboutWorkQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=_ONE_OF_BOTH, name="an_assignment_is_about_one_thing")]

    def __str__(self) -> str:
        return f"{self.work}: {self.user}"

    @property
    def work(self) -> Work:
        work: Any = self.dispatch or self.report
        return work


class Comment(models.Model):
    """What a colleague says about a dispatch or a report. Whoever may see that may read it."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, null=True, blank=True, related_name="comments")
    report = models.ForeignKey(Report, on_delete=models.CASCADE, null=True, blank=True, related_name="comments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    text = TextField(validators=[MaxLengthValidator(2000)], help_text="@name notifies a colleague.")
    written_at = models.DateTimeField(default=timezone.now)
    mentioned = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="mentions", blank=True)

    objects = AboutWorkQuerySet.as_manager()

    class Meta:
        ordering = ["written_at", "pk"]
        constraints = [models.CheckConstraint(condition=_ONE_OF_BOTH, name="a_comment_is_about_one_thing")]
        indexes = [models.Index(fields=["-written_at"], name="comment_newest")]

    def __str__(self) -> str:
        return self.text

    @property
    def work(self) -> Work:
        work: Any = self.dispatch or self.report
        return work


class Bell(models.Model):
    """Up to when a user has seen their notifications (`dispatches/desk/notifications.py`)."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    seen_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user}: {self.seen_until}"
