"""The verbs of the desk: every write that matters. Each is atomic, and each public change moves the site's state.

Whoever changes what readers see, or what a Signal follows from, locks the one row of the site's state first. So such
changes happen one after the other, what a verb has checked still holds when it writes, and a stored Signal is always
the one that follows from the stored facts.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.dateformat import format as format_date

from dispatches import indexing, rerating, revisions
from dispatches.announcing import announce_at_commit
from dispatches.composition import Composition, compose, compose_tombstone
from dispatches.editions import Cause, Edition, Section, SiteState
from dispatches.expunging import blank, conceal
from dispatches.models import Citation, Development, Dispatch
from dispatches.readiness import NotReady, check
from dispatches.record import keep_record
from dispatches.search.documents import count_anew
from dispatches.signal import Rung
from dispatches.unpublished import has_unpublished_changes
from sources.facts import read_groups
from sources.intake import arriving
from sources.intake.items import Item
from sources.intake.keys import make_key
from sources.lineage.credits import Directory
from sources.lineage.proposing import (
    index,
    propose,
    propose_by_name,
    read_directory,
    reports_under_composite_names,
)
from sources.lineage.proposing import propose_credit as propose_credit_of
from sources.models import CONFIDENTIAL_LABEL, Feed, Holding, IntakeKey, Owner, Proposal, Report, Source

__all__ = [
    "NotReady",
    "Received",
    "accept_proposal",
    "accept_proposals",
    "accept_report",
    "add_development",
    "begin_anew",
    "bring_back",
    "call_off",
    "changing_owners",
    "changing_reports",
    "changing_sections",
    "changing_sources",
    "cite",
    "clarify",
    "clean_index",
    "clear_proposal",
    "clear_proposals",
    "correct",
    "deleting",
    "editing",
    "end_intake_keys",
    "expunge",
    "file_dispatch",
    "file_once",
    "hold",
    "in_turn",
    "index_anew",
    "index_due",
    "keep_words",
    "look_for_relays",
    "make_due",
    "make_intake_key",
    "merge_owners",
    "needs_second_person",
    "next_position",
    "note_report",
    "pin_lead",
    "propose_by_names",
    "propose_credit",
    "publish",
    "receive",
    "reject_report",
    "relate_anew",
    "release",
    "reopen_proposal",
    "rerate",
    "reschedule",
    "restore",
    "restore_report",
    "retract_report",
    "saving",
    "schedule",
    "send_back",
    "set_aside",
    "submit",
    "take_newer_words",
    "undo_review",
    "unpin_lead",
    "update",
    "withdraw",
]

# Why a proposal needs no decision any more.
SETTLED = "The desk has decided that it relays something else."

EXPUNGED = (
    "It was expunged, and nothing that was expunged is published again. If it may be told again, write a new dispatch."
)

# Who does it; None for what a program does.
Editor = User | None


@contextmanager
def in_turn() -> Iterator[None]:
    """Within it nobody else changes what readers see: for whoever has to look first and then use a verb."""
    with transaction.atomic():
        _lock()
        yield


@contextmanager
def saving(obj: models.Model, *, editor: Editor, how: str = "Saved", local_draft: str = "") -> Iterator[None]:
    """Within it a thing of the desk is saved with all that belongs to it: its history has what it is like after.

    What it was like before is kept too, should something else have written it.
    """
    with in_turn():
        if obj.pk:
            revisions.keep(obj, editor=None, how="Changed outside of the desk")
        yield
        revisions.keep(obj, editor=editor, how=how, local_draft=local_draft)
        if isinstance(obj, Dispatch):
            obj.has_unpublished_changes = has_unpublished_changes(obj)
            Dispatch.objects.filter(pk=obj.pk).update(has_unpublished_changes=obj.has_unpublished_changes)


@contextmanager
def deleting(obj: models.Model, *, editor: Editor) -> Iterator[None]:
    """Within it a thing of the desk is deleted: its history keeps what it was like."""
    with in_turn():
        revisions.keep(obj, editor=editor, how="Deleted", always=True)
        yield


# What a Signal follows from. Whatever is changed within one of these, what depends on it is rated anew at the end.


@contextmanager
def changing_reports(*reports: Report, cause: Cause = Cause.REPORT, at: datetime | None = None) -> Iterator[None]:
    """Within it reports may be saved: their basis, what they relay, their review; also new ones."""
    with transaction.atomic():
        _lock()
        yield
        _rerate(rerating.citing({report.pk for report in reports}), cause, at)


@contextmanager
def changing_sources(*sources: Source) -> Iterator[None]:
    """Within it sources may be saved: their grade, their owner, how readers know them; also new ones.

    One that becomes confidential is named nowhere any more, neither in what readers have now nor in what they had.
    """
    with transaction.atomic():
        _lock()
        ids = [source.pk for source in sources if source.pk]
        public = Source.objects.filter(pk__in=ids, is_confidential=False)
        named = {source.pk: {source.public_name, source.name} for source in public}
        yield
        depending = rerating.depending_on_sources({source.pk for source in sources})
        _rerate(depending, Cause.SOURCE)
        for source in Source.objects.filter(pk__in=named, is_confidential=True):
            names = named[source.pk] | revisions.ever(source, "name", "public_label")
            if conceal(source, names - {CONFIDENTIAL_LABEL}, depending):
                _move_state(withdraws=True)


@contextmanager
def changing_owners() -> Iterator[None]:
    """Within it owners and their holdings may be changed: whoever's control group gains or loses a member is rated."""
    with transaction.atomic():
        _lock()
        before = _members(read_groups())
        yield
        after = _members(read_groups())
        changed = {owner for owner in before.keys() | after.keys() if before.get(owner) != after.get(owner)}
        sources = set(Source.objects.filter(owner__in=changed).values_list("pk", flat=True))
        _rerate(rerating.depending_on_sources(sources), Cause.SOURCE)


