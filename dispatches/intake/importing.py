"""Import dispatches with their sources from JSON lines.

Each line is validated first and imported whole or not at all. It is identified by its `id`, or else by its content, so
that running an import again creates nothing twice.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import count
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from dispatches import desk
from dispatches.desk.prose import escape_markdown
from dispatches.models import Dispatch, Story
from dispatches.models.dispatches import IMPORTED
from dispatches.public.models import Edition, RetiredAddress, Section
from dispatches.public.slugs import slug_of
from sources.digests import possible_digests
from sources.independence import Basis
from sources.intake.items import Item, make_item
from sources.intake.matching import KnownReports, is_valid_address
from sources.intake.times import parse_time
from sources.lineage.parties import find_composite, find_source
from sources.models import Report, Source
from sources.text import clean

LONGEST_LINE = 1_000_000
NOT_TEXT = "It has characters that are not UTF-8. Save the file as UTF-8 (in a spreadsheet: “CSV UTF-8”)."


class Refused(Exception):
    """A line can't be imported. `reasons` has a sentence for each error."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Statement:
    """What one source said, as a line gives it."""

    name: str
    item: Item
    kind: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A valid line: what a dispatch is created from."""

    key: str
    headline: str
    slug: str
    tldr: str
    body: str
    at: datetime
    section: str
    story: str
    said: list[Statement]


@dataclass
class Outcome:
    """The result of a line: whether it was new, and what blocked its publication, if it was to be published."""

    is_new: bool
    is_in_default_section: bool = False
    blockers: list[str] = field(default_factory=list)


# Reading a line


def read_line(line: str) -> Entry:
    """Validate a line. Raises Refused with all errors at once."""
    if len(line) > LONGEST_LINE:
        raise Refused([f"The line is longer than {LONGEST_LINE:,} characters."])
    if not is_text(line):
        raise Refused([NOT_TEXT])
    try:
        given = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Refused(["This is not valid JSON."]) from error
    if not isinstance(given, dict):
        raise Refused(["This is not a JSON object."])
    errors: list[str] = []
    text, body = _string(given, "text", errors), _string(given, "body", errors)
    headline = " ".join((_string(given, "headline", errors) or first_sentence(text or body)).split())
    if not headline:
        errors.append("Add a “headline”, “text” or “body”.")
    at = _read_date(given.get("date"))
    if at is None:
        errors.append("Add a “date” such as 2026-06-25 or 2026-06-25T10:00:00+03:00, since 1900 and not in the future.")
    said = list(_read_sources(given.get("sources"), headline, at, errors))
    if errors or at is None:
        raise Refused(errors)
    return Entry(
        key=_string(given, "id", errors)[:200] or hashlib.sha256(line.strip().encode()).hexdigest()[:32],
        headline=shorten(headline, 140),
        slug=slug_of(_string(given, "slug", errors) or headline, 90),
        tldr=shorten(_string(given, "tldr", errors) or text or headline, 400),
        body=body or escape_markdown(text or headline),
        at=at,
        section=_string(given, "section", errors) or _string(given, "category", errors),
        story=_string(given, "story", errors) or _last(given.get("topic_path")),
        said=said,
    )


def _read_sources(given: Any, headline: str, at: datetime | None, errors: list[str]) -> Iterator[Statement]:
    if not isinstance(given, list) or not given:
        errors.append("Add at least one entry to “sources”: a dispatch without a source can't be rated.")
        return
    for number, each in enumerate(given, start=1):
        if not isinstance(each, dict) or not _string(each, "name", errors).strip():
            errors.append(f"Source {number} has no “name”.")
            continue
        name, url = " ".join(_string(each, "name", errors).split()), _string(each, "url", errors)
        basis, kind = _string(each, "basis", errors), _string(each, "kind", errors) or Source.Kind.OUTLET.value
        if len(name) > 200:
            errors.append(f"Source {number} has a name of more than 200 characters.")
        if url and not is_valid_address(url):
            errors.append(f"Source {number} has an invalid “url”: {shorten(url, 80)}")
        if basis not in {"", *Basis}:
            errors.append(f"Source {number} has an unknown “basis”. Use one of: {', '.join(Basis)}.")
        if kind not in Source.Kind.values:
            errors.append(f"Source {number} has an unknown “kind”. Use one of: {', '.join(Source.Kind.values)}.")
        if headline and not errors:
            item = make_item(
                title=_string(each, "title", errors) or headline,
                text=_string(each, "text", errors),
                url=url,
                basis=basis,
                said_at=parse_time(each.get("said_at")) or at,
            )
            yield Statement(name, item, kind)


def _string(given: Mapping[str, Any], name: str, errors: list[str]) -> str:
    value = given.get(name)
    if value is None or isinstance(value, str):
        return clean(value or "").strip()
    errors.append(f"“{name}” is not a string.")
    return ""


def _read_date(given: Any) -> datetime | None:
    """A date without a time means noon in the desk's time zone."""
    try:
        noon = datetime.combine(date.fromisoformat(given), time(12))
        at: datetime | None = timezone.make_aware(noon)
    except (ValueError, TypeError):
        at = parse_time(given)
    return at if at and at.year >= 1900 and at <= timezone.now() else None


def is_text(read: str) -> bool:
    """Return False if a file that was read with “surrogateescape” had bytes there that are not UTF-8."""
    return not re.search("[\udc80-\udcff]", read)


def _last(path: Any) -> str:
    return clean(path[-1]).strip() if isinstance(path, list) and path and isinstance(path[-1], str) else ""


