"""Create test objects: a test states what matters, and these fill in the rest."""

from datetime import datetime, timedelta
from itertools import count

from django.utils import timezone

from dispatches import desk
from dispatches.history import revisions
from dispatches.models import Citation, Development, Dispatch, Story
from dispatches.public.models import Edition, Section
from sources.models import Report, Source

_numbers = count(1)

# May call every verb, as no particular user.
MODELS = ["dispatch", "section", "story", "report", "source", "owner", "holding", "feed"]
DESK = desk.SystemActor("the tests", frozenset(desk.VERBS) | {f"save_{model}" for model in MODELS})


def version_of(obj) -> str:
    """Return the version that an admin form of this object carries."""
    return revisions.digest_of(revisions.read_content(obj))


def make_section(**fields) -> Section:
    number = next(_numbers)
    defaults = {"name": f"Section {number}", "slug": f"section-{number}", "beat": "Economy"}
    return Section.objects.create(**defaults | fields)


def make_story(slug: str = "a-story") -> Story:
    return Story.objects.create(name=slug, slug=slug)


def make_source(**fields) -> Source:
    defaults = {
        "name": f"Source {next(_numbers)}",
        "kind": Source.Kind.OUTLET,
        "grade": "B",
        "is_confidential": False,
    }
    return Source.objects.create(**defaults | fields)


def make_report(source: Source | None = None, accepted_at: datetime | None = None, accepted=True, **fields) -> Report:
    said_at = (accepted_at or timezone.now()) - timedelta(hours=1)
    defaults = {"title": "Something happened", "said_at": said_at, "basis": "own"}
    report = Report.objects.create(source=source or make_source(), **defaults | fields)
    if accepted:
        desk.accept_report(report=report, actor=DESK, at=accepted_at or said_at)
    return report


def make_dispatch(*reports: Report, **fields) -> Dispatch:
    """Create a working copy that is ready to publish, from these reports or a new one."""
    number = next(_numbers)
    defaults = {
        "headline": f"Headline {number}",
        "slug": f"headline-{number}",
        "section": fields.pop("section", None) or make_section(),
        "tldr": "What matters, in a sentence.",
        "body": "The body of the dispatch.",
    }
    dispatch = Dispatch.objects.create(**defaults | fields)
    for report in reports or [make_report(accepted_at=datetime.fromisoformat("2020-01-01T12:00Z"))]:
        cite(dispatch, report)
    return dispatch


def change(dispatch: Dispatch, **fields) -> Dispatch:
    """Save other values of a dispatch, as a form does."""
    stored = Dispatch.objects.get(pk=dispatch.pk)
    with desk.saving(stored, actor=DESK):
        for name, value in fields.items():
            setattr(stored, name, value)
        stored.save()
    return stored


def cite(dispatch: Dispatch, report: Report, **fields) -> Citation:
    return Citation.objects.create(dispatch=dispatch, report=report, **{"position": next(_numbers)} | fields)


def develop(dispatch: Dispatch, text: str, at: datetime | None = None) -> Development:
    return Development.objects.create(dispatch=dispatch, text=text, at=at or timezone.now())


def dispatch_of(edition: Edition) -> Dispatch:
    """Return the working copy of an edition."""
    return Dispatch.objects.get(publication=edition.publication_id)


def publish(*reports: Report, at: datetime | None = None, **fields) -> Edition:
    return desk.publish(dispatch=make_dispatch(*reports, **fields), actor=DESK, at=at)
