"""Add a development; while an editor covers something live, publish it as it is written.

Publishing a line issues the live edition plus that line: other saved changes stay unpublished.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from dispatches.desk.actors import Actor, user_of
from dispatches.desk.composition import Composition, compose_with_developments
from dispatches.desk.drafts import cite_in
from dispatches.desk.publishing import (
    PUBLISH,
    carry_into_pending,
    issue_beside_working_copy,
    needs_second_person,
)
from dispatches.desk.rating import hash_of_inputs, public_signal
from dispatches.desk.readiness import find_blockers
from dispatches.desk.transactions import recording, verb
from dispatches.models import Development, Dispatch
from dispatches.public.ledger import PublicDevelopment
from dispatches.public.models import Edition
from dispatches.signal.rules import Rung
from sources.facts import read_facts
from sources.models import Report


@dataclass(frozen=True, slots=True)
class Added:
    """A saved development. `edition` is the live one that has it; `waits` says why readers don't have it yet."""

    development: Development
    edition: Edition | None = None
    waits: str = ""


@verb("dispatches.change_dispatch")
def add_development(
    *, dispatch: Dispatch, actor: Actor, at: datetime, text: str, report: Report | None = None, key: str = ""
) -> Added:
    """Save a development, and publish it if the dispatch is live and publishes its developments as they are written.

    A `report` is cited for it. The same `key` adds nothing a second time. Raises ValidationError.
    """
    if key and (known := dispatch.developments.filter(key=key).first()):
        return Added(known, _live_with(dispatch, known))
    with recording(dispatch, actor=actor, how="Added a development"):
        development = Development(dispatch=dispatch, at=at, text=text, key=key)
        development.full_clean()
        development.save()
        if report:
            cite_in(dispatch, report, development=development)
    stored = Dispatch.objects.get(pk=dispatch.pk)
    if not stored.publishes_developments:
        return Added(development, waits="Saved. Readers see it with the next edition.")
    return _publish_line(stored, development, actor)


@verb(PUBLISH)
def start_publishing_developments(*, dispatch: Dispatch, actor: Actor) -> None:
    """From now on, publish each new development as it is written."""
    Dispatch.objects.filter(pk=dispatch.pk).update(publishes_developments=True)
    dispatch.publishes_developments = True


@verb(PUBLISH)
def stop_publishing_developments(*, dispatch: Dispatch, actor: Actor) -> None:
    """From now on, new developments are saved, and published with the next edition."""
    Dispatch.objects.filter(pk=dispatch.pk).update(publishes_developments=False)
    dispatch.publishes_developments = False


def _publish_line(dispatch: Dispatch, development: Development, actor: Actor) -> Added:
    live, now = dispatch.live_edition(), timezone.now()
    if isinstance(actor, User) and not actor.has_perm(PUBLISH):
        return Added(development, waits="Saved, not published: ask an editor who may publish it.")
    edition = None
    if live and not live.is_withdrawn:
        composition = compose_line(dispatch, live, development, live_at=now)
        if blockers := find_blockers(composition, now):
            return Added(development, waits=f"Saved, not published. {blockers[0]}")
        if needs_second_person(dispatch, user_of(actor), Rung(composition.edition.rung)):
            return Added(development, waits="Saved, not published: someone else has to publish what you write.")
        edition = issue_beside_working_copy(dispatch, composition, actor, live)
    pending = carry_into_pending(
        dispatch, actor, lambda pending: compose_line(dispatch, pending, development, live_at=pending.live_at)
    )
    if edition:
        return Added(development, edition)
    waits = "Saved, and added to what is scheduled." if pending else "Saved. Readers don’t see the dispatch yet."
    return Added(development, waits=waits)


def compose_line(dispatch: Dispatch, previous: Edition, development: Development, *, live_at: datetime) -> Composition:
    """Compose the edition that is like `previous`, with one more development, rated from what is stored now."""
    citations = list(dispatch.citations.for_rating())
    facts = read_facts({citation.report_id for citation in citations})
    order = list(dispatch.developments.values_list("pk", flat=True))
    developments = insert(previous.public_developments, development, order)
    signal = public_signal(dispatch, citations, facts)
    edition = compose_with_developments(previous, developments=developments, live_at=live_at, signal=signal)
    return Composition(edition, inputs_hash=hash_of_inputs(dispatch, citations, facts))


def insert(public: Sequence[PublicDevelopment], added: Development, order: Sequence[int]) -> list[PublicDevelopment]:
    """Put a development among the public ones, where it stands in the working copy's order of ids."""
    after = set(order[order.index(added.pk) + 1 :])
    others = [each for each in public if each.id != added.pk]
    index = next((n for n, each in enumerate(others) if each.id in after), len(others))
    return [*others[:index], PublicDevelopment(added.pk, added.at, added.text), *others[index:]]


def _live_with(dispatch: Dispatch, development: Development) -> Edition | None:
    live = dispatch.live_edition()
    return live if live and any(each.id == development.pk for each in live.public_developments) else None
