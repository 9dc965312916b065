"""Owners, and who holds whom."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from sources.fields import CharField, ComputedTextField, TextField
from sources.models.naming import FOLDED_LENGTH, folded_name, name_error
from sources.names import fold_name


class OwnerQuerySet(models.QuerySet["Owner"]):
    def named(self, name: str) -> "Owner | None":
        """Return the owner of this name, in any spelling."""
        return self.filter(folded_name=fold_name(name)[:FOLDED_LENGTH]).first()


class Owner(models.Model):
    """Someone who controls sources. Sources whose owners have the same top controller are not independent."""

    name = CharField(max_length=200, unique=True)
    folded_name = ComputedTextField(compute=folded_name)
    notes = TextField(blank=True, help_text="How we know this. Never shown to readers.")

    objects = OwnerQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["folded_name"],
                name="one_owner_per_name",
                violation_error_message="An owner with this name already exists.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if error := name_error(self, Owner.objects.named(self.name)):
            raise ValidationError({"name": error})


class Holding(models.Model):
    """A share of one owner held by another. More than half, or the mark of control, makes one control group."""

    holder = models.ForeignKey(Owner, on_delete=models.PROTECT, related_name="holdings")
    held = models.ForeignKey(Owner, on_delete=models.CASCADE, related_name="held_by")
    percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
        help_text="The share held, in percent. More than 50 gives control. Leave empty if unknown.",
    )
    is_control = models.BooleanField(
        "marked as control",
        default=False,
        help_text="Controls regardless of the share: by contract, votes or family.",
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
