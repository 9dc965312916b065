"""Until its moment a scheduled dispatch is indistinguishable from one that does not exist; then it is there at once.

One world schedules dispatches. In the other, the same dispatches are written and published when their moment comes.
Both must look the same just before each moment, and again once the desk has indexed what has gone live. At the moment
itself, each dispatch must be on every route where it belongs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from two_worlds import draw_ids

from dispatches import desk
from dispatches.models import Dispatch
from dispatches.public.models import Edition
from tests.trust.asking import Answer, ask, new_site
from tests.trust.tally import Tally
from tests.trust.words import misspelled
from tests.trust.world import World
from tests.trust.worlds import a_world, describe_difference

# Dispatches scheduled in one world.
AT_ONCE = 20
INSTANT = timedelta(microseconds=1)
# How long a page may take to show what the desk has indexed since.
A_POLL = timedelta(seconds=2)


@dataclass(frozen=True)
class Coming:
    """A dispatch to come: the random numbers that write it, when it goes live, and where it will be found."""

    seed: str
    slug: str
    at: datetime
    references: str
    headline: str = ""
    section: str = ""
    story: str = ""

    def write(self, world: World) -> Dispatch:
        dispatch = world.hidden_dispatch(Random(self.seed), self.references)
        Dispatch.objects.filter(pk=dispatch.pk).update(slug=self.slug)
        return Dispatch.objects.get(pk=dispatch.pk)


def compare_schedules(schedules: int, seed: int) -> Tally:
    """Schedule this many dispatches. `tried` counts responses."""
    tally, number = Tally(), seed * 1_000_000
    while tally.counts["schedules"] < schedules:
        number += 1
        _compare(number, min(AT_ONCE, schedules - tally.counts["schedules"]), tally)
    return tally


def _compare(seed: int, count: int, tally: Tally) -> None:
    with a_world(seed, frozenset()) as world:
        published = [_ask_around_publishing(world, each) for each in _draw(world, seed, count)]
    with a_world(seed, frozenset()) as world:
        coming = _draw(world, seed, count)
        for each in coming:
            with draw_ids(each.seed):
                desk.schedule(dispatch=each.write(world), actor=world.people[0], at=each.at)
        # One site with one cache, which has to notice by itself when a moment comes.
        site = new_site()
        for each, (before, after) in zip(coming, published, strict=True):
            tally.counts["schedules"] += 1
            world.wait(each.at - INSTANT - world.now)
            _note_same(before, _ask(site, each), f"world {seed}, before the moment of {each.slug}", tally)
            world.wait(INSTANT)
            for address in belongs_on(each):
                status, _, body = ask(site, address)
                is_there = status.startswith("200") and each.slug.encode() in body
                tally.note(is_there, lambda: f"world {seed}: {each.slug} is not on {address} ({status})")  # noqa: B023
            desk.index_due_editions(actor=desk.HOUSEKEEPING)
            world.wait(A_POLL)
            _note_same(after, _ask(site, each), f"world {seed}, after the moment of {each.slug}", tally)


def _draw(world: World, seed: int, count: int) -> list[Coming]:
    random, at, references = Random(f"{seed} schedules"), world.now, world.references()
    drawn = []
    for number in range(count):
        at += timedelta(seconds=random.choice([10, 3_600, 100_000]) * (1 + random.random()))
        coming = Coming(f"{seed} coming {number}", f"coming-{number}", at, references)
        # Write it to learn where it will be found, and take it back.
        with transaction.atomic():
            dispatch = coming.write(world)
            story = dispatch.story.slug if dispatch.story else ""
            transaction.set_rollback(True)
        drawn.append(replace(coming, headline=dispatch.headline, section=dispatch.section.slug, story=story))
    return drawn


def _ask_around_publishing(world: World, coming: Coming) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """Publish a dispatch in its moment, written only then. Return the responses just before it, and a little later."""
    world.wait(coming.at - INSTANT - world.now)
    before = _ask(new_site(), coming)
    world.wait(INSTANT)
    with draw_ids(coming.seed):
        desk.publish(dispatch=coming.write(world), actor=world.people[0])
    world.wait(A_POLL)
    return before, _ask(new_site(), coming)


def _ask(site: object, coming: Coming) -> dict[str, Answer]:
    return {address: ask(site, address) for address in dict.fromkeys(_addresses(coming))}


def _note_same(one: dict[str, Answer], other: dict[str, Answer], where: str, tally: Tally) -> None:
    tally.note(one.keys() == other.keys(), lambda: f"{where}: other addresses")
    for address in one.keys() & other.keys():
        answer, another = one[address], other[address]
        tally.note(answer == another, lambda: f"{where}: {address}: {describe_difference(answer, another)}")  # noqa: B023


def _addresses(coming: Coming) -> Iterator[str]:
    """Yield its own addresses, all lists and feeds, searches for its words, and every page that may relate to it."""
    random = Random(coming.seed)
    dated = timezone.localdate(coming.at)
    yield from belongs_on(coming)
    yield reverse("newer", args=[dated, coming.slug]) + "?edition=0"
    yield reverse("card", args=[dated, coming.slug, 2])
    for name in ("signal", "corrections", "following", "sitemap-index", "sitemap-pages"):
        yield reverse(name)
    for kind in ("rss", "json"):
        yield reverse("wire-feed", args=[kind])
    yield f"{reverse('new')}?after={int((coming.at - timedelta(hours=1)).timestamp())}_0"
    words = Random(coming.seed).sample(["resignation", "tunnel", "harbour", "budget", "dossier", "lighthouse"], 3)
    for query in (*words, words[0][:-2], misspelled(random, words[0]), misspelled(random, words[1]), " ".join(words)):
        yield "/search/?" + urlencode({"q": query})
    for edition in Edition.objects.live().exclude(slug=coming.slug).order_by("-published_at")[:4]:
        yield edition.get_absolute_url()


def belongs_on(coming: Coming) -> Iterator[str]:
    """Yield the addresses on which a dispatch must be once it is live."""
    dated = timezone.localdate(coming.at)
    for name in ("dispatch", "history", "ninjs", "signal-ledger"):
        yield reverse(name, args=[dated, coming.slug])
    for name in ("top-stories", "wire", "items", "news-sitemap"):
        yield reverse(name)
    yield reverse("day", args=[dated])
    yield reverse("month", args=[dated.replace(day=1)])
    yield reverse("year", args=[dated.year])
    yield reverse("sitemap", args=[dated.year * 100 + dated.month])
    yield reverse("wire-feed", args=["atom"])
    yield reverse("signal-feed", args=["developing", "atom"])
    yield reverse("section", args=[coming.section])
    yield f"{reverse('wire')}?section={coming.section}"
    yield reverse("section-feed", args=[coming.section, "atom"])
    yield "/search/?" + urlencode({"q": coming.headline, "order": "newest"})
    if coming.story:
        yield reverse("story", args=[coming.story])
        yield reverse("story-feed", args=[coming.story, "atom"])
