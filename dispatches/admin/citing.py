"""Find reports to cite: by the words of source, title and text, by address, or because they look alike."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from dispatches.admin.cards import ReportCard, report_cards
from dispatches.finding.matching import by_relevance, matches
from dispatches.models import Dispatch
from sources.intake.items import address_key
from sources.models import Report
from sources.text import is_web_address

# The field that says what to find.
WORDS = "_words"
SHOWN = 12
LONGEST = 1000
# Suggestions come from the reports of this period, and from at most this many of them.
RECENT, CANDIDATES = timedelta(days=3), 400
# A report is suggested if its title is at least this similar to the headline (rapidfuzz's token_set_ratio, 0 to 100).
ALIKE = 55


@dataclass(frozen=True, slots=True)
class Found:
    """Reports that can be cited. `file_address` files one from the web address that was typed."""

    words: str
    cards: list[ReportCard]
    file_address: str = ""

    @property
    def is_by_likeness(self) -> bool:
        return not self.words


def find_reports(dispatch: Dispatch, user: User, words: str) -> Found:
    """Return the reports that match what was typed; without input, those that look like this dispatch."""
    words = words.replace("\0", "").strip()[:LONGEST]
    if not (user.has_perm("sources.view_report") or user.has_perm("sources.change_report")):
        return Found(words, [])
    reports = Report.objects.visible_to(user).kept().select_related("source", "relays__source", "credits")
    if is_web_address(words):
        key = address_key(words)
        found = reports.filter(Q(url=words) | (Q(address_key=key) if key else Q()))[:SHOWN]
        filing = f"{reverse('admin:sources_report_address')}?{urlencode({'url': words, 'dispatch': dispatch.pk})}"
        may_file = user.has_perm("sources.add_report")
        return Found(words, report_cards(found, user), filing if may_file else "")
    if words:
        matching = by_relevance(reports.filter(matches(Report, words, user)), words, "-said_at", "-pk")
        return Found(words, report_cards(matching[:SHOWN], user))
    return Found("", report_cards(_alike(dispatch, reports), user))


def _alike(dispatch: Dispatch, reports: QuerySet[Report]) -> list[Report]:
    # Imported here because it needs 5 MB, and processes that serve readers do not use it.
    from rapidfuzz import fuzz

    recent = reports.filter(said_at__gt=timezone.now() - RECENT).exclude(citations__dispatch=dispatch)
    pending = recent.exclude(review=Report.Review.REJECTED).defer("text", "newer_version")[:CANDIDATES]
    alike = [(fuzz.token_set_ratio(dispatch.headline.lower(), each.title.lower()), each) for each in pending]
    alike = [pair for pair in alike if pair[0] >= ALIKE]
    return [each for _, each in sorted(alike, key=lambda pair: -pair[0])[:SHOWN]]