@contextmanager
def editing(dispatch: Dispatch) -> Iterator[None]:
    """Within it a working copy and its citations may be saved; if it is published, its Signal follows."""
    with transaction.atomic():
        _lock()
        yield
        _rerate([dispatch.pk], Cause.CITATION)


def _members(groups: dict[int, int]) -> dict[int, frozenset[int]]:
    together: dict[int, set[int]] = {}
    for owner, group in groups.items():
        together.setdefault(group, set()).add(owner)
    return {owner: frozenset(together[group]) for owner, group in groups.items()}


def _rerate(dispatch_ids: Iterable[int], cause: Cause, at: datetime | None = None) -> int:
    # With the same time, nothing can go live between the two; and what is rated anew keeps its words.
    now = timezone.now()
    indexed = indexing.index_live(now)
    issued = rerating.rerate(dispatch_ids, cause=cause, now=now, at=at)
    if issued or indexed:
        _move_state()
    return issued


@transaction.atomic
def rerate(*, dispatch_ids: Iterable[int]) -> int:
    """Rate these dispatches anew under the rules as they are now. Says for how many readers see another Signal."""
    _lock()
    return _rerate(dispatch_ids, Cause.RULES)


# Reports and sources


def accept_report(*, report: Report, editor: Editor, at: datetime | None = None) -> None:
    """Accept a report: from now on it counts for the dispatches that cite it."""
    _review(report, Report.Review.ACCEPTED, editor, at)


def reject_report(*, report: Report, editor: Editor, reason: str, at: datetime | None = None) -> None:
    """Reject a report: it never counts, and readers never learn of it. The reason stays with it."""
    if not reason.strip():
        raise NotReady(["Say why it is rejected: the reason is kept with the report, and readers never see it."])
    report.review_reason = reason.strip()
    _review(report, Report.Review.REJECTED, editor, at)


@transaction.atomic
def undo_review(*, report: Report, reviewed_at: datetime) -> bool:
    """Make a report pending again, if its review is still the one of that moment. Says whether it was."""
    _lock()
    if not Report.objects.filter(pk=report.pk, reviewed_at=reviewed_at).exists():
        return False
    with changing_reports(report):
        report.review, report.reviewed_by, report.reviewed_at = Report.Review.PENDING, None, None
        report.save(update_fields=["review", "reviewed_by", "reviewed_at"])
    return True


@dataclass(frozen=True, slots=True)
class Received:
    """What came of items: the new reports, those that their source has changed, those that were there already."""

    new: tuple[Report, ...] = ()
    changed: tuple[Report, ...] = ()
    known: tuple[Report, ...] = ()


