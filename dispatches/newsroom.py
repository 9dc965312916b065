"""The desk's start page: what is waiting, instead of a list of models."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db import connection
from django.db.models import Case, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_GET

from dispatches import bell
from dispatches.desk.log import record
from dispatches.desk.notifications import count_new
from dispatches.login import pages
from dispatches.models import Contradiction, Dispatch, Revision
from dispatches.models.issuing import never_published
from dispatches.overviews.denials import recording_denials
from dispatches.overviews.log import read_log
from dispatches.overviews.search import search_desk
from dispatches.public.models import Edition, SiteState
from sources.models import Feed, IntakeKey, Proposal, Report, Source

SHOWN = 10
CHANGED_WITHIN = timedelta(hours=48)
A_WEEK = timedelta(days=7)
UNPOLLED = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class NewsroomList:
    """A list in the newsroom: its first rows, the total, and the text to show if it is empty."""

    name: str
    title: str
    rows: list[Any]
    count: int
    address: str
    empty: str

    @classmethod
    def of(cls, name: str, title: str, rows: QuerySet[Any], address: str, empty: str) -> "NewsroomList":
        shown = list(rows[: SHOWN + 1])
        count = rows.count() if len(shown) > SHOWN else len(shown)
        return cls(name, title, shown[:SHOWN], count, address, empty)


class Newsroom(admin.AdminSite):
    """The admin site, with the newsroom as its start page. Addresses by id reveal nothing that lists hide."""

    site_header = settings.WIRE_DESK_NAME
    site_title = settings.WIRE_DESK_NAME
    index_title = "Newsroom"
    # The forms need the width, and the start page lists the models.
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        # Without the redirect by id to an object's public address.
        own = [each for each in super().get_urls() if getattr(each, "name", None) != "view_on_site"]
        saved = path("drafts/saved/", self.admin_view(self.saved_drafts), name="saved_drafts")
        # The last of Django's addresses is for everything that has none.
        log = path("log/", self.admin_view(read_log), name="desk_log")
        search = path("search/", self.admin_view(search_desk), name="desk_search")
        notifications = path("notifications/", self.admin_view(bell.show), name="notifications")
        return [*pages.urls(), saved, notifications, log, search, *own]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the number of new notifications, counted only where a template shows it."""
        context: dict[str, Any] = super().each_context(request)
        if isinstance(request.user, User) and self.has_permission(request):
            context["new_notifications"] = partial(count_new, request.user, timezone.now())
        return context

    def has_permission(self, request: HttpRequest) -> bool:
        """Return True for staff who have passed their second factor, if they have or need one."""
        user: Any = request.user
        return super().has_permission(request) and pages.is_let_in(request, user)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        user: Any = request.user
        if request.method == "GET" and super().has_permission(request) and not self.has_permission(request):
            return redirect(pages.second_factor_address(user, request.GET.get("next", reverse("admin:index"))))
        was_logged_in = user.is_authenticated
        response = super().login(request, extra_context)
        if was_logged_in and request.method == "POST" and response.status_code == 302:
            # Django gives a session a new key only if nobody was logged in.
            request.session.cycle_key()
        return response

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        # Log out also those who have yet to pass their second factor.
        return view if view == self.logout else super().admin_view(recording_denials(view), cacheable)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        response: HttpResponse = super().password_change(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            user: Any = request.user
            record(user, "set_password", user)
        return response

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Log out, and let the browser delete what it has kept of this site, such as drafts."""
        if not request.user.is_authenticated:
            return redirect("admin:index")
        response: HttpResponse = super().logout(request, extra_context)
        if request.method == "POST":
            # Without "cookies": with them, the page could not say that it worked.
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response

    @method_decorator(require_GET)
    def saved_drafts(self, request: HttpRequest) -> JsonResponse:
        """Return which of a browser's drafts have been saved. The others would be lost at logout."""
        user: Any = request.user
        ids = request.GET.getlist("id")[:100]
        saved = Revision.objects.filter(
            saved_by=user, local_draft__in=[each for each in ids if each and "\0" not in each]
        )
        return JsonResponse({"saved": sorted(set(saved.values_list("local_draft", flat=True)))})

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Autocomplete for foreign keys. Django's view also accepts reverse relations, and fails."""
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
            "lists": newsroom_lists(user),
            "can_file": user.has_perm("sources.add_report"),
            "can_write": user.has_perm("dispatches.add_dispatch"),
            "is_closed": SiteState.objects.filter(is_closed=True).exists(),
            "unpolled_since": _unpolled_since() if user.has_perm("sources.view_feed") else None,
            "installation": None if user.has_perm("dispatches.view_dispatch") else _installation(),
        }
        return TemplateResponse(request, "admin/index.html", context | (extra_context or {}))


