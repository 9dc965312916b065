"""Find the source that a name means: by its name, its aliases, or the names of an agency."""

import math

from sources.lineage.agencies import Agency, agencies, normalize
from sources.lineage.composites import BRACKETS, SLASH, Composite, split_name
from sources.models import Source
from sources.models.naming import FOLDED_LENGTH
from sources.names import fold_name, visible_name

# Sources that publish under their name, confidential or not. A person's name in a text is not a credit line, and
# an internal channel's never is.
PUBLISHERS = [Source.Kind.OUTLET, Source.Kind.AGENCY]


def find_source(name: str) -> Source | None:
    """Return the source of this name, in any spelling. An agency is found by all of its names."""
    if existing := Source.objects.named(name):
        return existing
    agency = agency_named(name)
    return source_of_agency(agency) if agency else None


def find_composite(name: str) -> Composite | None:
    """Split a name into its two sources, or return None. Every source of the desk counts as known."""
    return split_name(name, lambda part: Source.objects.named(part) is not None)


def agency_named(name: str) -> Agency | None:
    """Return the agency of this name: full, abbreviated, or both, as in “Associated Press (AP)”."""
    both = BRACKETS.fullmatch(visible_name(name))
    for names in ([name], [both[1], both[3]] if both else [], SLASH.split(name)):
        plain = {normalize(each) for each in names}
        for agency in agencies():
            if plain and plain <= agency.plain_names:
                return agency
    return None


def source_of_agency(agency: Agency) -> Source | None:
    """Return the desk's source for an agency, under any of its names."""
    publishers = Source.objects.filter(kind__in=PUBLISHERS).order_by("pk")
    known = [source for source in publishers if agency.plain_names & {normalize(name) for name in source.names}]
    return min(known, key=lambda source: (source.kind != Source.Kind.AGENCY, source.pk), default=None)


def add_agency(agency: Agency, *, is_confidential: bool = True) -> Source | None:
    """Add a source for an agency, ungraded. Returns None if something else has its name."""
    name = agency.names[0]
    if Source.objects.named(name):
        return None
    aliases = "\n".join(agency.names[1:])
    return Source.objects.create(name=name, kind=Source.Kind.AGENCY, aliases=aliases, is_confidential=is_confidential)


def get_or_add_source(name: str, *, is_confidential: bool = True) -> Source:
    """Return the source that others relay under this name, adding an ungraded agency or outlet if there is none."""
    if existing := find_source(name):
        return existing
    agency = agency_named(name)
    made = add_agency(agency, is_confidential=is_confidential) if agency else None
    return made or Source.objects.create(name=name, kind=Source.Kind.OUTLET, is_confidential=is_confidential)


class Parties:
    """All sources by name, read once: for a batch that names many. Answers as the functions above do. One query."""

    def __init__(self) -> None:
        self._by_name: dict[str, Source] = {}
        self._by_alias: dict[str, Source] = {}
        self._by_plain_name: dict[str, list[Source]] = {}
        self.new: list[Source] = []
        for source in Source.objects.defer("notes").order_by("pk"):
            self._index(source)

    def find(self, name: str) -> Source | None:
        """Return the source of this name, as `find_source` does."""
        if existing := self._named(name):
            return existing
        agency = agency_named(name)
        return self._of_agency(agency) if agency else None

    def split(self, name: str) -> Composite | None:
        """Split a name into its two sources, as `find_composite` does."""
        return split_name(name, lambda part: self._named(part) is not None)

    def get_or_make(self, name: str, *, is_confidential: bool, kind: str = "") -> Source:
        """Return the source of this name. A new one is not saved, but listed in `new`.

        Without a `kind`, it is an agency if it has an agency's name, else an outlet.
        """
        if existing := self.find(name):
            return existing
        agency = agency_named(name) if not kind else None
        if agency and self._named(agency.names[0]) is None:
            made = Source(name=agency.names[0], aliases="\n".join(agency.names[1:]), kind=Source.Kind.AGENCY.value)
        else:
            made = Source(name=name, kind=kind or Source.Kind.OUTLET.value)
        made.is_confidential = is_confidential
        self.new.append(made)
        self._index(made)
        return made

    def _index(self, source: Source) -> None:
        first, *others = (fold_name(name)[:FOLDED_LENGTH] for name in source.names)
        self._by_name.setdefault(first, source)
        for name in others:
            self._by_alias.setdefault(name, source)
        if source.kind in PUBLISHERS:
            for name in source.names:
                self._by_plain_name.setdefault(normalize(name), []).append(source)

    def _named(self, name: str) -> Source | None:
        folded = fold_name(name)[:FOLDED_LENGTH]
        return (self._by_name.get(folded) or self._by_alias.get(folded)) if folded else None

    def _of_agency(self, agency: Agency) -> Source | None:
        known = [source for name in agency.plain_names for source in self._by_plain_name.get(name, [])]
        return min(known, key=lambda each: (each.kind != Source.Kind.AGENCY, each.pk or math.inf), default=None)
