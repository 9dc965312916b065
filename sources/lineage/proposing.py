"""Propose relays: compare new reports with those of the same days, and read their credit lines.

The functions that write are called only by `dispatches/desk/`, under the publication lock: an open proposal counts in
the Signal.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q

from sources.independence import Basis
from sources.intake.items import address_key, text_key
from sources.lineage.agencies import Directory, agencies, agency_names, normalize
from sources.lineage.composites import holds_two
from sources.lineage.credits import find_credit
from sources.lineage.nearcopy import COPIED, Likeness, Text, compare, fingerprints_of, words_of
from sources.lineage.parties import PUBLISHERS, add_agency, find_composite, get_or_add_source, source_of_agency
from sources.models import Fingerprint, Proposal, Report, Source

# News is copied within days, so reports further apart are not compared.
WITHIN = timedelta(days=5)
# The number of likeliest candidates that are compared word by word.
CANDIDATES = 24
# Texts with this many fingerprints that share only one have nothing else in common.
ENOUGH = 24
# Text that a source repeats in this many of its latest other reports is its boilerplate.
LATEST = 8
BEGINNING = 12
# Words quoted as evidence.
SHOWN = 18

# Bylines of the staff rather than a person.
NOBODY = frozenset(
    """staff desk team newsroom news editor editors editorial correspondent correspondents reporter reporters agencies
    agency wire service web online report bureau admin redaktion redaction writer writers press media office guest
    contributor contributors newspaper tv daily times""".split()  # noqa: SIM905 (a list of words reads better so)
)
# Two reports with one byline are the same piece if their titles are at least this similar (token_set_ratio, 0 to 100).
TITLES_ALIKE = 50


def read_directory() -> Directory:
    """Return the parties that a report can credit, by name. Keys are agency keys and source ids. One query."""
    named = Source.objects.filter(Q(kind__in=PUBLISHERS) | Q(is_confidential=False)).exclude(kind=Source.Kind.CHANNEL)
    # A name that two sources share belongs to neither.
    parties = [each for each in named.only("name", "aliases", "kind").order_by("pk") if not holds_two(each.name)]
    return Directory.of(
        ((str(source.pk), source.names) for source in parties),
        others=(str(source.pk) for source in parties if source.kind not in PUBLISHERS),
    )


def index(report: Report) -> None:
    """Index a report, so that it and its copies are found when they arrive."""
    keys = address_key(report.url), text_key(report.title, report.text)
    if keys != (report.address_key, report.text_key):
        report.address_key, report.text_key = keys
        report.save(update_fields=["address_key", "text_key"])
    report.fingerprints.all().delete()
    values = fingerprints_of(report.text or report.title)
    Fingerprint.objects.bulk_create(Fingerprint(report=report, value=each, said_at=report.said_at) for each in values)


def propose(report: Report, directory: Directory) -> list[Proposal]:
    """Propose where the report's text comes from; if an original arrives after its copies, also for the copies.

    At most one proposal of each kind is made for a report. Decided proposals are not repeated.
    """
    return _add([*_credits(report, directory), *_copies(report), *_bylines(report)])


def propose_by_name(report: Report) -> list[Proposal]:
    """Propose a relay if the name of the report's source says so: “AP via CBC News” credits AP."""
    return _add(_credits_in_name(report))


def propose_credit(report: Report, origin: Source | None, name: str) -> list[Proposal]:
    """Propose that a report credits a source, because it arrived under a name that names both.

    Without an `origin`, the name credits several, and the report's origin is unknown.
    """
    return _add([_credit_of(report, origin, f"It arrived under the name “{name}”.")])


def reports_under_composite_names(among: Iterable[Report] | None = None) -> list[Report]:
    """Return reports (`among` these) whose source's name contains two, unless an editor has decided about them."""
    sources = Source.objects.only("name").order_by("pk") if among is None else {each.source for each in among}
    ids = [source.pk for source in sources if find_composite(source.name)]
    reports = Report.objects.filter(source__in=ids)
    if among is not None:
        reports = reports.filter(pk__in=[each.pk for each in among])
    decided = Proposal.objects.filter(kind__in=[Proposal.Kind.CREDIT, Proposal.Kind.SEVERAL]).values("report")
    undecided = reports.exclude(basis=Basis.RELAY).exclude(pk__in=decided)
    return list(undecided.select_related("source").order_by("pk"))