def first_sentence(text: str) -> str:
    """Return the first sentence of a text without its full stop, for a headline.

    >>> first_sentence("The U.S. left. It rained.")
    'The U.S. left'
    """
    plain = " ".join(text.split())
    match = re.search(r"(?<![A-Z.])(?<!\b(?:Mr|Dr|St))[.!?](?=\s+[“\"A-Z])", plain)
    return (plain[: match.start()] if match else plain).rstrip(".")


def shorten(text: str, length: int) -> str:
    """Cut a text between words, to at most `length` characters."""
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


# Importing a line


@dataclass
class Importer:
    """One import. Lines without a known section go to `section`; with `publishes`, each line is published, backdated.

    New sources are confidential unless `names` is True: an import does not decide for the desk whom readers see.
    """

    actor: desk.Actor
    section: Section
    publishes: bool = False
    names: bool = False

    def __post_init__(self) -> None:
        sections = list(Section.objects.all())
        self.sections = {name: each for each in sections for name in (each.slug, each.name.casefold())}
        self.sections |= {each.beat.casefold(): each for each in sections}

    @transaction.atomic
    def take_in(self, entry: Entry) -> Outcome:
        """Create a dispatch with its reports. Raises Refused, and then nothing is kept."""
        with desk.publication_lock():
            keys = [entry.key, *possible_digests(IMPORTED, entry.key)]
            if Dispatch.objects.filter(external_id__in=keys).exists():
                return Outcome(is_new=False)
            section = self.sections.get(entry.section.casefold()) or self.sections.get(slug_of(entry.section, 60))
            dispatch = Dispatch(
                external_id=entry.key,
                headline=entry.headline,
                slug=self._free_slug(entry),
                tldr=entry.tldr,
                body=entry.body,
                section=section or self.section,
                story=self._story(entry.story),
                author=self.actor if isinstance(self.actor, User) else None,
            )
            try:
                with desk.saving(dispatch, actor=self.actor, how="Imported"):
                    dispatch.full_clean(exclude=["section", "story", "author"])
                    dispatch.save()
                reports = self._reports(entry.said)
                for report in reports:
                    desk.cite(dispatch=dispatch, report=report, actor=self.actor)
            except ValidationError as error:
                raise Refused([f"{name}: {' '.join(words)}" for name, words in error.message_dict.items()]) from error
            blockers = self._publish(dispatch, reports, entry.at) if self.publishes else []
            return Outcome(is_new=True, is_in_default_section=section is None, blockers=blockers)

    def _free_slug(self, entry: Entry) -> str:
        """Return its slug, with a number if another dispatch of that day has used it."""
        taken = set(
            Edition.objects.filter(dated=timezone.localdate(entry.at), slug__startswith=entry.slug).values_list(
                "slug", flat=True
            )
        )
        candidates = (f"{entry.slug}-{number}" if number > 1 else entry.slug for number in count(1))
        dated = timezone.localdate(entry.at)
        return next(slug for slug in candidates if slug not in taken and not RetiredAddress.is_retired(dated, slug))

    def _reports(self, said: Iterable[Statement]) -> list[Report]:
        """Return the reports of a line, each once: existing ones, and new ones for the rest."""
        items: dict[Source, dict[tuple[Item, Source | None], str]] = {}
        for each in said:
            source, origin = self._parties(each)
            items.setdefault(source, {})[each.item, origin] = each.name
        reports: dict[Report, None] = {}
        for source, theirs in items.items():
            existing = KnownReports(source, [item for item, _ in theirs])
            for (item, origin), name in theirs.items():
                # Without a text or an address, an item can only be matched within its line.
                report = existing.find(item) if item.text or item.url else None
                if report and report.expunged_at:
                    continue
                if report is None:
                    report = desk.record_report(source=source, item=item, actor=self.actor, origin=origin)
                    existing.add(report)
                    if item.text:
                        # Like any report that arrives with a text; most lines have none.
                        desk.propose_relays(report=report, actor=self.actor)
                elif origin:
                    desk.propose_credit(report=report, origin=origin, name=name, actor=self.actor)
                reports[report] = None
        return list(reports)

    def _parties(self, said: Statement) -> tuple[Source, Source | None]:
        """Return the source, and the one its name says it relays: “AP via CBC News” is CBC News relaying AP."""
        names = find_composite(said.name)
        name = names.carrier if names else said.name
        source = find_source(name)
        if source is None:
            source = Source(name=name, kind=said.kind, is_confidential=not self.names)
            source.full_clean()
            with desk.saving(source, actor=self.actor, how="Imported"):
                source.save()
        if names is None:
            return source, None
        origin = desk.add_source_named(name=names.origin, is_confidential=not self.names, actor=self.actor)
        return source, origin if origin != source else None

    def _publish(self, dispatch: Dispatch, reports: list[Report], at: datetime) -> list[str]:
        """Publish backdated. If something blocks it, keep the draft and return why."""
        for report in reports:
            if report.review == Report.Review.PENDING:
                desk.accept_report(report=report, actor=self.actor, at=at)
        # A report that an earlier line had already brought in may have been reviewed later.
        at = max([at, *(report.reviewed_at for report in reports if report.reviewed_at)])
        try:
            with transaction.atomic():
                desk.publish(dispatch=dispatch, actor=self.actor, at=at)
        except desk.NotReady as error:
            return error.missing
        return []

    def _story(self, name: str) -> Story | None:
        slug = slug_of(name, 100)
        if not slug or len(name) > 120:
            return None
        story = Story.objects.filter(name=name).first() or Story.objects.filter(slug=slug).first()
        if story is None:
            story = Story(name=name, slug=slug)
            with desk.saving(story, actor=self.actor, how="Imported"):
                story.save()
        return story
