"""Working copies of dispatches, with developments and citations. Readers see editions instead."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from dispatches.public.models import RUNG_CHOICES, Edition, Publication, Section, SiteState
from dispatches.public.querysets import EditionQuerySet
from dispatches.public.slugs import SlugField
from dispatches.signal.rules import ClaimKind, Rung, Stance
from sources.fields import CharField, TextField
from sources.models import Report

STANCE_CHOICES = [
    (Stance.SUPPORTS.value, "Supports"),
    (Stance.CONTRADICTS.value, "Contradicts"),
    (Stance.CONTEXT.value, "Is context"),
]
CLAIM_CHOICES = [(ClaimKind.EVENT.value, "Event: “X did …”"), (ClaimKind.STATEMENT.value, "Statement: “X says …”")]


# The earliest allowed date, so that a mistyped year stays within the supported range.
THE_PAST = datetime(1900, 1, 1, tzinfo=UTC)


class Story(models.Model):
    """A story that several dispatches belong to."""

    name = CharField(max_length=120, unique=True)
    slug = SlugField(max_length=100, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "stories"

    def __str__(self) -> str:
        return self.name


def _has_edition() -> Exists:
    return Exists(Edition.objects.filter(publication=OuterRef("publication"), superseded_at__isnull=True))


class DispatchQuerySet(models.QuerySet["Dispatch"]):
    def visible_to(self, user: User) -> Self:
        """Return the working copies that a user may see: their own, or all with the right to edit any."""
        return self if user.has_perm("dispatches.edit_any_dispatch") else self.filter(author=user)

    def changeable_by(self, user: User) -> Self:
        """Return those that a user may edit: none that was expunged; published ones need the right to edit any."""
        visible = self.visible_to(user).filter(expunged_at__isnull=True)
        return visible if user.has_perm("dispatches.edit_any_dispatch") else visible.exclude(_has_edition())

    def for_desk(self) -> Self:
        """Return dispatches for the desk's list, with the live edition's kind and rung, and the scheduled time."""
        now = timezone.now()
        live = Edition.objects.live(now).filter(publication=OuterRef("publication"))
        coming = Edition.objects.pending(now).filter(publication=OuterRef("publication"))
        return self.select_related("section", "author", "assignment__user").annotate(
            live_kind=Subquery(live.values("kind")[:1]),
            live_rung=Subquery(live.values("rung")[:1]),
            live_disputed=Subquery(live.values("is_disputed")[:1]),
            live_since=Subquery(live.values("live_at")[:1]),
            live_number=Subquery(live.values("number")[:1]),
            coming_at=Subquery(coming.values("live_at")[:1]),
        )


# Replaces the headline of an expunged dispatch.
EXPUNGED = "Expunged"
# The kind of digest that replaces its external id.
IMPORTED = "import"

# Written only by the verbs in `dispatches.desk`.
KEPT_BY_PUBLISHING = {
    *("publication", "has_unpublished_changes", "follows_live", "publishes_developments", "expunged_at")
}


class Dispatch(models.Model):
    """The desk's working copy of a dispatch. Readers see editions of it."""

    external_id = CharField(
        max_length=200,
        blank=True,
        editable=False,
        help_text="Identifies an imported dispatch, so that it is not imported twice.",
    )
    headline = CharField(max_length=140, help_text="At most 140 characters.")
    slug = SlugField(
        max_length=100,
        blank=True,
        help_text="The end of its address. Leave empty to derive it from the headline. Old addresses redirect.",
    )
    section = models.ForeignKey(Section, on_delete=models.PROTECT, related_name="+")
    story = models.ForeignKey(
        Story,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="dispatches",
        help_text="Dispatches of the same story are shown as related.",
    )
    byline = CharField(max_length=200, blank=True, help_text="Empty: the desk.")
    tldr = TextField("TL;DR", max_length=400, blank=True, help_text="One or two sentences. Plain text.")
    body = TextField(
        blank=True,
        validators=[MaxLengthValidator(100_000)],
        help_text="Markdown. [[slug-of-a-dispatch]] becomes “as we reported on June 14”, linked; "
        "[[2026-06-14/slug]] where two have the same slug.",
    )
    claim_kind = CharField(
        "the headline's claim",
        max_length=10,
        choices=CLAIM_CHOICES,
        default=ClaimKind.EVENT.value,
        help_text="A party's own statement is first-hand for what it said, not for what it did.",
    )
    hold = models.PositiveSmallIntegerField(
        "hold the Signal at",
        choices=[choice for choice in RUNG_CHOICES if Rung.DEVELOPING <= choice[0] < Rung.CONFIRMED],
        null=True,
        blank=True,
        help_text="Caps the Signal at this rating. It can only lower it.",
    )
    hold_reason = CharField(max_length=300, blank=True, help_text="Why it is held down. Never shown to readers.")
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    submitted_at = models.DateTimeField("submitted for review at", null=True, blank=True, editable=False)
    desk_note = CharField(
        max_length=300,
        blank=True,
        editable=False,
        help_text="Why it was sent back. Never shown to readers.",
    )
    set_aside_at = models.DateTimeField(null=True, blank=True, editable=False)
    publication = models.OneToOneField(
        Publication,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        # Nothing public refers to a working copy; the working copy refers to its public side.
        related_name="+",
        help_text="Its public side, from the first edition on.",
    )
    # Denormalized for lists and filters; computed by `dispatches/desk/unpublished.py`.
    has_unpublished_changes = models.BooleanField(
        default=False,
        editable=False,
        help_text="Its text differs from the scheduled edition or, if nothing is scheduled, from the live one.",
    )
    follows_live = models.BooleanField(
        default=False,
        editable=False,
        help_text="While an update is scheduled: its text was returned to what is live, and follows that.",
    )
    publishes_developments = models.BooleanField(
        default=False, editable=False, help_text="Developments are published as they are written."
    )
    expunged_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DispatchQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at"]
        verbose_name_plural = "dispatches"
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"], condition=~Q(external_id=""), name="one_dispatch_per_external_id"
            ),
            models.CheckConstraint(
                condition=Q(hold__isnull=True) | ~Q(hold_reason=""),
                name="a_hold_has_a_reason",
                violation_error_message="Enter why the Signal is held down.",
            ),
            models.CheckConstraint(
                condition=Q(expunged_at__isnull=True)
                | Q(headline=EXPUNGED, slug="", byline="", tldr="", body="", hold_reason="", desk_note=""),
                name="an_expunged_dispatch_has_no_text",
            ),
        ]
        indexes = [
            # The order of the desk's list; the admin adds the id.
            models.Index(fields=["-updated_at", "-id"], name="dispatch_list"),
            models.Index(
                fields=["-updated_at"], condition=Q(has_unpublished_changes=True), name="dispatch_unpublished_changes"
            ),
        ]
        permissions = [
            ("publish_dispatch", "Can publish, update, correct and schedule dispatches"),
            ("withdraw_dispatch", "Can withdraw and restore dispatches"),
            ("hold_dispatch", "Can hold a Signal down"),
            ("edit_any_dispatch", "Can see and edit others' drafts"),
        ]

    def __str__(self) -> str:
        return self.headline

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save without the fields that publishing sets, so that an outdated instance can't reset them."""
        if update_fields is None and not self._state.adding:
            update_fields = {field.name for field in self._meta.concrete_fields} - {
                self._meta.pk.name,
                *KEPT_BY_PUBLISHING,
            }
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def editions(self) -> EditionQuerySet:
        """Its editions, canceled ones included; even if it was published after this instance was read."""
        return Edition.objects.filter(publication__in=Dispatch.objects.filter(pk=self.pk).values("publication"))

    def latest_edition(self) -> Edition | None:
        """Return the scheduled edition or, if nothing is scheduled, the live one."""
        return self._current.latest if self._current else self.editions.filter(superseded_at__isnull=True).first()

    def live_edition(self, at: datetime | None = None) -> Edition | None:
        return self._current.live if self._current and at is None else self.editions.live(at).first()

    def scheduled_edition(self, at: datetime | None = None) -> Edition | None:
        """Return the edition that goes live later: the first one, or an update."""
        return self._current.scheduled if self._current and at is None else self.editions.pending(at).first()

    def current_editions(self, at: datetime | None = None) -> "tuple[Edition | None, Edition | None]":
        """Return the live and the scheduled edition, in one query."""
        if self._current and at is None:
            return self._current.live, self._current.scheduled
        now = at or timezone.now()
        live, scheduled = None, None
        for edition in self.editions.filter(Q(superseded_at__isnull=True) | Q(superseded_at__gt=now)).select_related(
            "section"
        ):
            if edition.live_at <= now:
                live = edition
            elif edition.superseded_at is None:
                scheduled = edition
        return live, scheduled

    _current: "CurrentEditions | None" = None

    def remember_editions(self) -> None:
        """Read the live and the latest edition once, for a request that only reads."""
        now = timezone.now()
        is_open = Q(superseded_at__isnull=True) | Q(superseded_at__gt=now)
        leads = Exists(SiteState.objects.filter(lead=OuterRef("publication")))
        editions = list(self.editions.filter(is_open).select_related("section").annotate(leads=leads))
        self._current = CurrentEditions(
            live=next((each for each in editions if each.is_live(now)), None),
            latest=next((each for each in editions if each.superseded_at is None), None),
            is_lead=any(each.leads for each in editions),
        )

    @property
    def is_as_stored(self) -> bool:
        """Return True if this instance was read for a request that only reads."""
        return self._current is not None

    def is_lead(self) -> bool:
        """Return True if it is pinned as the lead of Top Stories."""
        if self._current:
            return self._current.is_lead
        return bool(self.publication_id) and SiteState.objects.filter(lead=self.publication_id).exists()

    def is_visible_to(self, user: User) -> bool:
        """Return True if a user may see it; see `DispatchQuerySet.visible_to`."""
        return self.author_id == user.pk or user.has_perm("dispatches.edit_any_dispatch")

    def is_changeable_by(self, user: User) -> bool:
        """Return True if a user may edit it; see `DispatchQuerySet.changeable_by`."""
        if self.expunged_at or not self.is_visible_to(user):
            return False
        return user.has_perm("dispatches.edit_any_dispatch") or self.latest_edition() is None


