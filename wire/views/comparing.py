"""Compare two editions of a dispatch, part by part and word by word."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.dateformat import format as format_date

from dispatches.public.differences import Change, compare_parts
from dispatches.public.ledger import LedgerLine
from dispatches.public.models import Edition
from dispatches.public.search.documents import plain_text
from dispatches.public.wording import edges_label


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two editions, the earlier first, and the parts in which they differ."""

    before: Edition
    after: Edition
    changes: Sequence[Change]


def compare_editions(current: Edition, one: int, other: int) -> Comparison:
    """Compare two published editions of the dispatch of `current`, by number, the earlier first."""
    seen = Edition.objects.seen().filter(publication=current.publication_id, number__in=(one, other))
    editions = {edition.number: edition for edition in seen.select_related("section")}
    before, after = editions[min(one, other)], editions[max(one, other)]
    return Comparison(before, after, compare_parts(_parts(before), _parts(after)))


def _parts(edition: Edition) -> Iterator[tuple[str, str]]:
    """Yield everything readers see of an edition, as text with its label."""
    yield "Headline", edition.headline
    yield "Section", edition.section.name
    yield "Byline", edition.byline
    yield "TL;DR", edition.tldr
    yield "The dispatch", plain_text(edition.linked_body).replace("\n", "\n\n")
    yield (
        "How it developed",
        "\n".join(
            f"{format_date(timezone.localtime(each.at), 'F j, Y, H:i')}: {each.text}"
            + (f" ({_signal(each.rung.word, each.is_disputed)})" if each.is_rated else "")
            for each in edition.public_developments
        ),
    )
    origins = f"{edition.origins} independent origin{'' if edition.origins == 1 else 's'}"
    yield "Signal", f"{_signal(edition.signal.word, edition.is_disputed)}, from {origins}"
    yield "Sources", "\n".join(_ledger(edition.public_ledger))
    yield (
        "Sources of developments",
        "\n".join(f"{each.text} {line}" for each in edition.public_developments for line in _ledger(each.ledger)),
    )


def _ledger(lines: Sequence[LedgerLine]) -> Iterator[str]:
    for line in lines:
        edges = edges_label(lines, line)
        yield f"{line.source}{f' ({edges})' if edges else ''}: {line.explanation}"


def _signal(word: str, is_disputed: bool) -> str:
    return f"{word}, disputed" if is_disputed else word
