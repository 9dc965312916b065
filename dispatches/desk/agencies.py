"""Grade the world's agencies, so that reports that relay them do not count as ungraded."""

from collections.abc import Mapping

from dispatches.desk.actors import Actor, user_of
from dispatches.desk.transactions import changing_sources, verb
from dispatches.history import revisions
from sources.lineage.agencies import agencies
from sources.lineage.parties import add_agency, source_of_agency
from sources.models import Source


@verb("sources.grade_source")
def grade_agencies(*, grades: Mapping[str, str], actor: Actor) -> list[Source]:
    """Set the grades of agencies, named as in credits.toml. A source is added for an agency that has none.

    Returns the sources that were added or whose grade changed. A new one is not confidential: its name is on every
    credit line. Raises ValidationError.
    """
    changed = []
    for agency in agencies():
        grade = grades.get(agency.names[0])
        source = source_of_agency(agency) if grade else None
        if grade is None or (source and source.grade == grade):
            continue
        source = source or add_agency(agency, is_confidential=False)
        if source is None:
            # Another party has this name.
            continue
        if source.grade != grade:
            with changing_sources(source):
                source.grade = grade
                source.clean_fields(exclude=["owner"])
                source.save(update_fields=["grade"])
        revisions.keep(source, editor=user_of(actor), how="Graded as an agency")
        changed.append(source)
    return changed
