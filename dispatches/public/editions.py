"""What is public: editions, the sections they stand in, the state of the site. The wire reads this and nothing else.

An edition is one published version of a dispatch. It holds everything readers may know and is never edited: the desk
issues another. It is current from `live_at` until `superseded_at`; that interval is the only switch there is.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from dispatches.public import prepared
from dispatches.public.footnotes import add_footnotes
from dispatches.public.ledger import LedgerLine, LedgerOrigin, PublicDevelopment
from dispatches.signal.rules import RAISE_MEANS, RULES_VERSION, RUNG_MEANS, Raise, Rung

RUNG_CHOICES = [(rung.value, rung.word) for rung in Rung]


class Section(models.Model):
    """A standing part of the site, “The Ledger”, with its beat, “Economy”."""

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    beat = models.CharField(max_length=60, help_text="What it covers, in a word: “Economy”.")
    description = models.CharField(max_length=200, blank=True, help_text="One line for the section's page.")
    position = models.PositiveSmallIntegerField(default=0, help_text="Lower stands earlier in menus.")

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("section", args=[self.slug])


class SiteState(models.Model):
    """The one row that moves with every public change, and the lead that the desk has pinned.

    Whoever changes what readers see locks this row first (`dispatches/desk.py`), so that public changes happen one
    after the other.
    """

    revision = models.PositiveBigIntegerField(default=1)
    withdrawals = models.PositiveBigIntegerField(
        default=0, help_text="How often something was taken back from readers."
    )
    lead = models.ForeignKey(
        "dispatches.Dispatch", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_site_state")]

    def __str__(self) -> str:
        return f"revision {self.revision}"


@dataclass(frozen=True, slots=True)
class PublicState:
    """The site's state: another `value` whenever anything public is different. By itself it moves at `until`.

    `withdrawals` moves whenever readers must not be shown again what they had.
    """

    value: str
    withdrawals: int = 0
    until: datetime | None = None


def read_public_state(at: datetime | None = None) -> PublicState:
    """The state at a moment (now), and the next scheduled moment; one query, of the ends of two indexes."""
    rows = prepared.ask("public state", _public_state, at or timezone.now())
    if not rows:
        return PublicState("0-0")
    revision, withdrawals, *switches = rows[0]
    last = [switch for switch in switches[:2] if switch]
    following = [switch for switch in switches[2:] if switch]
    switched = int(max(last).timestamp() * 1_000_000) if last else 0
    return PublicState(f"{revision}-{switched}", withdrawals, min(following, default=None))


def _public_state(moment: datetime) -> models.QuerySet:
    # Both ends of an interval can change what is public: an edition goes live, or one ends without a successor.
    ends = {
        f"{which}_{end}": Subquery(
            Edition.objects.filter(**{f"{end}__{test}": moment}).order_by(order + end).values(end)[:1]
        )
        for which, test, order in (("last", "lte", "-"), ("next", "gt", ""))
        for end in ("live_at", "superseded_at")
    }
    return SiteState.objects.annotate(**ends).values_list("revision", "withdrawals", *ends)


def read_site_state(at: datetime | None = None) -> str:
    """The value of the site's state at a moment (now)."""
    return read_public_state(at).value


