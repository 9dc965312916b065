"""Feeds in the browser: import and export a list of them, and test one."""

from collections import Counter
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dispatches.admin.editors import editor_of
from dispatches.desk import log
from dispatches.intake.lines import Refused
from dispatches.intake.polling import ACCEPT, new_fetcher
from dispatches.intake.subscriptions import take_in_subscription, write_opml
from sources.intake.charsets import decode
from sources.intake.feeds import Document, read_feed
from sources.intake.fetching import Fetcher, FetchError, Limits
from sources.intake.items import Item
from sources.intake.matching import KnownReports, is_changed
from sources.intake.opml import Subscription, read_opml
from sources.intake.sandbox import Sandbox, Unreadable
from sources.models import Feed, Report, Source

# Short, because an editor waits.
LIMITS = Limits(seconds=15, seconds_of_silence=8)
LARGEST_LIST, MOST_FEEDS, ITEMS_SHOWN = 2_000_000, 1_000, 10


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one feed of a list: “New”, “Known already”, or “Refused” and why."""

    subscription: Subscription
    outcome: str
    reasons: str = ""


class ListForm(forms.Form):
    file = forms.FileField(label="List of feeds (OPML)", help_text="Each feed belongs to the source of its name.")
    named = forms.BooleanField(
        label="Readers see the names of new sources",
        required=False,
        help_text="Otherwise new sources are confidential, until a Chief decides.",
    )

    def clean_file(self) -> list[Subscription]:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_LIST:
            raise forms.ValidationError(f"The list is larger than {LARGEST_LIST // 1_000_000} MB.")
        try:
            found = read_opml(decode(file.read()).replace("\0", ""))
        except ValueError as error:
            raise forms.ValidationError(f"This is not a list of feeds. {error}") from error
        if len(found) > MOST_FEEDS:
            raise forms.ValidationError(f"The list has {len(found):,} feeds. Import at most {MOST_FEEDS:,} at a time.")
        return found


def import_list(request: HttpRequest) -> HttpResponse:
    """Ask for a list of feeds, add those that are new, and report on each line."""
    editor = editor_of(request)
    # Whether an address is known could tell of a confidential source.
    needed = ("sources.add_feed", "sources.add_source", "sources.see_confidential")
    if not editor.has_perms(needed):
        raise PermissionDenied
    form = ListForm(request.POST or None, request.FILES or None)
    lines = []
    if request.method == "POST" and form.is_valid():
        lines = [_take_in(request, each, form.cleaned_data["named"]) for each in form.cleaned_data["file"]]
    counts = Counter(line.outcome for line in lines)
    context = admin.site.each_context(request) | {
        "title": "Import feeds",
        "form": form,
        "lines": lines,
        "counts": ", ".join(f"{outcome}: {counts[outcome]}" for outcome in (NEW, KNOWN, REFUSED) if counts[outcome]),
    }
    return render(request, "admin/sources/feed/import.html", context)


NEW, KNOWN, REFUSED = "New", "Known already", "Refused"


def _take_in(request: HttpRequest, subscription: Subscription, names: bool) -> Line:
    try:
        is_new = take_in_subscription(subscription, actor=editor_of(request), names=names)
    except Refused as error:
        return Line(subscription, REFUSED, " ".join(error.reasons))
    return Line(subscription, NEW if is_new else KNOWN)


@require_GET
def export_list(request: HttpRequest) -> HttpResponse:
    """Return the feeds that this user may see, as OPML."""
    editor = editor_of(request)
    if not editor.has_perm("sources.view_feed"):
        raise PermissionDenied
    visible = Feed.objects.visible_to(editor).select_related("source")
    headers = {"Content-Disposition": 'attachment; filename="feeds.opml"', "Cache-Control": "no-store"}
    opml = write_opml(visible, f"Feeds of {settings.WIRE_SITE_NAME}")
    return HttpResponse(opml, content_type="text/x-opml; charset=utf-8", headers=headers)


# Testing a feed


@dataclass(frozen=True, slots=True)
class Arrival:
    """An item of a feed, and what would become of it."""

    item: Item
    outcome: str


def show_test(request: HttpRequest, feed: Feed, form_address: str) -> HttpResponse:
    """Ask, then fetch a feed as the poller would, and show its first items. Saves nothing but that it was tested."""
    document, error, arrivals = None, "", []
    if request.method == "POST":
        log.record(editor_of(request), "test_feed", feed)
        try:
            document = fetch_feed(feed.url)
        except (FetchError, Unreadable) as failure:
            error = str(failure)
        else:
            arrivals = arrivals_of(feed.source, document.items)
    counts = Counter(each.outcome for each in arrivals)
    context = admin.site.each_context(request) | {
        "title": f"Test: {feed.source}",
        "feed": feed,
        "form_address": form_address,
        "document": document,
        "error": error,
        "arrivals": arrivals[:ITEMS_SHOWN],
        "total": len(arrivals),
        "counts": "; ".join(f"{count} {outcome}" for outcome, count in counts.items()),
    }
    return render(request, "admin/sources/feed/test.html", context)


def fetch_feed(url: str) -> Document:
    """Fetch and parse a feed, within the network limits of polling. Raises FetchError or Unreadable."""
    fetcher = new_fetcher()
    fetched = Fetcher(fetcher.user_agent, fetcher.allowed, LIMITS).fetch(url, accept=ACCEPT)
    with Sandbox() as sandbox:
        content_type = fetched.headers.get("content-type", "")
        document: Document = sandbox.call(read_feed, fetched.body, fetched.url, content_type, url)
        return document


def arrivals_of(source: Source, items: list[Item]) -> list[Arrival]:
    """Return what would become of each item, in the feed's order."""
    existing = KnownReports(source, items)
    return [Arrival(item, _outcome(existing.find(item), item)) for item in existing.items]


def _outcome(report: Report | None, item: Item) -> str:
    if report is None:
        return "new"
    if report.expunged_at:
        return "expunged, so it is not taken in again"
    return "known, with a changed text" if is_changed(report, item) else "known already"
