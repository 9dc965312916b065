"""Until its time a scheduled dispatch is indistinguishable from one that does not exist; then it is there at once.

One world schedules dispatches, and updates of dispatches that are live. In the other, the same texts are written and
published when their moment comes. In both, some of the dispatches that are live get a line first, published as it is
written. Both must look the same just before each moment, and again once the desk has indexed what has gone live. At the
moment itself, each dispatch, or its new headline, must be on every route where it belongs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
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
from tests.trust.words import hidden_sentence, misspelled
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

    def publish(self, world: World) -> None:
        """Write it now, and publish it."""
        desk.publish(dispatch=self.write(world), actor=world.people[0])

    def schedule(self, world: World) -> None:
        desk.schedule(dispatch=self.write(world), actor=world.people[0], at=self.at)

    def cover(self, world: World) -> None:
        """Publish a line of it now, if it is live and covered."""

    @property
    def mark(self) -> str:
        """What its pages show once it is live, and never before."""
        return self.slug

    @property
    def dated(self) -> date:
        return timezone.localdate(self.at)

    def write(self, world: World) -> Dispatch:
        dispatch = world.hidden_dispatch(Random(self.seed), self.references)
        Dispatch.objects.filter(pk=dispatch.pk).update(slug=self.slug)
        return Dispatch.objects.get(pk=dispatch.pk)


@dataclass(frozen=True)
class ComingUpdate(Coming):
    """An update of a dispatch that is live, which gets another headline, TL;DR and body."""

    published_on: date = date.min
    is_covered: bool = False

    def publish(self, world: World) -> None:
        desk.update(dispatch=self.write(world), actor=world.people[0], note=hidden_sentence(Random(self.seed)))

    def schedule(self, world: World) -> None:
        note = hidden_sentence(Random(self.seed))
        desk.schedule(dispatch=self.write(world), actor=world.people[0], at=self.at, note=note)

    def cover(self, world: World) -> None:
        if self.is_covered:
            dispatch, text = self._dispatch(), hidden_sentence(Random(f"{self.seed} line"))
            desk.start_publishing_developments(dispatch=dispatch, actor=world.people[0])
            line = desk.add_development(dispatch=dispatch, actor=world.people[0], at=world.now, text=text)
            assert line.edition, line.waits

    @property
    def mark(self) -> str:
        return self.headline

    @property
    def dated(self) -> date:
        return self.published_on

    def write(self, world: World) -> Dispatch:
        dispatch = self._dispatch()
        random, others = Random(self.seed), self.references.replace(f"[[{self.slug}]]", "")
        with desk.saving(dispatch, actor=world.people[0]):
            dispatch.headline = self.headline
            dispatch.tldr, dispatch.body = hidden_sentence(random), f"{hidden_sentence(random)} {others}"
            # As it was: an empty one would follow the headline.
            dispatch.slug = self.slug
            dispatch.save()
        return dispatch

    def _dispatch(self) -> Dispatch:
        edition = Edition.objects.live().get(dated=self.published_on, slug=self.slug)
        return Dispatch.objects.get(publication=edition.publication_id)


def compare_schedules(schedules: int, seed: int) -> Tally:
    """Schedule this many dispatches. `tried` counts responses."""
    tally, number = Tally(), seed * 1_000_000
    while tally.counts["schedules"] < schedules:
        number += 1
        _compare(number, min(AT_ONCE, schedules - tally.counts["schedules"]), tally)
    return tally


def _compare(seed: int, count: int, tally: Tally) -> None:
    with a_world(seed, frozenset()) as world:
        coming = _draw(world, seed, count)
        for each in coming:
            each.cover(world)
        published = [_ask_around_publishing(world, each) for each in coming]
    with a_world(seed, frozenset()) as world:
        coming = _draw(world, seed, count)
        for each in coming:
            with draw_ids(each.seed):
                each.schedule(world)
        for each in coming:
            each.cover(world)
        # One site with one cache, which has to notice by itself when a moment comes.
        site = new_site()
        for each, (before, after) in zip(coming, published, strict=True):
            tally.counts["schedules"] += 1
            world.wait(each.at - INSTANT - world.now)
            _note_same(before, _ask(site, each), f"world {seed}, before the moment of {each.slug}", tally)
            world.wait(INSTANT)
            for address in belongs_on(each):
                status, _, body = ask(site, address)
                is_there = status.startswith("200") and each.mark.encode() in body
                tally.note(is_there, lambda: f"world {seed}: {each.mark} is not on {address} ({status})")  # noqa: B023
            desk.index_due_editions(actor=desk.HOUSEKEEPING)
            world.wait(A_POLL)
            _note_same(after, _ask(site, each), f"world {seed}, after the moment of {each.slug}", tally)


def _draw(world: World, seed: int, count: int) -> list[Coming]:
    random, at, references = Random(f"{seed} schedules"), world.now, world.references()
    drawn: list[Coming] = []
    public = Edition.objects.live().exclude(kind=Edition.Kind.WITHDRAWAL).order_by("slug")
    updates = [each for each in public if Dispatch.objects.get(publication=each.publication_id).expunged_at is None]
    for number in range(count):
        at += timedelta(seconds=random.choice([10, 3_600, 100_000]) * (1 + random.random()))
        if number % 3 == 1 and updates:
            update = _draw_update(updates.pop(), f"{seed} coming {number}", at, references)
            drawn.append(replace(update, is_covered=number % 2 == 0))
            continue
        coming = Coming(f"{seed} coming {number}", f"coming-{number}", at, references)
        # Write it to learn where it will be found, and take it back.
        with transaction.atomic():
            dispatch = coming.write(world)
            story = dispatch.story.slug if dispatch.story else ""
            transaction.set_rollback(True)
        drawn.append(replace(coming, headline=dispatch.headline, section=dispatch.section.slug, story=story))
    return drawn


def _draw_update(edition: Edition, seed: str, at: datetime, references: str) -> ComingUpdate:
    return ComingUpdate(
        seed,
        edition.slug,
        at,
        references,
        headline=f"Changed {hidden_sentence(Random(seed))}",
        section=edition.section.slug,
        story=edition.story,
        published_on=edition.dated,
    )


def _ask_around_publishing(world: World, coming: Coming) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """Publish a dispatch in its moment, written only then. Return the responses just before it, and a little later."""
    world.wait(coming.at - INSTANT - world.now)
    before = _ask(new_site(), coming)
    world.wait(INSTANT)
    with draw_ids(coming.seed):
        coming.publish(world)
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
    random, dated = Random(coming.seed), coming.dated
    yield from belongs_on(coming)
    yield reverse("newer", args=[dated, coming.slug]) + "?edition=0"
    yield reverse("dispatch", args=[dated, coming.slug]) + f"?at={timezone.localtime():%Y-%m-%dT%H:%M}"
    yield reverse("signal-ledger", args=[dated, coming.slug])
    yield reverse("wire-feed", args=["atom"])
    yield reverse("section-feed", args=[coming.section, "atom"])
    yield reverse("sitemap", args=[dated.year * 100 + dated.month])
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
    dated = coming.dated
    for name in ("dispatch", "history", "ninjs", "embed"):
        yield reverse(name, args=[dated, coming.slug])
    yield "/search/?" + urlencode({"q": coming.headline, "order": "newest"})
    if isinstance(coming, ComingUpdate):
        # Where else it is depends on what was published since it was.
        return
    yield reverse("signal-ledger", args=[dated, coming.slug])
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
    if coming.story:
        yield reverse("story", args=[coming.story])
        yield reverse("story-feed", args=[coming.story, "atom"])
