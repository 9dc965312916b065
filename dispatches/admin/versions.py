"""Compare any two versions of an object: two revisions, what is saved now, and what readers have or will have."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from dispatches.admin.comparing import Comparison, changes
from dispatches.admin.editors import name_of
from dispatches.admin.own_choices import as_id
from dispatches.admin.times import time_in_words
from dispatches.desk.composition import compose_body
from dispatches.history import revisions
from dispatches.history.revisions import Content, plain
from dispatches.models import Dispatch, Revision, Story
from dispatches.public.models import Edition
from dispatches.public.search.documents import plain_text
from dispatches.public.slugs import slug_of

NOW, LIVE, SCHEDULED = "now", "live", "scheduled"
# How many revisions are offered, the latest first. Others can be named in the address.
OFFERED = 300


@dataclass(frozen=True, slots=True)
class ComparedVersions:
    """What the page offers to compare, what was chosen, and how the second differs from the first."""

    offered: list[tuple[str, str]]
    first: str
    second: str
    labels: tuple[str, str] | None
    changes: list[Comparison]


def compare_versions(
    obj: models.Model, first: str, second: str, user: User, is_shown: Callable[[Comparison], bool]
) -> ComparedVersions:
    """Compare two versions, each named by a revision's number, or as “now”, “live” or “scheduled”."""
    offered = _offered(obj)
    versions = [_read(obj, each) for each in (first, second)]
    labels, found = None, []
    if versions[0] and versions[1]:
        one, other = versions[0], versions[1]
        if isinstance(one, Edition) or isinstance(other, Edition):
            one, other = (_as_published(each) for each in (one, other))
        found = [*filter(is_shown, changes(one, other, type(obj), user))]
        names = dict(offered)
        labels = names.get(first, f"Revision {first}"), names.get(second, f"Revision {second}")
    return ComparedVersions(offered, first, second, labels, found)


def _offered(obj: models.Model) -> list[tuple[str, str]]:
    editions = [(name, label) for name, label in _EDITIONS.items() if _edition(obj, name)]
    saved: QuerySet[Revision] = revisions.of(obj).defer("content")[:OFFERED]
    return [
        (NOW, "What is saved now"),
        *editions,
        *(
            (
                str(each.number),
                f"Revision {each.number}: {each.how}, {time_in_words(each.saved_at)}{_by(each)}",
            )
            for each in saved
        ),
    ]


def _by(revision: Revision) -> str:
    return f", {name_of(revision.saved_by)}" if revision.saved_by else ""


_EDITIONS = {LIVE: "What readers have", SCHEDULED: "What is scheduled"}


def _edition(obj: models.Model, name: str) -> Edition | None:
    if not isinstance(obj, Dispatch):
        return None
    edition = obj.live_edition() if name == LIVE else obj.scheduled_edition()
    return edition if edition and not edition.is_withdrawn else None


def _read(obj: models.Model, name: str) -> Content | Edition | None:
    if name == NOW:
        return revisions.read_content(obj)
    if name in _EDITIONS:
        return _edition(obj, name)
    number = as_id(name)
    return revisions.of(obj).filter(number=number).values_list("content", flat=True).first() if number else None


# What a dispatch's own fields and developments are for readers. Citations are left out: they are published when saved.
_FIELDS = ("headline", "slug", "section", "story", "byline", "tldr", "body")


def _as_published(version: Content | Edition) -> Content:
    """Return a version as readers have or would have it: its body as text, its defaults filled in."""
    if isinstance(version, Edition):
        return _content_of(version)
    fields: dict[str, Any] = {name: version[""][""].get(name) for name in _FIELDS}
    fields["byline"] = fields["byline"] or settings.WIRE_DESK_NAME
    fields["slug"] = fields["slug"] or slug_of(fields["headline"], 100)
    fields["body"] = _text(compose_body(fields["body"] or "", timezone.now()).edition)
    steps = deepcopy(version.get("developments", {}))
    return {"": {"": fields}, "developments": {row: {"at": s["at"], "text": s["text"]} for row, s in steps.items()}}


def _content_of(edition: Edition) -> Content:
    story = Story.objects.filter(slug=edition.story).values_list("pk", flat=True).first() if edition.story else None
    fields = {
        "headline": edition.headline,
        "slug": edition.slug,
        "section": edition.section_id,
        "story": story,
        "byline": edition.byline,
        "tldr": plain(edition.tldr),
        "body": _text(edition),
    }
    steps = {str(each.id): {"at": plain(each.at), "text": each.text} for each in edition.public_developments}
    return {"": {"": fields}, "developments": steps}


def _text(edition: Edition) -> str:
    return plain_text(edition.body_html).replace("\n", "\n\n")
