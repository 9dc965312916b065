"""Recognize the items of expunged reports, of which only keyed digests are stored, so that nothing brings them back."""

from collections.abc import Collection

from django.utils import timezone

from sources.digests import keyed_digest, possible_digests
from sources.intake.items import SAME_SHORT_TEXT_WITHIN, Item
from sources.models import Report, Source

# The fields of a report that identify its item.
KEYS = ["external_id", "address_key", "text_key", "item_key"]


def conceal_keys(report: Report) -> None:
    """Replace a report's keys by keyed digests. Without the key, each could be guessed from the text or the address."""
    for name in KEYS:
        if value := getattr(report, name):
            setattr(report, name, keyed_digest(name, value))
    report.arrived_key = ""


class ExpungedReports:
    """Finds the expunged report of an item that its source sends again.

    An item is one if its id or its text is the report's, or an address (one of `addresses`) unless both have an id.
    A short text, such as “Sirens in Haifa”, is the same within an hour only.
    """

    def __init__(self, source: Source, addresses: Collection[str]) -> None:
        self._reports = list(source.reports.filter(expunged_at__isnull=False))
        self._addresses = addresses

    def find(self, item: Item) -> Report | None:
        """Return the expunged report of an item, if there is one."""
        if not self._reports:
            return None
        digests = {name: possible_digests(name, value) if value else [] for name, value in _keys_of(item).items()}
        return next((report for report in self._reports if self._is_of(report, item, digests)), None)

    def _is_of(self, report: Report, item: Item, digests: dict[str, list[str]]) -> bool:
        has_two_ids = bool(report.external_id and item.external_id)
        near = abs(report.said_at - (item.said_at or timezone.now())) <= SAME_SHORT_TEXT_WITHIN
        same = {name for name in KEYS if getattr(report, name) in digests[name]}
        return (
            bool(same & {"external_id", "item_key"})
            or ("address_key" in same and item.address_key in self._addresses and not has_two_ids)
            or ("text_key" in same and (near or not item.is_short))
        )


def _keys_of(item: Item) -> dict[str, str]:
    return {name: getattr(item, name) for name in KEYS}
