"""The history of what is saved on the desk: each save whole, so that nothing is lost and any two can be compared.

A content is what the desk edits of one thing, in parts: its own fields under "" and "", and those of each row that
belongs to it (a dispatch's developments and citations) under the part's name and the row's id. Its digest is the
version that a form carries: a form is stale if, and only if, somebody has made the content another one since.
"""

import hashlib
import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone

from dispatches.models import Dispatch, Revision
from sources.models import Owner, Report

Fields = dict[str, Any]
Content = dict[str, dict[str, Fields]]

# What belongs to a thing and is saved with it.
PARTS: dict[type[models.Model], list[str]] = {
    Dispatch: ["developments", "citations"],
    Report: ["proposals"],
    Owner: ["held_by"],
}


def name_of(obj: models.Model) -> str:
    return str(obj._meta.label_lower)


def fields_of(model: type[models.Model], but: str = "") -> list[models.Field]:
    """The fields that the desk edits; for a row not the one (`but`) that binds it to what it belongs to."""
    return [field for field in model._meta.fields if field.editable and not field.primary_key and field.name != but]


def plain(value: Any) -> Any:
    """A field's value as JSON has it, and as a form gives it back: to the second, without the end's empty lines."""
    match value:
        case datetime():
            return timezone.localtime(value).replace(microsecond=0).isoformat()
        case Decimal():
            return str(value.normalize())
        case models.Model():
            return value.pk
        case str():
            return str(value).replace("\r\n", "\n").strip()
        case _:
            return value


def read_content(obj: models.Model) -> Content:
    """The content as it is stored now."""
    stored = type(obj)._default_manager.get(pk=obj.pk)
    content = {"": {"": _read_fields(stored)}}
    for part in PARTS.get(type(obj), []):
        related: Any = getattr(stored, part)
        content[part] = {str(row.pk): _read_fields(row, related.field.name) for row in related.all()}
    return content


def _read_fields(obj: models.Model, but: str = "") -> Fields:
    return {field.name: plain(getattr(obj, field.attname)) for field in fields_of(type(obj), but)}


def digest_of(content: Content) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def of(obj: models.Model) -> models.QuerySet[Revision]:
    """The revisions of a thing, newest first."""
    return Revision.objects.filter(of=name_of(obj), object_id=obj.pk).select_related("saved_by").order_by("-number")


def ever(obj: models.Model, *fields: str) -> set[str]:
    """Every text that these fields of a thing have had at a save."""
    contents = of(obj).values_list("content", flat=True)
    return {content[""][""].get(field) for content in contents for field in fields} - {None, ""}


def made_by(user: User, model: type[models.Model], local_draft: str) -> Revision | None:
    """The first save of a thing that was added with this draft of this user's browser."""
    made = Revision.objects.filter(of=str(model._meta.label_lower), saved_by=user, local_draft=local_draft, number=1)
    return made.first() if local_draft else None


def recent_drafts(user: User, model: type[models.Model]) -> models.QuerySet[Revision]:
    """The user's latest saves of such things whose browser kept a draft: those drafts are superfluous."""
    saved = Revision.objects.filter(saved_by=user, of=str(model._meta.label_lower)).exclude(local_draft="")
    return saved.only("local_draft", "object_id").order_by("-saved_at")[:20]


def latest_number(obj: models.Model) -> int:
    """The number of the latest revision, 0 if there is none."""
    return of(obj).values_list("number", flat=True).first() or 0


def find(obj: models.Model, digest: str) -> Revision | None:
    """The newest revision with this content."""
    return of(obj).filter(digest=digest).first() if digest else None


def keep(obj: models.Model, *, editor: User | None, how: str, local_draft: str = "", always: bool = False) -> None:
    """Record the content as it is stored now, unless it is what the last revision has already (or `always`).

    Only `dispatches/desk/` calls this, within its lock.
    """
    content = read_content(obj)
    digest = digest_of(content)
    latest = of(obj).first()
    if latest and latest.digest == digest and not always:
        return
    Revision.objects.create(
        of=name_of(obj),
        object_id=obj.pk,
        number=latest.number + 1 if latest else 1,
        saved_by=editor,
        how=how,
        content=content,
        digest=digest,
        local_draft=local_draft,
    )
