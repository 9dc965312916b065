"""Compare two versions of an object, as an editor may see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import User
from django.db import models

from dispatches.admin.times import time_in_words
from dispatches.history.merging import Difference, merge
from dispatches.history.revisions import Content, fields_of
from dispatches.public.differences import compare
from dispatches.public.pieces import Piece
from sources.independence import CONFIDENTIAL_LABEL
from sources.models import Report, Source

# Fields that only order rows.
UNSAID = {"position"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field in two versions: its label, and its value in the first and in the second."""

    label: str
    field: models.Field
    before: list[Piece]
    after: list[Piece]
    difference: Difference

    @property
    def pieces(self) -> list[Piece]:
        """Both values as marked pieces: removed and added text."""
        return compare(*("".join(piece.text for piece in side) for side in (self.before, self.after)))


def changes(before: Content, after: Content, model: type[models.Model], user: User) -> list[Comparison]:
    """Return what differs in the second version."""
    return in_words(merge(before, before, after)[1], model, user)


def in_words(differences: Iterable[Difference], model: type[models.Model], user: User) -> list[Comparison]:
    """Return each difference as this user may see it. For a new or removed row, only the fields with values."""
    comparisons = []
    for difference in differences:
        owner = _model_of(model, difference.part)
        field = next((each for each in fields_of(owner) if each.name == difference.field), None)
        if field is None or (difference.field in UNSAID and None in (difference.theirs, difference.mine)):
            continue
        theirs, mine = (value_in_words(field, value, user) for value in (difference.theirs, difference.mine))
        if theirs == mine:
            continue
        pieces = compare(theirs, mine)
        comparisons.append(
            Comparison(
                label=_label(owner, field, difference),
                field=field,
                before=[piece for piece in pieces if piece.kind != "ins"],
                after=[piece for piece in pieces if piece.kind != "del"],
                difference=difference,
            )
        )
    return comparisons


def value_in_words(field: models.Field, value: Any, user: User) -> str:
    """Format a stored value for this user. Confidential sources stay hidden from users who may not see them."""
    match value:
        case None | "" | []:
            return ""
        case list():
            return " ".join(str(each) for each in value if each)
        case bool():
            return "Yes" if value else "No"
    if field.flatchoices:
        choices = {str(choice): str(label) for choice, label in field.flatchoices}
        return choices.get(str(value), str(value))
    if isinstance(field, models.ForeignKey):
        return _name(field.related_model, value, user)
    if isinstance(field, models.DateTimeField):
        try:
            return time_in_words(datetime.fromisoformat(str(value)))
        except ValueError:
            return str(value)
    return str(value)


def _name(model: Any, pk: Any, user: User) -> str:
    if not isinstance(pk, int):
        # The form refused this input; do not reveal whether such an object exists.
        return "(no valid choice)"
    found = model._default_manager.filter(pk=pk).first()
    return name_for(found, user) if found else "(no longer exists)"


def name_for(thing: models.Model, user: User) -> str:
    """Return the name of an object for this user."""
    rows: Any = type(thing)._default_manager.filter(pk=thing.pk)
    permissions = (get_permission_codename(what, thing._meta) for what in ("view", "change"))
    has_list = any(user.has_perm(f"{thing._meta.app_label}.{each}") for each in permissions)
    is_visible = has_list and (not hasattr(rows, "visible_to") or rows.visible_to(user).exists())
    return str(thing) if is_visible else hidden_name(thing)


def hidden_name(thing: models.Model) -> str:
    """Return the name of an object for a user who may not see it."""
    match thing:
        case Report():
            return f"{CONFIDENTIAL_LABEL} (report {thing.pk})"
        case Source():
            return CONFIDENTIAL_LABEL
    return "(not shown to you)"


def _model_of(model: type[models.Model], part: str) -> type[models.Model]:
    if not part:
        return model
    related: Any = model._meta.get_field(part)
    return related.related_model


def _label(owner: type[models.Model], field: models.Field, difference: Difference) -> str:
    name = str(field.verbose_name)
    name = name[0].upper() + name[1:]
    if not difference.part:
        return name
    row = f"{owner._meta.verbose_name} {difference.row}".capitalize()
    if difference.row.startswith("new-"):
        row = f"New {owner._meta.verbose_name}"
    return f"{row}: {name}"
