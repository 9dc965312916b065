"""Sources, owners and holdings from a table (CSV), row by row, each through the desk's verbs."""

import csv
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TextIO

from django.core.exceptions import ValidationError

from dispatches import desk
from dispatches.intake.importing import Refused
from sources.lineage.parties import find_composite, find_or_make_origin, find_source
from sources.models import Feed, Holding, Owner, Source
from sources.names import fold_name

YES = {"1", "yes", "true", "x", "control", "contrôle", "oui", "ja"}


def read_rows(file: TextIO, columns: Mapping[str, str], needed: set[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows with the numbers of their lines. `columns` gives our name of a column its name in the file.

    Comma, semicolon or tab between the fields, whichever the first line has most. Raises Refused for a missing column.
    """
    first = file.readline()
    delimiter = max(",;\t", key=first.count)
    header = [name.strip().lstrip("\ufeff").casefold() for name in next(csv.reader([first], delimiter=delimiter), [])]
    names = {theirs.casefold(): ours for ours, theirs in columns.items()}
    header = [names.get(name, name) for name in header]
    if missing := needed - set(header):
        raise Refused(
            [f"There is no column “{name}”. Say which one it is with --column {name}=…" for name in sorted(missing)]
        )
    reader = csv.reader(file, delimiter=delimiter)
    for row in reader:
        if any(cell.strip() for cell in row):
            cells = zip(header, row, strict=False)
            yield reader.line_num + 1, {name: " ".join(cell.split()) for name, cell in cells}


def take_in_source(row: Mapping[str, str], *, names: bool = False) -> bool:
    """Add a source, or give one that is there what the row says of it. Says whether it is new. Raises Refused."""
    name = row.get("name", "")
    if not name:
        raise Refused(["It has no name."])
    if composite := find_composite(name):
        name = composite.carrier
        find_or_make_origin(composite.origin, is_confidential=not names)
    source = find_source(name)
    is_new = source is None
    if composite and not is_new:
        # The row may mean either of the two: what is known of the carrier stays.
        return False
    source = source or Source(name=name, kind=Source.Kind.OUTLET.value, is_confidential=not names)
    for column in ("kind", "grade", "notes"):
        if row.get(column):
            setattr(source, column, row[column].upper() if column == "grade" else row[column].casefold())
    if row.get("aliases"):
        # The first spelling of each stays.
        spelled: dict[str, str] = {}
        for each in [*source.names, *row["aliases"].split("|")]:
            spelled.setdefault(fold_name(each), each.strip())
        source.aliases = "\n".join(each for each in list(spelled.values())[1:] if each)
    if row.get("confidential"):
        source.is_confidential = row["confidential"].casefold() in YES
    with _refusing(), desk.changing_sources(source):
        if row.get("owner"):
            source.owner = owner_named(row["owner"])
        source.full_clean()
        source.save()
        if row.get("feed"):
            add_feed(source, row["feed"])
    return is_new


def take_in_holding(row: Mapping[str, str]) -> bool:
    """Add a holding, or give one that is there its share. A source of the held name gets that owner. Raises Refused."""
    holder, held, percent = row.get("holder", ""), row.get("held", ""), row.get("percent", "")
    if not holder or not held:
        raise Refused(["It needs a holder and what is held."])
    try:
        share = Decimal(percent.strip("% ").replace(",", ".")) if percent.strip("% ") else None
    except InvalidOperation as error:
        raise Refused([f"“{percent}” is no share."]) from error
    is_control = row.get("control", "").casefold() in YES
    controls = Holding.objects.filter(held=Owner.objects.named(held), is_control=True)
    other = controls.exclude(holder=Owner.objects.named(holder)).first()
    if is_control and other:
        raise Refused([f"“{held}” is marked as controlled by “{other.holder}” already: only one can control it."])
    with _refusing(), desk.changing_owners():
        top, below = owner_named(holder), owner_named(held)
        there = Holding.objects.filter(holder=top, held=below).first()
        holding = there or Holding(holder=top, held=below)
        holding.percent = share
        holding.is_control = is_control
        holding.full_clean()
        holding.save()
        source = find_source(held)
        if source and source.owner is None:
            with desk.changing_sources(source):
                source.owner = below
                source.save(update_fields=["owner"])
    return there is None


def owner_named(name: str) -> Owner:
    """The owner of this name, made if there is none."""
    there = Owner.objects.named(name)
    if there is None:
        there = Owner(name=name)
        there.full_clean()
        there.save()
    return there


def add_feed(source: Source, url: str) -> bool:
    """Let a source's feed be polled. Says whether it is new; one address is polled for one source only."""
    if Feed.objects.filter(url=url).exists():
        return False
    feed = Feed(source=source, url=url)
    feed.full_clean()
    feed.save()
    return True


class _refusing:
    """Within it, what a model refuses is a refusal of the row."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, ValidationError):
            named = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
            raise Refused([f"{name}: {' '.join(words)}".removeprefix(": ") for name, words in named.items()]) from error