def receive(*, source: Source, items: Iterable[Item], filed_by: Editor = None) -> Received:
    """Take in what a source said: pending reports, each with what it seems to relay. The same item is one report.

    An item that its source has changed since gives the report its words, and the history keeps those from before. An
    accepted report keeps the words that the desk accepted, and has the new ones beside them until an editor decides.
    """
    new, changed, known = [], [], []
    touched: set[int] = set()
    with in_turn():
        directory, there = read_directory(), arriving.KnownReports(source, list(items))
        for item in there.items:
            report, is_free = there.find(item), there.can_have_id(item)
            if report is None:
                report = arriving.make_report(source, item if is_free else replace(item, external_id=""), filed_by)
                touched |= _look_for_relays(report, directory)
                new.append(report)
            elif not arriving.is_changed(report, item):
                arriving.note_again(report, item, takes_id=is_free)
                known.append(report)
            elif report.review == Report.Review.ACCEPTED:
                arriving.keep_beside(report, item)
                arriving.note_again(report, item, takes_id=is_free)
                changed.append(report)
            else:
                is_edited = revisions.of(report).filter(saved_by__isnull=False).exists()
                revisions.keep(report, editor=None, how="Came in")
                arriving.change_report(report, item, only_text=is_edited)
                arriving.note_again(report, item, takes_id=is_free)
                revisions.keep(report, editor=None, how="Changed by its source")
                touched |= _look_for_relays(report, directory)
                changed.append(report)
            there.add(report)
        _rerate(rerating.citing(touched), Cause.REPORT)
    return Received(tuple(new), tuple(changed), tuple(known))


def take_newer_words(*, report: Report, editor: Editor) -> None:
    """Give a report the words that its source has now. They are reviewed thereby, and looked at for what they relay."""
    with saving(report, editor=editor, how="Took over its source's words"), changing_reports(report):
        arriving.take_newer_words(report)
        if report.review == Report.Review.ACCEPTED:
            report.reviewed_by, report.reviewed_at = editor, timezone.now()
            report.save(update_fields=["reviewed_by", "reviewed_at"])
        touched = _look_for_relays(report, read_directory())
        _rerate(rerating.citing(touched), Cause.REPORT)


def keep_words(*, report: Report, editor: Editor) -> None:
    """Let a report say what the desk has accepted, whatever its source says now."""
    with in_turn():
        report.newer_words = None
        report.save(update_fields=["newer_words"])
        revisions.keep(report, editor=editor, how="Kept its words; its source has others", always=True)


def make_intake_key(*, source: Source, others_end_in: timedelta | None) -> tuple[IntakeKey, str]:
    """Make a key with which a machine pushes reports of this source: the key, and its words, shown this once.

    The source's other keys end after that time at the latest, so that the sender can change over; None: they stay.
    """
    with in_turn():
        if others_end_in is not None:
            now = timezone.now()
            # Never later than they end anyway.
            source.intake_keys.valid(now + others_end_in).update(ends_at=now + others_end_in)
        return make_key(source)


def end_intake_keys(*, source: Source) -> int:
    """End all keys of a source at once: nothing comes in by them any more. Says how many there were."""
    with in_turn():
        now = timezone.now()
        return source.intake_keys.valid(now).update(ends_at=now)


def make_due(*, feed: Feed) -> None:
    """Let a feed be polled next, and be read whole."""
    begin_anew(feed)
    feed.save(update_fields=["next_poll_at", "etag", "last_modified"])


def begin_anew(feed: Feed) -> None:
    """Forget what a feed's server said of its last answer; for whoever saves it then."""
    feed.next_poll_at, feed.etag, feed.last_modified = timezone.now(), "", ""


def note_report(*, source: Source, item: Item, filed_by: Editor, origin: Source | None = None) -> Report:
    """Note what a source said elsewhere: pending, and not looked at for where its words come from.

    Where its information is known to come from another source (`origin`), it is a relay that credits it.
    """
    with in_turn():
        return arriving.make_report(source, item, filed_by, origin)


def propose_credit(*, report: Report, origin: Source, name: str) -> None:
    """Propose that a report credits a source, since it came under the `name` of both."""
    with in_turn():
        _rerate_proposed(propose_credit_of(report, origin, name))


def propose_by_names() -> int:
    """Propose what the names of sources say, such as “AP via CBC News”, for the reports under them. Says how many."""
    with in_turn():
        made = [proposal for report in reports_under_composite_names() for proposal in propose_by_name(report)]
        _rerate_proposed(made)
        return len(made)


