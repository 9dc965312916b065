"""Filters of the desk's list of dispatches."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils import timezone

from dispatches.admin.editors import editor_of
from dispatches.models import Contradiction
from dispatches.models.issuing import never_published
from dispatches.public.models import Edition


class StateFilter(admin.SimpleListFilter):
    """Filters dispatches by state. By default, those set aside are hidden."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("mine", "My drafts"),
            ("draft", "Drafts"),
            ("submitted", "Submitted for review"),
            ("scheduled", "Scheduled"),
            ("published", "Published"),
            ("changed", "With unpublished changes"),
            ("contradicted", "With proposed contradictions"),
            ("withdrawn", "Withdrawn"),
            ("aside", "Set aside"),
        ]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        now = timezone.now()
        of_it = Edition.objects.filter(publication=OuterRef("publication")).order_by()
        live = of_it.live(now)
        is_live, is_coming = Exists(live), Exists(of_it.filter(live_at__gt=now, superseded_at=None))
        is_withdrawn = Exists(live.filter(kind=Edition.Kind.WITHDRAWAL))
        draft = never_published(now) & Q(set_aside_at=None)
        contradicted = Contradiction.objects.open().visible_to(editor_of(request))
        states = {
            "mine": draft & Q(author=editor_of(request)),
            "draft": draft,
            "submitted": draft & Q(submitted_at__isnull=False),
            "scheduled": Q(is_coming),
            "published": Q(is_live) & ~Q(is_withdrawn),
            "changed": Q(has_unpublished_changes=True),
            "contradicted": Q(pk__in=contradicted.values("citation__dispatch"), set_aside_at=None),
            "withdrawn": Q(is_withdrawn),
            "aside": Q(set_aside_at__isnull=False),
        }
        return queryset.filter(states.get(self.value() or "", Q(set_aside_at=None)))