class EditionQuerySet(models.QuerySet["Edition"]):
    def live(self, at: datetime | None = None) -> Self:
        """What is current at a moment (now): at most one edition of each dispatch. The gate to everything public.

        A withdrawn dispatch is current too: as its tombstone.
        """
        moment = at or timezone.now()
        return self.filter(Q(superseded_at__isnull=True) | Q(superseded_at__gt=moment), live_at__lte=moment)

    def for_wire(self, at: datetime | None = None) -> Self:
        """Live editions for a list of cards, newest dispatch first; no tombstones, no bodies."""
        return (
            self.live(at)
            .exclude(kind=Edition.Kind.WITHDRAWAL)
            .select_related("section")
            .only(*CARD_FIELDS)
            .order_by("-published_at", "-dispatch_id")
        )

    def places(self) -> "models.QuerySet[Edition, tuple[int, date, datetime, int]]":
        """Where editions stand in a list, for whoever has their cards: id, day of the address, and their cursor."""
        return self.select_related(None).values_list("pk", "dated", "published_at", "dispatch_id")

    def for_feeds(self, at: datetime | None = None) -> Self:
        """Live editions with all they say, what changed last in a way that matters first; tombstones too."""
        return self.live(at).select_related("section").order_by("-revised_at", "-dispatch_id")

    def for_machines(self, at: datetime | None = None) -> Self:
        """Live editions with all they say, newest dispatch first; tombstones too."""
        return self.live(at).select_related("section").order_by("-published_at", "-dispatch_id")

    def dated_within(self, days: "Days") -> Self:
        """Those whose addresses have one of these days."""
        return self.filter(dated__range=days[:2], published_at__range=days[2:])

    def before(self, cursor: "Cursor") -> Self:
        """Those further down the wire than the cursor."""
        return self._beyond(cursor, "published_at", "dispatch_id")

    def after(self, cursor: "Cursor") -> Self:
        """Those further up the wire than the cursor: what has come since."""
        further = Q(published_at__gt=cursor.at) | Q(dispatch_id__gt=cursor.id)
        return self.filter(further, published_at__gte=cursor.at)

    def issued_before(self, cursor: "Cursor") -> Self:
        """Those that went live before the cursor."""
        return self._beyond(cursor, "live_at", "pk")

    def _beyond(self, cursor: "Cursor", moment: str, number: str) -> Self:
        # Written so that an index on (moment, number) is entered at the cursor.
        further = Q(**{f"{moment}__lt": cursor.at}) | Q(**{f"{number}__lt": cursor.id})
        return self.filter(further, **{f"{moment}__lte": cursor.at})

    def seen(self, at: datetime | None = None) -> Self:
        """Every edition that readers have had up to a moment (now), oldest first; never what was called off."""
        moment = at or timezone.now()
        return self.filter(
            Q(superseded_at__isnull=True) | Q(superseded_at__gt=F("live_at")), live_at__lte=moment
        ).order_by("live_at", "number")

    def corrections(self, at: datetime | None = None) -> Self:
        """All that readers have been told was wrong, up to a moment (now), newest first."""
        return self.seen(at).filter(is_notice=True).order_by("-live_at", "-pk")

    def signal_changes(self, at: datetime | None = None) -> Self:
        """Every edition with which readers saw another Signal than before, up to a moment (now), newest first."""
        return self.seen(at).filter(moves_signal=True).order_by("-live_at", "-pk")


class Days(NamedTuple):
    """Days as addresses have them, from first to last, and the moments between which what has them was published."""

    first: date
    last: date
    begin: datetime
    end: datetime

    @classmethod
    def between(cls, first: date, last: date) -> Self:
        # The days of addresses were told by the desk's clock of then, so the moments only narrow the search.
        margin = timedelta(days=2)
        begin, end = (datetime.combine(day, time(), tzinfo=UTC) for day in (first, last))
        return cls(first, last, begin - margin, end + margin)


class Cursor(NamedTuple):
    """A place in a list that stays where it is while new things arrive: just after one moment and number."""

    at: datetime
    id: int

    def __str__(self) -> str:
        microseconds = (self.at - _EPOCH) // timedelta(microseconds=1)
        return f"{microseconds}_{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a cursor as `str` wrote it. Raises ValueError for anything else."""
        if not _CURSOR.fullmatch(text):
            raise ValueError(f"not a place on the wire: {text[:50]!r}")
        microseconds, number = map(int, text.split("_"))
        try:
            return cls(_EPOCH + timedelta(microseconds=microseconds), number)
        except OverflowError as error:
            raise ValueError(f"not a place on the wire: before the calendar begins: {text}") from error


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_CURSOR = re.compile(r"-?[0-9]{1,17}_[0-9]{1,18}")

# The kinds of editions that tell readers what was wrong.
CORRECTING_KINDS = ["correction", "clarification", "withdrawal", "restoration"]


class Cause(models.TextChoices):
    """Why a Signal was computed anew, in words that tell readers nothing of a source."""

    REPORT = "report", "The desk reviewed a report."
    RETRACTION = "retraction", "A source took its report back."
    SOURCE = "source", "The desk’s record of a source changed."
    CITATION = "citation", "The desk changed which reports it cites, or how."
    RULES = "rules", "The rules of the Signal changed."


