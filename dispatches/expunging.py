"""Taking words out of what was published. Nothing else ever changes an edition, and only `dispatches/desk.py` calls it.

What readers had is otherwise kept as it was, and can be read at its moment. Two things go before that: a source that
has become confidential is named nowhere any more, and what has to go when a court or a life demands it is gone.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from django.db.models import Case, Value, When
from django.utils import timezone

from dispatches.disclosure import LedgerLine
from dispatches.editions import CORRECTING_KINDS, Edition
from dispatches.signal import Why
from sources.models import CONFIDENTIAL_LABEL, Report

# What stands in the place of a headline that is gone.
GONE = "Expunged"
# The reasons that may be given for a report of a confidential source, as `dispatches/rating.py` has them.
_OF_ANYBODY = {Why.RETRACTED, Why.CONTEXT, Why.CONTRADICTS, Why.RESOLVED}


def conceal(dispatch_ids: Iterable[int], source_id: int, names: Collection[str]) -> int:
    """Let the editions of these dispatches name a source no more, by its names or the addresses of its reports.

    Says in how many editions that changed something.
    """
    addresses = set(Report.objects.filter(source=source_id).exclude(url="").values_list("url", flat=True))
    changed = []
    for edition in Edition.objects.filter(dispatch__in=list(dispatch_ids)).only("ledger", "primary_source"):
        lines = edition.public_ledger
        concealed = [
            _concealed(line) if line.source in names or (line.url and line.url in addresses) else line for line in lines
        ]
        if concealed != lines:
            edition.ledger = edition.ledger | {"lines": [line.as_json() for line in concealed]}
            if edition.primary_source in names:
                edition.primary_source = CONFIDENTIAL_LABEL
            changed.append(edition)
    return Edition.objects.bulk_update(changed, ["ledger", "primary_source"], batch_size=200)


def _concealed(line: LedgerLine) -> LedgerLine:
    if line.why is None:
        return replace(line, source=CONFIDENTIAL_LABEL, url="")
    why = line.why if line.why in _OF_ANYBODY else Why.NO_NEW_ORIGIN
    return replace(line, source=CONFIDENTIAL_LABEL, url="", origin=None, why=why)


def blank(dispatch_id: int, note: str) -> None:
    """Take every word of a dispatch out of its editions; only when they were live, and why it is gone, is left.

    Its address stays, as that of a tombstone.
    """
    Edition.objects.filter(dispatch=dispatch_id, superseded_at=None).update(revised_at=timezone.now())
    Edition.objects.filter(dispatch=dispatch_id).update(
        note=Case(When(kind__in=CORRECTING_KINDS, then=Value(note)), default=Value("")),
        headline=GONE,
        primary_source="",
        report_count=0,
        **dict.fromkeys(("tldr", "body_html", "story", "story_name"), ""),
        **{name: [] for name in ("references", "developments", "raised_by")},
        development_count=0,
        ledger={},
    )
