"""Import dispatches with their sources from JSON lines, in batches.

A line is imported whole or not at all. It is identified by its `id`, or else by its content, so that running an import
again, after it was stopped or killed, creates nothing twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import count

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from dispatches import desk
from dispatches.intake.arrivals import Arrivals, Attributed
from dispatches.intake.lines import Entry, Refused
from dispatches.intake.outcomes import Tally
from dispatches.models import Dispatch, Story
from dispatches.models.dispatches import IMPORTED
from dispatches.public.models import Edition, RetiredAddress, Section
from dispatches.public.slugs import slug_of
from sources.digests import possible_digests
from sources.independence import Basis
from sources.lineage.parties import Parties
from sources.models import Report

# Lines imported in one transaction, under one lock. Publishing holds the lock for longer.
DRAFTS_AT_A_TIME, PUBLISHED_AT_A_TIME = 100, 20


@dataclass
class Outcome:
    """The result of a line: whether it was new, why it was refused, and what blocked its publication."""

    is_new: bool = False
    is_in_default_section: bool = False
    blockers: list[str] = field(default_factory=list)
    refused: Refused | None = None


@dataclass
class Importer:
    """One import. Lines without a known section go to `section`; with `publishes`, each line is published, backdated.

    New sources are confidential unless `names` is True: an import does not decide for the desk whom readers see.
    `basis` is assumed for sources that state none.
    """

    actor: desk.Actor
    section: Section
    publishes: bool = False
    names: bool = False
    basis: str = ""
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        sections = list(Section.objects.all())
        self.sections = {name: each for each in sections for name in (each.slug, each.name.casefold())}
        self.sections |= {each.beat.casefold(): each for each in sections}

    @property
    def batch_size(self) -> int:
        return PUBLISHED_AT_A_TIME if self.publishes else DRAFTS_AT_A_TIME

    def take_in(self, entry: Entry) -> Outcome:
        """Create a dispatch with its reports. Raises Refused, and then nothing is kept."""
        (outcome,) = self.take_in_batch([entry])
        if outcome.refused:
            raise outcome.refused
        return outcome

    @transaction.atomic
    def take_in_batch(self, entries: Sequence[Entry]) -> list[Outcome]:
        """Create a dispatch with its reports for each entry that is new, all in one transaction."""
        with desk.publication_lock():
            outcomes = [Outcome() for _ in entries]
            new = self._new_entries(entries, outcomes)
            drafts = self._drafts({number: entries[number] for number in new}, outcomes)
            self._refuse_invalid(drafts, outcomes)
            said = self._parties({number: entries[number] for number in drafts})
            stories = self._stories({number: entries[number].story for number in drafts})
            reports = Arrivals(self.actor).reports_of(said)
            for number, draft in drafts.items():
                draft.story = stories.get(number)
            made = {number: desk.Draft(draft, reports[number]) for number, draft in drafts.items()}
            if made:
                desk.add_drafts(drafts=list(made.values()), actor=self.actor)
            if self.publishes:
                self._accept({number: draft.reports for number, draft in made.items()}, entries)
                for number, each in made.items():
                    outcomes[number].blockers = self._publish(each, entries[number].at)
            self.tally.add(list(made.values()))
            return outcomes

    def _new_entries(self, entries: Sequence[Entry], outcomes: list[Outcome]) -> list[int]:
        """Return the positions of the entries that have not been imported, marking them as new."""
        keys = {entry.key: {entry.key, *possible_digests(IMPORTED, entry.key)} for entry in entries}
        every = {key for each in keys.values() for key in each}
        taken = set(Dispatch.objects.filter(external_id__in=every).values_list("external_id", flat=True))
        new = []
        for number, entry in enumerate(entries):
            if not keys[entry.key] & taken:
                taken.add(entry.key)
                outcomes[number].is_new = True
                new.append(number)
        return new

    def _drafts(self, entries: dict[int, Entry], outcomes: list[Outcome]) -> dict[int, Dispatch]:
        slugs = _FreeSlugs({entry.at for entry in entries.values()}, is_reserving=self.publishes)
        drafts = {}
        for number, entry in entries.items():
            section = self.sections.get(entry.section.casefold()) or self.sections.get(slug_of(entry.section, 60))
            outcomes[number].is_in_default_section = section is None
            drafts[number] = Dispatch(
                external_id=entry.key,
                headline=entry.headline,
                slug=slugs.take(entry),
                tldr=entry.tldr,
                body=entry.body,
                section=section or self.section,
                author=self.actor if isinstance(self.actor, User) else None,
            )
        return drafts

    def _refuse_invalid(self, drafts: dict[int, Dispatch], outcomes: list[Outcome]) -> None:
        """Remove the drafts that can't be saved, and note why."""
        for number, draft in list(drafts.items()):
            try:
                draft.clean_fields(exclude=["section", "story", "author"])
            except ValidationError as error:
                reasons = [f"{name}: {' '.join(words)}" for name, words in error.message_dict.items()]
                outcomes[number] = Outcome(refused=Refused(reasons))
                del drafts[number]

    def _parties(self, entries: dict[int, Entry]) -> dict[int, list[Attributed]]:
        """Return the statements of each entry with their sources. New ones are added.

        “AP via CBC News” is CBC News relaying AP; “Dawn (AP, AFP)” is Dawn relaying, but neither is the origin.
        """
        parties = Parties()
        said: dict[int, list[Attributed]] = {}
        for number, entry in entries.items():
            said[number] = []
            for each in entry.said:
                names = parties.split(each.name)
                carrier = names.carrier if names else each.name
                source = parties.get_or_make(carrier, is_confidential=not self.names, kind=each.kind)
                origin = None
                if names and names.origin:
                    origin = parties.get_or_make(names.origin, is_confidential=not self.names)
                item = each.item
                is_relay = names is not None and origin != source
                if is_relay:
                    item = replace(item, basis=Basis.RELAY.value)
                elif not item.basis and self.basis:
                    item = replace(item, basis=self.basis)
                said[number].append(
                    Attributed(source, origin, item, each.name) if is_relay else Attributed(source, None, item)
                )
        if parties.new:
            desk.add_sources(sources=parties.new, actor=self.actor)
        return said

    def _stories(self, names: dict[int, str]) -> dict[int, Story]:
        """Return the story of each entry that names one. New ones are added."""
        wanted = {number: (name, slug_of(name, 100)) for number, name in names.items() if len(name) <= 120}
        wanted = {number: (name, slug) for number, (name, slug) in wanted.items() if slug}
        if not wanted:
            return {}
        by_name = {each.name: each for each in Story.objects.filter(name__in={name for name, _ in wanted.values()})}
        by_slug = {each.slug: each for each in Story.objects.filter(slug__in={slug for _, slug in wanted.values()})}
        new: list[Story] = []
        found = {}
        for number, (name, slug) in wanted.items():
            story = by_name.get(name) or by_slug.get(slug)
            if story is None:
                story = Story(name=name, slug=slug)
                new.append(story)
                by_name[name] = by_slug[slug] = story
            found[number] = story
        if new:
            desk.add_stories(stories=new, actor=self.actor)
        return found

    def _accept(self, reports: dict[int, Sequence[Report]], entries: Sequence[Entry]) -> None:
        """Accept the pending reports, each as of the first line that cites it."""
        accepted: dict[Report, datetime] = {}
        for number, of_line in reports.items():
            for report in of_line:
                if report.review == Report.Review.PENDING:
                    accepted.setdefault(report, entries[number].at)
        if accepted:
            desk.accept_reports(accepted=accepted, actor=self.actor)
        times = {report.pk: at for report, at in accepted.items()}
        for report in (each for of_line in reports.values() for each in of_line if each.pk in times):
            # Another line's instance of a report that was accepted.
            report.review, report.reviewed_at = Report.Review.ACCEPTED, times[report.pk]

    def _publish(self, draft: desk.Draft, at: datetime) -> list[str]:
        """Publish backdated. If something blocks it, keep the draft and return why."""
        # A report that an earlier line had already brought in may have been reviewed later.
        at = max([at, *(report.reviewed_at for report in draft.reports if report.reviewed_at)])
        try:
            desk.publish(dispatch=draft.dispatch, actor=self.actor, at=at)
        except desk.NotReady as error:
            return error.missing
        return []


class _FreeSlugs:
    """Hands out slugs that no dispatch of these days has used. Two queries."""

    def __init__(self, times: Iterable[datetime], *, is_reserving: bool) -> None:
        days = {timezone.localdate(at) for at in times}
        used = Edition.objects.filter(dated__in=days).order_by().values_list("dated", "slug").distinct()
        self._taken: set[tuple[date, str]] = set(used)
        self._has_retired = RetiredAddress.objects.exists()
        self._is_reserving = is_reserving

    def take(self, entry: Entry) -> str:
        """Return an entry's slug, with a number if another dispatch of that day has used it."""
        if not entry.slug:
            # Without letters to make one from, it can't be published before an editor enters one.
            return ""
        dated = timezone.localdate(entry.at)
        candidates = (f"{entry.slug}-{number}" if number > 1 else entry.slug for number in count(1))
        slug = next(each for each in candidates if not self._is_taken(dated, each))
        if self._is_reserving:
            # It is published before the next line is imported.
            self._taken.add((dated, slug))
        return slug

    def _is_taken(self, dated: date, slug: str) -> bool:
        if (dated, slug) in self._taken:
            return True
        return self._has_retired and RetiredAddress.is_retired(dated, slug)
