"""Find or create the reports of a batch of lines: most are new, and few queries show which are not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dispatches import desk
from sources.intake.items import Item, address_key, page_address
from sources.intake.matching import KnownReports
from sources.models import Report, Source


@dataclass(frozen=True, slots=True)
class Attributed:
    """A statement whose parties are known. `name` is set if it contains two sources."""

    source: Source
    origin: Source | None
    item: Item
    name: str = ""


# Where a new report belongs: the number of its line, its source, its item, and the source that it credits.
Place = tuple[int, Source, Item, Source | None]


class Arrivals:
    """The reports of one batch. A line's items of one source are matched together, as when they arrive by a feed."""

    def __init__(self, actor: desk.Actor) -> None:
        self.actor = actor
        self._waiting: dict[Place, desk.Said] = {}
        self._created: dict[Place, Report] = {}
        self._seen: set[tuple[int, str]] = set()

    def reports_of(self, lines: Mapping[int, Sequence[Attributed]]) -> dict[int, list[Report]]:
        """Return the reports of each line, each once and in order: existing ones, and new ones for the rest."""
        self._look_up([each for statements in lines.values() for each in statements])
        places: dict[int, list[Report | Place]] = {}
        for number, statements in lines.items():
            places[number] = []
            for source, theirs in _by_source(statements).items():
                places[number] += self._of_source(number, source, theirs)
        self._create()
        found: dict[int, list[Report]] = {}
        for number, each in places.items():
            reports = (place if isinstance(place, Report) else self._created[place] for place in each)
            found[number] = list(dict.fromkeys(reports))
        return found

    def _of_source(
        self, number: int, source: Source, theirs: Mapping[tuple[Item, Source | None], str]
    ) -> Iterator[Report | Place]:
        items = [item for item, _ in theirs]
        existing = None
        if source.pk in self._expunged or any(self._may_be_known(source, item) for item in items):
            self._create()
            existing = KnownReports(source, items)
        for (item, origin), name in theirs.items():
            # Without a text or an address, an item can only be matched within its line.
            report = existing.find(item) if existing and (item.text or item.url) else None
            if report and report.expunged_at:
                continue
            if report:
                if name:
                    desk.propose_credit(report=report, origin=origin, name=name, actor=self.actor)
                yield report
                continue
            place = (number, source, item, origin)
            self._waiting[place] = desk.Said(source, item, origin)
            self._seen |= {(source.pk, key) for key in _keys_of(item)}
            yield place
            if item.text or existing:
                # As for every report with a text. Most lines have none.
                self._create()
                if existing:
                    existing.add(self._created[place])
                if item.text:
                    desk.propose_relays(report=self._created[place], actor=self.actor)

    def _look_up(self, statements: Iterable[Attributed]) -> None:
        """Read which keys of these statements any report of their sources has. Four queries."""
        items = [(each.source.pk, each.item) for each in statements]
        sources = {source for source, _ in items}
        of_them = Report.objects.filter(source__in=sources)
        keys = {key for _, item in items for key in _keys_of(item)} - {""}
        for name in ("address_key", "item_key", "text_key"):
            # Exclude empty values explicitly, so that both databases use their partial index.
            hits = Report.objects.filter(**{f"{name}__in": keys}).exclude(**{name: ""})
            self._seen |= set(hits.values_list("source", name))
        self._expunged = set(of_them.filter(expunged_at__isnull=False).values_list("source", flat=True))

    def _may_be_known(self, source: Source, item: Item) -> bool:
        return any((source.pk, key) in self._seen for key in _keys_of(item))

    def _create(self) -> None:
        if self._waiting:
            reports = desk.record_reports(said=list(self._waiting.values()), actor=self.actor)
            self._created |= dict(zip(self._waiting, reports, strict=True))
            self._waiting = {}


def _by_source(statements: Iterable[Attributed]) -> dict[Source, dict[tuple[Item, Source | None], str]]:
    items: dict[Source, dict[tuple[Item, Source | None], str]] = {}
    for each in statements:
        items.setdefault(each.source, {})[each.item, each.origin] = each.name
    return items


def _keys_of(item: Item) -> set[str]:
    """Return the keys by which a report can be the item's. Items without text or address have none."""
    if not item.text and not item.url:
        return set()
    return {item.address_key, address_key(page_address(item.url)), item.item_key, item.text_key} - {""}
