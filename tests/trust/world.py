"""Generate a small world: sources, reports and dispatches, published and changed by the desk's verbs.

Its seed decides everything that readers may learn. What they may not learn is drawn in `hidden.py`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import groupby
from random import Random

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q
from django.utils import timezone
from factories import make_dispatch, make_report, make_source
from time_machine import Traveller
from two_worlds import draw_ids

from dispatches import desk
from dispatches.desk import NotReady
from dispatches.models import Citation, Development, Dispatch, Story
from dispatches.public.models import Edition, Section
from sources.models import Holding, Owner, Report, Source
from tests.trust.hidden import ADDED, AT_THE_END, Hidden
from tests.trust.words import PUBLIC, hidden_sentence, sentence

NOON = datetime.fromisoformat("2026-06-25T12:00:00+03:00")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
HIDDEN_SLUG = "hidden"


class World:
    """A world of this seed, in which the kinds in `changed` are hidden differently. The clock must be frozen."""

    def __init__(self, seed: int, changed: frozenset[str], clock: Traveller) -> None:
        self.seed, self.hidden, self._clock = seed, Hidden(seed, changed), clock
        self._random = Random(f"{seed} public")
        self._numbers: dict[type, int] = {}
        self.hidden_count, self.refused = 0, []
        clock.move_to(NOON)
        # The same in each world, for public and for hidden publications.
        with draw_ids(f"{seed} public"):
            self._build()

    @property
    def now(self) -> datetime:
        return timezone.now()

    def wait(self, span: timedelta) -> None:
        self._clock.shift(span)

    def _build(self) -> None:
        self._make_people()
        self._make_sources()
        self.reports: list[Report] = []
        for number in range(9):
            self._make_report(number)
        self.dispatches: list[Dispatch] = []
        for number in range(4):
            self._make_dispatch(number)
        steps = [lambda dispatch=dispatch: self._publish(dispatch) for dispatch in self.dispatches]
        steps += [self._change for _ in range(3)]
        secretly = self._when_to_hide(len(steps))
        for number, step in enumerate([*steps, lambda: None]):
            for kind in secretly.get(number, []):
                with draw_ids(f"{self.seed} {kind}"):
                    ADDED[kind](self, self.hidden.draw(kind))
            self.wait(7 * MINUTE)
            step()

    def _when_to_hide(self, last: int) -> dict[int, list[str]]:
        when: dict[int, list[str]] = {}
        for kind in ADDED:
            if self.hidden.has(kind):
                number = last if kind in AT_THE_END else self.hidden.draw(kind, "when").randint(0, last)
                when.setdefault(number, []).append(kind)
        return when

    def _id(self, model: type) -> dict[str, int]:
        number = self._numbers[model] = self._numbers.get(model, -1) + 1
        return {"pk": self.hidden.pk(model, number)}

    # What there is

    def _make_people(self) -> None:
        self.people = [User.objects.create_superuser(f"Editor {n}", **self._id(User)) for n in range(3)]

    def _someone(self, *doing: object) -> User:
        """Who did something at the desk is not public."""
        return self.hidden.draw("people", *doing).choice(self.people)

    def _make_sources(self) -> None:
        random = self._random
        self.owners = [Owner.objects.create(name=f"Holdings {n}", **self._id(Owner)) for n in range(3)]
        if random.random() < 0.5:
            Holding.objects.create(holder=self.owners[0], held=self.owners[1], is_control=True)
        self.named = [
            Source.objects.create(
                name=f"The {random.choice(PUBLIC).capitalize()} {number}",
                kind=random.choice([Source.Kind.OUTLET, Source.Kind.AGENCY, Source.Kind.RECORD]),
                grade=random.choice("AABBCCDF"),
                owner=random.choice([None, *self.owners]),
                public_label=random.choice(["", "", f"Label {number}"]),
                is_confidential=False,
                **self._id(Source),
            )
            for number in range(4)
        ]
        self.confidential = [
            Source.objects.create(**self.hidden.source(number, self.owners), **self._id(Source)) for number in range(3)
        ]

    def _make_report(self, number: int) -> None:
        random = self._random
        # Drawn in any case, so that what follows is the same.
        is_confidential, source, reach = random.random() < 0.45, random.choice(self.named), random.random()
        target, title = random.choice([None, *self.reports]), sentence(random, PUBLIC)
        if is_confidential:
            fields = self.hidden.report(number, self.reports, self.confidential)
        else:
            basis = "own" if reach < 0.5 else "first" if reach < 0.6 else "unknown" if reach < 0.7 else "relay"
            points = {"relays": target} if basis == "relay" and target else {}
            basis = "own" if basis == "relay" and not points else basis
            url = f"https://example.org/{number}"
            fields = {"source": source, "title": title, "text": title, "url": url, "basis": basis} | points
        said_at = NOON - 10 * HOUR + number * MINUTE
        report = Report.objects.create(
            said_at=said_at, filed_by=self._someone("filing", number), **fields, **self._id(Report)
        )
        desk.accept_report(report=report, actor=self._someone("accepting", number), at=said_at + HOUR)
        self.reports.append(report)

    def _make_dispatch(self, number: int) -> None:
        random = self._random
        if number == 0:
            names = [("The Square", "the-square"), ("The Ledger", "the-ledger")]
            self.sections = [
                Section.objects.create(name=name, slug=slug, beat="Economy", position=n, **self._id(Section))
                for n, (name, slug) in enumerate(names)
            ]
            self.story = Story.objects.create(name="A story", slug="a-story", **self._id(Story))
        reference = f" [[d-{random.randrange(number)}]]" if number and random.random() < 0.5 else ""
        hold = random.choice([None, None, None, 1])
        dispatch = Dispatch.objects.create(
            headline=sentence(random, PUBLIC),
            slug=f"d-{number}",
            section=random.choice(self.sections),
            story=random.choice([None, self.story]),
            byline=random.choice(["", "A. Reporter"]),
            tldr=sentence(random, PUBLIC, 4, 12),
            body=f"{sentence(random, PUBLIC, 20, 40)}.{reference}\n\n{sentence(random, PUBLIC)}.",
            claim_kind=random.choice(["event", "statement"]),
            hold=hold,
            hold_reason=hidden_sentence(self.hidden.draw("notes", "hold", number)) if hold else "",
            author=self._someone("writing", number),
            external_id=str(self.hidden.draw("notes", "id", number).random()),
            **self._id(Dispatch),
        )
        self._cite(dispatch, None, random.sample(self.reports, random.randint(1, 4)))
        for each in range(random.randint(0, 2)):
            at = NOON - (1 + each) * HOUR - number * MINUTE
            text = sentence(random, PUBLIC)
            step = Development.objects.create(dispatch=dispatch, text=text, at=at, **self._id(Development))
            self._cite(dispatch, step, random.sample(self.reports, random.randint(0, 2)))
        self.dispatches.append(dispatch)

    def _cite(self, dispatch: Dispatch, development: Development | None, reports: list[Report]) -> None:
        random = self._random
        for position, report in enumerate(reports):
            stance = random.choice(["supports"] * 6 + ["contradicts", "context"]) if position else "supports"
            Citation.objects.create(
                dispatch=dispatch,
                development=development,
                report=report,
                stance=stance,
                is_interested=random.random() < 0.1,
                resolution="Solved." if stance == "contradicts" and random.random() < 0.4 else "",
                position=2 * position,
                **self._id(Citation),
            )

    def confidential_reports(self) -> list[Report]:
        """Return the reports of confidential sources that have not been expunged, as they are now."""
        ids = [each.pk for each in self.reports if each.source.is_confidential]
        return list(Report.objects.kept().filter(pk__in=ids).order_by("said_at"))

    def references(self) -> str:
        """Return references to everything that readers can read."""
        live = Edition.objects.live().exclude(kind="withdrawal").values_list("slug", flat=True)
        return " ".join(f"[[{slug}]]" for slug in sorted(live))

    def hidden_dispatch(self, random: Random, references: str | None = None) -> Dispatch:
        """Create a working copy that is ready to be published, but is not public."""
        self.hidden_count += 1
        references = self.references() if references is None else references
        return make_dispatch(
            make_report(
                make_source(name=f"{hidden_sentence(random)} {self.hidden_count}"), accepted_at=NOON - 9 * HOUR
            ),
            *random.sample(self.reports, 2),
            headline=hidden_sentence(random),
            slug=f"{HIDDEN_SLUG}-{self.hidden_count}",
            tldr=hidden_sentence(random),
            body=f"{hidden_sentence(random)}. {references} {hidden_sentence(random)}.",
            section=random.choice(self.sections),
            # It may have been expunged with the only dispatch that it had.
            story=Story.objects.filter(pk=random.choice([None, self.story.pk])).first(),
        )

    # What happens

    def _publish(self, dispatch: Dispatch) -> None:
        self._try(lambda: desk.publish(dispatch=dispatch, actor=self._someone("publishing", dispatch.slug)))

    def _try(self, verb: Callable[[], object]) -> None:
        """Call a verb. It is refused if the Signal does not allow it, or what it needs has been expunged."""
        try:
            verb()
        except (NotReady, PermissionDenied):
            self.refused.append(self.now)

    def _change(self) -> None:
        """Change something that is public."""
        random = self._random
        dispatch, text = random.choice(self.dispatches), sentence(random, PUBLIC)
        report = random.choice(self.reports)
        what, grade = random.randrange(9), random.choice("ABCDE")
        someone = self._someone("changing", self.now)
        match what:
            case 0 | 1 | 2:
                verb = [desk.update, desk.correct, desk.clarify][what]
                self._try(lambda: self._rewrite(dispatch, text, someone))
                self._try(lambda: verb(dispatch=dispatch, actor=someone, note=text))
            case 3 | 4:
                self._try(lambda: desk.withdraw(dispatch=dispatch, actor=someone, note=text))
                if what == 4:
                    self.wait(MINUTE)
                    self._try(lambda: desk.restore(dispatch=dispatch, actor=someone, note=text))
            case 5:
                self._try(lambda: desk.retract_report(report=report, actor=someone))
            case 6:
                self._try(lambda: desk.pin_lead(dispatch=dispatch, actor=someone))
            case 7:
                source = random.choice(self.named)
                with desk.saving(source, actor=someone):
                    source.grade, source.public_label = grade, text
                    source.save()
            case 8:
                self._try(lambda: desk.expunge(dispatch=dispatch, actor=someone, note=text))

    def _rewrite(self, dispatch: Dispatch, text: str, someone: User) -> None:
        # Expunging may have emptied it since.
        dispatch = Dispatch.objects.get(pk=dispatch.pk)
        with desk.saving(dispatch, actor=someone):
            dispatch.headline, dispatch.tldr = text, text
            dispatch.save()

    def signals(self, which_added: bool = False) -> object:
        """Return what a change may move: rungs, marks and counts over time, and what could not be published.

        `which_added` includes which confidential reports added an origin, which readers may learn.
        """
        # With those that were replaced in the same moment, but not schedules that were canceled.
        canceled = Q(kind=Edition.Kind.FIRST, superseded_at=F("live_at"))
        rows = Edition.objects.filter(live_at__lte=self.now).exclude(canceled).order_by("publication", "number")
        moves = []
        for publication, editions in groupby(rows, key=lambda each: each.publication_id):
            shown = [_signal(edition, which_added) for edition in editions]
            moves.append((publication, [value for value, _ in groupby(shown)]))
        return self.refused, moves


def _signal(edition: Edition, which_added: bool) -> object:
    steps = edition.public_developments
    signals = [(step.at, step.rung, step.origins, step.is_disputed) for step in steps]
    lines = [line for ledger in (edition.public_ledger, *(step.ledger for step in steps)) for line in ledger]
    added = [line.why is None for line in lines if not line.is_named] if which_added else []
    # What a report says may contradict the claim, and that is public of every report.
    stances = [line.stance for line in lines]
    return edition.rung, edition.origins, edition.is_disputed, edition.is_held, signals, stances, added
