"""Add a development; while an editor covers something live, publish it as it is written.

Publishing a line issues the live edition plus that line: other saved changes stay unpublished.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from dispatches.desk.actors import Actor, user_of
from dispatches.desk.carrying import Texts, Upcoming, compose_from
from dispatches.desk.drafts import cite_in
from dispatches.desk.issuing import end_scheduled, issue, issue_upcoming, needs_second_person
from dispatches.desk.publishing import PUBLISH
from dispatches.desk.readiness import find_blockers
from dispatches.desk.texts import Text, read_text, text_of
from dispatches.desk.transactions import recording, verb
from dispatches.desk.unpublished import has_unpublished_changes
from dispatches.models import Development, Dispatch, Issuance
from dispatches.public.models import Edition
from dispatches.signal.rules import Rung
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
    stored = Dispatch.objects.select_related("section", "story").get(pk=dispatch.pk)
    if not stored.publishes_developments:
        return Added(development, waits=_WITH_THE_NEXT)
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
    if isinstance(actor, User) and not actor.has_perm(PUBLISH):
        return Added(development, waits="Saved, not published: ask an editor who may publish it.")
    live, scheduled = dispatch.current_editions()
    now, later = _with_line(text_of(live), development), _with_line(text_of(scheduled), development)
    if live is None and scheduled and later:
        return _add_to_first(dispatch, development, scheduled, later, actor)
    if live is None:
        return Added(development, waits="Saved. Readers don’t see the dispatch yet.")
    if now is None or (scheduled and later is None):
        return Added(development, waits=_WITH_THE_NEXT)
    upcoming = _compose(dispatch, live, scheduled, Texts(now, later))
    if blockers := upcoming.blockers():
        return Added(development, waits=f"Saved, not published. {blockers[0]}")
    if needs_second_person(dispatch, user_of(actor), Rung(upcoming.now.edition.rung)):
        return Added(development, waits="Saved, not published: someone else has to publish what you write.")
    edition = issue_upcoming(dispatch, upcoming, actor, live=live, scheduled=scheduled)
    _mark_unpublished(dispatch)
    return Added(development, edition)


_WITH_THE_NEXT = "Saved. Readers see it with the next edition."


def _compose(dispatch: Dispatch, live: Edition, scheduled: Edition | None, texts: Texts) -> Upcoming:
    """Compose the live edition with one more line and, if an update is scheduled, that one too."""
    now = compose_from(dispatch, texts.now, kind=Edition.Kind.UPDATE, live_at=timezone.now(), note="", previous=live)
    if scheduled is None or texts.scheduled is None:
        return Upcoming(now, None, texts)
    kind, at, note = Edition.Kind(scheduled.kind), scheduled.live_at, scheduled.note
    later = compose_from(dispatch, texts.scheduled, kind=kind, live_at=at, note=note, previous=now.edition)
    return Upcoming(now, later, texts)


def _add_to_first(dispatch: Dispatch, development: Development, scheduled: Edition, text: Text, actor: Actor) -> Added:
    """Add a line to a first edition that is scheduled."""
    kind, at = Edition.Kind(scheduled.kind), scheduled.live_at
    composition = compose_from(dispatch, text, kind=kind, live_at=at, note=scheduled.note, previous=None)
    if blockers := find_blockers(composition, at):
        return Added(development, waits=f"Saved, not scheduled. {blockers[0]}")
    if needs_second_person(dispatch, user_of(actor), Rung(composition.edition.rung)):
        return Added(development, waits="Saved, not scheduled: someone else has to publish what you write.")
    end_scheduled(scheduled, Issuance.End.REPLACED, actor)
    issue(dispatch, composition, actor, text=text)
    _mark_unpublished(dispatch)
    return Added(development, waits="Saved, and added to what is scheduled.")


def _with_line(text: Text | None, development: Development) -> Text | None:
    """Return a text with one more development, and what is cited for it."""
    if text is None:
        return None
    added = read_text(development.dispatch)
    key = str(development.pk)
    cited = {row: fields for row, fields in added["citations"].items() if fields["development"] == development.pk}
    return text | {
        "developments": text["developments"] | {key: added["developments"][key]},
        "citations": text["citations"] | cited,
    }


def _mark_unpublished(dispatch: Dispatch) -> None:
    """Other saved changes stay unpublished."""
    Dispatch.objects.filter(pk=dispatch.pk).update(has_unpublished_changes=has_unpublished_changes(dispatch))


def _live_with(dispatch: Dispatch, development: Development) -> Edition | None:
    live = dispatch.live_edition()
    return live if live and any(each.id == development.pk for each in live.public_developments) else None
