"""Cite a dispatch, as a sentence and as BibTeX."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.dateformat import format as format_date

from dispatches.public.models import Edition
from wire.documents.addresses import address_of_edition


@dataclass(frozen=True, slots=True)
class Citation:
    """A citation of one edition, with a permanent link to it."""

    address: str
    plain: str
    bibtex: str


def cite(edition: Edition) -> Citation:
    """Cite an edition. Its link keeps showing the cited edition, unless the dispatch is withdrawn."""
    address = address_of_edition(edition)
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
    """Escape the characters that TeX would interpret.

    >>> _tex("Profits up 5 % at A&B")
    'Profits up 5 \\\\% at A\\\\&B'
    """
    return re.sub(r"[\\~^&%$#_{}]", lambda match: _COMMANDS.get(match[0], f"\\{match[0]}"), text)
