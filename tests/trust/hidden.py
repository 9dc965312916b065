"""What readers may not learn of a world, by kind: each kind is drawn separately, so that two worlds can differ in one.

Some kinds are values of things that both worlds have, such as a confidential source's name. Others are things that
only one of the two has, such as a draft.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from factories import DESK, develop, make_report, make_source

from dispatches import desk
from dispatches.desk import NotReady
from dispatches.models import Dispatch
from dispatches.public.models import Edition
from sources.models import Owner, Report, Source
from tests.trust.words import HIDDEN, hidden_sentence

if TYPE_CHECKING:
    from tests.trust.world import World

# Values of confidential sources and their reports, and of what both worlds have at the desk.
VALUES = ["names", "kinds", "owners", "grades", "notes", "labels", "aliases", "texts", "who", "relays", "people", "ids"]
# Kinds that enter the Signal. What moves a rung, a mark or a count is public: such a pair is drawn again.
MAY_MOVE = {"kinds", "owners", "grades", "who", "relays", "proposals", "changes", "texts"}
CHANNEL_KINDS = [Source.Kind.CHANNEL, Source.Kind.OUTLET, Source.Kind.AGENCY, Source.Kind.WITNESS, Source.Kind.DOCUMENT]
DAY = timedelta(days=1)
FIRST_ID = 10**9


class Hidden:
    """Draws what is hidden in a world. The kinds in `changed` are drawn differently from the other world's."""

    def __init__(self, seed: int, changed: frozenset[str]) -> None:
        self._seed, self._changed = seed, changed

    def draw(self, kind: str, *of_what: object) -> Random:
        """Return random numbers for one thing of a kind."""
        assert kind in KINDS, kind
        return Random(f"{self._seed} {kind} {kind in self._changed} {of_what}")

    def has(self, kind: str) -> bool:
        return kind in self._changed

    def pk(self, model: type, number: int) -> int:
        """Return the id of the `number`th object of a model: as counted, or in another order."""
        # Far from the ids that the database gives.
        if not self.has("ids"):
            return FIRST_ID + number
        random = Random(f"{self._seed} {model.__name__}")
        return FIRST_ID + random.sample(range(1_000_000), 200)[number]

    def source(self, number: int, owners: list[Owner]) -> dict[str, Any]:
        """Return the fields of a confidential source."""
        name = hidden_sentence(self.draw("names", number))
        return {
            "name": f"{name} {number}",
            "kind": self.draw("kinds", number).choice(CHANNEL_KINDS),
            "owner": self.draw("owners", number).choice([None, None, *owners]),
            "grade": self.draw("grades", number).choice("AABBCCDEF"),
            "notes": hidden_sentence(self.draw("notes", number)),
            "public_label": self.draw("labels", number).choice(["", f"Label {self.draw('labels', number).random()}"]),
            "aliases": "\n".join(self.draw("aliases", number).sample(HIDDEN, 2)),
            "is_confidential": True,
        }

    def report(self, number: int, earlier: list[Report], sources: list[Source]) -> dict[str, Any]:
        """Return the fields of a report by one of these confidential sources."""
        random = self.draw("texts", number)
        fields = {
            "source": self.draw("who", number).choice(sources),
            "title": hidden_sentence(random),
            "text": hidden_sentence(random),
            "url": f"https://{random.choice(HIDDEN)}.example/{random.random()}",
            "byline": hidden_sentence(random),
            "external_id": str(random.random()),
        }
        return fields | relaying(self.draw("relays", number), earlier)


def relaying(random: Random, earlier: list[Report]) -> dict[str, Any]:
    """Return how a report knows what it says."""
    basis = random.choice(["own", "own", "own", "first", "relay", "relay", "unknown"])
    if basis == "relay" and earlier:
        target = random.choice(earlier)
        return {"basis": basis} | random.choice([{"relays": target}, {"credits": target.source}])
    return {"basis": "own" if basis == "relay" else basis}


