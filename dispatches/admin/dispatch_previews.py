"""Describe what each button on a dispatch will do before it is pressed, and what blocks it."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.defaultfilters import pluralize
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from dispatches.desk.carrying import Upcoming, compose_upcoming
from dispatches.desk.erasing import foresee
from dispatches.desk.issuing import stored
from dispatches.desk.readiness import NotReady, blockers_at, compose_next
from dispatches.desk.texts import as_draft, text_of
from dispatches.desk.unpublished import compare_editions, saved_as
from dispatches.models import Citation, Dispatch
from dispatches.public.differences import Change
from dispatches.public.models import Edition

FOLDER = "admin/dispatches/dispatch"


@dataclass(frozen=True, slots=True)
class Later:
    """What becomes of the scheduled edition: how it changes by this, and what it will change for readers then."""

    edition: Edition
    changes: list[Change]
    coming: list[Change]


def publishing(dispatch: Dispatch) -> str:
    edition = compose_next(dispatch).edition
    return (
        f"Publishes “{edition.headline}” now{f' at {edition.get_absolute_url()}' if edition.slug else ''}, "
        f"rated {edition.signal.word}: {edition.claim_report_count} "
        f"report{pluralize(edition.claim_report_count)} on the headline, {edition.origins} independent "
        f"origin{pluralize(edition.origins)}."
    )


def updating(dispatch: Dispatch) -> SafeString:
    return _following("Publishes {what} now. The previous edition stays in the history.", dispatch)


def correcting(dispatch: Dispatch) -> SafeString:
    return _following(
        "Publishes {what} now, marked Corrected, with your note above it and on the corrections page.", dispatch
    )


def clarifying(dispatch: Dispatch) -> SafeString:
    return _following("Publishes {what} now, with your note above it and on the corrections page.", dispatch)


def _following(words: str, dispatch: Dispatch) -> SafeString:
    """Describe the edition that will follow what is live, and what it does to the scheduled one."""
    saved = stored(dispatch)
    live, scheduled = saved.current_editions()
    try:
        upcoming = _compose(saved, live, scheduled)
    except NotReady as refusal:
        return _render("_refusal.html", missing=refusal.missing)
    is_held_back = scheduled is not None and not saved.follows_live
    what = "what was changed since the update was scheduled, and nothing else," if is_held_back else "what is saved"
    later = None
    if live and upcoming and scheduled and upcoming.scheduled:
        edition = upcoming.scheduled.edition
        later = Later(edition, compare_editions(scheduled, edition), compare_editions(upcoming.now.edition, edition))
    changes = compare_editions(live, upcoming.now.edition) if live and upcoming else []
    return _render("_consequence.html", words=words.format(what=what), changes=changes, later=later)


def _compose(dispatch: Dispatch, live: Edition | None, scheduled: Edition | None) -> Upcoming | None:
    if live is None:
        return None
    kind = Edition.Kind.UPDATE
    return compose_upcoming(dispatch, kind=kind, note="", live_at=timezone.now(), live=live, scheduled=scheduled)


def _saved_and_not_in(edition: Edition | None, saved: Dispatch) -> list[Change]:
    """Return what is saved and not in an edition."""
    return compare_editions(edition, saved_as(saved, edition)) if edition else []


def rescheduling(dispatch: Dispatch) -> SafeString:
    saved = stored(dispatch)
    _, scheduled = saved.current_editions()
    return _render(
        "_consequence.html",
        words="Replaces the scheduled edition with what is saved now. It goes live automatically at the time you "
        "enter; until then, readers see nothing of it.",
        changes=_saved_and_not_in(scheduled, saved),
    )


def scheduling_update(dispatch: Dispatch) -> SafeString:
    saved = stored(dispatch)
    live, _ = saved.current_editions()
    return _render(
        "_consequence.html",
        words="What is saved now replaces what readers have, automatically, at the time you enter. Until then, "
        "readers see nothing of it. Corrections and withdrawals work meanwhile.",
        changes=_saved_and_not_in(live, saved),
    )


def moving(dispatch: Dispatch) -> SafeString:
    saved = stored(dispatch)
    _, scheduled = saved.current_editions()
    return _render("_moving.html", scheduled=scheduled, changes=_saved_and_not_in(scheduled, saved))


def canceling(dispatch: Dispatch) -> SafeString:
    live, scheduled = dispatch.current_editions()
    return _render(
        "_canceling.html",
        live=live,
        scheduled=scheduled,
        changes=compare_editions(live, scheduled) if live and scheduled else [],
    )


def withdrawing(dispatch: Dispatch) -> SafeString:
    return _render("_withdrawing.html", scheduled=dispatch.scheduled_edition())


def discarding(dispatch: Dispatch) -> SafeString:
    live, scheduled = dispatch.current_editions()
    return _returning(dispatch, scheduled or live, is_scheduled=scheduled is not None)


def returning(dispatch: Dispatch) -> SafeString:
    return _returning(dispatch, dispatch.live_edition(), is_scheduled=False)


def _returning(dispatch: Dispatch, edition: Edition | None, *, is_scheduled: bool) -> SafeString:
    """Describe what the saved text loses when it is returned to an edition."""
    saved, text = stored(dispatch), text_of(edition)
    context: dict[str, Any] = {"edition": edition, "is_scheduled": is_scheduled, "changes": [], "citations": 0}
    if edition and text:
        _, developments = as_draft(saved, text)
        context["changes"] = compare_editions(saved_as(saved, edition), edition)
        lost = saved.developments.exclude(pk__in=[each.pk for each in developments])
        context["citations"] = Citation.objects.filter(development__in=lost).count()
    return _render("_returning.html", **context)


def expunging(dispatch: Dispatch) -> SafeString:
    return _render("_losses.html", losses=foresee(dispatch), scheduled=dispatch.scheduled_edition())


def _render(template: str, **context: Any) -> SafeString:
    # Without a request, there is no context processor to name the time zone.
    site = {"time_zone": settings.WIRE_TIME_ZONE_LABEL}
    return render_to_string(f"{FOLDER}/{template}", context | {"site": site})


# What blocks a button


def blockers(dispatch: Dispatch) -> list[str]:
    return blockers_at(dispatch, timezone.now())


def following_blockers(dispatch: Dispatch) -> list[str]:
    """Return what blocks the edition that would follow what is live, and the scheduled one again."""
    saved = stored(dispatch)
    try:
        upcoming = _compose(saved, *saved.current_editions())
    except NotReady as refusal:
        return refusal.missing
    return upcoming.blockers() if upcoming else []


def rescheduling_blockers(dispatch: Dispatch) -> list[str]:
    scheduled = dispatch.scheduled_edition()
    return blockers_at(dispatch, scheduled.live_at if scheduled else timezone.now())
