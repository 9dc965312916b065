"""Match incoming items with existing reports, and create or update reports from them.

The functions that write are called only by `dispatches/desk/`, under the publication lock.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone

from sources.independence import Basis
from sources.intake.expunged import ExpungedReports
from sources.intake.items import (
    SAME_ID_WITHIN,
    SAME_SHORT_TEXT_WITHIN,
    SAME_TEXT_WITHIN,
    Item,
    address_key,
    page_address,
)
from sources.models import Report, Source


class KnownReports:
    """Finds the existing report of each item that a source sends.

    An item is identified by its own id, else its own address, else its text and time. What several items share
    identifies none of them: an id or address that several carry, or an id that belongs to another item's report.
    Two ids of one source are always two reports.

    An expunged report is found too, and must be left as it is.

    Four queries for a batch, and one more for each item that they do not find.
    """

    def __init__(self, source: Source, items: Collection[Item]) -> None:
        self.source = source
        own_ids = _carried_by_one(items, lambda item: item.external_id)
        self.items = [
            item if item.external_id in own_ids or not item.external_id else replace(item, external_id="")
            for item in items
        ]
        self.addresses = _carried_by_one(self.items, lambda item: item.address_key)
        self.texts = _carried_by_one(self.items, lambda item: item.text_key)
        self.expunged = ExpungedReports(source, self.addresses)
        self.by_id: dict[str, Report] = {}
        self.by_address: dict[str, dict[int, Report]] = {}
        self.by_words: dict[str, dict[int, Report]] = {}
        # Items of a live page may be stored without their fragment, from before fragments were part of an address.
        keys = self.addresses | {address_key(page_address(item.url)) for item in self.items}
        # Exclude empty values explicitly, so that both databases use their partial index.
        known = source.reports.filter(external_id__in=own_ids).exclude(external_id="")
        linked = Report.objects.filter(address_key__in=keys - {""}).exclude(address_key="")
        words = {item.item_key for item in self.items}
        said = Report.objects.filter(item_key__in=words).exclude(item_key="")
        for report in sorted([*known, *linked, *said], key=lambda report: report.pk):
            if report.source_id == source.pk:
                report.source = source
                self.add(report)

    def add(self, report: Report) -> None:
        """Add a report that was just created."""
        if report.external_id:
            self.by_id[report.external_id] = report
        if key := address_key(report.url):
            self.by_address.setdefault(key, {})[report.pk] = report
        if report.item_key:
            self.by_words.setdefault(report.item_key, {})[report.pk] = report

    def find(self, item: Item) -> Report | None:
        """Return the report of an item, or None if the item is new."""
        if expunged := self.expunged.find(item):
            return expunged
        named = self.by_id.get(item.external_id) if item.external_id else None
        if named and _has_words_of(named, item):
            return named
        found = self._at_its_address(item) or self._with_its_words(item)
        if named is None or found:
            return found
        return None if self._is_of_another_item(named, item) else named

    def is_id_free(self, item: Item) -> bool:
        """Return True if no other report uses the item's id."""
        return item.external_id not in self.by_id

    def _at_its_address(self, item: Item) -> Report | None:
        candidates = list(self.by_address.get(self._own_address(item), {}).values())
        # An address that several reports share identifies none of them.
        return candidates[0] if len(candidates) == 1 and not _have_two_ids(candidates[0], item) else None

    def _with_its_words(self, item: Item) -> Report | None:
        for report in self.by_words.get(item.item_key, {}).values():
            if self._can_be(report, item):
                return report
        if item.text_key not in self.texts:
            # Several items have the same text, so only their times tell them apart.
            return None
        said_at = _said_at(item)
        within = SAME_SHORT_TEXT_WITHIN if item.is_short else SAME_TEXT_WITHIN
        near = {"said_at__gte": said_at - within, "said_at__lte": said_at + within}
        with_text = self.source.reports.filter(text_key=item.text_key, **near).exclude(text_key="")
        found = [report for report in with_text.select_related("source") if self._can_be(report, item)]
        if len({report.title for report in found}) > 1:
            # The source publishes this text under several titles.
            found = [report for report in found if report.title == item.title]
        return min(found, key=lambda report: (abs(report.said_at - said_at), report.pk), default=None)

    def _can_be(self, report: Report, item: Item) -> bool:
        """Return True if neither id, address nor time rules out that the report is the item's."""
        if _have_two_ids(report, item):
            return False
        address, other = self._own_address(item), address_key(report.url)
        if not address or not other or address == other:
            return True
        # An article may have two addresses; an alert with the same text at another address is another alert.
        is_other_page = page_address(item.url) != page_address(report.url)
        return is_other_page and not item.is_short and item.text_key in self.texts

    def _is_of_another_item(self, report: Report, item: Item) -> bool:
        """Return True if only the id matches: address, time and text all differ.

        Without addresses, an id counts as reused if the item is much later: some publishers count from 1 every year.
        """
        address, other = self._own_address(item), address_key(report.url)
        if address and address == other:
            return False
        if address and other:
            return item.said_at is None or _said_at(item) != report.said_at
        return _said_at(item) - report.said_at > SAME_ID_WITHIN

    def _own_address(self, item: Item) -> str:
        return item.address_key if item.address_key in self.addresses else ""


