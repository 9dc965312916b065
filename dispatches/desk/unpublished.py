"""Which saved changes are not published: compare the working copy with its live or scheduled edition."""

from collections.abc import Iterator

from django.utils import timezone
from django.utils.dateformat import format as format_date

from dispatches.desk.composition import compose_text
from dispatches.models import Dispatch
from dispatches.public.differences import Change, compare, compare_parts
from dispatches.public.models import Edition
from dispatches.public.search.documents import plain_text


def unpublished_changes(dispatch: Dispatch) -> list[Change]:
    """Return the saved changes that are missing from the live or scheduled edition.

    Empty for a draft and for a withdrawn dispatch. Citations are left out: saving them publishes the new Signal.
    """
    versions = _issued_and_saved(dispatch)
    if versions is None:
        return []
    issued, saved = versions
    changes = compare_parts(_parts(issued), _parts(saved))
    if issued.body_html != saved.body_html and _body(issued) == _body(saved):
        changes.append(Change("Links or emphasis in the body", compare(issued.body_html, saved.body_html)))
    return changes


def has_unpublished_changes(dispatch: Dispatch) -> bool:
    """Return True if there are unpublished changes, without comparing them word by word."""
    versions = _issued_and_saved(dispatch)
    if versions is None:
        return False
    issued, saved = versions
    return issued.body_html != saved.body_html or list(_parts(issued)) != list(_parts(saved))


def _issued_and_saved(dispatch: Dispatch) -> tuple[Edition, Edition] | None:
    issued = dispatch.latest_edition()
    if issued is None or issued.is_withdrawn:
        return None
    stored = dispatch
    if not dispatch.is_as_stored:
        stored = Dispatch.objects.select_related("section", "story").get(pk=dispatch.pk)
    # Composed as of the edition's own time, so that a [[reference]] gets the same words in both.
    return issued, compose_text(stored, published_at=issued.published_at, live_at=issued.live_at).edition


def _parts(edition: Edition) -> Iterator[tuple[str, str]]:
    """Yield each part that an editor writes or chooses, with its label."""
    yield "Headline", edition.headline
    yield "Section", edition.section.name
    yield "TL;DR", edition.tldr
    yield "Body", _body(edition)
    yield "Address", edition.slug
    yield "Story", edition.story
    yield "Byline", edition.byline
    yield (
        "Developments",
        "\n".join(
            f"{format_date(timezone.localtime(each.at), 'F j, Y, H:i:s')}: {each.text}"
            for each in edition.public_developments
        ),
    )


def _body(edition: Edition) -> str:
    return plain_text(edition.body_html).replace("\n", "\n\n")
