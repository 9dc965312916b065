"""What an editor writes of a dispatch, as a value: read from the working copy, merged, and written back to it.

A text has those parts of a revision's content that editions are composed from: the fields of the dispatch itself (under
"", twice), and its developments by id. What is cited for a development is kept too, so that both come back together.
"""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from dispatches.history.merging import Content, Difference, merge, merge_values
from dispatches.history.revisions import fields_of, plain
from dispatches.models import Citation, Development, Dispatch, Issuance, IssuedText, Story
from dispatches.public.models import Edition
from sources.models import Report

Text = Content

FIELDS = ["headline", "slug", "section", "story", "byline", "tldr", "body"]
DEVELOPMENT_FIELDS = ["at", "text", "position"]
LABELS = {
    "headline": "Headline",
    "slug": "Address",
    "section": "Section",
    "story": "Story",
    "byline": "Byline",
    "tldr": "TL;DR",
    "body": "Body",
}


def read_text(dispatch: Dispatch) -> Text:
    """Return the text of a working copy as stored. Expects a fresh instance."""
    cited = dispatch.citations.filter(development__isnull=False)
    return {
        "": {"": _plain(dispatch, FIELDS)},
        "developments": {str(each.pk): _plain(each, DEVELOPMENT_FIELDS) for each in dispatch.developments.all()},
        "citations": {str(each.pk): _plain(each, _citation_fields()) for each in cited},
    }


def _citation_fields() -> list[str]:
    return [field.name for field in fields_of(Citation, but="dispatch")]


def _plain(obj: models.Model, names: Iterable[str]) -> dict[str, Any]:
    return {name: plain(getattr(obj, _attribute(obj, name))) for name in names}


def _attribute(obj: models.Model | type[models.Model], name: str) -> str:
    field: Any = obj._meta.get_field(name)
    return str(field.attname)


def text_of(edition: Edition | None) -> Text | None:
    """Return the text that an edition was composed from; None if there is none, or for a tombstone."""
    if edition is None or edition.is_withdrawn:
        return None
    return (
        IssuedText.objects.filter(pk__in=Issuance.objects.filter(edition=edition).values("text"))
        .values_list("content", flat=True)
        .first()
    )


# Composing from a text


def as_draft(dispatch: Dispatch, text: Text) -> tuple[Dispatch, list[Development]]:
    """Return an unsaved copy of a dispatch with this text, and its developments in order."""
    draft = copy(dispatch)
    for name, value in text[""][""].items():
        setattr(draft, _attribute(draft, name), value)
    if draft.story_id and draft.story_id != dispatch.story_id and not Story.objects.filter(pk=draft.story_id).exists():
        draft.story = None
    stored = {str(each.pk): each for each in dispatch.developments.all()}
    developments = [
        stored[row]
        if row in stored and _plain(stored[row], DEVELOPMENT_FIELDS) == fields
        else _development(row, fields)
        for row, fields in text["developments"].items()
    ]
    # The order of `Development.Meta`.
    developments.sort(key=lambda each: (-each.position, each.at, each.pk), reverse=True)
    return draft, developments


def _development(row: str, fields: dict[str, Any], **more: Any) -> Development:
    return Development(pk=int(row), **fields | {"at": datetime.fromisoformat(fields["at"])}, **more)


# Merging


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged text, and the parts in which both sides say different things in the same place."""

    text: Text
    conflicts: Sequence[str]


def merge_texts(base: Text, theirs: Text, mine: Text) -> Merged:
    """Merge two texts that both started as `base`; the citations are those of `mine`."""
    sides = [{part: side[part] for part in ("", "developments")} for side in (base, theirs, mine)]
    text, differences = merge(*sides)
    conflicts = dict.fromkeys(_label(each) for each in differences if _is_conflict(each, *sides))
    return Merged(text | {"citations": mine["citations"]}, list(conflicts))


def _is_conflict(difference: Difference, base: Text, theirs: Text, mine: Text) -> bool:
    part, row = difference.part, difference.row
    old, their, my = (side[part].get(row) for side in (base, theirs, mine))
    if old is not None and (their is None or my is None):
        # Deleted on one side: a conflict if the other changed it.
        return old not in (their, my)
    if difference.field == "position":
        return False
    values = difference.base, difference.theirs, difference.mine
    return merge_values(*values) != merge_values(values[0], values[2], values[1])


def _label(difference: Difference) -> str:
    return "Developments" if difference.part else LABELS[difference.field]


# Writing it back


def write_text(dispatch: Dispatch, text: Text) -> None:
    """Return a stored working copy to this text.

    A development that is missing gets its id back, with the citations it had; one that is not in the text is deleted.
    """
    draft, developments = as_draft(dispatch, text)
    draft.save(update_fields=[*FIELDS, "updated_at"])
    stored = {each.pk: each for each in dispatch.developments.all()}
    dispatch.developments.exclude(pk__in=[each.pk for each in developments]).delete()
    for development in developments:
        if development is not stored.get(development.pk):
            development.dispatch = dispatch
            development.save(force_insert=development.pk not in stored, force_update=development.pk in stored)
    missing = {each.pk for each in developments} - set(stored)
    citable = set(
        Report.objects.filter(expunged_at=None)
        .values_list("pk", flat=True)
        .filter(pk__in=[row["report"] for row in text["citations"].values()])
    )
    for fields in text["citations"].values():
        if fields["development"] in missing and fields["report"] in citable:
            names = {_attribute(Citation, name): value for name, value in fields.items()}
            Citation.objects.create(dispatch=dispatch, **names)