def _add(found: Iterable[Proposal]) -> list[Proposal]:
    made: dict[tuple[int, str], Proposal] = {}
    for each in found:
        if each.report.basis != Basis.RELAY:
            made.setdefault((each.report_id, each.kind), each)
    old = set()
    for proposal in Proposal.objects.filter(report__in={report_id for report_id, _ in made}):
        is_open = proposal.state == Proposal.State.OPEN
        old.add((proposal.report_id, proposal.kind, None if is_open else (proposal.relays_id, proposal.credits_id)))
    new = [
        each
        for (report_id, kind), each in made.items()
        if not {(report_id, kind, None), (report_id, kind, (each.relays_id, each.credits_id))} & old
    ]
    return Proposal.objects.bulk_create(new)


# Credit lines


def _credits_in_name(report: Report) -> list[Proposal]:
    names = find_composite(report.source.name)
    if names is None:
        return []
    origin = get_or_add_source(names.origin) if names.origin else None
    if origin == report.source:
        return []
    return [_credit_of(report, origin, f"The source's name: “{report.source.name}”.")]


def _credit_of(report: Report, origin: Source | None, evidence: str) -> Proposal:
    """Return the proposal that a report credits this source; without one, that it credits several."""
    kind = Proposal.Kind.CREDIT if origin else Proposal.Kind.SEVERAL
    return Proposal(report=report, kind=kind, credits=origin, evidence=evidence)


def _credits(report: Report, directory: Directory) -> list[Proposal]:
    if named := _credits_in_name(report):
        return named
    own = next(
        (key for name in report.source.names if (key := directory.keys.get(normalize(name)))), str(report.source_id)
    )
    credit = find_credit(report.title, report.text, report.byline, directory, own)
    if credit is None:
        return []
    if credit.key is None:
        return [_credit_of(report, None, f"“{credit.words}”")]
    credited = _credited(credit.key)
    return [_credit_of(report, credited, f"“{credit.words}”")] if credited and credited != report.source else []


def _credited(key: str) -> Source | None:
    """Return the source that a credit means. A known agency without a source is added, ungraded and confidential."""
    if key.isdigit():
        return Source.objects.filter(pk=key).first()
    agency = next(each for each in agencies() if each.key == key)
    return source_of_agency(agency) or add_agency(agency)


# Copies


def _copies(report: Report) -> list[Proposal]:
    others = [*_with_its_address(report), *_with_its_words(report)]
    origin, copies = None, []
    for other, evidence in others:
        if _is_later(report, other):
            origin = origin or Proposal(report=report, kind=Proposal.Kind.COPY, relays=other, evidence=evidence)
        else:
            copies.append(Proposal(report=other, kind=Proposal.Kind.COPY, relays=report, evidence=evidence))
    # Copies of an earlier report already point to that one, or to another copy.
    return [origin] if origin else [each for each in copies if not each.report.proposals.open().exists()]


def _is_later(report: Report, other: Report) -> bool:
    """Return True if `report` relays `other`: an agency is the origin, otherwise the earlier report is."""
    one, two = (each.source.kind != Source.Kind.AGENCY for each in (report, other))
    return (one, report.said_at, report.pk) > (two, other.said_at, other.pk)


def _of_the_days(report: Report) -> dict[str, object]:
    return {"said_at__gte": report.said_at - WITHIN, "said_at__lte": report.said_at + WITHIN}


def _with_its_address(report: Report) -> list[tuple[Report, str]]:
    if not report.address_key:
        return []
    found = Report.objects.filter(address_key=report.address_key, **_of_the_days(report)).exclude(address_key="")
    others = found.exclude(source=report.source_id).select_related("source").order_by("said_at", "pk")
    return [(other, "It links to the same address.") for other in others[:CANDIDATES]]


