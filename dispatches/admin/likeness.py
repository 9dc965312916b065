"""Find recent dispatches that are probably about the same story."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from dispatches.models import Citation, Dispatch
from dispatches.public.models import Edition
from sources.models import Report

RECENT = timedelta(days=7)
CANDIDATES = 300
SHOWN = 6
# How similar two headlines must be (0 to 100): rapidfuzz's token_set_ratio ignores order and repetition.
ALIKE = 70


@dataclass(frozen=True, slots=True)
class Likeness:
    """Another dispatch, why it is listed, and how likely it is a duplicate (0 to 100)."""

    headline: str
    address: str
    state: str
    reasons: tuple[str, ...]
    weight: float

    @property
    def is_duplicate(self) -> bool:
        return self.weight >= ALIKE


def like(dispatch: Dispatch, user: User, at: datetime | None = None) -> list[Likeness]:
    """Return likely duplicates first: dispatches with the same report, a similar headline, or the same story.

    Drafts are listed only for users who may see them; published dispatches with their published headline.
    """
    # Imported here because it needs 5 MB, and processes that serve readers do not use it.
    from rapidfuzz import fuzz

    now = at or timezone.now()
    recent = Edition.objects.for_wire(now).filter(published_at__gt=now - RECENT)[:CANDIDATES]
    published = {edition.publication_id: edition for edition in recent}
    live = {
        pk: published[publication]
        for pk, publication in Dispatch.objects.filter(publication__in=published).values_list("pk", "publication")
    }
    visible = Q(pk__in=Dispatch.objects.visible_to(user).filter(updated_at__gt=now - RECENT).values("pk"))
    others = Dispatch.objects.filter(visible | Q(pk__in=live), set_aside_at=None).exclude(pk=dispatch.pk)
    mine = set(Dispatch.objects.visible_to(user).filter(pk__in=others.values("pk")).values_list("pk", flat=True))
    sharing = _sharing_a_report(dispatch, user) & mine
    on_the_story = _on_the_story(dispatch, live, mine)
    found = []
    for other in others.select_related("author")[:CANDIDATES]:
        edition = live.get(other.pk)
        headline = edition.headline if edition and other.pk not in mine else other.headline
        alike = fuzz.token_set_ratio(dispatch.headline.lower(), headline.lower())
        reasons = [
            *(["cites the same report"] if other.pk in sharing else []),
            *(["headline alike"] if alike >= ALIKE else []),
            *(["same story"] if other.pk in on_the_story else []),
        ]
        if reasons:
            weight = alike if alike >= ALIKE else ALIKE if other.pk in sharing else 0.0
            change = reverse("admin:dispatches_dispatch_change", args=[other.pk])
            address = change if other.pk in mine or edition is None else edition.get_absolute_url()
            state = "published" if edition else f"draft of {other.author.username}" if other.author else "draft"
            found.append(Likeness(headline, address, state, tuple(reasons), weight))
    return sorted(found, key=lambda each: -each.weight)[:SHOWN]


def _on_the_story(dispatch: Dispatch, live: dict[int, Edition], mine: set[int]) -> set[int]:
    """Return the dispatches of the same story, as working copies (`mine`) or as published."""
    if dispatch.story is None:
        return set()
    published = Edition.objects.filter(pk__in=[edition.pk for edition in live.values()], story=dispatch.story.slug)
    dispatches = Dispatch.objects.filter(publication__in=published.values("publication"))
    others = set(dispatches.values_list("pk", flat=True)) - mine
    return others | set(Dispatch.objects.filter(pk__in=mine, story=dispatch.story).values_list("pk", flat=True))


def _sharing_a_report(dispatch: Dispatch, user: User) -> set[int]:
    """Return the dispatches that cite the same reports, reports that these relay, or relays of them.

    Only reports that this user may know about are considered.
    """
    visible = Report.objects.visible_to(user)
    own = set(visible.filter(citations__dispatch=dispatch).values_list("pk", flat=True))
    near = visible.filter(Q(pk__in=own) | Q(relays__in=own) | Q(relayed_by__in=own))
    return set(Citation.objects.filter(report__in=near).values_list("dispatch", flat=True))
