"""Admin pages for sources, and for their feeds and intake keys."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime

from dispatches import desk
from dispatches.admin import feeds
from dispatches.admin.agencies import grade_agencies
from dispatches.admin.editors import editor_of
from dispatches.admin.own_choices import OwnChoicesForm
from dispatches.admin.searching import NameSearchMixin
from dispatches.admin.verbs import DeskAdmin, Page, Verb
from sources.lineage.parties import find_composite
from sources.models import Feed, IntakeKey, Source


class KeyForm(forms.Form):
    others = forms.TypedChoiceField(
        label="Existing keys",
        choices=[("0", "revoke now"), ("60", "revoke in an hour"), ("1440", "revoke in a day"), ("", "keep")],
        coerce=lambda minutes: timedelta(minutes=int(minutes)),
        empty_value=None,
        required=False,
        initial="1440",
        help_text="Leaves the sender time to switch.",
    )


class RotateForm(KeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others: Any = self.fields["others"]
        others.choices, others.required = [each for each in others.choices if each[0]], True


def _make_key(source: Source, editor: User, others: timedelta | None) -> Page:
    _, words = desk.create_intake_key(source=source, actor=editor, others_end_in=others)
    address = f"{settings.WIRE_SITE_URL}{reverse('intake')}"
    return Page("admin/sources/source/key.html", {"title": "New intake key", "words": words, "address": address})


def _end_keys(source: Source, editor: User) -> str:
    return f"Keys revoked: {desk.revoke_intake_keys(source=source, actor=editor)}."


def _has_keys(source: Source | None) -> bool:
    return source is not None and source.intake_keys.valid(timezone.now()).exists()


class SourceForm(OwnChoicesForm):
    """A source's form. Refuses a name that contains two sources."""

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        names = find_composite(name) if "name" in self.changed_data else None
        if names:
            raise forms.ValidationError(
                f"This name contains two sources. Add “{names.carrier}”, and mark its report as a relay that credits "
                f"“{names.origin}”."
                if names.origin
                else "This name credits several agencies, so it is nobody’s own. Add the source that published the "
                "report, and mark the report as a relay without an origin."
            )
        return name


@admin.register(Source)
class SourceAdmin(NameSearchMixin, DeskAdmin):
    form = SourceForm
    list_display = ["name", "kind", "grade", "owner", "is_confidential", "public_name"]
    list_filter = ["kind", "grade", "is_confidential"]
    list_select_related = ["owner"]
    search_fields = ["folded_name", "folded_aliases"]
    autocomplete_fields = ["owner"]
    readonly_fields = ["arriving"]
    fields = [
        "name",
        "kind",
        "grade",
        "owner",
        "is_confidential",
        "public_label",
        "is_ours",
        "aliases",
        "arriving",
        "notes",
    ]

    verbs = [
        Verb(
            "make-key",
            "Create intake key",
            _make_key,
            lambda source: source is not None,
            "Lets a machine push reports of this source. They are pending until the desk reviews them.",
            KeyForm,
            permission="sources.make_intake_key",
        ),
        Verb(
            "rotate-key",
            "Replace intake key",
            _make_key,
            _has_keys,
            "Creates a new key, which is shown once. The others end when you choose.",
            RotateForm,
            permission="sources.make_intake_key",
        ),
        Verb(
            "end-keys",
            "Revoke intake keys",
            _end_keys,
            _has_keys,
            "No more reports are accepted with them. Existing reports are kept.",
            forms.Form,
            permission="sources.make_intake_key",
            is_destructive=True,
        ),
    ]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(grade_agencies)
        return [path("agencies/", view, name="sources_source_agencies"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        return Source.objects.visible_to(editor_of(request))

    def get_fields(self, request: HttpRequest, obj: Source | None = None) -> Any:
        editor = editor_of(request)
        hidden = set() if editor.has_perm("sources.see_confidential") else {"notes"}
        hidden |= set() if obj and editor.has_perm("sources.view_feed") else {"arriving"}
        return [name for name in self.fields if name not in hidden]

    def get_readonly_fields(self, request: HttpRequest, obj: Source | None = None) -> list[str]:
        always = list(self.readonly_fields)
        if editor_of(request).has_perm("sources.grade_source"):
            return always
        # New sources start ungraded; whether one is confidential can be set only then.
        return [*always, "grade", "owner", *(["is_confidential", "is_ours"] if obj else [])]

    @admin.display(description="channels")
    def arriving(self, source: Source) -> str:
        """List the source's feeds and keys, with their state."""
        polled = [(_linked(feed), state_of(feed)) for feed in source.feeds.all()]
        keys = [(f"Intake key {key}", _used(key)) for key in source.intake_keys.valid(timezone.now())]
        lines = format_html_join("", "<li>{}: {}</li>", [*polled, *keys])
        return format_html("<ul>{}</ul>", lines) if lines else "Entered by hand only."


def _linked(feed: Feed) -> str:
    return format_html('<a href="{}">{}</a>', reverse("admin:sources_feed_change", args=[feed.pk]), feed.url)


def _used(key: IntakeKey) -> str:
    used = f"last report {_clock(key.last_item_at)}" if key.last_item_at else "no report yet"
    return f"{used}, ends {_clock(key.ends_at)}" if key.ends_at else used


def _clock(when: datetime | None) -> str:
    return date_format(localtime(when), "F j, H:i") if when else ""


def state_of(feed: Feed) -> str:
    """Describe the state of a feed."""
    if feed.failing_since:
        end = "" if feed.is_active else " It is no longer polled."
        return f"Broken since {_clock(feed.failing_since)}. {feed.last_error}{end}"
    if not feed.is_active:
        return "Not polled."
    if feed.last_polled_at is None:
        return "Not polled yet."
    if feed.quiet_after and feed.quiet_after < feed.last_polled_at:
        return f"Silent since {_clock(feed.last_item_at)}, longer than usual."
    if feed.moved_to:
        return f"Moved permanently to {feed.moved_to}."
    return "Healthy."


class FeedHealthFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("trouble", "Silent, broken or moved")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Feed]) -> QuerySet[Feed]:
        listed: Any = queryset
        return listed.unhealthy() if self.value() == "trouble" else queryset


