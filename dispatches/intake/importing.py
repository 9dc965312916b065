"""History from elsewhere: dispatches with their sources, one a line, each checked before anything of it is kept.

A line is taken in whole or not at all. It is known again by its own `id`, or else by what it says, so running an
import again makes nothing twice.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from dispatches import desk
from dispatches.desk.prose import escape_markdown
from dispatches.models import Dispatch, Story
from dispatches.public.models import Edition, Section
from sources.independence import Basis
from sources.intake.arriving import KnownReports, is_valid_address
from sources.intake.feeds import read_moment
from sources.intake.items import Item, make_item
from sources.lineage.parties import find_composite, find_or_make_origin, find_source
from sources.models import Report, Source

LONGEST_LINE = 1_000_000


class Refused(Exception):
    """Why a line is not taken in: a sentence for each fault."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Said:
    """What one source said, in a line."""

    name: str
    item: Item
    kind: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line, checked: what a dispatch is made of."""

    key: str
    headline: str
    slug: str
    tldr: str
    body: str
    at: datetime
    section: str
    story: str
    said: list[Said]


@dataclass
class Outcome:
    """What became of a line: new or known; and what stood against its publication, if it was to be published."""

    is_new: bool
    is_in_default_section: bool = False
    unpublished: list[str] = field(default_factory=list)


# Reading a line


def read_line(line: str) -> Entry:
    """Check a line. Raises Refused with everything that is wrong with it."""
    if len(line) > LONGEST_LINE:
        raise Refused([f"It is longer than {LONGEST_LINE:,} characters."])
    try:
        given = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Refused(["It is no JSON."]) from error
    if not isinstance(given, dict):
        raise Refused(["It is no JSON object."])
    faults: list[str] = []
    text, body = _string(given, "text", faults), _string(given, "body", faults)
    headline = " ".join((_string(given, "headline", faults) or first_sentence(text or body)).split())
    if not headline:
        faults.append("Give “headline”, “text” or “body”: it says nothing.")
    at = _moment(given.get("date"))
    if at is None:
        faults.append("Give “date” as 2026-06-25 or 2026-06-25T10:00:00+03:00, not before 1900 and not to come.")
    said = list(_read_sources(given.get("sources"), headline, at, faults))
    if faults or at is None:
        raise Refused(faults)
    return Entry(
        key=_string(given, "id", faults)[:200] or hashlib.sha256(line.strip().encode()).hexdigest()[:32],
        headline=shorten(headline, 140),
        slug=slugify(_string(given, "slug", faults) or headline)[:90].strip("-"),
        tldr=shorten(_string(given, "tldr", faults) or text or headline, 400),
        body=body or escape_markdown(text or headline),
        at=at,
        section=_string(given, "section", faults) or _string(given, "category", faults),
        story=_string(given, "story", faults) or _last(given.get("topic_path")),
        said=said,
    )


def _read_sources(given: Any, headline: str, at: datetime | None, faults: list[str]) -> Iterator[Said]:
    if not isinstance(given, list) or not given:
        faults.append("Give “sources”, at least one: a dispatch without a source can't be rated.")
        return
    for number, each in enumerate(given, start=1):
        if not isinstance(each, dict) or not _string(each, "name", faults).strip():
            faults.append(f"Source {number} has no “name”.")
            continue
        name, url = " ".join(_string(each, "name", faults).split()), _string(each, "url", faults)
        basis, kind = _string(each, "basis", faults), _string(each, "kind", faults) or Source.Kind.OUTLET.value
        if len(name) > 200:
            faults.append(f"Source {number} has a name of more than 200 characters.")
        if url and not is_valid_address(url):
            faults.append(f"Source {number} has an address that is none: {shorten(url, 80)}")
        if basis not in {"", *Basis}:
            faults.append(f"Source {number} has a “basis” that is none of: {', '.join(Basis)}.")
        if kind not in Source.Kind.values:
            faults.append(f"Source {number} has a “kind” that is none of: {', '.join(Source.Kind.values)}.")
        if headline and not faults:
            item = make_item(
                title=_string(each, "title", faults) or headline,
                text=_string(each, "text", faults),
                url=url,
                basis=basis,
                said_at=read_moment(each.get("said_at")) or at,
            )
            yield Said(name, item, kind)


def _string(given: Mapping[str, Any], name: str, faults: list[str]) -> str:
    value = given.get(name)
    if value is None or isinstance(value, str):
        return (value or "").replace("\x00", "").strip()
    faults.append(f"“{name}” is no string.")
    return ""


def _moment(given: Any) -> datetime | None:
    """A day is meant as its noon, by the desk's clock."""
    try:
        noon = datetime.combine(date.fromisoformat(given), time(12))
        moment: datetime | None = timezone.make_aware(noon)
    except (ValueError, TypeError):
        moment = read_moment(given)
    return moment if moment and moment.year >= 1900 and moment <= timezone.now() else None


def _last(path: Any) -> str:
    return path[-1].strip() if isinstance(path, list) and path and isinstance(path[-1], str) else ""