class Edition(models.Model):
    """One published version of a dispatch: what readers see. Issued by `dispatches/desk.py`, never edited."""

    class Kind(models.TextChoices):
        FIRST = "first", "First edition"
        UPDATE = "update", "Update"
        CORRECTION = "correction", "Correction"
        CLARIFICATION = "clarification", "Clarification"
        SIGNAL = "signal", "Signal changed"
        WITHDRAWAL = "withdrawal", "Withdrawal"
        RESTORATION = "restoration", "Restored"

    dispatch = models.ForeignKey("dispatches.Dispatch", on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField(help_text="1 for the first edition of its dispatch.")
    kind = models.CharField(max_length=13, choices=Kind)
    note = models.TextField(blank=True, help_text="To readers: what changed, what was wrong, why it was withdrawn.")
    is_notice = models.BooleanField(
        default=False, help_text="Whether it tells readers that something was wrong: by its kind."
    )
    issued_at = models.DateTimeField(auto_now_add=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    live_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    # The dispatch's public address: the day of its first edition in the desk's zone, and a slug.
    dated = models.DateField()
    slug = models.SlugField(max_length=100)
    published_at = models.DateTimeField(help_text="When the first edition of its dispatch went live.")
    moved_at = models.DateTimeField(help_text="When the story last moved: its latest development.")
    revised_at = models.DateTimeField(help_text="When something last changed that matters to readers; no mere typo.")

    section = models.ForeignKey(Section, on_delete=models.PROTECT, related_name="editions")
    story = models.SlugField(max_length=100, blank=True)
    story_name = models.CharField(max_length=120, blank=True)
    headline = models.CharField(max_length=140)
    byline = models.CharField(max_length=200)
    tldr = models.CharField(max_length=400, blank=True)
    body_html = models.TextField(
        blank=True, help_text="Safe HTML, with a <cite> where another dispatch is referred to."
    )
    references = models.JSONField(default=list, blank=True, help_text="The ids of the dispatches its body refers to.")
    developments = models.JSONField(default=list, blank=True, help_text="Newest first; see PublicDevelopment.")
    development_count = models.PositiveIntegerField(default=0)

    rung = models.PositiveSmallIntegerField(choices=RUNG_CHOICES)
    rung_before = models.PositiveSmallIntegerField(
        choices=RUNG_CHOICES, default=Rung.UNRATED, help_text="What readers saw before it; Unrated for a first edition."
    )
    moves_signal = models.BooleanField(default=False, help_text="Whether readers saw another Signal before, or none.")
    origins = models.PositiveIntegerField(default=0)
    is_disputed = models.BooleanField(default=False)
    is_held = models.BooleanField(default=False)
    is_corrected = models.BooleanField(default=False)
    rules_version = models.CharField(max_length=20, default=RULES_VERSION)
    inputs_hash = models.CharField(max_length=64, blank=True, help_text="A digest of what the rating follows from.")
    cause = models.CharField(max_length=10, choices=Cause, blank=True, help_text="Why its Signal was computed anew.")
    primary_source = models.CharField(max_length=200, blank=True)
    report_count = models.PositiveIntegerField(default=0)
    desk_window_at = models.DateTimeField(null=True, blank=True)
    ledger = models.JSONField(
        default=dict, blank=True, help_text="Reports as readers may know them; see LedgerLine and LedgerOrigin."
    )
    raised_by = models.JSONField(
        default=list, blank=True, help_text="Codes for what would raise the Signal; see signal.Raise."
    )

    objects = EditionQuerySet.as_manager()

    class Meta:
        # By the column alone: the order of dispatches themselves is that of working copies.
        ordering = ["dispatch_id", "number"]
        get_latest_by = "number"
        constraints = [
            models.CheckConstraint(condition=Q(rung__in=[rung.value for rung in Rung]), name="rung_is_known"),
            models.CheckConstraint(
                condition=Q(rung__lt=Rung.STRONG.value) | Q(origins__gte=2), name="strong_needs_two_origins"
            ),
            models.CheckConstraint(
                condition=Q(is_disputed=False) | Q(rung__lt=Rung.STRONG.value), name="disputed_is_at_most_developing"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["withdrawal", "signal"]) | Q(rung__gte=Rung.DEVELOPING.value, origins__gte=1),
                name="what_is_published_is_rated",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=CORRECTING_KINDS) | ~Q(note=""),
                name="readers_are_told_what_was_wrong",
            ),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("live_at")),
                name="an_edition_ends_after_it_begins",
            ),
            models.UniqueConstraint(fields=["dispatch", "number"], name="one_edition_per_number"),
            models.UniqueConstraint(
                fields=["dispatch"], condition=Q(superseded_at__isnull=True), name="one_open_edition_per_dispatch"
            ),
        ]
        indexes = [
            models.Index(fields=["-published_at", "-dispatch"], name="edition_wire"),
            models.Index(fields=["section", "-published_at", "-dispatch"], name="edition_section"),
            models.Index(
                fields=["-published_at", "-dispatch"], condition=Q(rung__gte=Rung.STRONG.value), name="edition_strong"
            ),
            models.Index(
                fields=["-published_at", "-dispatch"],
                condition=Q(rung__gte=Rung.CONFIRMED.value),
                name="edition_confirmed",
            ),
            models.Index(fields=["-published_at", "-dispatch"], condition=Q(is_disputed=True), name="edition_disputed"),
            models.Index(fields=["-revised_at", "-dispatch"], name="edition_revised"),
            models.Index(fields=["section", "-revised_at", "-dispatch"], name="edition_section_revised"),
            models.Index(fields=["story", "-revised_at", "-dispatch"], name="edition_story_revised"),
            models.Index(fields=["-live_at", "-id"], condition=Q(moves_signal=True), name="edition_signal_changes"),
            models.Index(fields=["-live_at", "-id"], condition=Q(is_notice=True), name="edition_corrections"),
            models.Index(fields=["dated", "slug"], name="edition_address"),
            models.Index(fields=["slug", "-published_at"], name="edition_slug"),
            models.Index(fields=["story", "-published_at", "-dispatch"], name="edition_story"),
            models.Index(fields=["live_at"], name="edition_live_at"),
            models.Index(fields=["superseded_at"], name="edition_superseded_at"),
        ]

    def __str__(self) -> str:
        return f"{self.headline} (edition {self.number})"

    def get_absolute_url(self) -> str:
        return reverse("dispatch", args=[self.dated, self.slug])

    def is_live(self, at: datetime | None = None) -> bool:
        """The same rule as `Edition.objects.live()`."""
        moment = at or timezone.now()
        return self.live_at <= moment and (self.superseded_at is None or self.superseded_at > moment)

    @property
    def is_withdrawn(self) -> bool:
        return self.kind == self.Kind.WITHDRAWAL

    @property
    def signal(self) -> Rung:
        return Rung(self.rung)

    @property
    def signal_means(self) -> str:
        """What its Signal means, in the case that it is in."""
        if self.is_disputed:
            return "An accepted report contradicts it; while one does, it is Developing at most."
        if self.signal is Rung.DEVELOPING and self.origins == 1:
            return "One independent origin so far."
        return RUNG_MEANS[self.signal]

    @property
    def raised_by_words(self) -> list[str]:
        return [RAISE_MEANS[Raise(code)] for code in self.raised_by]

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.published_at, self.dispatch_id)

    @property
    def issue_cursor(self) -> Cursor:
        return Cursor(self.live_at, self.pk)

    @property
    def public_developments(self) -> list[PublicDevelopment]:
        return [PublicDevelopment.from_json(value) for value in self.developments]

    @property
    def public_ledger(self) -> list[LedgerLine]:
        return [LedgerLine.from_json(value) for value in self.ledger.get("lines", [])]

    @property
    def claim_report_count(self) -> int:
        """How many reports of its ledger support or contradict the claim; context is not counted."""
        return sum(line.bears_on_claim for line in self.public_ledger)

    @property
    def context_report_count(self) -> int:
        """How many reports of its ledger are context only."""
        return len(self.public_ledger) - self.claim_report_count

    @property
    def named_sources(self) -> list[LedgerLine]:
        """The lines of its ledger whose sources readers are told of, each source once."""
        return list({line.source: line for line in reversed(self.public_ledger) if line.is_named}.values())[::-1]

    @property
    def public_origins(self) -> list[LedgerOrigin]:
        return [LedgerOrigin.from_json(value) for value in self.ledger.get("origins", [])]

    @property
    def body(self) -> str:
        """Its body as safe HTML: references are links where they lead to something that readers can still read.

        What was withdrawn is named without a link; what never went live leaves no trace. Where a named source is
        mentioned first, a note leads to it.
        """
        numbers = {n: line.source for n, line in enumerate(self.public_ledger, 1) if line.is_named}
        return add_footnotes(self.linked_body, numbers)

    @property
    def linked_body(self) -> str:
        """Its body without the notes."""
        if not self.references:
            return self.body_html

        def link(match: re.Match[str]) -> str:
            target = self.referred.get(int(match["dispatch"]))
            if target is None:
                return match["after"] if match["before"] and match["after"] else ""
            if target.is_withdrawn:
                return match["before"] + match["phrase"] + match["after"]
            return f'{match["before"]}<a href="{target.get_absolute_url()}">{match["phrase"]}</a>{match["after"]}'

        return REFERENCE.sub(link, self.body_html)

    @cached_property
    def referred(self) -> dict[int, "Edition"]:
        """What its body refers to, as it is now, by dispatch."""
        return referred_to(self.references)

    @cached_property
    def history(self) -> list["Edition"]:
        """The editions of its dispatch that readers have had so far, oldest first, without their texts."""
        return _histories([self.dispatch_id]).get(self.dispatch_id, [])

    @property
    def notices(self) -> list["Edition"]:
        """The corrections, clarifications and restorations that readers have been given so far, newest first."""
        kinds = {self.Kind.CORRECTION, self.Kind.CLARIFICATION, self.Kind.RESTORATION}
        return [edition for edition in reversed(self.history) if edition.kind in kinds]

    @property
    def signal_words(self) -> str:
        """Its Signal with the mark that bears on it: “Developing, disputed”."""
        if self.is_withdrawn:
            return "Withdrawn"
        return f"{self.signal.word}, disputed" if self.is_disputed else self.signal.word

    @property
    def signal_change(self) -> str:
        """What it changed of the Signal, in a sentence."""
        origins = f"from {self.origins} independent origin{'' if self.origins == 1 else 's'}"
        if self.number == 1 or self.kind == self.Kind.FIRST:
            return f"First published as {self.signal_words}, {origins}."
        if self.is_withdrawn:
            return f"It was {Rung(self.rung_before).word}, and is withdrawn."
        if self.rung == self.rung_before:
            return f"Now {'disputed' if self.is_disputed else 'no longer disputed'}; {self.signal.word}, {origins}."
        return f"{Rung(self.rung_before).word} before, now {self.signal_words}, {origins}."

    @property
    def signal_reason(self) -> str:
        """Why its Signal is another than before, in words that tell nothing of a source."""
        return Cause(self.cause).label if self.cause else WITH_AN_EDITION.get(self.kind, "")

    @property
    def signal_steps(self) -> list["SignalStep"]:
        """Each change of the Signal that readers have seen so far, oldest first, beginning with the first edition."""
        steps: list[SignalStep] = []
        for edition in self.history:
            if not steps or (edition.rung, edition.is_disputed) != (steps[-1].rung, steps[-1].is_disputed):
                steps.append(
                    SignalStep(
                        edition.live_at, edition.signal, edition.is_disputed, edition.origins, edition.signal_reason
                    )
                )
        return steps

    @property
    def standing_since(self) -> datetime:
        """Since when its Signal has been what it is."""
        steps = [step for step in self.signal_steps if step.at <= self.live_at]
        stands = steps and (steps[-1].rung, steps[-1].is_disputed) == (self.rung, self.is_disputed)
        return steps[-1].at if stands else self.live_at

    @property
    def reason(self) -> str:
        """Why it was issued, in words: the desk's note to readers, or what made the Signal change."""
        if self.note:
            return self.note
        return Cause(self.cause).label if self.cause else ""


