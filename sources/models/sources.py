"""Sources: the parties that say things."""

from typing import Self

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from sources.fields import CharField, ComputedTextField, TextField
from sources.independence import CONFIDENTIAL_LABEL, Grade
from sources.models.naming import FOLDED_LENGTH, folded_name, name_error
from sources.models.owners import Owner
from sources.names import fold_name

GRADE_CHOICES = [
    (Grade.A.value, "A · completely reliable"),
    (Grade.B.value, "B · usually reliable"),
    (Grade.C.value, "C · fairly reliable"),
    (Grade.D.value, "D · not usually reliable"),
    (Grade.E.value, "E · unreliable"),
    (Grade.F.value, "F · can’t be judged"),
]


def _folded_aliases(source: "Source") -> str:
    """Return the aliases folded, each between line breaks, so that a whole one can be searched for."""
    return "".join(f"\n{fold_name(alias)}\n" for alias in source.names[1:])


class SourceQuerySet(models.QuerySet["Source"]):
    def visible_to(self, user: User) -> Self:
        """Return the sources that a user may know about."""
        return self if user.has_perm("sources.see_confidential") else self.filter(is_confidential=False)

    def named(self, name: str) -> "Source | None":
        """Return the source of this name, in any spelling; else the first one with this alias."""
        folded = fold_name(name)[:FOLDED_LENGTH]
        also = self.filter(folded_aliases__contains=f"\n{folded}\n").order_by("pk")
        return (self.filter(folded_name=folded).first() or also.first()) if folded else None


class Source(models.Model):
    """A party that says things: an outlet, agency, official, document, or internal channel."""

    class Kind(models.TextChoices):
        OUTLET = "outlet", "Outlet"
        AGENCY = "agency", "News agency"
        OFFICIAL = "official", "Official or spokesperson"
        RECORD = "record", "Official record"
        DOCUMENT = "document", "Document"
        WITNESS = "witness", "Desk witness"
        PARTY = "party", "Person or party"
        CHANNEL = "channel", "Internal channel"

    name = CharField(max_length=200, unique=True)
    folded_name = ComputedTextField(compute=folded_name)
    kind = CharField(max_length=10, choices=Kind)
    owner = models.ForeignKey(
        Owner,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sources",
        help_text="Sources of one control group count once. A source without an owner counts by itself.",
    )
    grade = CharField(
        max_length=1,
        choices=GRADE_CHOICES,
        default=Grade.F.value,
        help_text="D and E are never counted. All sources graded F together count at most once.",
    )
    is_confidential = models.BooleanField(
        "confidential",
        default=True,
        help_text=f"Readers see only “{CONFIDENTIAL_LABEL}”. Untick to show its name to readers.",
    )
    is_ours = models.BooleanField(
        "our own publication", default=False, help_text="Our own publications never count as a source."
    )
    public_label = CharField(
        max_length=200,
        blank=True,
        help_text="The name that readers see, if not confidential. Empty: its name.",
    )
    aliases = TextField(
        "also known as",
        blank=True,
        help_text="Other names, one per line. A report that credits one of them is proposed as a relay of this source.",
    )
    folded_aliases = ComputedTextField(compute=_folded_aliases)
    notes = TextField(blank=True, help_text="Never shown to readers.")

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
                violation_error_message="A source with this name already exists.",
            ),
        ]
        permissions = [
            ("see_confidential", "Can see the identity of confidential sources"),
            ("grade_source", "Can grade sources and set their owners"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        existing = Source.objects.filter(folded_name=folded_name(self)).first()
        if error := name_error(self, existing):
            raise ValidationError({"name": error})
        stored = Source.objects.filter(pk=self.pk).first()
        known = {fold_name(name) for name in stored.names} if stored else set()
        for field, names in (("name", self.names[:1]), ("aliases", self.names[1:])):
            # A conflict that was saved before is accepted.
            for name in [each for each in names if fold_name(each) not in known]:
                other = Source.objects.exclude(pk=self.pk).named(name)
                if other and other.is_confidential:
                    raise ValidationError({field: f"“{name}” is already the name of another source."})
                if other and (field == "name" or other.folded_name == fold_name(name)):
                    raise ValidationError({field: f"“{name}” is already a name of the source “{other}”. Use that one."})

    @property
    def public_name(self) -> str:
        """The name that readers see."""
        if self.is_confidential:
            return CONFIDENTIAL_LABEL
        return self.public_label or self.name

    @property
    def names(self) -> list[str]:
        """Its name and aliases."""
        return [self.name, *(alias.strip() for alias in self.aliases.splitlines() if alias.strip())]
