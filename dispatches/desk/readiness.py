"""What stands between a working copy and its publication, in words for the editor."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from dispatches.desk.composition import Composition, compose
from dispatches.models import Citation, Dispatch
from dispatches.public.models import Edition
from dispatches.signal.rules import Rung


class NotReady(Exception):
    """A dispatch can't be published as it is. `missing` holds a sentence for each thing to do."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(" ".join(missing))
        self.missing = missing


def check(composition: Composition, at: datetime) -> list[str]:
    """A sentence for each thing that is missing; none if the edition can be issued."""
    edition = composition.edition
    missing = []
    if not edition.tldr.strip():
        missing.append("Write the TL;DR: one or two sentences that readers see on the wire.")
    if not edition.body_html.strip():
        missing.append("Write the body.")
    if not edition.slug:
        missing.append("Give it a slug: the headline has no letters to make an address from.")
    if edition.rung == Rung.UNRATED:
        missing.append(
            "Cite at least one report for the headline that supports it and counts: accepted by the desk, not taken "
            "back, not our own, and from a source that is not graded D or E."
        )
    missing += [
        f"[[{name}]] refers to no dispatch that readers can read at that time: publish that one first, "
        "mend the reference, or take it out."
        for name in composition.unresolved
    ]
    if edition.slug and _address_is_taken(edition):
        missing.append(
            f"Another dispatch has had the address {edition.get_absolute_url()}. An address never changes its "
            "meaning: give this one another slug."
        )
    if edition.moved_at > max(at, edition.published_at):
        missing.append("A development is dated later than this edition: mend its date, or wait with it.")
    if edition.desk_window_at and edition.desk_window_at > at:
        missing.append("A report that it cites was reviewed later than the time of publication: choose a later time.")
    return missing


def compose_now(
    dispatch: Dispatch, at: datetime | None = None, citations: Sequence[Citation] | None = None
) -> Composition:
    """The first, or next, edition of a dispatch as it would be issued at a moment; `citations` as for `compose`."""
    previous = dispatch.latest_edition()
    kind = Edition.Kind.UPDATE if previous else Edition.Kind.FIRST
    return compose(dispatch, kind=kind, live_at=at or timezone.now(), previous=previous, citations=citations)


def what_is_missing(dispatch: Dispatch, at: datetime) -> list[str]:
    """What stands between a dispatch and its (next) edition at a moment."""
    return check(compose_now(dispatch, at), at)


def _address_is_taken(edition: Edition) -> bool:
    return (
        Edition.objects.filter(dated=edition.dated, slug=edition.slug)
        .exclude(publication=edition.publication_id)
        .exists()
    )