# Things that only one of the worlds has. Each function adds its kind at some time while the world is published.


def add_drafts(world: "World", random: Random) -> None:
    for dispatch in [world.hidden_dispatch(random) for _ in range(2)]:
        develop(dispatch, hidden_sentence(random), at=world.now)
        desk.submit(dispatch=dispatch, actor=DESK)


def add_edits(world: "World", random: Random) -> None:
    """Save texts that are not published, in the working copies of what is."""
    for dispatch in Dispatch.objects.filter(publication__isnull=False, expunged_at=None):
        texts = {"headline": hidden_sentence(random), "body": hidden_sentence(random), "hold_reason": "?"}
        with desk.saving(dispatch, actor=DESK):
            for name, text in texts.items():
                setattr(dispatch, name, text)
            dispatch.save()


def add_schedules(world: "World", random: Random) -> None:
    for number in range(2):
        dispatch = world.hidden_dispatch(random)
        at = world.now + (1 + random.random() * 60) * DAY
        desk.schedule(dispatch=dispatch, actor=DESK, at=at)
        if number:
            desk.reschedule(dispatch=dispatch, actor=DESK, at=at + DAY * random.random())
    # An update of what is live: whatever is published meanwhile goes on without it.
    public = Edition.objects.live().exclude(kind=Edition.Kind.WITHDRAWAL).values("publication")
    for dispatch in Dispatch.objects.filter(publication__in=public, expunged_at=None).order_by("slug")[:2]:
        if dispatch.scheduled_edition():
            continue
        with desk.saving(dispatch, actor=DESK):
            dispatch.body = hidden_sentence(random)
            dispatch.save()
        with suppress(NotReady):
            desk.schedule(dispatch=dispatch, actor=DESK, at=world.now + (1 + random.random() * 60) * DAY)
        # A restored dispatch has the text that is saved, so that has to be the same in both worlds.
        if dispatch.scheduled_edition():
            desk.return_to_live(dispatch=dispatch, actor=DESK)
        else:
            desk.discard_changes(dispatch=dispatch, actor=DESK)


def add_canceled(world: "World", random: Random) -> None:
    for _ in range(2):
        dispatch = world.hidden_dispatch(random)
        # Its time may come while the world is asked.
        desk.schedule(dispatch=dispatch, actor=DESK, at=world.now + timedelta(minutes=random.randint(1, 300)))
        desk.cancel_schedule(dispatch=dispatch, actor=DESK)


def add_pending(world: "World", random: Random) -> None:
    """Cite reports in what is public that the desk has not accepted."""
    for number in range(3):
        source = random.choice([*world.named, *world.confidential])
        text = {"title": hidden_sentence(random), "text": hidden_sentence(random), "byline": hidden_sentence(random)}
        report = make_report(source, accepted=False, **text, **relaying(random, world.reports))
        if number == 2:
            desk.reject_report(report=report, actor=DESK, reason=hidden_sentence(random))
        dispatch = random.choice(
            Dispatch.objects.filter(pk__in=[each.pk for each in world.dispatches]).order_by("slug")
        )
        if dispatch.expunged_at:
            continue
        desk.cite(dispatch=dispatch, report=report, actor=DESK, position=random.randrange(9))
        for step in dispatch.developments.all()[:1]:
            desk.cite(dispatch=dispatch, report=report, actor=DESK, development=step)


def add_others(world: "World", random: Random) -> None:
    """Add sources and reports that nothing public cites, with everything that may arrive with them."""
    owner = Owner.objects.create(name=hidden_sentence(random), notes=hidden_sentence(random))
    for grade in random.sample("ABCDEF", 3):
        source = make_source(name=f"{hidden_sentence(random)} {grade}", grade=grade, owner=owner)
        make_report(source, title=hidden_sentence(random), **relaying(random, world.reports))


