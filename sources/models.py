"""Who said what, relaying whom. Nothing here is public: readers see what an edition says of it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from sources.fields import ComputedTextField
from sources.independence import CONFIDENTIAL_LABEL, Basis, Grade
from sources.names import fold_name

BASIS_CHOICES = [
    (Basis.FIRST_HAND.value, "First-hand"),
    (Basis.OWN_REPORTING.value, "Own reporting"),
    (Basis.RELAY.value, "Relay"),
    (Basis.UNKNOWN.value, "Unknown"),
]
GRADE_CHOICES = [
    (Grade.A.value, "A · completely reliable"),
    (Grade.B.value, "B · usually reliable"),
    (Grade.C.value, "C · fairly reliable"),
    (Grade.D.value, "D · not usually reliable"),
    (Grade.E.value, "E · unreliable"),
    (Grade.F.value, "F · can’t be judged"),
]


# More than any name that is one; within what both databases can index.
FOLDED_LENGTH = 500


def _folded_name(named: "Owner | Source") -> str:
    return fold_name(named.name)[:FOLDED_LENGTH]


def _folded_aliases(source: "Source") -> str:
    """Each within line breaks, so that a whole one can be looked for."""
    return "".join(f"\n{fold_name(alias)}\n" for alias in source.names[1:])


class OwnerQuerySet(models.QuerySet["Owner"]):
    def named(self, name: str) -> "Owner | None":
        """The owner of this name, however it is spelled."""
        return self.filter(folded_name=fold_name(name)[:FOLDED_LENGTH]).first()


class Owner(models.Model):
    """Who controls sources. Two sources whose owners have one controller at the top are not independent."""

    name = models.CharField(max_length=200, unique=True)
    folded_name = ComputedTextField(compute=_folded_name)
    notes = models.TextField(blank=True, help_text="Where this is known from. Never shown to readers.")

    objects = OwnerQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["folded_name"],
                name="one_owner_per_name",
                violation_error_message="There is an owner of this name already.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if error := _fault_of_name(self, Owner.objects.named(self.name)):
            raise ValidationError({"name": error})


def _fault_of_name(named: "Owner | Source", there: "Owner | Source | None") -> str:
    """Why nothing can be saved under its name: `there` has it already, or nothing of it can be seen."""
    if not fold_name(named.name):
        return "Give a name that can be seen." if named.name else ""
    if there is None or there.pk == named.pk:
        return ""
    what = named._meta.verbose_name
    if isinstance(there, Source) and there.is_confidential:
        return f"There is a {what} of this name already. Use that one, or give this one a name that tells them apart."
    article = "an" if isinstance(there, Owner) else "a"
    return (
        f"There is {article} {what} of this name already, “{there.name}”. "
        "Use that one, or give this one a name that tells them apart."
    )


class Holding(models.Model):
    """A part of one owner that another holds. More than half, or a mark of control, makes one control group."""

    holder = models.ForeignKey(Owner, on_delete=models.PROTECT, related_name="holdings")
    held = models.ForeignKey(Owner, on_delete=models.CASCADE, related_name="held_by")
    percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
        help_text="The share held. More than 50 controls; exactly 50 controls nothing. Leave empty if not known.",
    )
    is_control = models.BooleanField(
        "marked as control", default=False, help_text="Controls, whatever the share (by contract, by votes, by family)."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["holder", "held"], name="one_holding_per_pair"),
            models.UniqueConstraint(fields=["held"], condition=Q(is_control=True), name="one_marked_controller"),
            models.CheckConstraint(condition=~Q(holder=models.F("held")), name="nobody_holds_itself"),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | Q(percent__gte=0, percent__lte=100), name="percent_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder} holds {self.held}"

    @property
    def controls(self) -> bool:
        return self.is_control or (self.percent is not None and self.percent > 50)


class SourceQuerySet(models.QuerySet["Source"]):
    def visible_to(self, user: User) -> Self:
        """The sources that somebody at the desk may know of: named ones, or with the right to it all of them."""
        return self if user.has_perm("sources.see_confidential") else self.filter(is_confidential=False)

    def named(self, name: str) -> "Source | None":
        """The source of this name, or else the first one that is also known by it, however it is spelled."""
        folded = fold_name(name)[:FOLDED_LENGTH]
        also = self.filter(folded_aliases__contains=f"\n{folded}\n").order_by("pk")
        return (self.filter(folded_name=folded).first() or also.first()) if folded else None


class Source(models.Model):
    """A party that says things."""

    class Kind(models.TextChoices):
        OUTLET = "outlet", "Outlet"
        AGENCY = "agency", "News agency"
        OFFICIAL = "official", "Official or spokesperson"
        RECORD = "record", "Official record"
        DOCUMENT = "document", "Document"
        WITNESS = "witness", "Desk witness"
        PARTY = "party", "Person or party"
        CHANNEL = "channel", "Internal channel"

    name = models.CharField(max_length=200, unique=True)
    folded_name = ComputedTextField(compute=_folded_name)
    kind = models.CharField(max_length=10, choices=Kind)
    owner = models.ForeignKey(
        Owner,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sources",
        help_text="Sources of one control group count once. Without an owner a source stands for itself.",
    )
    grade = models.CharField(
        max_length=1,
        choices=GRADE_CHOICES,
        default=Grade.F.value,
        help_text="D and E are never counted. All sources graded F together count at most once.",
    )
    is_confidential = models.BooleanField(
        "confidential",
        default=True,
        help_text=f"Readers see “{CONFIDENTIAL_LABEL}” and nothing else. Untick only to name this source to readers.",
    )
    is_ours = models.BooleanField(
        "our own publication", default=False, help_text="What we published ourselves never counts as a source."
    )
    public_label = models.CharField(
        max_length=200, blank=True, help_text="How readers see a source that is named. Empty: its name."
    )
    aliases = models.TextField(
        "also known as",
        blank=True,
        help_text="Other names, one a line: a report that credits one of them is proposed as a relay of this source.",
    )
    folded_aliases = ComputedTextField(compute=_folded_aliases)
    notes = models.TextField(blank=True, help_text="Never shown to readers.")

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="channel") | Q(is_confidential=True), name="internal_channels_are_confidential"
            ),
            models.UniqueConstraint(
                fields=["folded_name"],
                name="one_source_per_name",
                violation_error_message="There is a source of this name already.",
            ),
        ]
        permissions = [
            ("see_confidential", "Can see who confidential sources are"),
            ("grade_source", "Can grade sources and say who owns them"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        there = Source.objects.filter(folded_name=_folded_name(self)).first()
        if error := _fault_of_name(self, there):
            raise ValidationError({"name": error})
        stored = Source.objects.filter(pk=self.pk).first()
        known = {fold_name(name) for name in stored.names} if stored else set()
        for field, names in (("name", self.names[:1]), ("aliases", self.names[1:])):
            # What was saved before stays as it is: the desk may have its reasons.
            for name in [each for each in names if fold_name(each) not in known]:
                other = Source.objects.exclude(pk=self.pk).named(name)
                if other and other.is_confidential:
                    raise ValidationError({field: f"“{name}” is the name of another source already."})
                if other and (field == "name" or other.folded_name == fold_name(name)):
                    raise ValidationError({field: f"“{name}” is a name of the source “{other}” already. Use that one."})

    @property
    def public_name(self) -> str:
        """This source as readers may know it."""
        if self.is_confidential:
            return CONFIDENTIAL_LABEL
        return self.public_label or self.name

    @property
    def names(self) -> list[str]:
        """Its name and its other names."""
        return [self.name, *(alias.strip() for alias in self.aliases.splitlines() if alias.strip())]


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: User) -> Self:
        """The reports whose source somebody at the desk may know of."""
        return self if user.has_perm("sources.see_confidential") else self.filter(source__is_confidential=False)

    def changed_since_review(self) -> Self:
        """Those that count, and whose source says something else than the words that the desk accepted."""
        return self.filter(review=Report.Review.ACCEPTED, newer_words__isnull=False)


class Report(models.Model):
    """One thing that one source said. Pending until the desk has reviewed it."""

    class Review(models.TextChoices):
        PENDING = "pending", "Pending"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="reports")
    title = models.CharField(max_length=300)
    text = models.TextField(blank=True, help_text="What the source said, as it came in. Never shown to readers.")
    url = models.URLField(
        "address", max_length=1000, blank=True, help_text="Linked from the public ledger if the source is named."
    )
    byline = models.CharField(
        max_length=200, blank=True, help_text="Who wrote it. One name in two outlets proposes a relay."
    )
    said_at = models.DateTimeField(
        "said at",
        default=timezone.now,
        validators=[MinValueValidator(datetime(1900, 1, 1, tzinfo=UTC))],
        help_text="When the source said it.",
    )
    received_at = models.DateTimeField("received at", auto_now_add=True)
    external_id = models.CharField(
        max_length=300, blank=True, editable=False, help_text="The sender's own id: the same one never comes in twice."
    )
    # By these the same item is known when it comes again; see sources/intake/items.py.
    address_key = models.CharField(max_length=32, blank=True, editable=False)
    text_key = models.CharField(max_length=32, blank=True, editable=False)
    item_key = models.CharField(max_length=32, blank=True, editable=False)
    arrived_key = models.CharField(max_length=32, blank=True, editable=False)
    # What its source says now, where the desk has accepted other words; see sources/intake/arriving.py.
    newer_words = models.JSONField(null=True, blank=True, editable=False)
    changed_at = models.DateTimeField(
        "changed by its source", null=True, blank=True, editable=False, help_text="When its source last changed it."
    )

    basis = models.CharField(
        "how it knows",
        max_length=10,
        choices=BASIS_CHOICES,
        default=Basis.UNKNOWN.value,
        help_text="While this is unknown, the report never adds an independent origin.",
    )
    relays = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="relayed_by",
        help_text="For a relay: the report that this one carries.",
    )
    credits = models.ForeignKey(
        Source,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="credited_in",
        help_text="For a relay of something we hold no report of: the source it credits.",
    )

    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    review = models.CharField(max_length=10, choices=Review, default=Review.PENDING, editable=False)
    review_reason = models.CharField(
        "why it is rejected", max_length=300, blank=True, help_text="Needed to reject it. Never shown to readers."
    )
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True, editable=False)
    retracted_at = models.DateTimeField(
        "taken back at", null=True, blank=True, editable=False, help_text="When the source took this back."
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-said_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(review="pending", reviewed_at__isnull=True)
                | (~Q(review="pending") & Q(reviewed_at__isnull=False)),
                name="a_review_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(basis="relay") | Q(relays__isnull=True, credits__isnull=True),
                name="only_a_relay_points_elsewhere",
                violation_error_message="Only a relay carries another report or credits a source: "
                "choose “Relay”, or empty the other two fields.",
            ),
            models.CheckConstraint(
                condition=Q(relays__isnull=True) | ~Q(relays=models.F("id")),
                name="no_report_relays_itself",
                violation_error_message="A report can't relay itself.",
            ),
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="one_report_per_external_id"
            ),
        ]
        indexes = [
            models.Index(fields=["review", "-said_at"], name="report_review_queue"),
            models.Index(fields=["address_key", "said_at"], name="report_by_address", condition=~Q(address_key="")),
            models.Index(fields=["text_key", "said_at"], name="report_by_text", condition=~Q(text_key="")),
            models.Index(fields=["item_key"], name="report_by_item", condition=~Q(item_key="")),
            models.Index(fields=["byline", "said_at"], name="report_by_byline", condition=~Q(byline="")),
            models.Index(fields=["source", "-said_at"], name="report_of_source"),
            models.Index(fields=["-changed_at"], name="report_changed", condition=Q(newer_words__isnull=False)),
        ]
        permissions = [("review_report", "Can accept and reject reports")]

    def __str__(self) -> str:
        return f"{self.source}: {self.title}"

    def clean(self) -> None:
        if self.relays_id and self.credits_id:
            raise ValidationError({"credits": "Give either the report it relays or the source it credits, not both."})


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def open(self) -> Self:
        """Those that nobody has decided yet; they count as true."""
        return self.filter(state=Proposal.State.OPEN)

    def visible_to(self, user: User) -> Self:
        """The proposals all of whose sources somebody at the desk may know of."""
        if user.has_perm("sources.see_confidential"):
            return self
        return self.exclude(
            Q(report__source__is_confidential=True)
            | Q(relays__source__is_confidential=True)
            | Q(credits__is_confidential=True)
        )


class Proposal(models.Model):
    """Evidence that a report carries what another party said. It counts as true until an editor clears it."""

    class Kind(models.TextChoices):
        COPY = "copy", "Near copy"
        CREDIT = "credit", "Credit line"
        BYLINE = "byline", "Same byline"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ACCEPTED = "accepted", "Accepted"
        CLEARED = "cleared", "Cleared"

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="proposals")
    kind = models.CharField(max_length=10, choices=Kind)
    relays = models.ForeignKey(Report, on_delete=models.CASCADE, null=True, blank=True, related_name="proposed_in")
    credits = models.ForeignKey(Source, on_delete=models.CASCADE, null=True, blank=True, related_name="proposed_in")
    evidence = models.TextField(help_text="The words or the measure that propose it.")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN, editable=False)
    reason = models.CharField(max_length=300, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(relays__isnull=True, credits__isnull=False) | Q(relays__isnull=False, credits__isnull=True),
                name="a_proposal_points_to_one_thing",
                violation_error_message="Give either the report it seems to relay or the source it seems to credit.",
            ),
            models.CheckConstraint(
                condition=~Q(state="cleared") | ~Q(reason=""),
                name="a_proposal_is_cleared_with_a_reason",
                violation_error_message="Say why it is no relay.",
            ),
        ]
        indexes = [models.Index(fields=["report"], condition=Q(state="open"), name="proposal_open")]

    def __str__(self) -> str:
        return f"{self.report} seems to carry {self.relays or self.credits}"


class Fingerprint(models.Model):
    """One of the word runs by which copies of a report are found; see sources/lineage/nearcopy.py."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="fingerprints")
    value = models.BigIntegerField()
    # As the report has it: the index finds those of the same days, however long the history.
    said_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["value", "said_at"], name="fingerprint_of_the_days")]

    def __str__(self) -> str:
        return f"{self.value:x}"


