"""The history of saves at the desk, each stored in full, so that nothing is lost and any two can be compared.
A content holds the edited fields of an object in parts: its own under "" and "", and those of its rows (a dispatch's
developments and citations) under the part's name and the row's id. The digest of the content is the version that a
form carries: a form is stale exactly if the stored content is different.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
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

# Rows that belong to an object and are saved with it.
PARTS: dict[type[models.Model], list[str]] = {
    Dispatch: ["developments", "citations"],
    Report: ["proposals"],
    Owner: ["held_by"],
}


def name_of(obj: models.Model) -> str:
    return str(obj._meta.label_lower)


def fields_of(model: type[models.Model], but: str = "") -> list[models.Field]:
    """Return the fields that the desk edits; for a row, without the foreign key (`but`) to its object."""
    return [field for field in model._meta.fields if field.editable and not field.primary_key and field.name != but]


def plain(value: Any) -> Any:
    """Convert a value to JSON as a form would return it: times to the second, texts stripped."""
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
    """Return the stored content of an object."""
    return content_of(type(obj)._default_manager.get(pk=obj.pk))


def content_of(obj: models.Model) -> Content:
    """Return the content of an object that was just read."""
    content = {"": {"": _read_fields(obj)}}
    for part in PARTS.get(type(obj), []):
        related: Any = getattr(obj, part)
        content[part] = {str(row.pk): _read_fields(row, related.field.name) for row in related.all()}
    return content


def _read_fields(obj: models.Model, but: str = "") -> Fields:
    return {field.name: plain(getattr(obj, field.attname)) for field in fields_of(type(obj), but)}


def digest_of(content: Content) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def of(obj: models.Model) -> models.QuerySet[Revision]:
    """Return the revisions of an object, newest first."""
    return Revision.objects.filter(of=name_of(obj), object_id=obj.pk).select_related("saved_by").order_by("-number")


def ever(obj: models.Model, *fields: str) -> set[str]:
    """Return every value that these fields have had at a save."""
    contents = of(obj).values_list("content", flat=True)
    return {content[""][""].get(field) for content in contents for field in fields} - {None, ""}


def made_by(user: User, model: type[models.Model], local_draft: str) -> Revision | None:
    """Return the first save of an object added from this local draft of a user's browser."""
    made = Revision.objects.filter(of=str(model._meta.label_lower), saved_by=user, local_draft=local_draft, number=1)
    return made.first() if local_draft else None


def recent_drafts(user: User, model: type[models.Model]) -> models.QuerySet[Revision]:
    """Return the user's latest saves with a local draft. The browser can delete these drafts."""
    saved = Revision.objects.filter(saved_by=user, of=str(model._meta.label_lower)).exclude(local_draft="")
    return saved.only("local_draft", "object_id").order_by("-saved_at")[:20]


def latest_number(obj: models.Model) -> int:
    """Return the number of the latest revision; 0 if there is none."""
    return of(obj).values_list("number", flat=True).first() or 0


def find(obj: models.Model, digest: str) -> Revision | None:
    """Return the newest revision with this content."""
    return of(obj).filter(digest=digest).first() if digest else None


def keep_first(
    new: Iterable[tuple[models.Model, Mapping[str, Iterable[models.Model]]]], *, editor: User | None, how: str
) -> None:
    """Record the content of objects that were just added, each with its rows by part. One query for all.

    Only `dispatches/desk/` calls this, under the publication lock.
    """
    made = []
    for obj, rows in new:
        content: Content = {"": {"": _read_fields(obj)}}
        for part in PARTS.get(type(obj), []):
            but = getattr(type(obj), part).field.name
            content[part] = {str(row.pk): _read_fields(row, but) for row in rows.get(part, ())}
        made.append(
            Revision(
                of=name_of(obj),
                object_id=obj.pk,
                number=1,
                saved_by=editor,
                how=how,
                content=content,
                digest=digest_of(content),
            )
        )
    Revision.objects.bulk_create(made)


def keep(obj: models.Model, *, editor: User | None, how: str, local_draft: str = "", always: bool = False) -> None:
    """Record the stored content, unless the last revision has the same (or `always`).

    Only `dispatches/desk/` calls this, under the publication lock.
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