def _carried_by_one(items: Iterable[Item], value: Callable[[Item], str]) -> set[str]:
    """Return the ids, addresses or texts that only one of the items carries. Repeated items count once."""
    carriers: dict[str, set[tuple[str, str, str]]] = {}
    for item in items:
        carriers.setdefault(value(item), set()).add((item.external_id, item.address_key, item.item_key))
    return {key for key, who in carriers.items() if key and len(who) == 1}


def _have_two_ids(report: Report, item: Item) -> bool:
    return bool(report.external_id and item.external_id)


def _has_words_of(report: Report, item: Item) -> bool:
    """Return True if a report's text, or its source's newer text, is the item's."""
    if report.arrived_key == item.content_key:
        return True
    return any(item.text == words["text"] if item.text else item.title == words["title"] for words in _versions(report))


def is_valid_address(url: str) -> bool:
    """Return True if a report can store this URL."""
    try:
        Report._meta.get_field("url").clean(url, None)
    except ValidationError:
        return False
    return True


def make_report(source: Source, item: Item, filed_by: User | None = None, origin: Source | None = None) -> Report:
    """Create a pending report. With an `origin`, it is a relay that credits this source."""
    report = new_report(source, item, filed_by, origin)
    report.save()
    return report


def new_report(source: Source, item: Item, filed_by: User | None = None, origin: Source | None = None) -> Report:
    """Return the report that `make_report` would create, validated but not saved."""
    report = Report(source=source, filed_by=filed_by, external_id=item.external_id, said_at=_said_at(item))
    if item.basis:
        report.basis = Basis(item.basis).value
    if origin:
        report.basis, report.credits = Basis.RELAY.value, origin
    _put(report, _words_of(item, report))
    report.arrived_key = item.content_key
    report.address_key, report.text_key = item.address_key, item.text_key
    _clean(report)
    return report


def is_changed(report: Report, item: Item) -> bool:
    """Return True if the source has changed the item since it last sent it.

    Edits made at the desk do not count as changes; nor does a feed that carries an excerpt.
    """
    if report.arrived_key in {"", item.content_key}:
        return False
    return _has_reverted(report, item) or not any(_says_no_more(item, words) for words in _versions(report))


def change_report(report: Report, item: Item, *, only_text: bool) -> None:
    """Update a report to its source's current text; with `only_text`, keep the title, which the desk has edited."""
    words = _words_of(item, report)
    if only_text:
        words |= {"title": report.title, "byline": report.byline}
    _put(report, words)
    report.newer_version = None
    _note_change(report, item)
    _clean(report)
    report.save(update_fields=[*WORDS, "newer_version", "changed_at", "arrived_key"])