def _rerate_proposed(proposals: Iterable[Proposal]) -> None:
    _rerate(rerating.citing({proposal.report_id for proposal in proposals}), Cause.REPORT)


def look_for_relays(report: Report) -> None:
    """Propose what a report seems to relay, after the desk has written or changed it by hand."""
    with in_turn():
        touched = _look_for_relays(report, read_directory())
        _rerate(rerating.citing(touched), Cause.REPORT)


def _look_for_relays(report: Report, directory: Directory) -> set[int]:
    """The reports that have got a proposal."""
    index(report)
    return {proposal.report_id for proposal in propose(report, directory)}


def retract_report(*, report: Report, at: datetime | None = None) -> None:
    """Note that a source took its report back. Neither it nor what relays it counts any more."""
    with changing_reports(report, cause=Cause.RETRACTION, at=at):
        report.retracted_at = at or timezone.now()
        report.save(update_fields=["retracted_at"])


def restore_report(*, report: Report) -> None:
    """Note that a report stands after all: it was marked as taken back by mistake."""
    with changing_reports(report):
        report.retracted_at = None
        report.save(update_fields=["retracted_at"])


def _review(report: Report, review: Report.Review, editor: Editor, at: datetime | None) -> None:
    with changing_reports(report, at=at):
        report.review = review
        report.reviewed_by = editor
        report.reviewed_at = at or timezone.now()
        # Only what was decided: whatever else somebody has changed in the meantime stays.
        report.save(update_fields=["review", "review_reason", "reviewed_by", "reviewed_at"])
        if review == Report.Review.ACCEPTED:
            # Before it counts for the first time: the name of its source may say that it relays another.
            propose_by_name(report)


def accept_proposal(*, proposal: Proposal, editor: Editor) -> None:
    """Decide that a report is the relay it is proposed to be. What else is proposed for it needs no decision then."""
    report = proposal.report
    with saving(report, editor=editor, how="Accepted as a relay"), changing_reports(report):
        report.basis = "relay"
        report.relays, report.credits = proposal.relays, proposal.credits
        report.full_clean()
        report.save(update_fields=["basis", "relays", "credits"])
        _decide(proposal, Proposal.State.ACCEPTED, editor, "")
        for other in report.proposals.open():
            _decide(other, Proposal.State.CLEARED, editor, SETTLED)


@transaction.atomic
def reopen_proposal(*, proposal: Proposal, decided_at: datetime, basis: str) -> bool:
    """Take back a decision of that moment; the report's basis was this before. Says whether it still was decided so."""
    _lock()
    decided = Proposal.objects.filter(pk=proposal.pk, decided_at=decided_at)
    if not decided.exists():
        return False
    report = proposal.report
    with saving(report, editor=None, how="Asked anew where it comes from"), changing_reports(report):
        if proposal.state == Proposal.State.ACCEPTED:
            report.basis, report.relays, report.credits = basis, None, None
            report.save(update_fields=["basis", "relays", "credits"])
            decided |= report.proposals.filter(reason=SETTLED)
        decided.update(state=Proposal.State.OPEN, reason="", decided_by=None, decided_at=None)
    return True


@transaction.atomic
def accept_proposals(*, proposals: Iterable[Proposal], editor: Editor) -> int:
    """Decide that reports are the relays they are proposed to be. Says for how many; what is decided already stays."""
    _lock()
    still_open = _still_open(proposals)
    for proposal in still_open:
        accept_proposal(proposal=proposal, editor=editor)
    return len(still_open)


@transaction.atomic
def clear_proposals(*, proposals: Iterable[Proposal], editor: Editor, reason: str) -> int:
    """Decide that reports are not the relays they are proposed to be, for one reason. Says for how many."""
    _lock()
    still_open = _still_open(proposals)
    for proposal in still_open:
        clear_proposal(proposal=proposal, editor=editor, reason=reason)
    return len(still_open)


def _still_open(proposals: Iterable[Proposal]) -> list[Proposal]:
    ids = [proposal.pk for proposal in proposals]
    return list(Proposal.objects.open().filter(pk__in=ids).select_related("report"))


def clear_proposal(*, proposal: Proposal, editor: Editor, reason: str) -> None:
    """Decide that a report is not the relay it is proposed to be, and say why. It counts as what it says it is."""
    if not reason.strip():
        raise NotReady(["Say why it is no relay: the reason is kept with the report."])
    with changing_reports(proposal.report):
        _decide(proposal, Proposal.State.CLEARED, editor, reason.strip())


