"""What blocks an edition from being published, in sentences for the editor."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from dispatches.desk.composition import Composition, compose
from dispatches.models import Citation, Dispatch
from dispatches.public.models import Edition, RetiredAddress
from dispatches.signal.rules import Rung
from sources.independence import Facts


class NotReady(Exception):
    """A verb can't be done as things are. `missing` holds one sentence for each thing the editor has to do first."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(" ".join(missing))
        self.missing = missing


def blockers_at(dispatch: Dispatch, at: datetime) -> list[str]:
    """Return what blocks the next edition of a dispatch, if it went live at `at`."""
    return find_blockers(compose_next(dispatch, at), at)


def compose_next(
    dispatch: Dispatch,
    at: datetime | None = None,
    citations: Sequence[Citation] | None = None,
    facts: Facts | None = None,
) -> Composition:
    """Compose the edition that publishing at `at` (default: now) would issue. For the other arguments see `compose`."""
    previous = dispatch.latest_edition()
    if previous and previous.kind == Edition.Kind.FIRST and not previous.is_live():
        # Readers never learn of what is scheduled and then replaced.
        dispatch.publication_id, previous = previous.publication_id, None
    kind = Edition.Kind.UPDATE if previous else Edition.Kind.FIRST
    live_at = at or timezone.now()
    return compose(dispatch, kind=kind, live_at=live_at, previous=previous, citations=citations, facts=facts)


def find_blockers(composition: Composition, at: datetime) -> list[str]:
    """Return a sentence for each thing that is missing. Empty if the edition can be issued."""
    edition = composition.edition
    missing = []
    if not edition.tldr.strip():
        missing.append("Write the TL;DR: one or two sentences for the lists.")
    if not edition.body_html.strip():
        missing.append("Write the body.")
    if not edition.slug:
        missing.append("Enter a slug: the headline has no letters to make an address from.")
    if edition.rung == Rung.UNRATED:
        missing.append(
            "Cite at least one report that supports the headline and counts: accepted, not retracted, not our own, "
            "from a source that is not graded D or E, and without an open proposal that it contradicts the headline."
        )
    missing += [
        f"[[{name}]] does not lead to a dispatch that is live at that time. Publish that one first, or correct or "
        "remove the reference."
        for name in composition.unresolved
    ]
    if edition.slug and not composition.keeps_address and _address_is_taken(edition):
        missing.append(
            f"Another dispatch has used the address {edition.get_absolute_url()}, and addresses are never reused. "
            f"Choose a different slug, such as “{edition.slug[:95]}-2”."
        )
    if edition.moved_at > max(at, edition.published_at):
        missing.append("A development is dated later than this edition. Correct its date, or publish later.")
    if edition.desk_window_at and edition.desk_window_at > at:
        missing.append("A cited report was reviewed later than the publication time. Choose a later time.")
    return missing


def _address_is_taken(edition: Edition) -> bool:
    others = Edition.objects.filter(dated=edition.dated, slug=edition.slug).exclude(publication=edition.publication_id)
    return others.exists() or RetiredAddress.is_retired(edition.dated, edition.slug)
