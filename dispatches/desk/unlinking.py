"""Replace the addresses of an expunged dispatch in the texts of others: their links, and their [[references]].

Only `dispatches/desk/` calls this, under the publication lock.
"""

import json
import re
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast

from dispatches.desk import documents
from dispatches.history.revisions import digest_of
from dispatches.models import Citation, Comment, Contradiction, Development, Dispatch, IssuedText, Revision
from dispatches.public.models import Edition, Section
from sources.models import Owner, Proposal, Report, Source

# Where editors may refer to a dispatch. JSON spells an address as any text does. What sources say stays as it is.
TEXTS: dict[type[models.Model], list[str]] = {
    Dispatch: ["tldr", "body", "hold_reason", "desk_note"],
    Development: ["text"],
    Edition: ["note", "tldr", "body_html", "developments", "ledger"],
    Citation: ["resolution"],
    Contradiction: ["reason"],
    Comment: ["text"],
    Report: ["review_reason"],
    Proposal: ["reason"],
    Source: ["notes"],
    Owner: ["notes"],
    Section: ["description"],
    Revision: ["content"],
    IssuedText: ["content"],
}


def unlink(addresses: Collection[tuple[date, str]], neutral: str) -> list[Edition]:
    """Replace the slug of these addresses (date, slug) by a neutral one. Returns the editions changed."""
    slugs = {slug for _, slug in addresses}
    # [[slug]] means the newest dispatch with that slug: not only this one, if another has it too.
    shared = set(Edition.objects.filter(slug__in=slugs).values_list("slug", flat=True))
    replacements = [each for dated, slug in addresses for each in _replacements(dated, slug, neutral, slug in shared)]
    changed: list[Edition] = []
    for model, names in TEXTS.items():
        rows = list(_replace_in(model, names, slugs, replacements))
        model._default_manager.bulk_update(rows, names + ["digest"] * (model is Revision), batch_size=200)
        documents.touch(rows)
        changed += [row for row in rows if isinstance(row, Edition)]
    return changed


Replacement = tuple[re.Pattern[str], str]


def _replacements(dated: date, slug: str, neutral: str, is_shared: bool) -> Iterator[Replacement]:
    yield re.compile(rf"(?<!\d){dated:%Y/%m/%d}/{slug}(?![\w-])"), f"{dated:%Y/%m/%d}/{neutral}"
    date_in_name = rf"(?:{dated}/)" if is_shared else rf"(?:{dated}/)?"
    yield re.compile(rf"\[\[\s*{date_in_name}{slug}\s*\]\]"), f"[[{dated}/{neutral}]]"


def _replace_in(
    model: type[models.Model], names: list[str], slugs: Collection[str], replacements: Collection[Replacement]
) -> Iterator[Any]:
    as_text = {f"{name}_as_text": Cast(name, models.TextField()) for name in names}
    stored = Q()
    for name in as_text:
        for slug in slugs:
            stored |= Q(**{f"{name}__contains": slug})
    for row in model._default_manager.annotate(**as_text).filter(stored):
        before = [getattr(row, name) for name in names]
        after = [_replace(value, replacements) for value in before]
        if after != before:
            for name, value in zip(names, after, strict=True):
                setattr(row, name, value)
            if isinstance(row, Revision):
                row.digest = digest_of(row.content)
            yield row


def _replace(value: Any, replacements: Collection[Replacement]) -> Any:
    if not isinstance(value, str):
        return json.loads(_replace(json.dumps(value), replacements))
    for pattern, by in replacements:
        value = pattern.sub(by, value)
    return value