def _decide(proposal: Proposal, state: Proposal.State, editor: Editor, reason: str) -> None:
    proposal.state, proposal.reason = state, reason
    proposal.decided_by, proposal.decided_at = editor, timezone.now()
    proposal.full_clean()
    proposal.save()


def merge_owners(*, keep: Owner, gone: Owner) -> None:
    """Make two owners one: everything that `gone` owned, held, or was held by becomes `keep`'s."""
    moved = list(gone.sources.all())
    with changing_owners(), changing_sources(*moved):
        Source.objects.filter(owner=gone).update(owner=keep)
        for holding in Holding.objects.filter(holder=gone):
            _move_holding(holding, holder=keep, held=holding.held)
        for holding in Holding.objects.filter(held=gone):
            _move_holding(holding, holder=holding.holder, held=keep)
        gone.delete()


def _move_holding(holding: Holding, *, holder: Owner, held: Owner) -> None:
    """Give a holding other ends. Where there is one between these two already, the shares add up."""
    there = Holding.objects.filter(holder=holder, held=held).exclude(pk=holding.pk).first()
    has_controller = Holding.objects.filter(held=held, is_control=True).exclude(pk=holding.pk).exists()
    if holder == held:
        holding.delete()
    elif there:
        shares = [each.percent for each in (there, holding) if each.percent is not None]
        there.percent = min(sum(shares), 100) if shares else None
        there.is_control = there.is_control or (holding.is_control and not has_controller)
        there.save()
        holding.delete()
    else:
        holding.holder, holding.held = holder, held
        holding.is_control = holding.is_control and not has_controller
        holding.save()


# Working copies, citations and holds


def file_dispatch(*, report: Report, section: Section, editor: Editor) -> Dispatch:
    """Begin a dispatch with what a report says: its title for the headline, the report cited for it."""
    dispatch = Dispatch(headline=report.title[:140].strip(), section=section, author=editor)
    with saving(dispatch, editor=editor, how="Filed from a report"):
        dispatch.full_clean()
        dispatch.save()
        cite(dispatch=dispatch, report=report, editor=editor, position=1)
    return dispatch


def file_once(*, report: Report, editor: User) -> tuple[Dispatch, bool]:
    """Begin a dispatch with a report, in the section that this editor used last. A second press finds the first's.

    Raises NotReady where there is no section yet. Says also whether the dispatch is new.
    """
    with in_turn():
        drafts = Dispatch.objects.filter(author=editor, citations__report=report, editions=None, set_aside_at=None)
        if draft := drafts.first():
            return draft, False
        last = Dispatch.objects.filter(author=editor).order_by("-created_at").first()
        section = last.section if last else Section.objects.first()
        if section is None:
            raise NotReady(["There is no section yet: a Chief adds one first."])
        return file_dispatch(report=report, section=section, editor=editor), True


def next_position(dispatch: Dispatch) -> int:
    """The place after the last citation."""
    return (dispatch.citations.aggregate(last=Max("position"))["last"] or 0) + 1


def cite(*, dispatch: Dispatch, report: Report, editor: Editor = None, **fields: object) -> Citation:
    """Attach a report to a dispatch. `fields` are those of Citation; without a development, for the headline."""
    with saving(dispatch, editor=editor, how="Cited a report"), editing(dispatch):
        citation = Citation(dispatch=dispatch, report=report, **fields)
        citation.full_clean()
        citation.save()
    return citation


def add_development(
    *, dispatch: Dispatch, editor: Editor, at: datetime, text: str, report: Report | None = None
) -> Development:
    """Add a step to a working copy; with a report, cited for that step. Readers see it with the next edition."""
    with saving(dispatch, editor=editor, how="Added a development"):
        development = Development(dispatch=dispatch, at=at, text=text)
        development.full_clean()
        development.save()
        if report:
            cite(dispatch=dispatch, report=report, editor=editor, development=development)
    return development


def submit(*, dispatch: Dispatch) -> None:
    """Hand a draft to the editors for review."""
    with in_turn():
        dispatch.submitted_at, dispatch.desk_note = timezone.now(), ""
        dispatch.save(update_fields=["submitted_at", "desk_note"])


