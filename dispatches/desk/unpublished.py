"""How the text of one edition differs from another: what is live, what is saved, what is scheduled."""

from collections.abc import Iterator

from django.utils import timezone
from django.utils.dateformat import format as format_date

from dispatches.desk.composition import compose_text
from dispatches.models import Dispatch
from dispatches.public.differences import Change, compare, compare_parts
from dispatches.public.models import Edition
from dispatches.public.search.documents import plain_text


def compare_editions(before: Edition, after: Edition) -> list[Change]:
    """Return what differs for readers between the texts of two editions, word by word.

    The Signal is left out: saving citations, the kind of claim or a hold publishes a new one, so it never differs.
    """
    changes = compare_parts(_parts(before), _parts(after))
    if before.body_html != after.body_html and _body(before) == _body(after):
        changes.append(Change("Links or emphasis in the body", compare(before.body_html, after.body_html)))
    return changes


def is_same_text(one: Edition, other: Edition) -> bool:
    """Return True if two editions have the same text, without comparing them word by word."""
    return one.body_html == other.body_html and list(_parts(one)) == list(_parts(other))


def saved_as(dispatch: Dispatch, edition: Edition) -> Edition:
    """Compose the text of a working copy as if it were this edition: a [[reference]] gets the same words in both."""
    return compose_text(dispatch, published_at=edition.published_at, live_at=edition.live_at).edition


def has_unpublished_changes(dispatch: Dispatch) -> bool:
    """Return True if the stored text differs from what is scheduled or, if nothing is, from what is live.

    False for a draft and for a withdrawn dispatch.
    """
    issued = dispatch.editions.filter(superseded_at=None).select_related("section").first()
    if issued is None or issued.is_withdrawn:
        return False
    stored = Dispatch.objects.select_related("section", "story").get(pk=dispatch.pk)
    return not is_same_text(issued, saved_as(stored, issued))


def store_unpublished_changes(dispatch: Dispatch) -> None:
    """Store whether the working copy differs from what was issued, after something else than its text was issued."""
    Dispatch.objects.filter(pk=dispatch.pk).update(has_unpublished_changes=has_unpublished_changes(dispatch))


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