def store_newer_version(report: Report, item: Item) -> None:
    """Store the source's newer text beside the accepted one, or clear it if the source is back to the accepted text."""
    if _has_reverted(report, item):
        report.newer_version = None
    else:
        accepted = (report.newer_version or {}).get("instead_of", report.arrived_key)
        report.newer_version = _words_of(item, report) | {"instead_of": accepted}
    _note_change(report, item)
    report.save(update_fields=["newer_version", "changed_at", "arrived_key"])


def apply_newer_version(report: Report) -> None:
    """Replace a report's text with the newer text stored beside it."""
    if report.newer_version:
        _put(report, report.newer_version)
        report.newer_version = None
        _clean(report)
        report.save(update_fields=[*WORDS, "newer_version"])


def record_resend(report: Report, item: Item, *, takes_id: bool) -> None:
    """Record that an item was sent again, and fill in the id and keys that its report lacks."""
    noted = {}
    if takes_id and item.external_id and not report.external_id:
        noted = {"external_id": item.external_id, "arrived_key": item.content_key}
    if not report.item_key:
        noted["item_key"] = item.item_key
    if (
        not report.newer_version
        and (item.title, item.text) == (report.title, report.text)
        and _is_of_sender(report, item)
    ):
        # The source may have sent another text in between, which the desk declined.
        noted["arrived_key"] = item.content_key
    noted = {name: value for name, value in noted.items() if getattr(report, name) != value}
    for name, value in noted.items():
        setattr(report, name, value)
    if noted:
        report.save(update_fields=list(noted))


# The fields that an item sets, and that a source can change.
WORDS = ["title", "text", "byline", "url", "item_key"]


def _words_of(item: Item, report: Report) -> dict[str, str]:
    """Return the item's fields; those it leaves empty are taken from the report."""
    return {
        "title": item.title,
        "text": item.text or report.text,
        "byline": item.byline or report.byline,
        "url": item.url if is_valid_address(item.url) else report.url,
        "item_key": item.item_key,
    }


def _put(report: Report, words: Mapping[str, str]) -> None:
    for name in WORDS:
        setattr(report, name, words[name])


def _note_change(report: Report, item: Item) -> None:
    report.changed_at = timezone.now()
    if _is_of_sender(report, item):
        report.arrived_key = item.content_key


def _is_of_sender(report: Report, item: Item) -> bool:
    """Return True if an item comes from the channel that the report came from; not if only the report has an id.

    Otherwise a page that an editor fetches, and a feed with an excerpt of it, would keep overwriting each other.
    """
    return bool(item.external_id) or not report.external_id


def _versions(report: Report) -> list[Mapping[str, str]]:
    """Return the report's own fields, preceded by its source's newer ones, if there are any."""
    own = {"title": report.title, "text": report.text, "byline": report.byline}
    return [report.newer_version, own] if report.newer_version else [own]


def _has_reverted(report: Report, item: Item) -> bool:
    """Return True if a source that had changed its text has returned to the report's text, or to the accepted one."""
    if not report.newer_version:
        return False
    is_same = (item.title, item.text) == (report.title, report.text) and item.byline in {"", report.byline}
    return is_same or item.content_key == report.newer_version["instead_of"]


def _says_no_more(item: Item, words: Mapping[str, str]) -> bool:
    is_same = item.title == words["title"] and item.byline in {"", words["byline"]}
    return is_same and _is_part(item.text, words["text"])


def _clean(report: Report) -> None:
    """Validate a report like a form does, except for what the database checks itself."""
    report.clean_fields(exclude=["source", "filed_by", "relays", "credits", "reviewed_by"])
    report.clean()


def _is_part(text: str, of: str) -> bool:
    """Return True if a text equals another or is its beginning, ignoring how a summary ends."""
    return " ".join(of.split()).startswith(" ".join(text.split()).rstrip(" .…[]"))


def _said_at(item: Item) -> datetime:
    """Return the time of an item; now, if it has none or it is before 1900 or in the future."""
    now = timezone.now()
    return min(item.said_at, now) if item.said_at and item.said_at.year >= 1900 else now