def send_back(*, dispatch: Dispatch, note: str) -> None:
    """Give a submitted draft back to its author, and say what is missing."""
    if not note.strip():
        raise NotReady(["Say what is missing: the author sees it above the form."])
    with in_turn():
        dispatch.submitted_at, dispatch.desk_note = None, note.strip()
        dispatch.save(update_fields=["submitted_at", "desk_note"])


def set_aside(*, dispatch: Dispatch) -> None:
    """Take a draft out of the lists. Nothing of it is lost."""
    with in_turn():
        if dispatch.latest_edition():
            raise NotReady(["Readers have it, or will: withdraw it, or call it off."])
        dispatch.set_aside_at, dispatch.submitted_at = timezone.now(), None
        dispatch.save(update_fields=["set_aside_at", "submitted_at"])


def bring_back(*, dispatch: Dispatch) -> None:
    """Put a draft that was set aside on the lists again."""
    with in_turn():
        dispatch.set_aside_at = None
        dispatch.save(update_fields=["set_aside_at"])


def hold(*, dispatch: Dispatch, editor: Editor, at_most: Rung, reason: str) -> None:
    """Hold the Signal of a dispatch down to a rung, and say why. It never rises by it."""
    with saving(dispatch, editor=editor, how="Held the Signal down"), editing(dispatch):
        dispatch.hold, dispatch.hold_reason, dispatch.held_by = at_most, reason, editor
        dispatch.full_clean()
        dispatch.save(update_fields=["hold", "hold_reason", "held_by"])


def release(*, dispatch: Dispatch, editor: Editor = None) -> None:
    """End the hold: readers see the Signal that the sources give."""
    with saving(dispatch, editor=editor, how="Ended the hold"), editing(dispatch):
        dispatch.hold, dispatch.hold_reason, dispatch.held_by = None, "", None
        dispatch.save(update_fields=["hold", "hold_reason", "held_by"])


# Dispatches


@transaction.atomic
def publish(*, dispatch: Dispatch, editor: Editor, at: datetime | None = None) -> Edition:
    """Issue the first edition, live from now on; or from `at`, a past moment for what was published elsewhere.

    Raises NotReady with what is missing; then nothing has changed.
    """
    _lock()
    if dispatch.latest_edition():
        raise NotReady(["It is published or scheduled already: publish an update, or call the scheduled one off."])
    return _issue_first(dispatch, editor, _moment(at))


@transaction.atomic
def schedule(*, dispatch: Dispatch, editor: Editor, at: datetime) -> Edition:
    """Issue the first edition so that it goes live by itself at a later moment. Raises NotReady."""
    _lock()
    _require_to_come(at)
    if dispatch.latest_edition():
        raise NotReady(["It is published or scheduled already: call the scheduled one off first."])
    return _issue_first(dispatch, editor, at)


@transaction.atomic
def reschedule(*, dispatch: Dispatch, editor: Editor, at: datetime) -> Edition:
    """Replace the scheduled edition by the working copy as it is now, to go live at `at`. Raises NotReady.

    Readers never learn of the edition that is replaced.
    """
    _lock()
    _require_to_come(at)
    _cancel(_scheduled(dispatch))
    return _issue_first(dispatch, editor, at)


@transaction.atomic
def call_off(*, dispatch: Dispatch) -> None:
    """Take back a first edition that has not gone live yet. Readers never learn of it."""
    _lock()
    _cancel(_scheduled(dispatch))
    Dispatch.objects.filter(pk=dispatch.pk).update(has_unpublished_changes=False)


def _require_to_come(at: datetime) -> None:
    if at <= timezone.now():
        raise NotReady([f"{_clock(at)} has passed: choose a later time, or publish it now."])


def _scheduled(dispatch: Dispatch) -> Edition:
    edition = dispatch.latest_edition()
    if edition is None or edition.live_at <= timezone.now():
        raise NotReady(["Nothing is scheduled: what readers have seen can be updated or withdrawn, not called off."])
    return edition


def _cancel(edition: Edition) -> None:
    """End a scheduled edition at the time it would go live, so that it never does."""
    edition.superseded_at = edition.live_at
    edition.save(update_fields=["superseded_at"])


def update(*, dispatch: Dispatch, editor: Editor, note: str = "", at: datetime | None = None) -> Edition:
    """Issue the working copy as the next edition. `note` tells readers what changed; a mere typo needs none."""
    return _issue_next(dispatch, editor, Edition.Kind.UPDATE, note, at)


