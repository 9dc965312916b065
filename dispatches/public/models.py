"""What is public: editions, the sections they stand in, and what is derived from them. Nothing here leads to a source.

An edition is one published version of a dispatch. It holds everything readers may know and is never edited: the desk
issues another. It is current from `live_at` until `superseded_at`; that interval is the only switch there is.
"""

import re
import secrets
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from dispatches.public.footnotes import add_footnotes
from dispatches.public.ledger import LedgerLine, LedgerOrigin, PublicDevelopment
from dispatches.public.querysets import Cursor, EditionQuerySet
from dispatches.signal.rules import RULES_VERSION, Rung

RUNG_CHOICES = [(rung.value, rung.word) for rung in Rung]


class Publication(models.Model):
    """A dispatch as the public knows it: what its editions belong to. The working copy points here, never back.

    Its id, of up to 18 digits, is drawn at random: it tells nothing of how many others there are, or which came first.
    """

    id = models.BigIntegerField(primary_key=True, editable=False)

    @classmethod
    def create(cls) -> "Publication":
        return cls.objects.create(pk=secrets.randbelow(10**18))

    def __str__(self) -> str:
        return str(self.pk)


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

    Whoever changes what readers see locks this row first (`dispatches/desk/`), so that public changes happen one
    after the other.
    """

    revision = models.PositiveBigIntegerField(default=1)
    withdrawals = models.PositiveBigIntegerField(
        default=0, help_text="How often something was taken back from readers."
    )
    lead = models.ForeignKey(
        Publication, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_site_state")]

    def __str__(self) -> str:
        return f"revision {self.revision}"


# The kinds of editions that tell readers what was wrong.
CORRECTING_KINDS = ["correction", "clarification", "withdrawal", "restoration"]


class Cause(models.TextChoices):
    """Why a Signal was computed anew, in words that tell readers nothing of a source."""

    REPORT = "report", "The desk reviewed a report."
    RETRACTION = "retraction", "A source took its report back."
    SOURCE = "source", "The desk’s record of a source changed."
    CITATION = "citation", "The desk changed which reports it cites, or how."
    RULES = "rules", "The rules of the Signal changed."


# A reference as `dispatches/desk/prose.py` writes it, with the commas that would be left over without it.
REFERENCE = re.compile(
    r'(?P<before>,? ?)<cite data-publication="(?P<publication>\d+)">(?P<phrase>[^<]*)</cite>(?P<after>(?:, )?)'
)


class Edition(models.Model):
    """One published version of a dispatch: what readers see. Issued by `dispatches/desk/`, never edited."""

    class Kind(models.TextChoices):
        FIRST = "first", "First edition"
        UPDATE = "update", "Update"
        CORRECTION = "correction", "Correction"
        CLARIFICATION = "clarification", "Clarification"
        SIGNAL = "signal", "Signal changed"
        WITHDRAWAL = "withdrawal", "Withdrawal"
        RESTORATION = "restoration", "Restored"

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField(help_text="1 for the first edition of its dispatch.")
    kind = models.CharField(max_length=13, choices=Kind)
    note = models.TextField(blank=True, help_text="To readers: what changed, what was wrong, why it was withdrawn.")
    is_notice = models.BooleanField(
        default=False, help_text="Whether it tells readers that something was wrong: by its kind."
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
    references = models.JSONField(default=list, blank=True, help_text="The publications that its body refers to.")
    developments = models.JSONField(default=list, blank=True, help_text="Newest first; see PublicDevelopment.")
    development_count = models.PositiveIntegerField(default=0)

    rung = models.PositiveSmallIntegerField(choices=RUNG_CHOICES)
    rung_before = models.PositiveSmallIntegerField(
        choices=RUNG_CHOICES,
        default=Rung.UNRATED.value,
        help_text="What readers saw before it; Unrated for a first edition.",
    )
    moves_signal = models.BooleanField(default=False, help_text="Whether readers saw another Signal before, or none.")
    origins = models.PositiveIntegerField(default=0)
    is_disputed = models.BooleanField(default=False)
    is_held = models.BooleanField(default=False)
    is_corrected = models.BooleanField(default=False)
    rules_version = models.CharField(max_length=20, default=RULES_VERSION)
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
        ordering = ["publication_id", "number"]
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
            # What was called off, or replaced before anybody saw it, takes no number: readers never learn of it.
            models.UniqueConstraint(
                fields=["publication", "number"],
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gt=F("live_at")),
                name="one_edition_per_number",
            ),
            models.UniqueConstraint(
                fields=["publication"], condition=Q(superseded_at__isnull=True), name="one_open_edition_per_publication"
            ),
        ]
        indexes = [
            models.Index(fields=["publication", "number"], name="edition_number"),
            models.Index(fields=["-published_at", "-publication"], name="edition_wire"),
            models.Index(fields=["section", "-published_at", "-publication"], name="edition_section"),
            models.Index(
                fields=["-published_at", "-publication"],
                condition=Q(rung__gte=Rung.STRONG.value),
                name="edition_strong",
            ),
            models.Index(
                fields=["-published_at", "-publication"],
                condition=Q(rung__gte=Rung.CONFIRMED.value),
                name="edition_confirmed",
            ),
            models.Index(
                fields=["-published_at", "-publication"], condition=Q(is_disputed=True), name="edition_disputed"
            ),
            models.Index(fields=["-revised_at", "-publication"], name="edition_revised"),
            models.Index(fields=["section", "-revised_at", "-publication"], name="edition_section_revised"),
            models.Index(fields=["story", "-revised_at", "-publication"], name="edition_story_revised"),
            models.Index(
                fields=["-live_at", "-publication"], condition=Q(moves_signal=True), name="edition_signal_changes"
            ),
            models.Index(fields=["-live_at", "-publication"], condition=Q(is_notice=True), name="edition_corrections"),
            models.Index(fields=["dated", "slug"], name="edition_address"),
            models.Index(fields=["slug", "-published_at"], name="edition_slug"),
            models.Index(fields=["story", "-published_at", "-publication"], name="edition_story"),
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
    def cursor(self) -> Cursor:
        return Cursor(self.published_at, self.publication_id)

    @property
    def issue_cursor(self) -> Cursor:
        return Cursor(self.live_at, self.publication_id)

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
            target = self.referred.get(int(match["publication"]))
            if target is None:
                return match["after"] if match["before"] and match["after"] else ""
            if target.is_withdrawn:
                return match["before"] + match["phrase"] + match["after"]
            return f'{match["before"]}<a href="{target.get_absolute_url()}">{match["phrase"]}</a>{match["after"]}'

        return REFERENCE.sub(link, self.body_html)

    @cached_property
    def referred(self) -> dict[int, "Edition"]:
        """What its body refers to, as it is now, by publication."""
        return Edition.objects.current_of(self.references)

    @cached_property
    def history(self) -> list["Edition"]:
        """The editions of its dispatch that readers have had so far, oldest first, without their texts."""
        return Edition.objects.histories([self.publication_id]).get(self.publication_id, [])

    @property
    def notices(self) -> list["Edition"]:
        """The corrections, clarifications and restorations that readers have been given so far, newest first."""
        kinds = {self.Kind.CORRECTION, self.Kind.CLARIFICATION, self.Kind.RESTORATION}
        return [edition for edition in reversed(self.history) if edition.kind in kinds]


class Relation(models.Model):
    """Two dispatches that belong together, as the text of the first one has it."""

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="+")
    is_reference = models.BooleanField(help_text="Whether its body refers to the other; or else they are alike.")
    likeness = models.FloatField(default=0.0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["publication", "other"], name="related_once")]

    def __str__(self) -> str:
        return f"{self.publication_id} → {self.other_id}"


class SearchDocument(models.Model):
    """The words of one dispatch. The database keeps its full-text index of them by itself (see the migrations)."""

    place = models.BigIntegerField(
        primary_key=True, help_text="Later published, higher: the index gives what it finds in this order."
    )
    publication = models.OneToOneField(Publication, on_delete=models.CASCADE, related_name="+")
    headline = models.TextField()
    tldr = models.TextField()
    developments = models.TextField()
    body = models.TextField()

    def __str__(self) -> str:
        return self.headline

    @property
    def text(self) -> str:
        return "\n".join((self.headline, self.tldr, self.developments, self.body))


class SearchWord(models.Model):
    """A word that documents have, without case and accents, and how many do: for what is begun or mistyped."""

    word = models.CharField(max_length=40, primary_key=True)
    documents = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.word


class IndexState(models.Model):
    """How far the index goes: one row. It may be behind what is live, and is never ahead of it."""

    live_until = models.DateTimeField(
        help_text="Every edition that had gone live by then has its words in the index. Whatever went live later is "
        "looked for beside it."
    )
    documents = models.PositiveIntegerField(default=0, help_text="How many documents there are.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_index_state")]

    def __str__(self) -> str:
        return f"{self.documents} documents, live until {self.live_until}"


class SignalTally(models.Model):
    """The counts of the record up to a moment: at most one row."""

    until = models.DateTimeField()
    counts = models.JSONField(help_text="By rung and what: “2 issued”, “2 rose”, “2 rose after 90” (minutes).")

    def __str__(self) -> str:
        return f"until {self.until}"
