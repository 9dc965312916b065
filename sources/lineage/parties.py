"""Which source is meant by a name? Looked up by its name, its other names, and the names of agencies."""

from sources.lineage.credits import Agency, agencies, normalise
from sources.models import Source

# Those that publish under their name, confidential to readers or not. A person's name in a text is no credit line, and
# an internal channel's none at all.
PUBLISHERS = [Source.Kind.OUTLET, Source.Kind.AGENCY]


def find_source(name: str) -> Source | None:
    """The source of this name, however it is spelled; for a name of an agency also the source that has another one."""
    if there := Source.objects.named(name):
        return there
    agency = agency_named(name)
    return source_of_agency(agency) if agency else None


def agency_named(name: str) -> Agency | None:
    """The agency that has this name, in full or abbreviated."""
    plain = normalise(name)
    return next((agency for agency in agencies() if plain in agency.plain_names), None)


def source_of_agency(agency: Agency) -> Source | None:
    """The source that an agency is at the desk, by whichever of its names."""
    publishers = Source.objects.filter(kind__in=PUBLISHERS).order_by("pk")
    known = [source for source in publishers if agency.plain_names & {normalise(name) for name in source.names}]
    return min(known, key=lambda source: (source.kind != Source.Kind.AGENCY, source.pk), default=None)


def make_agency(agency: Agency) -> Source | None:
    """Make an agency a source, not graded and not named to readers. None where something else has its name."""
    name = agency.names[0]
    if Source.objects.named(name):
        return None
    return Source.objects.create(name=name, kind=Source.Kind.AGENCY, aliases="\n".join(agency.names[1:]))
