"""From items to reports: which of them are there already, which have changed, and which are new.

Only `dispatches/desk.py` calls what writes here, within its lock.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone

from sources.independence import Basis
from sources.intake.items import SAME_SHORT_TEXT_WITHIN, SAME_TEXT_WITHIN, Item
from sources.models import Report, Source


class Held:
    """What we hold of a source already: finds the report of an item by the sender's id, its address, or the same text.

    Two queries for all the items, and one for each that neither its id nor its address has found. An address that
    several of the items give is none of an item.
    """

    def __init__(self, source: Source, items: Collection[Item]) -> None:
        self.source = source
        times = Counter(item.address_key for item in items)
        self.addresses = {key for key, count in times.items() if key and count == 1}
        self.by_id: dict[str, Report] = {}
        self.by_address: dict[str, Report] = {}
        ids = {item.external_id for item in items if item.external_id}
        # What is empty is excluded in words, so that both databases see that their index has it all.
        known = source.reports.filter(external_id__in=ids).exclude(external_id="")
        linked = Report.objects.filter(address_key__in=self.addresses).exclude(address_key="")
        for report in sorted([*known, *linked], key=lambda report: -report.pk):
            if report.source_id == source.pk:
                report.source = source
                self.add(report)

    def add(self, report: Report) -> None:
        """A report that is held from now on."""
        if report.external_id:
            self.by_id[report.external_id] = report
        if report.address_key in self.addresses:
            self.by_address[report.address_key] = report

    def find(self, item: Item) -> Report | None:
        """The report of this item, or None if it is new."""
        by_id = self.by_id.get(item.external_id) if item.external_id else None
        return by_id or self.by_address.get(item.address_key) or self._with_its_text(item)

    def _with_its_text(self, item: Item) -> Report | None:
        said_at = _said_at(item)
        within = SAME_SHORT_TEXT_WITHIN if item.is_short else SAME_TEXT_WITHIN
        near = {"said_at__gte": said_at - within, "said_at__lte": said_at + within}
        found = self.source.reports.filter(text_key=item.text_key, **near).exclude(text_key="")
        return found.select_related("source").order_by("pk").first()


def is_valid_address(url: str) -> bool:
    """Whether a report can keep it as its address."""
    try:
        Report._meta.get_field("url").clean(url, None)
    except ValidationError:
        return False
    return True


def make_report(source: Source, item: Item, filed_by: User | None = None) -> Report:
    """A new report of this source, pending."""
    report = Report(source=source, filed_by=filed_by, external_id=item.external_id, said_at=_said_at(item))
    if item.basis:
        report.basis = Basis(item.basis).value
    _take_over(report, item)
    report.address_key, report.text_key = item.address_key, item.text_key
    _clean(report)
    report.save()
    return report


def is_changed(report: Report, item: Item) -> bool:
    """Whether the source says something else than it did when we last heard of it.

    The desk's own changes of the report are none of the source's; nor is it one that another feed has only a part of
    the text.
    """
    if report.arrived_key in {"", item.content_key}:
        return False
    return not (item.title == report.title and _is_part(item.text, report.text) and item.byline in {"", report.byline})


def change_report(report: Report, item: Item, *, only_text: bool) -> None:
    """Give a report the words that its source has now; `only_text` where the desk has put the title otherwise."""
    text, title, byline = report.text, report.title, report.byline
    _take_over(report, item)
    if only_text:
        report.title, report.byline = title, byline
    report.text = report.text or text
    report.changed_at = timezone.now()
    _clean(report)
    report.save(update_fields=["title", "text", "byline", "url", "changed_at", "external_id", "arrived_key"])


def _take_over(report: Report, item: Item) -> None:
    report.title, report.text = item.title, item.text
    report.url, report.byline = item.url or report.url, item.byline or report.byline
    report.external_id = report.external_id or item.external_id
    report.arrived_key = item.content_key


def _clean(report: Report) -> None:
    """What a form checks, but for what the database checks itself. An address that is no good is left out."""
    if not is_valid_address(report.url):
        report.url = ""
    report.clean_fields(exclude=["source", "filed_by", "relays", "credits", "reviewed_by"])
    report.clean()


def _is_part(text: str, of: str) -> bool:
    """Whether a text is the whole or the beginning of another, apart from how a summary ends."""
    return " ".join(of.split()).startswith(" ".join(text.split()).rstrip(" .…[]"))


def _said_at(item: Item) -> datetime:
    """When it was said: never later than it came in, and never so long ago that nobody wrote."""
    now = timezone.now()
    return min(item.said_at, now) if item.said_at and item.said_at.year >= 1900 else now
