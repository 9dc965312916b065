"""Everything public: editions, their sections, and what is derived from them. Nothing here leads to a source.

An edition is one published version of a dispatch. It holds everything readers may know and is never edited; the desk
issues a new one instead. It is current from `live_at` until `superseded_at`, and nothing else decides that.
"""

import re
import secrets
from datetime import date, datetime

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.functional import cached_property

from dispatches.public import surface
from dispatches.public.footnotes import add_footnotes
from dispatches.public.ledger import LedgerLine, PublicDevelopment
from dispatches.public.querysets import Cursor, EditionQuerySet
from dispatches.public.slugs import SlugField
from dispatches.signal.rules import RULES_VERSION, ClaimKind, Rung
from sources.digests import LENGTH, keyed_digest, possible_digests
from sources.fields import CharField, TextField

RUNG_CHOICES = [(rung.value, rung.word) for rung in Rung]


class Publication(models.Model):
    """The public side of a dispatch, to which its editions belong. The working copy points to it, never the reverse.

    Its id, of up to 18 digits, is random, so it reveals neither the number nor the order of others.
    """

    id = models.BigIntegerField(primary_key=True, editable=False)

    @classmethod
    def create(cls) -> "Publication":
        return cls.objects.create(pk=secrets.randbelow(10**18))

    def __str__(self) -> str:
        return str(self.pk)


class Section(models.Model):
    """A section of the site, such as “The Ledger”, with its beat, “Economy”."""

    name = CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    beat = CharField(max_length=60, help_text="What it covers, in one word: “Economy”.")
    description = CharField(max_length=200, blank=True, help_text="One line for the section's page.")
    position = models.PositiveSmallIntegerField(default=0, help_text="Lower numbers come first in menus.")

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("section", args=[self.slug])