@dataclass(frozen=True, slots=True)
class CurrentEditions:
    """What readers have of a dispatch, the edition that is live or scheduled, and whether it leads Top Stories."""

    live: Edition | None
    latest: Edition | None
    is_lead: bool

    @property
    def scheduled(self) -> Edition | None:
        return None if self.latest == self.live else self.latest


class Development(models.Model):
    """One dated step in how the story developed."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="developments")
    at = models.DateTimeField(
        "when",
        validators=[MinValueValidator(THE_PAST)],
        help_text="In the desk's time zone.",
    )
    text = CharField(max_length=300, help_text="One plain sentence.")
    position = models.PositiveSmallIntegerField(
        default=0, help_text="Its position if moved by hand. 0: by time, newest first, above those with a position."
    )
    key = CharField(
        max_length=40, blank=True, editable=False, help_text="Identifies one press of Enter, so that it adds one line."
    )

    class Meta:
        ordering = ["position", "-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["dispatch", "key"], condition=~Q(key=""), name="one_development_per_key"),
        ]

    def __str__(self) -> str:
        return self.text


class CitationQuerySet(models.QuerySet["Citation"]):
    def for_rating(self) -> Self:
        """Select everything that rating needs, in one query."""
        return self.select_related("report__source", "contradiction")


class Citation(models.Model):
    """A report cited by a dispatch, for its headline's claim or for a development."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="citations")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="citations")
    development = models.ForeignKey(
        Development,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="citations",
        help_text="Leave empty to cite it for the headline.",
    )
    stance = CharField(max_length=11, choices=STANCE_CHOICES, default=Stance.SUPPORTS.value)
    is_interested = models.BooleanField("a party to the claim", default=False)
    resolution = CharField(
        max_length=300,
        blank=True,
        help_text="How the contradiction was resolved. While empty, it is unresolved and shown.",
    )
    position = models.PositiveSmallIntegerField(
        default=0, help_text="The supporting citation with the lowest number is the primary source."
    )

    objects = CitationQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dispatch", "report"],
                condition=Q(development__isnull=True),
                name="cited_once_for_the_headline",
                violation_error_message="This report is already cited for the headline.",
            ),
            models.UniqueConstraint(
                fields=["development", "report"],
                condition=Q(development__isnull=False),
                name="cited_once_for_a_development",
                violation_error_message="This report is already cited for this development.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_stance_display()}: {self.report}"

    @property
    def is_contradiction_proposed(self) -> bool:
        """Whether an open proposal says that it contradicts the claim, though it is cited as support."""
        proposal = getattr(self, "contradiction", None)
        return self.stance == Stance.SUPPORTS and proposal is not None and proposal.is_open

    @property
    def is_resolved(self) -> bool:
        """Whether the contradiction is resolved. One that is only proposed has to be decided first."""
        return bool(self.resolution) and not self.is_contradiction_proposed

    @property
    def counted_stance(self) -> Stance:
        """What it does for the claim as far as the Signal is concerned: an open proposal counts as true."""
        return Stance.CONTRADICTS if self.is_contradiction_proposed else Stance(self.stance)

    def clean(self) -> None:
        if self.report_id and self.report.expunged_at:
            raise ValidationError({"report": "The text of this report was deleted. Choose another one."})
        if self.development and self.development.dispatch_id != self.dispatch_id:
            raise ValidationError({"development": "Choose a development of this dispatch."})