class Arriving(models.Model):
    """Something by which reports arrive, and its rhythm: so the desk is told when it falls silent."""

    last_item_at = models.DateTimeField("last report at", null=True, blank=True, editable=False)
    # The mean time between two arrivals, the later ones weighing more.
    usual_gap = models.DurationField(null=True, blank=True, editable=False)
    quiet_after = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)

    class Meta:
        abstract = True

    def note_arrival(self, at: datetime) -> None:
        """Learn from an arrival. Without another for four times the usual gap (1 hour to 30 days) it is silent."""
        if self.last_item_at and at <= self.last_item_at:
            return
        if self.last_item_at:
            gap = at - self.last_item_at
            self.usual_gap = gap if self.usual_gap is None else (self.usual_gap * 4 + gap) / 5
        self.last_item_at = at
        if self.usual_gap is not None:
            self.quiet_after = at + min(max(self.usual_gap * 4, timedelta(hours=1)), timedelta(days=30))


# Measured when it was last polled: while nobody polls, no feed is silent.
_IS_SILENT = Q(is_active=True, failing_since=None, quiet_after__lt=F("last_polled_at"))
_IS_BROKEN = Q(failing_since__isnull=False, broken_after__lte=F("last_polled_at"))


class FeedQuerySet(models.QuerySet["Feed"]):
    def due(self, at: datetime) -> Self:
        """Those to poll at this moment, the longest waiting first."""
        return self.filter(is_active=True, next_poll_at__lte=at).order_by("next_poll_at", "pk")

    def silent(self) -> Self:
        """Those that answer and have had nothing new for longer than is usual for them, when they were last polled."""
        return self.filter(_IS_SILENT)

    def broken(self) -> Self:
        """Those that fail for longer than they are usually without news, or have never been read."""
        return self.filter(_IS_BROKEN)

    def in_trouble(self) -> Self:
        """The silent and the broken ones, the longest first."""
        return self.filter(_IS_SILENT | _IS_BROKEN).order_by("failing_since", "quiet_after", "pk")


