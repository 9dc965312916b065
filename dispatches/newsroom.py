"""The desk's start page: what waits for whom, instead of a list of models."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db import connection
from django.db.models import Case, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone

from dispatches.intake.pushing import push
from dispatches.models import Dispatch
from dispatches.public.models import Edition
from sources.models import Feed, IntakeKey, Proposal, Report, Source

SHOWN = 10
CHANGED_WITHIN = timedelta(hours=48)
A_WEEK = timedelta(days=7)
UNPOLLED = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Shelf:
    """One list of the newsroom: its first rows, how many there are in all, and what to say if there is none."""

    name: str
    title: str
    rows: list[Any]
    count: int
    address: str
    empty: str

    @classmethod
    def of(cls, name: str, title: str, rows: QuerySet[Any], address: str, empty: str) -> "Shelf":
        shown = list(rows[: SHOWN + 1])
        count = rows.count() if len(shown) > SHOWN else len(shown)
        return cls(name, title, shown[:SHOWN], count, address, empty)


class Newsroom(admin.AdminSite):
    """The admin with the newsroom for its start page. Nothing in it leads from a number to a thing it may not show."""

    site_header = settings.WIRE_DESK_NAME
    site_title = settings.WIRE_DESK_NAME
    index_title = "Newsroom"
    # The form needs the width, and the start page has the same list.
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        urls = [each for each in super().get_urls() if not str(each.pattern).startswith("r/")]
        return [path("intake/", push, name="intake"), *urls]

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """The choices of a field that points to an object. Django's also takes, and fails at, what points back."""
        names = [request.GET.get(name, "") for name in ("app_label", "model_name", "field_name")]
        try:
            field = apps.get_model(names[0], names[1])._meta.get_field(names[2])
        except (LookupError, FieldDoesNotExist) as error:
            raise PermissionDenied from error
        if not field.concrete:
            raise PermissionDenied
        return super().autocomplete_view(request)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        if not isinstance(request.user, User):
            raise PermissionDenied
        user = request.user
        context = self.each_context(request) | {
            "title": self.index_title,
            "app_list": self.get_app_list(request),
            "shelves": shelves_of(user),
            "can_file": user.has_perm("sources.add_report"),
            "can_write": user.has_perm("dispatches.add_dispatch"),
            "unpolled_since": _unpolled_since() if user.has_perm("sources.view_feed") else None,
            "installation": None if user.has_perm("dispatches.view_dispatch") else _installation(),
        }
        return TemplateResponse(request, "admin/index.html", context | (extra_context or {}))


def shelves_of(user: User) -> list[Shelf]:
    """The lists that concern somebody, each with no more than what they may see."""
    shelves = []
    if user.has_perm("sources.review_report"):
        shelves += [_intake(user), _relayed(user), _changed_by_source(user)]
    elif user.has_perm("sources.add_report"):
        shelves.append(_own_reports(user))
    if user.has_perm("dispatches.publish_dispatch"):
        shelves.append(_submitted(user))
    if user.has_perm("dispatches.view_dispatch"):
        shelves += [_drafts(user), _scheduled(user), _unpublished(user), _changed(user), _corrected(user)]
    if user.has_perm("sources.view_feed"):
        shelves += [_feeds(user), _channels(user)]
    # What is no part of everybody's day is on the page only when there is something.
    return [shelf for shelf in shelves if shelf.rows or shelf.empty]


def _intake(user: User) -> Shelf:
    rows = Report.objects.visible_to(user).filter(review=Report.Review.PENDING).select_related("source")
    address = "sources/report/?review__exact=pending"
    return Shelf.of("intake", "Intake waiting for review", rows, address, "Nothing waits.")


def _relayed(user: User) -> Shelf:
    waiting = Proposal.objects.open().visible_to(user).exclude(report__review=Report.Review.REJECTED)
    rows = waiting.exclude(report__basis="relay").select_related("report__source", "relays__source", "credits")
    return Shelf.of("relayed", "Seems to be relayed", rows.order_by("-report__said_at"), "sources/report/relays/", "")


def _changed_by_source(user: User) -> Shelf:
    rows = Report.objects.visible_to(user).changed_since_review().select_related("source").order_by("-changed_at")
    address = "sources/report/?changed=since"
    return Shelf.of("rewritten", "Changed by its source since the review", rows, address, "")