def correct(*, dispatch: Dispatch, editor: Editor, note: str, at: datetime | None = None) -> Edition:
    """Issue the working copy as a correction. `note` tells readers what was wrong."""
    return _issue_next(dispatch, editor, Edition.Kind.CORRECTION, note, at)


def clarify(*, dispatch: Dispatch, editor: Editor, note: str, at: datetime | None = None) -> Edition:
    """Issue the working copy as a clarification. `note` tells readers what was not clear."""
    return _issue_next(dispatch, editor, Edition.Kind.CLARIFICATION, note, at)


@transaction.atomic
def withdraw(*, dispatch: Dispatch, editor: Editor, note: str, at: datetime | None = None) -> Edition:
    """Replace what readers see by a tombstone that gives the reason (`note`). The working copy stays as it is."""
    _lock()
    moment = _moment(at)
    _require_note(note)
    previous = _current(dispatch, moment)
    return _replace(previous, compose_tombstone(previous, live_at=moment, note=note.strip()), editor)


@transaction.atomic
def restore(*, dispatch: Dispatch, editor: Editor, note: str) -> Edition:
    """Put a withdrawn dispatch before readers again, as the working copy is now. `note` tells them why."""
    _lock()
    moment = timezone.now()
    _require_note(note)
    previous = dispatch.live_edition()
    if previous is None or not previous.is_withdrawn:
        raise NotReady(["It is not withdrawn."])
    if _as_stored(dispatch).expunged_at:
        raise NotReady([EXPUNGED])
    return _compose_next(dispatch, editor, Edition.Kind.RESTORATION, note, moment, previous)


@transaction.atomic
def expunge(*, dispatch: Dispatch, editor: Editor, note: str) -> Edition:
    """Take every word of a dispatch out of what was published; only a court or a life may ask for it.

    What is left is a tombstone, at its address and for every edition, that gives the reason (`note`). The working copy
    and its history stay at the desk. Nothing brings the dispatch back.
    """
    _lock()
    _require_note(note)
    current = dispatch.live_edition()
    if current is None:
        raise NotReady(["Readers have never had it: set it aside."])
    if not current.is_withdrawn:
        current = withdraw(dispatch=dispatch, editor=editor, note=note)
    blank(dispatch.pk, note.strip())
    dispatch.expunged_at = timezone.now()
    dispatch.save(update_fields=["expunged_at"])
    _move_state(withdraws=True)
    current.refresh_from_db()
    return current


def _issue_first(dispatch: Dispatch, editor: Editor, at: datetime) -> Edition:
    # A scheduled edition that was called off was never public: the first edition after it gets an address and a
    # publication time of its own.
    called_off = dispatch.editions.order_by("number").last()
    composition = compose(_as_stored(dispatch), kind=Edition.Kind.FIRST, live_at=at)
    _require_ready(composition, editor, at)
    edition = composition.edition
    if called_off:
        edition.number = called_off.number + 1
    return _save(edition, editor)


@transaction.atomic
def _issue_next(dispatch: Dispatch, editor: Editor, kind: Edition.Kind, note: str, at: datetime | None) -> Edition:
    _lock()
    moment = _moment(at)
    previous = _current(dispatch, moment)
    if kind != Edition.Kind.UPDATE:
        _require_note(note)
    return _compose_next(dispatch, editor, kind, note, moment, previous)


def _compose_next(
    dispatch: Dispatch, editor: Editor, kind: Edition.Kind, note: str, moment: datetime, previous: Edition
) -> Edition:
    composition = compose(_as_stored(dispatch), kind=kind, live_at=moment, note=note.strip(), previous=previous)
    _require_ready(composition, editor, moment)
    return _replace(previous, composition.edition, editor)


def _require_ready(composition: Composition, editor: Editor, at: datetime) -> None:
    missing = check(composition, at)
    if needs_second_person(composition.edition.dispatch, editor, Rung(composition.edition.rung)):
        missing.append(
            "You saved this text last, and here somebody else has to publish it: submit it, and ask a colleague."
        )
    if missing:
        raise NotReady(missing)


def needs_second_person(dispatch: Dispatch, editor: Editor, rung: Rung) -> bool:
    """Whether the installation wants another person than this one, who saved the text last, to publish it."""
    is_asked = settings.WIRE_SECOND_PERSON == "always" or (
        settings.WIRE_SECOND_PERSON == "confirmed" and rung is Rung.CONFIRMED
    )
    latest = revisions.of(dispatch).first() if is_asked and editor else None
    return latest is not None and latest.saved_by == editor