class Standing(NamedTuple):
    """What of the current edition of a dispatch says what its page is made from."""

    pk: int
    dispatch_id: int
    dated: date
    slug: str
    number: int
    kind: str
    story: str
    references: list[int]

    @property
    def is_withdrawn(self) -> bool:
        return self.kind == Edition.Kind.WITHDRAWAL


def read_standing(dated: date, slug: str) -> Standing | None:
    """Where the dispatch stands now that has, or once had, this address; None for what never was public."""
    rows = prepared.ask("standing", _standing, timezone.now(), dated, slug)
    return Standing(*rows[0]) if rows else None


def _standing(moment: datetime, dated: date, slug: str) -> models.QuerySet:
    known = Edition.objects.seen(moment).order_by().filter(dated=dated, slug=slug).values("dispatch")[:1]
    return Edition.objects.live(moment).order_by().filter(dispatch=known).values_list(*Standing._fields)[:1]


def read_together(editions: Iterable[Edition]) -> list[Edition]:
    """Editions, each with its history and what its body refers to: two queries for all of them."""
    together = list(editions)
    histories = _histories([each.dispatch_id for each in together])
    referred = referred_to([target for each in together for target in each.references])
    for each in together:
        each.history = histories.get(each.dispatch_id, [])
        each.referred = referred
    return together