def first_sentence(text: str) -> str:
    """A text's first sentence, for a headline: without its full stop.

    >>> first_sentence("The U.S. left. It rained.")
    'The U.S. left'
    """
    plain = " ".join(text.split())
    match = re.search(r"(?<![A-Z.])(?<!\b(?:Mr|Dr|St))[.!?](?=\s+[“\"A-Z])", plain)
    return (plain[: match.start()] if match else plain).rstrip(".")


def shorten(text: str, length: int) -> str:
    """At most so many characters, cut between words."""
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


# Taking it in


@dataclass
class Importer:
    """One import: in whose name, into which section what names none that is known here, and whether it is published.

    New sources are confidential unless they are to be `named`: nothing here decides for the desk whom readers see.
    """

    editor: User | None
    section: Section
    publishes: bool = False
    names: bool = False

    def __post_init__(self) -> None:
        sections = list(Section.objects.all())
        self.sections = {name: each for each in sections for name in (each.slug, each.name.casefold())}
        self.sections |= {each.beat.casefold(): each for each in sections}

    @transaction.atomic
    def take_in(self, entry: Entry) -> Outcome:
        """Make a dispatch of an entry, with reports of its sources. Raises Refused, and then nothing of it is kept."""
        with desk.publication_lock():
            if Dispatch.objects.filter(external_id=entry.key).exists():
                return Outcome(is_new=False)
            section = self.sections.get(entry.section.casefold()) or self.sections.get(slugify(entry.section))
            dispatch = Dispatch(
                external_id=entry.key,
                headline=entry.headline,
                slug=self._free_slug(entry),
                tldr=entry.tldr,
                body=entry.body,
                section=section or self.section,
                story=_story(entry.story),
                author=self.editor,
            )
            try:
                with desk.saving(dispatch, editor=self.editor, how="Imported"):
                    dispatch.full_clean(exclude=["section", "story", "author"])
                    dispatch.save()
                reports = self._reports(entry.said)
                for position, report in enumerate(reports, start=1):
                    desk.cite(dispatch=dispatch, report=report, editor=self.editor, position=position)
            except ValidationError as error:
                raise Refused([f"{name}: {' '.join(words)}" for name, words in error.message_dict.items()]) from error
            missing = self._publish(dispatch, reports, entry.at) if self.publishes else []
            return Outcome(is_new=True, is_in_default_section=section is None, unpublished=missing)

    def _free_slug(self, entry: Entry) -> str:
        """Its slug; with a number where another dispatch of that day has it."""
        taken = set(
            Edition.objects.filter(dated=timezone.localdate(entry.at), slug__startswith=entry.slug).values_list(
                "slug", flat=True
            )
        )
        candidates = (f"{entry.slug}-{number}" if number > 1 else entry.slug for number in range(1, len(taken) + 2))
        return next(slug for slug in candidates if slug not in taken)

    def _reports(self, said: Iterable[Said]) -> list[Report]:
        """The reports of a line, each once: those that are there, and new ones."""
        items: dict[Source, dict[tuple[Item, Source | None], str]] = {}
        for each in said:
            source, origin = self._parties(each)
            items.setdefault(source, {})[each.item, origin] = each.name
        reports: dict[Report, None] = {}
        for source, theirs in items.items():
            there = KnownReports(source, [item for item, _ in theirs])
            for (item, origin), name in theirs.items():
                # What has neither a text nor an address is only known within its line.
                report = there.find(item) if item.text or item.url else None
                if report is None:
                    report = desk.note_report(source=source, item=item, filed_by=self.editor, origin=origin)
                    there.add(report)
                    if item.text:
                        # A line rarely has the words of its sources. They are looked at like any that come in.
                        desk.look_for_relays(report)
                elif origin:
                    desk.propose_credit(report=report, origin=origin, name=name)
                reports[report] = None
        return list(reports)

    def _parties(self, said: Said) -> tuple[Source, Source | None]:
        """Who says it, and whom its name says that it carries: “AP via CBC News” is CBC News, and carries AP."""
        names = find_composite(said.name)
        name = names.carrier if names else said.name
        source = find_source(name)
        if source is None:
            source = Source(name=name, kind=said.kind, is_confidential=not self.names)
            source.full_clean()
            with desk.changing_sources(source):
                source.save()
        origin = find_or_make_origin(names.origin, is_confidential=not self.names) if names else None
        return source, origin if origin != source else None

    def _publish(self, dispatch: Dispatch, reports: list[Report], at: datetime) -> list[str]:
        """Publish it as of its time, its reports accepted then; what stands against that, and it stays a draft."""
        for report in reports:
            if report.review == Report.Review.PENDING:
                desk.accept_report(report=report, editor=self.editor, at=at)
        # A report that a later line of the file brought in was reviewed later.
        at = max([at, *(report.reviewed_at for report in reports if report.reviewed_at)])
        try:
            with transaction.atomic():
                desk.publish(dispatch=dispatch, editor=self.editor, at=at)
        except desk.NotReady as error:
            return error.missing
        return []


def _story(name: str) -> Story | None:
    if not name or len(name) > 120 or not slugify(name):
        return None
    there = Story.objects.filter(name=name).first() or Story.objects.filter(slug=slugify(name)[:100]).first()
    return there or Story.objects.create(name=name, slug=slugify(name)[:100].strip("-"))