def newsroom_lists(user: User) -> list[NewsroomList]:
    """Return the lists relevant to a user, each with only what they may see."""
    lists = [_assigned(user)] if user.has_perm("dispatches.view_dispatch") else []
    if user.has_perm("sources.review_report"):
        lists += [_intake(user), _relayed(user), _contradicted(user), _changed_by_source(user)]
    elif user.has_perm("sources.add_report"):
        lists.append(_own_reports(user))
    if user.has_perm("dispatches.publish_dispatch"):
        lists.append(_submitted(user))
    if user.has_perm("dispatches.view_dispatch"):
        lists += [_drafts(user), _scheduled(user), _unpublished(user), _changed(user), _corrected(user)]
    if user.has_perm("sources.view_feed"):
        lists += [_feeds(user), _channels(user)]
    # Rarely needed lists are shown only if they are not empty.
    return _with_states([each for each in lists if each.rows or each.empty])


def _with_states(lists: list[NewsroomList]) -> list[NewsroomList]:
    """Replace the ids of dispatches in these lists by the dispatches, with what readers have of them, in one query."""
    wanted = {row for each in lists for row in each.rows if isinstance(row, int)}
    shown = {row.pk: row for row in Dispatch.objects.filter(pk__in=wanted).for_desk().defer("body", "tldr")}
    # A row whose dispatch was deleted meanwhile is left out.
    found = {each.name: [shown.get(row) if isinstance(row, int) else row for row in each.rows] for each in lists}
    return [replace(each, rows=[row for row in found[each.name] if row]) for each in lists]


def _assigned(user: User) -> NewsroomList:
    """Dispatches that were handed to a user, or that they took."""
    visible = Dispatch.objects.visible_to(user)
    rows = visible.filter(assignment__user=user, set_aside_at=None, expunged_at=None)
    return _list_dispatches("assigned", "Assigned to you", rows, ["-updated_at"], "?with=me", "")


def _intake(user: User) -> NewsroomList:
    rows = Report.objects.visible_to(user).filter(review=Report.Review.PENDING).select_related("source")
    address = "sources/report/?review__exact=pending"
    return NewsroomList.of("intake", "Intake waiting for review", rows, address, "Nothing is waiting.")


def _relayed(user: User) -> NewsroomList:
    waiting = Proposal.objects.open().visible_to(user).exclude(report__review=Report.Review.REJECTED)
    rows = waiting.exclude(report__basis="relay").select_related("report__source", "relays__source", "credits")
    return NewsroomList.of(
        "relayed", "Proposed relays", rows.order_by("-report__said_at"), "sources/report/relays/", ""
    )


def _contradicted(user: User) -> NewsroomList:
    waiting = Contradiction.objects.open().visible_to(user).exclude(citation__report__review=Report.Review.REJECTED)
    rows = waiting.filter(citation__dispatch__set_aside_at=None).order_by("-citation__report__said_at", "pk")
    rows = rows.select_related("citation__dispatch", "citation__report__source")
    rows = rows.defer("citation__report__text", "citation__dispatch__body")
    address = "dispatches/dispatch/?state=contradicted"
    return NewsroomList.of("contradicted", "Proposed contradictions", rows, address, "")


def _changed_by_source(user: User) -> NewsroomList:
    rows = Report.objects.visible_to(user).changed_since_review().select_related("source").order_by("-changed_at")
    address = "sources/report/?changed=since"
    return NewsroomList.of("rewritten", "Changed by their source since review", rows, address, "")


def _feeds(user: User) -> NewsroomList:
    feeds = Feed.objects.unhealthy().visible_to(user).select_related("source")
    return NewsroomList.of("feeds", "Silent, broken or moved feeds", feeds, "sources/feed/?state=trouble", "")


def _channels(user: User) -> NewsroomList:
    keys = IntakeKey.objects.silent(timezone.now()).filter(source__in=Source.objects.visible_to(user))
    rows = keys.select_related("source").order_by("quiet_after")
    return NewsroomList.of("channels", "Channels silent for longer than usual", rows, "", "")