def _histories(dispatch_ids: Iterable[int]) -> dict[int, list[Edition]]:
    histories: dict[int, list[Edition]] = {}
    for edition in Edition.objects.seen().filter(dispatch__in=dispatch_ids).only(*HISTORY_FIELDS):
        histories.setdefault(edition.dispatch_id, []).append(edition)
    return histories


def referred_to(dispatch_ids: Iterable[int]) -> dict[int, Edition]:
    """What bodies refer to, as it is now, by dispatch; what is not public is not there."""
    wanted = set(dispatch_ids)
    if not wanted:
        return {}
    targets = Edition.objects.live().filter(dispatch__in=wanted).only("dispatch_id", "kind", "dated", "slug")
    return {edition.dispatch_id: edition for edition in targets}


# A reference as `dispatches/desk/prose.py` writes it, with the commas that would be left over without it.
REFERENCE = re.compile(
    r'(?P<before>,? ?)<cite data-dispatch="(?P<dispatch>\d+)">(?P<phrase>[^<]*)</cite>(?P<after>(?:, )?)'
)


@dataclass(frozen=True, slots=True)
class SignalStep:
    """A moment at which readers saw the Signal change, and why it did."""

    at: datetime
    rung: Rung
    is_disputed: bool
    origins: int
    cause: str