class SiteState(models.Model):
    """The site's state, one row: a revision that changes with every public change, and the pinned lead.

    Verbs lock this row before they change what readers see (`dispatches/desk/`), so that such changes run one by one.
    """

    revision = models.PositiveBigIntegerField(default=1)
    withdrawals = models.PositiveBigIntegerField(
        default=0, help_text="How often something was removed from what readers see."
    )
    lead = models.ForeignKey(
        Publication, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    is_closed = models.BooleanField(
        default=False, help_text="Readers get no page: the site was restored, and may show what was removed since."
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_site_state")]

    def __str__(self) -> str:
        return f"revision {self.revision}"


# Kinds of editions that tell readers that something was wrong.
CORRECTING_KINDS = ["correction", "clarification", "withdrawal", "restoration"]


class Cause(models.TextChoices):
    """Why a Signal was computed again, in words that reveal nothing about a source."""

    REPORT = "report", "The desk reviewed a report."
    RETRACTION = "retraction", "A source retracted its report."
    SOURCE = "source", "The desk’s information about a source changed."
    CITATION = "citation", "The desk changed its citations."
    RULES = "rules", "The rules of the Signal changed."


# A reference as `dispatches/desk/prose.py` writes it, with the commas to remove along with it.
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
    kind = CharField(max_length=13, choices=Kind)
    note = TextField(blank=True, help_text="What changed, what was wrong, or why it was withdrawn.")
    is_notice = models.BooleanField(
        default=False, help_text="It tells readers that something was wrong; follows from its kind."
    )
    live_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    # The public address: the date of the first edition in the desk's time zone, and a slug.
    dated = models.DateField()
    slug = SlugField(max_length=100)
    published_at = models.DateTimeField(help_text="When the first edition of its dispatch went live.")
    moved_at = models.DateTimeField(help_text="The time of its latest development.")
    revised_at = models.DateTimeField(help_text="The last change that matters to readers, not a typo.")

    section = models.ForeignKey(Section, on_delete=models.PROTECT, related_name="editions")
    story = SlugField(max_length=100, blank=True)
    story_name = CharField(max_length=120, blank=True)
    headline = CharField(max_length=140)
    byline = CharField(max_length=200)
    tldr = CharField(max_length=400, blank=True)
    body_html = TextField(blank=True, help_text="Safe HTML. References to other dispatches are <cite> elements.")
    references = models.JSONField(default=list, blank=True, help_text="The ids of the publications its body refers to.")
    developments = models.JSONField(default=list, blank=True, help_text="Newest first; see PublicDevelopment.")
    development_count = models.PositiveIntegerField(default=0)

    claim_kind = CharField(
        max_length=10,
        choices=[(kind.value, kind.value) for kind in ClaimKind],
        default=ClaimKind.EVENT.value,
        help_text="Whether its headline claims that something happened, or that somebody said something.",
    )
    rung = models.PositiveSmallIntegerField(choices=RUNG_CHOICES)
    rung_before = models.PositiveSmallIntegerField(
        choices=RUNG_CHOICES,
        default=Rung.UNRATED.value,
        help_text="The previous rung; Unrated for a first edition.",
    )
    moves_signal = models.BooleanField(default=False, help_text="Its Signal is new to readers.")
    origins = models.PositiveIntegerField(default=0)
    is_disputed = models.BooleanField(default=False)
    is_held = models.BooleanField(default=False)
    is_corrected = models.BooleanField(default=False)
    rules_version = CharField(max_length=20, default=RULES_VERSION)
    cause = CharField(max_length=10, choices=Cause, blank=True, help_text="Why its Signal was computed again.")
    primary_source = CharField(max_length=200, blank=True)
    report_count = models.PositiveIntegerField(default=0)
    desk_window_at = models.DateTimeField(null=True, blank=True)
    ledger = models.JSONField(
        default=list, blank=True, help_text="The public account of its reports, one line each; see LedgerLine."
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
            # An edition that was canceled or replaced before it was live uses no number: readers never learn of it.
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
        """The rule of `Edition.objects.live()`, for one edition."""
        now = at or surface.now()
        return self.live_at <= now and (self.superseded_at is None or self.superseded_at > now)

    @property
    def replaced_at(self) -> datetime | None:
        """When the next edition replaced it; None while it is current, even if the next one is scheduled."""
        return self.superseded_at if self.superseded_at and self.superseded_at <= surface.now() else None

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
        return [LedgerLine.from_json(value) for value in self.ledger]

    @property
    def claim_report_count(self) -> int:
        """The number of ledger lines that support or contradict the claim."""
        return sum(line.bears_on_claim for line in self.public_ledger)

    @property
    def context_report_count(self) -> int:
        """The number of ledger lines that are only context."""
        return len(self.public_ledger) - self.claim_report_count

    @property
    def named_sources(self) -> list[LedgerLine]:
        """The ledger lines with named sources, each source once."""
        return list({line.source: line for line in reversed(self.public_ledger) if line.is_named}.values())[::-1]

    @property
    def body(self) -> str:
        """The body as safe HTML, with links and footnotes.
        References link to dispatches that can still be read. A withdrawn one is named without a link, and one that
        never went live leaves no trace. The first mention of each named source gets a footnote.
        """
        numbers = {n: line.source for n, line in enumerate(self.public_ledger, 1) if line.is_named}
        return add_footnotes(self.linked_body, numbers)

    @property
    def linked_body(self) -> str:
        """The body without footnotes."""
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
        """The current editions of the publications that the body refers to, by publication id."""
        return Edition.objects.current_of(self.references)

    @cached_property
    def history(self) -> list["Edition"]:
        """The dispatch's editions so far, oldest first, without their texts."""
        return Edition.objects.histories([self.publication_id]).get(self.publication_id, [])

    @property
    def notices(self) -> list["Edition"]:
        """The corrections, clarifications and restorations so far, newest first."""
        kinds = {self.Kind.CORRECTION, self.Kind.CLARIFICATION, self.Kind.RESTORATION}
        return [edition for edition in reversed(self.history) if edition.kind in kinds]


class RetiredAddress(models.Model):
    """An address of an expunged dispatch as a keyed digest: it still answers 410, and names nobody."""

    digest = models.CharField(max_length=LENGTH, primary_key=True)
    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return self.digest

    @staticmethod
    def digest_of(dated: date, slug: str) -> str:
        return keyed_digest("address", f"{dated}/{slug}")

    @staticmethod
    def possible_digests(dated: date, slug: str) -> list[str]:
        """Return the digests under which an address may be stored, one for each key."""
        return possible_digests("address", f"{dated}/{slug}")

    @classmethod
    def is_retired(cls, dated: date, slug: str) -> bool:
        return cls.objects.filter(digest__in=cls.possible_digests(dated, slug)).exists()


class Relation(models.Model):
    """Two related dispatches, according to the text of the first."""

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="+")
    is_reference = models.BooleanField(help_text="True if its body refers to the other; otherwise they are similar.")
    likeness = models.FloatField(default=0.0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["publication", "other"], name="related_once")]

    def __str__(self) -> str:
        return f"{self.publication_id} → {self.other_id}"


class SearchDocument(models.Model):
    """The searchable text of one dispatch. The database maintains its full-text index (see the migrations)."""

    place = models.BigIntegerField(
        primary_key=True, help_text="Higher means published later. The index returns matches in this order."
    )
    publication = models.OneToOneField(Publication, on_delete=models.CASCADE, related_name="+")
    headline = TextField()
    tldr = TextField()
    developments = TextField()
    body = TextField()
    # What the index has instead of each; empty: the text itself (`dispatches/public/search/terms.py`).
    headline_terms = TextField(blank=True)
    tldr_terms = TextField(blank=True)
    developments_terms = TextField(blank=True)
    body_terms = TextField(blank=True)

    def __str__(self) -> str:
        return self.headline

    @property
    def text(self) -> str:
        return "\n".join((self.headline, self.tldr, self.developments, self.body))


class SearchWord(models.Model):
    """A word of the documents, without case and accents, and how many have it: for prefixes and misspellings."""

    word = CharField(max_length=40, primary_key=True)
    documents = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.word


class IndexState(models.Model):
    """How far the index is up to date: one row. It may lag behind what is live, never lead it."""

    live_until = models.DateTimeField(
        help_text="Every edition that had gone live by then has its words in the index. Whatever went live later is "
        "looked for beside it."
    )
    documents = models.PositiveIntegerField(default=0, help_text="The number of documents.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_index_state")]

    def __str__(self) -> str:
        return f"{self.documents} documents, live until {self.live_until}"


class SignalTally(models.Model):
    """The cached counts of the record, up to a time: at most one row."""

    until = models.DateTimeField()
    counts = models.JSONField(help_text="By rung and event: “2 issued”, “2 rose”, “2 rose after 90” (minutes).")

    def __str__(self) -> str:
        return f"until {self.until}"


class Node(models.Model):
    """A server process or a proxy cache, and up to which withdrawal it is known to serve nothing old."""

    name = models.CharField(max_length=200, primary_key=True)
    withdrawals = models.PositiveBigIntegerField(help_text="SiteState.withdrawals, as of what it serves.")
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.withdrawals} at {self.seen_at}"