def _own_reports(user: User) -> NewsroomList:
    rows = Report.objects.visible_to(user).filter(filed_by=user).select_related("source")
    return NewsroomList.of("intake", "Your reports", rows, "sources/report/", "You have not filed any reports yet.")


def _drafts_of_all(user: User) -> QuerySet[Dispatch]:
    return Dispatch.objects.visible_to(user).filter(never_published(timezone.now()), set_aside_at=None)


def _list_dispatches(
    name: str, title: str, rows: QuerySet[Dispatch], order: list[Any], query: str, empty: str
) -> NewsroomList:
    """Return a list with the ids of dispatches."""
    found = rows.order_by(*order).values_list("pk", flat=True)
    return NewsroomList.of(name, title, found, f"dispatches/dispatch/{query}", empty)


def _submitted(user: User) -> NewsroomList:
    rows = _drafts_of_all(user).filter(submitted_at__isnull=False)
    empty = "Nothing has been submitted."
    return _list_dispatches("submitted", "Submitted for review", rows, ["submitted_at"], "?state=submitted", empty)


def _drafts(user: User) -> NewsroomList:
    rows = _drafts_of_all(user)
    if user.has_perm("dispatches.publish_dispatch"):
        rows = rows.filter(submitted_at=None)
    is_mine = Case(When(author=user, then=Value(0)), default=Value(1), output_field=IntegerField())
    return _list_dispatches("drafts", "Drafts", rows, [is_mine, "-updated_at"], "?state=draft", "There are no drafts.")


def _scheduled(user: User) -> NewsroomList:
    coming = Edition.objects.filter(live_at__gt=timezone.now(), superseded_at=None).order_by()
    rows = Dispatch.objects.visible_to(user).filter(publication__in=coming.values("publication"))
    live_at = Subquery(coming.filter(publication=OuterRef("publication")).values("live_at")[:1])
    return _list_dispatches("scheduled", "Scheduled", rows, [live_at], "?state=scheduled", "Nothing is scheduled.")


def _unpublished(user: User) -> NewsroomList:
    """Published dispatches with unpublished changes. Scheduled ones are marked in their own list."""
    coming = Edition.objects.filter(live_at__gt=timezone.now(), superseded_at=None).order_by()
    rows = Dispatch.objects.visible_to(user).filter(has_unpublished_changes=True)
    rows = rows.exclude(publication__in=coming.values("publication"))
    return _list_dispatches("unpublished", "Saved, but not published", rows, ["-updated_at"], "?state=changed", "")


def _changed(user: User) -> NewsroomList:
    """Public editions, which everyone may see; linked to the form for users who may open it."""
    moved = Edition.objects.filter(kind=Edition.Kind.SIGNAL, live_at__gt=timezone.now() - CHANGED_WITHIN)
    disputed = Edition.objects.live().filter(is_disputed=True)
    # With OR, the database would read all that is live.
    ids = (each.order_by().values("pk") for each in (moved, disputed))
    rows = Edition.objects.live().exclude(kind=Edition.Kind.WITHDRAWAL).filter(pk__in=next(ids).union(*ids))
    rows = rows.only(*LIST_FIELDS).annotate(dispatch_id=_DISPATCH).order_by("-live_at")
    return NewsroomList.of("changed", "Signal changed or disputed", rows, "", "No Signal changed in the last two days.")


def _corrected(user: User) -> NewsroomList:
    rows = Edition.objects.corrections().filter(live_at__gt=timezone.now() - A_WEEK)
    rows = rows.only(*LIST_FIELDS).annotate(dispatch_id=_DISPATCH)
    return NewsroomList.of("corrected", "Corrections this week", rows, "/corrections/", "None this week.")


# The working copy of an edition.
_DISPATCH = Subquery(Dispatch.objects.filter(publication=OuterRef("publication")).values("pk")[:1])
LIST_FIELDS = [
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
    """Return since when feeds are overdue, if the poller is not running; else None."""
    oldest = Feed.objects.due(timezone.now() - UNPOLLED).first()
    return oldest.next_poll_at if oldest else None


def _installation() -> dict[str, str]:
    return {
        "The Wire": settings.WIRE_SITE_URL,
        "Django": django.get_version(),
        "Database": connection.vendor,
        "Time zone": settings.TIME_ZONE,
        "Second person required to publish": settings.WIRE_SECOND_PERSON,
    }
