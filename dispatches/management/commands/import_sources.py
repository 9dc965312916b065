"""`manage.py import_sources`: import sources with their owners and grades, or who holds whom."""

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from dispatches.intake.lines import Refused
from dispatches.intake.tables import read_rows, take_in_holding, take_in_source
from dispatches.management.importing import ImportCommand
from sources.names import fold_name


class Command(ImportCommand):
    help = (
        "Import sources from a table (CSV) with the columns name and, optionally, kind, grade, owner, aliases (a|b), "
        "confidential, feed, notes. With --holdings: holder, held, percent, control. Dependent Signals are re-rated."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--holdings", action="store_true", help="the table lists who holds whom")
        parser.add_argument("--named", action="store_true", help="readers see the names of new sources")
        parser.add_argument(
            "--column", action="append", default=[], metavar="OURS=THEIRS", help="the name of a column in the file"
        )

    def handle(self, *args: Any, file: Path, refused: Path | None, holdings: bool, **options: Any) -> None:
        self.seen: dict[str, tuple[int, dict[str, str]]] = {}
        columns = dict(each.partition("=")[::2] for each in options["column"])
        take_in: Callable[[Mapping[str, str]], bool] = (
            take_in_holding if holdings else lambda row: take_in_source(row, names=options["named"])
        )
        with self.reading(file) as (text, progress):
            try:
                for number, row in read_rows(text, columns, {"holder", "held"} if holdings else {"name"}):
                    try:
                        if isinstance(row, Refused):
                            raise row
                        if not holdings:
                            self._note_name(number, row)
                        self.counts["new" if take_in(row) else "known"] += 1
                    except Refused as error:
                        self.refuse(number, error, {} if isinstance(row, Refused) else row)
                    self.advance(progress)
            except Refused as error:
                raise CommandError(str(error)) from error
        what = "holdings" if holdings else "sources"
        counts = self.counts
        self.finish(f"New {what}: {counts['new']}; already known and updated: {counts['known']}.", refused)

    def _note_name(self, line: int, row: Mapping[str, str]) -> None:
        """Refuse a second row with the same name and different data: one is wrong, or they are two sources."""
        name, says = fold_name(row.get("name", "")), {key: row.get(key, "") for key in ("owner", "kind", "grade")}
        first, said = self.seen.setdefault(name, (line, says))
        if name and says != said:
            raise Refused(
                [f"Line {first} has different data for “{row['name']}”. If it is another source, give it its own name."]
            )
