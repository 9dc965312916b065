"""Compose an edition from a working copy: rated, rendered, and free of anything confidential.

The editions composed here are not saved. Verbs save them, and the preview shows them; nothing else creates editions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from dataclasses import fields as dataclass_fields
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from dispatches.desk import prose
from dispatches.desk.crossreferences import resolver
from dispatches.desk.proposing import claims_in, claims_in_edition, preview_proposals
from dispatches.desk.rating import PublicSignal, hash_of_inputs, public_signal
from dispatches.models import Citation, Development, Dispatch
from dispatches.public.ledger import PublicDevelopment, signal_as_json
from dispatches.public.models import CORRECTING_KINDS, Cause, Edition
from dispatches.public.slugs import slug_of
from dispatches.signal.rules import Rung
from sources.facts import read_facts
from sources.independence import Facts


@dataclass(frozen=True, slots=True)
class Composition:
    """An edition as it would be issued, the [[references]] that were not found, and a digest of the rating's inputs.

    `keeps_address` means that the previous edition has the same address, so that no other dispatch can have it.
    """

    edition: Edition
    unresolved: tuple[str, ...] = ()
    inputs_hash: str = ""
    keeps_address: bool = False


def compose(
    dispatch: Dispatch,
    *,
    kind: Edition.Kind,
    live_at: datetime,
    note: str = "",
    previous: Edition | None = None,
    citations: Sequence[Citation] | None = None,
    facts: Facts | None = None,
    developments: Sequence[Development] | None = None,
) -> Composition:
    """Compose the edition that would follow `previous` and go live at `live_at`.

    The date in the address and the publication time stay those of the previous edition. `citations` replace the
    stored ones, to rate a form that is not saved yet, and `developments` those of a text that is not the saved one;
    `facts` are read if they are not given.
    """
    if citations is None:
        citations = list(dispatch.citations.for_rating())
        if previous and not previous.is_withdrawn and live_at > timezone.now():
            # Until then, readers have the previous edition.
            claims = claims_in_edition(previous)
        else:
            written = dispatch.developments.all() if developments is None else developments
            claims = claims_in(dispatch, written)
        preview_proposals(citations, claims)
    facts = facts or read_facts({citation.report_id for citation in citations})
    published_at = previous.published_at if previous else live_at
    if previous:
        # It may have been published since the working copy was read.
        dispatch.publication_id = previous.publication_id
    composition = compose_text(dispatch, published_at=published_at, live_at=live_at, developments=developments)
    edition = composition.edition
    edition.number = previous.number + 1 if previous else 1
    edition.kind, edition.note = kind, note
    edition.dated = previous.dated if previous else timezone.localdate(live_at)
    edition.is_corrected = kind == Edition.Kind.CORRECTION or bool(previous and previous.is_corrected)
    apply_signal(edition, public_signal(dispatch, citations, facts))
    _follow(edition, previous)
    return replace(
        composition,
        inputs_hash=hash_of_inputs(dispatch, citations, facts),
        keeps_address=previous is not None and (previous.dated, previous.slug) == (edition.dated, edition.slug),
    )


def compose_text(
    dispatch: Dispatch,
    *,
    published_at: datetime,
    live_at: datetime,
    developments: Iterable[Development] | None = None,
) -> Composition:
    """Compose only what an editor writes: no Signal, no number, no kind.

    [[References]] are worded for a dispatch published at `published_at`, in an edition live from `live_at`.
    """
    text = prose.render(dispatch.body, resolver(dispatch.publication_id, published_at, live_at))
    written = dispatch.developments.all() if developments is None else developments
    shown = [PublicDevelopment(each.pk, each.at, each.text) for each in written]
    edition = Edition(
        live_at=live_at,
        slug=dispatch.slug or slug_of(dispatch.headline, 100),
        published_at=published_at,
        moved_at=max((development.at for development in shown), default=published_at),
        section=dispatch.section,
        story=dispatch.story.slug if dispatch.story else "",
        story_name=dispatch.story.name if dispatch.story else "",
        headline=dispatch.headline,
        byline=dispatch.byline or settings.WIRE_DESK_NAME,
        tldr=dispatch.tldr,
        body_html=text.html,
        references=list(text.references),
        developments=[development.as_json() for development in shown],
        development_count=len(shown),
    )
    if dispatch.publication_id is not None:
        edition.publication_id = dispatch.publication_id
    return Composition(edition, text.unresolved)


def compose_body(markdown: str, at: datetime) -> Composition:
    """Compose the body alone, as in an edition of that time."""
    text = prose.render(markdown, resolver(None, at, at))
    return Composition(Edition(body_html=text.html, references=list(text.references)), text.unresolved)


# Fields that every edition copies from the previous one, and those that one with the same text copies as well.
_STANDING_FIELDS = [
    *("publication_id", "dated", "slug", "published_at", "moved_at", "section_id", "story", "story_name"),
    *("headline", "byline", "is_corrected"),
]
_TEXT_FIELDS = ["tldr", "body_html", "references", "developments", "development_count"]


def compose_tombstone(previous: Edition, *, live_at: datetime, note: str) -> Edition:
    """Compose the tombstone of a withdrawn dispatch: its headline, when it was withdrawn, and why."""
    edition = Edition(
        **{name: getattr(previous, name) for name in _STANDING_FIELDS},
        number=previous.number + 1,
        kind=Edition.Kind.WITHDRAWAL,
        note=note,
        live_at=live_at,
        rung=Rung.UNRATED,
    )
    _follow(edition, previous)
    return edition


def compose_rerated(previous: Edition, *, live_at: datetime, cause: Cause, signal: PublicSignal) -> Edition:
    """Compose an edition with the same text, a new Signal, and the cause of the change."""
    edition = Edition(
        **{name: getattr(previous, name) for name in _STANDING_FIELDS + _TEXT_FIELDS},
        number=previous.number + 1,
        kind=Edition.Kind.SIGNAL,
        live_at=live_at,
        cause=cause,
    )
    apply_signal(edition, signal)
    _follow(edition, previous)
    return edition


def compose_scheduled_again(scheduled: Edition, *, previous: Edition | None, signal: PublicSignal) -> Edition:
    """Compose a scheduled edition with the same text and time, rated again, to follow `previous`.

    It gives no cause: readers never learn of the one it replaces.
    """
    edition = Edition(
        **{name: getattr(scheduled, name) for name in [*_STANDING_FIELDS, *_TEXT_FIELDS, "kind", "note", "live_at"]},
        number=previous.number + 1 if previous else scheduled.number,
    )
    edition.is_corrected = scheduled.is_corrected or bool(previous and previous.is_corrected)
    apply_signal(edition, signal)
    _follow(edition, previous)
    return edition


def _follow(edition: Edition, previous: Edition | None) -> None:
    """Fill in the fields that describe how an edition differs from the one before it, if there is one."""
    edition.is_notice = edition.kind in CORRECTING_KINDS
    if previous is None:
        edition.rung_before, edition.moves_signal, edition.revised_at = Rung.UNRATED, True, edition.live_at
        return
    edition.rung_before = previous.rung
    edition.moves_signal = (edition.rung, edition.is_disputed) != (previous.rung, previous.is_disputed)
    matters = (
        edition.moves_signal
        or edition.is_notice
        or (edition.kind == Edition.Kind.UPDATE and bool(edition.note))
        or edition.moved_at > previous.moved_at
    )
    edition.revised_at = edition.live_at if matters else previous.revised_at


def apply_signal(edition: Edition, signal: PublicSignal) -> None:
    """Set the fields of an unsaved edition that its Signal determines."""
    for name, value in signal_fields(edition, signal).items():
        setattr(edition, name, value)


def differs(edition: Edition, signal: PublicSignal) -> bool:
    """Return True if an edition shows a different Signal."""
    return any(getattr(edition, name) != value for name, value in signal_fields(edition, signal).items())


_UNRATED = signal_as_json(Rung.UNRATED, 0, False, [])
_SIGNAL_FIELDS = tuple(each.name for each in dataclass_fields(PublicSignal))


def signal_fields(edition: Edition, signal: PublicSignal) -> dict[str, Any]:
    """Return the values of the edition fields that a Signal determines."""
    # Not `asdict`, which copies the ledger deeply: a cascade re-rates thousands.
    fields = {each: getattr(signal, each) for each in _SIGNAL_FIELDS}
    signals = fields.pop("development_signals")
    fields["developments"] = [value | signals.get(value["id"], _UNRATED) for value in edition.developments]
    return fields