def _feeds(user: User) -> Shelf:
    feeds = Feed.objects.in_trouble().filter(source__in=Source.objects.visible_to(user)).select_related("source")
    return Shelf.of("feeds", "Feeds that are silent or broken", feeds, "sources/feed/?state=trouble", "")


def _channels(user: User) -> Shelf:
    keys = IntakeKey.objects.silent(timezone.now()).filter(source__in=Source.objects.visible_to(user))
    rows = keys.select_related("source").order_by("quiet_after")
    return Shelf.of("channels", "Channels that are silent for longer than usual", rows, "", "")


def _own_reports(user: User) -> Shelf:
    rows = Report.objects.visible_to(user).filter(filed_by=user).select_related("source")
    return Shelf.of("intake", "Your reports", rows, "sources/report/", "You have filed none yet.")


def _never_published(user: User) -> QuerySet[Any]:
    visible: Any = Dispatch.objects.visible_to(user).for_desk()
    drafts = visible.filter(live_kind=None, coming_at=None, set_aside_at=None)
    is_mine = Case(When(author=user, then=Value(0)), default=Value(1), output_field=IntegerField())
    return drafts.order_by(is_mine, "-updated_at")


def _submitted(user: User) -> Shelf:
    rows = _never_published(user).filter(submitted_at__isnull=False).order_by("submitted_at")
    return Shelf.of(
        "submitted", "Submitted for review", rows, "dispatches/dispatch/?state=submitted", "Nothing is submitted."
    )


def _drafts(user: User) -> Shelf:
    rows = _never_published(user)
    if user.has_perm("dispatches.publish_dispatch"):
        rows = rows.filter(submitted_at=None)
    return Shelf.of("drafts", "Drafts", rows, "dispatches/dispatch/?state=draft", "There is no draft.")


def _scheduled(user: User) -> Shelf:
    visible: Any = Dispatch.objects.visible_to(user).for_desk()
    rows = visible.filter(coming_at__isnull=False).order_by("coming_at")
    return Shelf.of("scheduled", "Scheduled", rows, "dispatches/dispatch/?state=scheduled", "Nothing is scheduled.")


def _unpublished(user: User) -> Shelf:
    """Published dispatches with saved changes that readers do not have. Scheduled ones are marked on their shelf."""
    visible: Any = Dispatch.objects.visible_to(user).for_desk()
    rows = visible.filter(has_unpublished_changes=True, coming_at=None).order_by("-updated_at")
    return Shelf.of("unpublished", "Saved, but not published", rows, "dispatches/dispatch/?state=changed", "")


def _changed(user: User) -> Shelf:
    """What readers see of it anybody may see; the form is linked for those who may open it."""
    recent = Q(kind=Edition.Kind.SIGNAL, live_at__gt=timezone.now() - CHANGED_WITHIN)
    rows = Edition.objects.live().exclude(kind=Edition.Kind.WITHDRAWAL).filter(recent | Q(is_disputed=True))
    rows = rows.only(*SHELF_FIELDS).annotate(dispatch_id=_DISPATCH).order_by("-live_at")
    return Shelf.of("changed", "Signal changed, or disputed", rows, "", "No Signal has changed in two days.")


def _corrected(user: User) -> Shelf:
    rows = Edition.objects.corrections().filter(live_at__gt=timezone.now() - A_WEEK)
    rows = rows.only(*SHELF_FIELDS).annotate(dispatch_id=_DISPATCH)
    return Shelf.of("corrected", "Corrections of the week", rows, "/corrections/", "None this week.")


# The working copy of an edition.
_DISPATCH = Subquery(Dispatch.objects.filter(publication=OuterRef("publication")).values("pk")[:1])
SHELF_FIELDS = [
    *(
        "publication_id",
        "kind",
        "live_at",
        "headline",
        "rung",
        "is_disputed",
        "note",
        "cause",
        "dated",
        "slug",
        "number",
    ),
    *("superseded_at", "published_at"),
]


def _unpolled_since() -> datetime | None:
    """Since when feeds are due that nobody polls: the poller is not running. None while it is."""
    oldest = Feed.objects.due(timezone.now() - UNPOLLED).first()
    return oldest.next_poll_at if oldest else None


def _installation() -> dict[str, str]:
    return {
        "The Wire": settings.WIRE_SITE_URL,
        "Django": django.get_version(),
        "Database": connection.vendor,
        "Time zone": settings.TIME_ZONE,
        "A second person publishes": settings.WIRE_SECOND_PERSON,
    }
