"""Filters of the desk's list of dispatches."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest

from dispatches.admin.editors import editor_of
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
            ("withdrawn", "Withdrawn"),
            ("aside", "Set aside"),
        ]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        draft = Q(live_kind=None, coming_at=None, set_aside_at=None)
        states = {
            "mine": draft & Q(author=editor_of(request)),
            "draft": draft,
            "submitted": draft & Q(submitted_at__isnull=False),
            "scheduled": Q(coming_at__isnull=False),
            "published": Q(live_kind__isnull=False) & ~Q(live_kind=Edition.Kind.WITHDRAWAL),
            "changed": Q(has_unpublished_changes=True),
            "withdrawn": Q(live_kind=Edition.Kind.WITHDRAWAL),
            "aside": Q(set_aside_at__isnull=False),
        }
        return queryset.filter(states.get(self.value() or "", Q(set_aside_at=None)))
