"""Import sources, owners and holdings from a table (CSV), row by row."""

import csv
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TextIO

from django.core.exceptions import ValidationError

from dispatches import desk
from dispatches.intake.importing import NOT_TEXT, Refused, is_text
from sources.addresses import encoded_address
from sources.lineage.parties import find_composite, find_source
from sources.models import Feed, Holding, Owner, Source
from sources.names import fold_name

ACTOR = desk.IMPORTER
YES = {"1", "yes", "true", "x", "control", "contrôle", "oui", "ja"}


Row = dict[str, str]


def read_rows(file: TextIO, columns: Mapping[str, str], needed: set[str]) -> Iterator[tuple[int, Row | Refused]]:
    """Yield each row with its line number, or why it can't be read. `columns` maps our column names to the file's.

    Fields are separated by comma, semicolon or tab, whichever is most frequent in the first line. Raises Refused if a
    needed column is missing.
    """
    first = file.readline()
    delimiter = max(",;\t", key=first.count)
    header = [name.strip().lstrip("\ufeff").casefold() for name in next(csv.reader([first], delimiter=delimiter), [])]
    our_name = {theirs.casefold(): ours for ours, theirs in columns.items()}
    header = [our_name.get(name, name) for name in header]
    if missing := needed - set(header):
        raise Refused([f"There is no column “{name}”. Name it with --column {name}=…" for name in sorted(missing)])
    reader = csv.reader(file, delimiter=delimiter)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield reader.line_num + 1, Refused([f"The row can't be read: {error}."])
            continue
        if row is None:
            return
        if any(cell.strip() for cell in row):
            cells = {name: " ".join(cell.split()) for name, cell in zip(header, row, strict=False)}
            yield reader.line_num + 1, cells if is_text("".join(row)) else Refused([NOT_TEXT])


def take_in_source(row: Mapping[str, str], *, names: bool = False) -> bool:
    """Add or update a source. Returns True if it is new. Raises Refused."""
    name = row.get("name", "")
    if not name:
        raise Refused(["The row has no name."])
    if composite := find_composite(name):
        name = composite.carrier
        desk.add_source_named(name=composite.origin, is_confidential=not names, actor=ACTOR)
    source = find_source(name)
    is_new = source is None
    if composite and not is_new:
        # The row may be about either of the two, so the existing source stays as it is.
        return False
    source = source or Source(name=name, kind=Source.Kind.OUTLET.value, is_confidential=not names)
    for column in ("kind", "grade", "notes"):
        if row.get(column):
            setattr(source, column, row[column].upper() if column == "grade" else row[column].casefold())
    if row.get("aliases"):
        # The first spelling of each name wins.
        spelled: dict[str, str] = {}
        for each in [*source.names, *row["aliases"].split("|")]:
            spelled.setdefault(fold_name(each), each.strip())
        source.aliases = "\n".join(each for each in list(spelled.values())[1:] if each)
    if row.get("confidential"):
        source.is_confidential = row["confidential"].casefold() in YES
    with _refusing(), desk.saving(source, actor=ACTOR, how="Imported"):
        if row.get("owner"):
            source.owner = get_or_add_owner(row["owner"])
        source.full_clean()
        source.save()
        if row.get("feed"):
            add_feed(source, row["feed"])
    return is_new


def take_in_holding(row: Mapping[str, str]) -> bool:
    """Add or update a holding. Returns True if it is new. Raises Refused.

    A source with the name of the held owner gets that owner, if it has none.
    """
    holder, held, percent = row.get("holder", ""), row.get("held", ""), row.get("percent", "")
    if not holder or not held:
        raise Refused(["The row needs both a holder and a held owner."])
    try:
        share = Decimal(percent.strip("% ").replace(",", ".")) if percent.strip("% ") else None
    except InvalidOperation as error:
        raise Refused([f"“{percent}” is not a percentage."]) from error
    is_control = row.get("control", "").casefold() in YES
    controls = Holding.objects.filter(held=Owner.objects.named(held), is_control=True)
    other = controls.exclude(holder=Owner.objects.named(holder)).first()
    if is_control and other:
        raise Refused([f"“{held}” is already controlled by “{other.holder}”. Only one holder can control it."])
    with _refusing(), desk.publication_lock():
        top, below = get_or_add_owner(holder), get_or_add_owner(held)
        existing = Holding.objects.filter(holder=top, held=below).first()
        holding = existing or Holding(holder=top, held=below)
        holding.percent = share
        holding.is_control = is_control
        with desk.saving(holding, actor=ACTOR, how="Imported"):
            holding.full_clean()
            holding.save()
        source = find_source(held)
        if source and source.owner is None:
            source.owner = below
            with desk.saving(source, actor=ACTOR, how="Imported"):
                source.save(update_fields=["owner"])
    return existing is None


def get_or_add_owner(name: str) -> Owner:
    """Return the owner of this name, adding it if needed."""
    owner = Owner.objects.named(name)
    if owner is None:
        owner = Owner(name=name)
        owner.full_clean()
        with desk.saving(owner, actor=ACTOR, how="Imported"):
            owner.save()
    return owner


def add_feed(source: Source, url: str) -> bool:
    """Add a feed to a source. Returns False if the address is already polled, for this source or another."""
    if Feed.objects.filter(url=encoded_address(url)).exists():
        return False
    feed = Feed(source=source, url=url)
    feed.full_clean()
    with desk.saving(feed, actor=ACTOR, how="Imported"):
        feed.save()
    return True


class _refusing:
    """Turn a ValidationError raised inside this block into Refused."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, ValidationError):
            named = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
            raise Refused([f"{name}: {' '.join(words)}".removeprefix(": ") for name, words in named.items()]) from error