def _make_due(feed: Feed, editor: User) -> str:
    desk.request_poll(feed=feed, actor=editor)
    return "It will be polled next."


def _use_new_address(feed: Feed, editor: User) -> str:
    desk.use_new_address(feed=feed, actor=editor)
    return "It will be polled at its new address."


@admin.register(Feed)
class FeedAdmin(NameSearchMixin, DeskAdmin):
    list_display = ["url", "source", "is_active", "state", "last_item_at"]
    list_filter = [FeedHealthFilter, "is_active"]
    list_select_related = ["source"]
    search_fields = ["url", "source__folded_name"]
    autocomplete_fields = ["source"]
    readonly_fields = ["state", "last_polled_at", "last_item_at", "next_poll_at"]
    fields = ["source", "url", "is_active", "interval", *readonly_fields]
    verbs = [
        Verb(
            "poll",
            "Poll now",
            _make_due,
            lambda feed: feed is not None and feed.is_active,
            "Polls it next, and reads the whole feed.",
        ),
        Verb(
            "test",
            "Test",
            lambda feed, editor: redirect("admin:sources_feed_test", feed.pk),
            lambda feed: feed is not None,
            "Fetches it now and shows what would arrive. Saves nothing.",
            is_safe=True,
        ),
        Verb(
            "move",
            "Use the new address",
            _use_new_address,
            lambda feed: feed is not None and bool(feed.moved_to),
            "Its server says that it has moved permanently. Until you decide, the old address is polled.",
        ),
    ]
    change_list_template = "admin/sources/feed/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("import/", view(feeds.import_list), name="sources_feed_import"),
            path("export.opml", view(feeds.export_list), name="sources_feed_export"),
            path("<int:object_id>/test/", view(self.test), name="sources_feed_test"),
            *super().get_urls(),
        ]

    def test(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Fetch a feed now, and show what would arrive."""
        feed = self.find(request, object_id)
        if not self.has_change_permission(request, feed):
            raise PermissionDenied
        return feeds.show_test(request, feed, self.form_address(feed))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feed]:
        return Feed.objects.visible_to(editor_of(request))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A feed is turned off instead: its history shows where reports came from.
        return False

    def save_model(self, request: HttpRequest, obj: Feed, form: Any, change: bool) -> None:
        if {"url", "is_active"} & set(form.changed_data):
            desk.reset_conditional_headers(obj)
        if "url" in form.changed_data:
            obj.moved_to = ""
        super().save_model(request, obj, form, change)

    @admin.display(description="state")
    def state(self, feed: Feed) -> str:
        return state_of(feed) if feed.pk else "–"