# What moved the Signal where the desk issued a text at the same time.
WITH_AN_EDITION: dict[str, str] = {
    Edition.Kind.UPDATE: "With an update of the story.",
    Edition.Kind.CORRECTION: "With a correction.",
    Edition.Kind.CLARIFICATION: "With a clarification.",
    Edition.Kind.WITHDRAWAL: "The dispatch was withdrawn.",
    Edition.Kind.RESTORATION: "The dispatch was restored.",
}

HISTORY_FIELDS = [
    *("dispatch_id", "number", "kind", "note", "cause", "live_at", "headline"),
    *("rung", "is_disputed", "is_corrected", "origins"),
]

CARD_FIELDS = [
    "dispatch_id",
    "kind",
    "dated",
    "slug",
    "published_at",
    "live_at",
    "moved_at",
    "headline",
    "tldr",
    "development_count",
    "rung",
    "is_disputed",
    "is_corrected",
    "section__name",
    "section__slug",
    "section__beat",
]


def top_stories(editions: Iterable[Edition]) -> list[Edition]:
    """Order editions by what readers should see first: fresh, well founded, and developing.

    Counted in hours: how recently the story moved, six more for each rung above Developing, and half an hour for each
    of up to twelve developments. No clock is read, so that the order changes only when an edition is issued.
    """

    def hours(edition: Edition) -> float:
        fresh = edition.moved_at.timestamp() / 3600
        return fresh + 6 * (edition.rung - Rung.DEVELOPING) + 0.5 * min(edition.development_count, 12)

    return sorted(editions, key=hours, reverse=True)
