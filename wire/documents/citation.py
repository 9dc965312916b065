"""A dispatch as others cite it: in a sentence, and as BibTeX."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.dateformat import format as format_date

from dispatches.public.models import Edition
from wire.documents.addresses import address_of
from wire.moments import write_moment


@dataclass(frozen=True, slots=True)
class Citation:
    """`plain` and `bibtex` name one edition, and the address at which it can be read as it was."""

    address: str
    plain: str
    bibtex: str


def cite(edition: Edition) -> Citation:
    """Cite an edition. Whatever becomes of the dispatch, the address shows what was cited, unless it is withdrawn."""
    address = f"{address_of(edition)}?at={write_moment(edition.live_at)}"
    live_at = timezone.localtime(edition.live_at)
    when = f"{format_date(live_at, 'F j, Y, H:i')} ({settings.WIRE_TIME_ZONE_LABEL})"
    note = f"Edition {edition.number}. Signal: {edition.signal.word}{', disputed' if edition.is_disputed else ''}."
    return Citation(
        address=address,
        plain=f"{edition.byline}. “{edition.headline}.” {settings.WIRE_SITE_NAME}, {when}. {note} {address}",
        bibtex="\n".join(
            [
                f"@online{{{edition.slug[:40].strip('-')}-{edition.dated.year},",
                f"  author = {{{{{_tex(edition.byline)}}}}},",
                f"  title = {{{{{_tex(edition.headline)}}}}},",
                f"  organization = {{{_tex(settings.WIRE_SITE_NAME)}}},",
                f"  date = {{{live_at.date().isoformat()}}},",
                f"  url = {{{address}}},",
                f"  note = {{{note}}}",
                "}",
            ]
        ),
    )


_COMMANDS = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def _tex(text: str) -> str:
    """A text with what TeX would take for a command written so that it prints.

    >>> _tex("Profits up 5 % at A&B")
    'Profits up 5 \\\\% at A\\\\&B'
    """
    return re.sub(r"[\\~^&%$#_{}]", lambda match: _COMMANDS.get(match[0], f"\\{match[0]}"), text)