class Feed(Arriving):
    """An address at which a source offers what it says: RSS, Atom or JSON Feed."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="feeds")
    url = models.URLField("address", max_length=1000, unique=True, help_text="Of an RSS or Atom feed, or a JSON Feed.")
    is_active = models.BooleanField("polled", default=True, help_text="Untick to poll it no more.")
    interval = models.PositiveIntegerField(
        "minutes between polls",
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(7 * 24 * 60)],
        help_text="After a failure the desk waits twice as long, and twice again, up to a day.",
    )

    next_poll_at = models.DateTimeField("next poll", default=timezone.now, editable=False, db_index=True)
    # Until then somebody is asking it, and nobody else does.
    asked_until = models.DateTimeField(null=True, blank=True, editable=False)
    last_polled_at = models.DateTimeField("last poll", null=True, blank=True, editable=False)
    etag = models.CharField(max_length=300, blank=True, editable=False)
    last_modified = models.CharField(max_length=100, blank=True, editable=False)
    failures = models.PositiveIntegerField("failures in a row", default=0, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    broken_after = models.DateTimeField(null=True, blank=True, editable=False)
    trouble = models.CharField(max_length=300, blank=True, editable=False)

    objects = FeedQuerySet.as_manager()

    class Meta:
        ordering = ["source__name", "url"]

    def __str__(self) -> str:
        return f"{self.source}: {self.url}"


class IntakeKeyQuerySet(models.QuerySet["IntakeKey"]):
    def valid(self, at: datetime) -> Self:
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at))

    def silent(self, at: datetime) -> Self:
        """The valid ones whose sender has sent nothing for longer than is usual for it."""
        return self.valid(at).filter(quiet_after__lt=at)


class IntakeKey(Arriving):
    """What lets a machine push reports of one source. The key itself is shown once; a hash of it is kept."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="intake_keys")
    prefix = models.CharField(max_length=12, unique=True)
    secret_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    # How many requests came with it in the minute that began then.
    minute = models.DateTimeField(null=True, blank=True)
    requests = models.PositiveIntegerField(default=0)

    objects = IntakeKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        permissions = [("make_intake_key", "Can make and end intake keys")]

    def __str__(self) -> str:
        return f"{self.prefix}…"
