"""What is live, saved and scheduled of a dispatch: for the status panel and the status bar of its form."""

from dataclasses import dataclass

from dispatches.desk.states import States
from dispatches.overviews.status import clock
from dispatches.public.differences import Change

LIVE, SAVED, SCHEDULED = "live", "saved", "scheduled"
# The buttons beside a state; each leads to its page, which asks first.
RESOLVING = ["reschedule", "update", "schedule-update", "discard"]
BESIDE_SCHEDULED = ["move", "call-off", "return-to-live"]


@dataclass(frozen=True, slots=True)
class Link:
    """A button that this user may press now."""

    name: str
    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Status:
    """The states of a dispatch, and the buttons beside them that this user may press."""

    states: States
    links: dict[str, Link]

    @property
    def for_saved(self) -> list[Link]:
        """The buttons for saved changes that are neither live nor scheduled; for a draft, the one that publishes it."""
        if self.states.unpublished:
            return self._links(RESOLVING)
        return [] if self.states.latest else self._links(["publish"])

    @property
    def for_scheduled(self) -> list[Link]:
        return self._links(BESIDE_SCHEDULED)

    @property
    def publishes(self) -> Link | None:
        """The button that publishes or schedules what is saved."""
        links = self._links(["reschedule"] if self.states.scheduled else ["update"])
        return links[0] if links else None

    @property
    def summary(self) -> str:
        """The states in a few words, for the bar that stays in sight."""
        states = self.states
        if states.live and not states.is_public:
            return "Withdrawn"
        words = [f"Live: edition {states.live.number}"] if states.live else []
        if states.scheduled:
            words.append(f"Scheduled for {clock(states.scheduled.live_at)}")
        if states.unpublished:
            words.append(f"Saved, not {'scheduled' if states.scheduled else 'published'}: {self.parts}")
        return " · ".join(words) or "Draft: readers don’t see it"

    @property
    def parts(self) -> str:
        """The labels of what is saved, but neither live nor scheduled: “Headline, TL;DR”."""
        return parts(self.states.unpublished)

    def _links(self, names: list[str]) -> list[Link]:
        return [self.links[name] for name in names if name in self.links]


def previews_of(states: States) -> dict[str, str]:
    """Return the states whose page can be previewed, with their labels."""
    shown = {LIVE: states.is_public, SAVED: True, SCHEDULED: states.scheduled is not None}
    return {state: state.capitalize() for state, is_shown in shown.items() if is_shown}


def parts(changes: list[Change]) -> str:
    """Return the labels of the parts that differ: “Headline, TL;DR”."""
    return ", ".join(change.part for change in changes)