def _with_its_words(report: Report) -> list[tuple[Report, str]]:
    """Return other sources' reports of the same days that are near copies, the origin first."""
    values = fingerprints_of(report.text or report.title)
    hits = (
        Fingerprint.objects.filter(value__in=values, **_of_the_days(report))
        .exclude(report=report)
        .values("report")
        .annotate(hits=Count("pk"), first=Min("said_at"))
        .filter(hits__gte=2 if len(values) >= ENOUGH else 1)
        .order_by("-hits", "first")[:CANDIDATES]
    )
    ids = [hit["report"] for hit in hits]
    # Include what they relay: each of forty copies is compared with the origin, not with another copy.
    carried: set[Any] = {
        *Report.objects.filter(pk__in=ids, relays__isnull=False).values_list("relays", flat=True),
        *Proposal.objects.open().filter(report__in=ids, relays__isnull=False).values_list("relays", flat=True),
    }
    candidates = Report.objects.filter(pk__in={*ids, *carried} - {report.pk})
    others = candidates.exclude(source=report.source_id).select_related("source")
    own = Text(report.text or report.title)
    copies = []
    for other in others:
        theirs = Text(other.text or other.title)
        if not compare(own, theirs).is_copy:
            continue
        # Compare again, ignoring what each of the two sources repeats in all its reports.
        likeness = compare(own, theirs, _boilerplate_of(report, own) | _boilerplate_of(other, theirs))
        if likeness.is_copy:
            copies.append((likeness.share, other, _in_words(likeness, own.text)))
    copies.sort(key=lambda copy: (copy[1].source.kind != Source.Kind.AGENCY, copy[1].said_at, copy[1].pk))
    return [(other, evidence) for _, other, evidence in copies]


def _boilerplate_of(report: Report, text: Text) -> set[int]:
    """Return what the source repeats in its other reports, excluding other versions of this one."""
    latest = Report.objects.filter(source=report.source_id, said_at__lte=report.said_at + WITHIN).exclude(pk=report.pk)
    beginning = set(text.own_shingles[:BEGINNING])
    seen: dict[int, int] = {}
    for other in latest.order_by("-said_at").values_list("text", flat=True)[:LATEST]:
        theirs = set(Text(other).own_shingles)
        if len(beginning & theirs) * 2 <= len(beginning):
            for shingle in theirs:
                seen[shingle] = seen.get(shingle, 0) + 1
    return {shingle for shingle, times in seen.items() if times >= 3}


def _in_words(likeness: Likeness, text: str) -> str:
    words = likeness.run.split()[:SHOWN]
    # Quote the original spelling if it can be found.
    found = re.search(r"\W+".join(map(re.escape, words)), text, re.I) if words else None
    shown = " ".join((found[0] if found else " ".join(words)).split())
    more = " …" if len(likeness.run.split()) > SHOWN else ""
    example = f", such as “{shown}{more}”." if shown else "."
    if likeness.share < COPIED and likeness.whole is None:
        return f"Both have {sum(likeness.passages)} words in long passages{example}"
    return f"{likeness.whole or likeness.share:.0%} of the shorter text is in the other{example}"


# Bylines


def _bylines(report: Report) -> list[Proposal]:
    if not is_person(report.byline):
        return []
    spellings = {report.byline, report.byline.title(), report.byline.upper(), report.byline.lower()}
    found = Report.objects.filter(byline__in=spellings, **_of_the_days(report)).exclude(byline="")
    others = found.exclude(source=report.source_id).select_related("source").order_by("said_at", "pk")
    for other in others[:CANDIDATES]:
        if _can_be_one_piece(report, other):
            later, earlier = (report, other) if _is_later(report, other) else (other, report)
            evidence = f"Both are by “{report.byline}”."
            return [Proposal(report=later, kind=Proposal.Kind.BYLINE, relays=earlier, evidence=evidence)]
    return []


def is_person(byline: str) -> bool:
    """Return True if a byline names a person, not the staff or an agency.

    >>> is_person("Dana Levi"), is_person("Staff writer"), is_person("Reuters")
    (True, False, False)
    """
    words = words_of(byline)
    is_house = NOBODY.intersection(words) or normalize(byline) in agency_names()
    return 2 <= len(words) <= 12 and not is_house


def _can_be_one_piece(report: Report, other: Report) -> bool:
    """Return True if two pieces by one writer may be the same: similar titles, or much text in common."""
    from rapidfuzz import fuzz

    if fuzz.token_set_ratio(report.title.casefold(), other.title.casefold()) >= TITLES_ALIKE:
        return True
    return compare(Text(report.text), Text(other.text)).share >= 0.1


def delete_old_fingerprints(before: datetime) -> int:
    """Delete the fingerprints of reports older than this, but not the reports. Returns the number deleted."""
    return Fingerprint.objects.filter(said_at__lt=before).delete()[0]