def _current(dispatch: Dispatch, moment: datetime) -> Edition:
    edition = dispatch.latest_edition()
    if edition is None:
        raise NotReady(["It is not published yet: publish it first."])
    if edition.live_at > timezone.now():
        raise NotReady([f"An edition is scheduled for {_clock(edition.live_at)}: call it off first."])
    if edition.live_at >= moment:
        raise NotReady([f"There is an edition of {_clock(edition.live_at)}: the next one has to come after it."])
    if edition.is_withdrawn:
        raise NotReady(["It is withdrawn: readers see its tombstone, which stays."])
    return edition


def _as_stored(dispatch: Dispatch) -> Dispatch:
    """The working copy as it is now that it is our turn; somebody may have saved it while we waited."""
    return Dispatch.objects.select_related("section", "story").get(pk=dispatch.pk)


def _moment(at: datetime | None) -> datetime:
    now = timezone.now()
    if at and at > now:
        raise NotReady([f"{_clock(at)} is still to come: schedule it."])
    return at or now


def _require_note(note: str) -> None:
    if not note.strip():
        raise NotReady(["Say to readers what was wrong or why: the note is shown on the page."])


def _replace(previous: Edition, edition: Edition, editor: Editor) -> Edition:
    previous.superseded_at = edition.live_at
    previous.save(update_fields=["superseded_at"])
    return _save(edition, editor)


def _save(edition: Edition, editor: Editor) -> Edition:
    edition.issued_by = editor
    edition.full_clean()
    edition.save(force_insert=True)
    # It was composed from what is saved; of a withdrawn dispatch there is nothing to publish.
    Dispatch.objects.filter(pk=edition.dispatch_id).update(has_unpublished_changes=False)
    now = timezone.now()
    indexed = indexing.index_live(now, edition)
    is_live = edition.is_live(now)
    if is_live:
        keep_record(edition.live_at)
    else:
        indexing.wait_for(edition)
    if is_live or indexed:
        _move_state(withdraws=is_live and edition.is_withdrawn)
    else:
        # What is scheduled changes nothing for readers yet, but its moment, which has to be known, moves the state.
        announce_at_commit()
    return edition


# The index


def index_due() -> None:
    """Index what has gone live by itself. Asks first, without the lock, whether something has."""
    if indexing.is_behind(timezone.now()):
        with in_turn():
            if indexing.index_live(timezone.now()):
                _move_state()


def index_anew(*, edition: Edition) -> None:
    """Put the words of an edition into the index once more, if it is live."""
    with in_turn():
        indexing.index_anew(edition, timezone.now())


def relate_anew(*, edition: Edition) -> None:
    """Work out once more what an edition is related to, if it is live."""
    with in_turn():
        indexing.relate_anew(edition, timezone.now())


def clean_index() -> None:
    """Take what readers can't read out of the index and the relations, and count anew which words are there.

    All documents are read for it, and other editors wait for so long.
    """
    with in_turn():
        indexing.drop_what_is_not_live(timezone.now())
        count_anew()
        _move_state()


# The site


@transaction.atomic
def pin_lead(*, dispatch: Dispatch) -> None:
    """Make a dispatch the lead of the Top Stories for as long as readers can read it."""
    _lock()
    current = dispatch.live_edition()
    if current is None or current.is_withdrawn:
        raise NotReady(["Only a dispatch that readers can read can lead: publish it first."])
    SiteState.objects.update(lead=dispatch)
    _move_state()


@transaction.atomic
def unpin_lead() -> None:
    """Let the Top Stories choose their lead themselves."""
    _lock()
    SiteState.objects.update(lead=None)
    _move_state()


@contextmanager
def changing_sections() -> Iterator[None]:
    """Within it sections may be changed: their names stand on every page and card that has been made."""
    with transaction.atomic():
        _lock()
        yield
        _move_state(withdraws=True)


def _lock() -> None:
    SiteState.objects.select_for_update().get_or_create(pk=1)


def _move_state(*, withdraws: bool = False) -> None:
    SiteState.objects.update(revision=F("revision") + 1, withdrawals=F("withdrawals") + int(withdraws))
    announce_at_commit(withdraws=withdraws)


def _clock(moment: datetime) -> str:
    return format_date(timezone.localtime(moment), "F j, H:i")
