"""`/desk/search/?q=`: one search over dispatches, reports, sources, owners and stories, of what a user may see."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from dispatches.finding.marking import excerpt, mark
from dispatches.finding.matching import by_relevance, matches
from dispatches.finding.words import LONGEST_QUERY, Term, parse
from dispatches.models import Dispatch, Story
from dispatches.overviews.status import clock, status_line
from dispatches.public.pieces import Piece
from sources.models import Owner, Report, Source

SHOWN = 10
# Beyond this, results are not counted.
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object: how it is listed, and which texts are shown. `rows` limits it to what a user may see."""

    model: type[models.Model]
    title: str
    rows: Callable[[User], Any]
    order: Sequence[str]
    name: Callable[[Any], str]
    about: Callable[[Any], str]
    texts: Callable[[Any, User], Iterator[str]]

    @property
    def permission(self) -> str:
        return f"{self.model._meta.app_label}.view_{self.model._meta.model_name}"

    def address(self, what: str, *args: int) -> str:
        return reverse(f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_{what}", args=args)


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: its marked name, a line about it, and the part of its text that matches."""

    address: str
    name: list[Piece]
    about: str
    excerpt: list[Piece]


@dataclass(frozen=True, slots=True)
class Results:
    """The first results of one kind, how many there are, and the list with all of them."""

    title: str
    hits: list[Hit]
    count: int
    address: str

    @property
    def total(self) -> str:
        return f"{self.count:,}" if self.count <= MOST else f"more than {MOST:,}"


def _about_dispatch(dispatch: Any) -> SafeString:
    return format_html("{} · {} · saved {}", status_line(dispatch), dispatch.section, clock(dispatch.updated_at))


def _texts_of_dispatch(dispatch: Dispatch, user: User) -> Iterator[str]:
    yield from (dispatch.tldr, dispatch.body)
    yield from (each.text for each in dispatch.developments.all())
    yield from (dispatch.byline, dispatch.slug)


def _texts_of_source(source: Source, user: User) -> Iterator[str]:
    yield from (source.aliases.replace("\n", ", "), source.public_label)
    if source.owner and user.has_perm("sources.view_owner"):
        yield f"Owner: {source.owner}"


KINDS = [
    Kind(
        Dispatch,
        "Dispatches",
        lambda user: Dispatch.objects.visible_to(user).for_desk().prefetch_related("developments"),
        ("-updated_at", "-pk"),
        lambda dispatch: dispatch.headline,
        _about_dispatch,
        _texts_of_dispatch,
    ),
    Kind(
        Report,
        "Reports",
        lambda user: Report.objects.visible_to(user).select_related("source"),
        ("-said_at", "-pk"),
        lambda report: report.title,
        lambda report: f"{report.source} · {report.get_review_display()} · {clock(report.said_at)}",
        lambda report, user: iter((report.text, report.byline, report.url)),
    ),
    Kind(
        Source,
        "Sources",
        lambda user: Source.objects.visible_to(user).select_related("owner"),
        ("name", "pk"),
        lambda source: source.name,
        lambda source: source.get_kind_display(),
        _texts_of_source,
    ),
    Kind(
        Owner,
        "Owners",
        lambda user: Owner.objects.all(),
        ("name", "pk"),
        lambda owner: owner.name,
        lambda owner: "",
        lambda owner, user: iter(()),
    ),
    Kind(
        Story,
        "Stories",
        lambda user: Story.objects.all(),
        ("name", "pk"),
        lambda story: story.name,
        lambda story: "",
        lambda story, user: iter((story.slug,)),
    ),
]


def search(text: str, user: User) -> list[Results]:
    """Search everything that a user may see. Leaves out kinds in which nothing is found."""
    terms = parse(text)
    found = (_search(kind, text, terms, user) for kind in KINDS if terms and user.has_perm(kind.permission))
    return [each for each in found if each.hits]


def _search(kind: Kind, text: str, terms: Sequence[Term], user: User) -> Results:
    visible = kind.rows(user)
    found = visible.filter(matches(kind.model, text, user))
    rows = list(by_relevance(found, text, *kind.order)[: SHOWN + 1])
    count = len(rows)
    if count > SHOWN:
        count = found.order_by().values("pk")[: MOST + 1].count()
    hits = [
        Hit(
            address=kind.address("change", row.pk),
            name=mark(kind.name(row), terms),
            about=kind.about(row),
            excerpt=excerpt(filter(None, kind.texts(row, user)), terms),
        )
        for row in rows[:SHOWN]
    ]
    address = f"{kind.address('changelist')}?{urlencode({'q': text})}"
    return Results(kind.title, hits, count, address if count > SHOWN else "")


@require_GET
def search_desk(request: HttpRequest) -> HttpResponse:
    """Show what the desk has about some words."""
    text = request.GET.get("q", "").replace("\0", " ")[:LONGEST_QUERY].strip()
    user: Any = request.user
    results = search(text, user)
    context = admin.site.each_context(request) | {
        "title": f"Search: {text}" if text else "Search",
        "query": text,
        "is_query": bool(parse(text)),
        "results": results,
        "longest": LONGEST_QUERY,
    }
    return render(request, "admin/desk_search.html", context)
