"""Which source is meant by a name? Looked up by its name, its other names, and the names of agencies."""

from sources.lineage.composites import BRACKETS, SLASH, Composite, split_name
from sources.lineage.credits import Agency, agencies, normalise
from sources.models import Source
from sources.names import visible_name

# Those that publish under their name, confidential to readers or not. A person's name in a text is no credit line, and
# an internal channel's none at all.
PUBLISHERS = [Source.Kind.OUTLET, Source.Kind.AGENCY]


def find_source(name: str) -> Source | None:
    """The source of this name, however it is spelled; for a name of an agency also the source that has another one."""
    if there := Source.objects.named(name):
        return there
    agency = agency_named(name)
    return source_of_agency(agency) if agency else None


def find_composite(name: str) -> Composite | None:
    """The two sources that a name holds, or None; whoever has a source's name at the desk is a party."""
    return split_name(name, lambda part: Source.objects.named(part) is not None)


def agency_named(name: str) -> Agency | None:
    """The agency that has this name, in full, abbreviated, or both: “Associated Press (AP)”."""
    both = BRACKETS.fullmatch(visible_name(name))
    for names in ([name], [both[1], both[3]] if both else [], SLASH.split(name)):
        plain = {normalise(each) for each in names}
        for agency in agencies():
            if plain and plain <= agency.plain_names:
                return agency
    return None


def source_of_agency(agency: Agency) -> Source | None:
    """The source that an agency is at the desk, by whichever of its names."""
    publishers = Source.objects.filter(kind__in=PUBLISHERS).order_by("pk")
    known = [source for source in publishers if agency.plain_names & {normalise(name) for name in source.names}]
    return min(known, key=lambda source: (source.kind != Source.Kind.AGENCY, source.pk), default=None)


def make_agency(agency: Agency, *, is_confidential: bool = True) -> Source | None:
    """Make an agency a source, not graded. None where something else has its name."""
    name = agency.names[0]
    if Source.objects.named(name):
        return None
    aliases = "\n".join(agency.names[1:])
    return Source.objects.create(name=name, kind=Source.Kind.AGENCY, aliases=aliases, is_confidential=is_confidential)


def find_or_make_origin(name: str, *, is_confidential: bool = True) -> Source:
    """The source that others carry under this name; a new one is an agency or an outlet, and not graded."""
    if there := find_source(name):
        return there
    agency = agency_named(name)
    made = make_agency(agency, is_confidential=is_confidential) if agency else None
    return made or Source.objects.create(name=name, kind=Source.Kind.OUTLET, is_confidential=is_confidential)