def add_proposals(world: "World", random: Random) -> None:
    """Propose that confidential reports are relays."""
    reports = world.confidential_reports()
    for report in reports[:2]:
        origin = random.choice([each for each in world.named if each != report.source])
        desk.propose_credit(report=report, origin=origin, name=hidden_sentence(random), actor=DESK)
        for proposal in report.proposals.open():
            match random.randrange(3):
                case 0:
                    desk.accept_proposal(proposal=proposal, actor=DESK)
                case 1:
                    desk.clear_proposal(proposal=proposal, actor=DESK, reason=hidden_sentence(random))


def add_changes(world: "World", random: Random) -> None:
    """Change everything of a confidential source, and of a report, while they are cited."""
    source = random.choice(world.confidential)
    with desk.saving(source, actor=DESK):
        source.name, source.notes = f"{hidden_sentence(random)} renamed", hidden_sentence(random)
        source.aliases, source.public_label = random.choice(HIDDEN), hidden_sentence(random)
        source.grade, source.owner = random.choice("ABCDEF"), random.choice([None, *world.owners])
        source.save()
    reports = world.confidential_reports()
    for report in random.sample(reports, min(1, len(reports))):
        with desk.saving(report, actor=DESK):
            report.title, report.text, report.byline = (hidden_sentence(random) for _ in range(3))
            report.url = "https://elsewhere.example/"
            report.save()


def add_set_aside(world: "World", random: Random) -> None:
    """Let an editor send a draft back, fail to publish it, and set it aside."""
    dispatch = world.hidden_dispatch(random)
    desk.submit(dispatch=dispatch, actor=DESK)
    desk.send_back(dispatch=dispatch, actor=DESK, note=hidden_sentence(random))
    Dispatch.objects.filter(pk=dispatch.pk).update(tldr="")
    with suppress(NotReady):
        desk.publish(dispatch=dispatch, actor=DESK)
    desk.set_aside(dispatch=dispatch, actor=DESK)


def add_teamwork(world: "World", random: Random) -> None:
    """Take what is public, hand it over, and comment on it and on its reports."""
    public = Dispatch.objects.filter(publication__isnull=False, expunged_at=None).order_by("slug")[:2]
    for work in (*public, random.choice(world.reports)):
        if not type(work)._default_manager.filter(pk=work.pk, expunged_at=None).exists():
            continue
        someone = random.choice(world.people)
        desk.take(work=work, actor=someone)
        desk.hand_over(work=work, to=random.choice(world.people), actor=someone)
        desk.comment(work=work, actor=someone, text=f"{hidden_sentence(random)} @{random.choice(world.people)}")


def add_lines(world: "World", random: Random) -> None:
    """Write developments that are published as they are written, into what is scheduled."""
    dispatch = world.hidden_dispatch(random)
    desk.schedule(dispatch=dispatch, actor=DESK, at=world.now + (1 + random.random() * 60) * DAY)
    desk.start_publishing_developments(dispatch=dispatch, actor=DESK)
    for _ in range(2):
        desk.add_development(dispatch=dispatch, actor=DESK, at=world.now, text=hidden_sentence(random))


def add_expunged(world: "World", random: Random) -> None:
    """Schedule a draft, then expunge it."""
    dispatch = world.hidden_dispatch(random)
    desk.schedule(dispatch=dispatch, actor=DESK, at=world.now + timedelta(minutes=random.randint(1, 300)))
    desk.expunge_draft(dispatch=dispatch, actor=DESK)


ADDED: dict[str, Callable[["World", Random], None]] = {
    "drafts": add_drafts,
    "edits": add_edits,
    "schedules": add_schedules,
    "canceled": add_canceled,
    "pending": add_pending,
    "others": add_others,
    "proposals": add_proposals,
    "changes": add_changes,
    "set aside": add_set_aside,
    "teamwork": add_teamwork,
    "lines": add_lines,
    "expunged drafts": add_expunged,
}
# Not before everything is published: a later update would publish it.
AT_THE_END = {"edits"}
KINDS = [*VALUES, *ADDED]
