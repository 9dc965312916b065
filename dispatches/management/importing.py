"""The base of the import commands: progress, and a summary of what was refused and why."""

import codecs
import gzip
import io
import json
import zlib
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from dispatches.intake.lines import Refused
from sources.text import clean

SHOWN = 20


class ImportCommand(BaseCommand):
    """Read a file with a progress bar, and collect the refused lines."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the file; its name may end in .gz")
        parser.add_argument(
            "--refused", type=Path, metavar="FILE", help="write refused lines to this file, with the reasons"
        )

    def execute(self, *args: Any, **options: Any) -> Any:
        self.refusals: list[dict[str, Any]] = []
        self.counts: Counter[str] = Counter()
        return super().execute(*args, **options)

    @contextmanager
    def reading(self, path: Path) -> Iterator[tuple[TextIO, tqdm]]:
        """Open the file as text in UTF-8, or UTF-16 with a byte order mark, with a progress bar over its bytes."""
        try:
            raw = path.open("rb")
        except OSError as error:
            raise CommandError(f"{path} can't be read: {error.strerror}.") from error
        size = path.stat().st_size
        with raw, tqdm(total=size, unit="B", unit_scale=True, disable=None) as progress, ExitStack() as stack:
            unpacked: Any = stack.enter_context(gzip.open(raw)) if path.suffix == ".gz" else raw
            # Bytes that are not UTF-8 become lone surrogates, so that their lines can be refused (`is_text`).
            mark = unpacked.peek(2)[:2]
            encoding = "utf-16" if mark in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "utf-8-sig"
            text = io.TextIOWrapper(unpacked, encoding=encoding, errors="surrogateescape", newline="")
            self.raw = raw
            try:
                yield text, progress
            except (EOFError, gzip.BadGzipFile, zlib.error, UnicodeDecodeError) as error:
                raise CommandError(f"{path} is damaged or cut off: {error}") from error
            text.detach()

    def advance(self, progress: tqdm) -> None:
        """Move the progress bar to the current position in the file."""
        progress.update(self.raw.tell() - progress.n)

    def refuse(self, line: int, refused: Refused, content: object) -> None:
        """Record a refused line."""
        self.counts["refused"] += 1
        self.refusals.append({"line": line, "reasons": refused.reasons, "content": content})

    def finish(self, summary: str, refused_file: Path | None) -> None:
        """Print a summary. Raises CommandError if anything was refused, so that scripts notice."""
        self.stdout.write(summary)
        for each in self.refusals[:SHOWN]:
            self.stderr.write(clean(f"  line {each['line']}: {' '.join(each['reasons'])}"))
        if len(self.refusals) > SHOWN:
            self.stderr.write(f"  … and {len(self.refusals) - SHOWN} more")
        if refused_file:
            lines = (json.dumps(each, ensure_ascii=False) + "\n" for each in self.refusals)
            # Bytes that could not be decoded are written back unchanged.
            refused_file.write_text("".join(lines), encoding="utf-8", errors="surrogateescape")
        if self.refusals:
            hint = f"They are in {refused_file}." if refused_file else "Use --refused FILE to write them to a file."
            raise CommandError(
                f"{len(self.refusals)} refused. {hint} Correct them and import again; nothing is imported twice."
            )
