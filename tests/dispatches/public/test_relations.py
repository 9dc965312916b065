"""Related dispatches: the same story, references in both directions, likeness."""

from datetime import timedelta

import pytest
from django.utils import timezone
from factories import DESK, dispatch_of, make_dispatch, make_story, publish

from dispatches import desk
from dispatches.models import Dispatch
from dispatches.public.models import Edition
from dispatches.public.relations import compare, related

pytestmark = pytest.mark.django_db

STRIKE = {"tldr": "Dockworkers at the Haifa terminal walk out over the shift roster."}


def headlines(edition):
    found = related(edition.publication_id, edition.story)
    others = Edition.objects.in_bulk(found)
    return [others[pk].headline for pk in found]


def test_the_story_comes_first_then_references_both_ways_then_what_is_alike():
    story = make_story()
    publish(headline="Dockworkers strike at Haifa terminal", **STRIKE)
    publish(headline="Referred to", slug="referred")
    publish(headline="Neither", tldr="A choir sings in Eilat.")
    publish(headline="Same story", story=story, tldr="Something else.")
    edition = publish(
        headline="Haifa dockworkers end strike", slug="ended", body="So it was, [[referred]].", story=story, **STRIKE
    )
    publish(headline="Refers to it", body="So it was, [[ended]].", tldr="And another thing.")
    first, *references, last = headlines(edition)
    assert (first, last) == ("Same story", "Dockworkers strike at Haifa terminal")
    assert sorted(references) == ["Referred to", "Refers to it"]


def test_an_edition_that_readers_can_not_read_is_not_related():
    gone = publish(headline="Dockworkers strike at Haifa terminal", **STRIKE)
    coming = make_dispatch(headline="Dockworkers strike at Haifa terminal again", **STRIKE)
    desk.schedule(dispatch=coming, actor=DESK, at=timezone.now() + timedelta(hours=1))
    edition = publish(headline="Haifa dockworkers end strike at terminal", **STRIKE)
    assert headlines(edition) == ["Dockworkers strike at Haifa terminal"]
    desk.withdraw(dispatch=dispatch_of(gone), actor=DESK, note="It was wrong.")
    assert headlines(edition) == []


def test_an_edition_with_another_text_is_related_again():
    publish(headline="Dockworkers strike at Haifa terminal", **STRIKE)
    edition = publish(headline="Haifa dockworkers end strike", **STRIKE)
    Dispatch.objects.filter(pk=dispatch_of(edition).pk).update(headline="A choir sings", tldr="In Eilat.")
    assert headlines(desk.update(dispatch=dispatch_of(edition), actor=DESK)) == []


def test_what_happened_long_before_is_not_related_for_its_words_alone():
    publish(headline="Dockworkers strike at Haifa terminal", at=timezone.now() - timedelta(days=365), **STRIKE)
    assert headlines(publish(headline="Haifa dockworkers strike at terminal", **STRIKE)) == []


def test_likeness_is_of_rare_words():
    rarity = {"haifa": 1.0, "dockworkers": 3.0, "choir": 3.0}
    same, other = {"haifa", "dockworkers"}, {"haifa", "choir"}
    assert compare(same, same, rarity) == pytest.approx(1.0)
    assert compare(same, other, rarity) == pytest.approx(0.1)
    assert compare(same, {"eilat"}, rarity) == 0.0
