"""What is live and scheduled of a dispatch, read once for all the buttons of a page."""

from typing import Any, NamedTuple

from dispatches.models import Dispatch
from dispatches.public.models import Edition


class Standing(NamedTuple):
    """The live and the scheduled edition of a dispatch."""

    live: Edition | None = None
    scheduled: Edition | None = None

    @property
    def is_public(self) -> bool:
        return self.live is not None and not self.live.is_withdrawn

    @property
    def is_withdrawn(self) -> bool:
        return self.live is not None and self.live.is_withdrawn


def remember(dispatch: Any) -> None:
    """Read the standing of a dispatch now, for what is asked of this instance until it is read again."""
    dispatch.desk_standing = Standing(*dispatch.current_editions())


def standing_of(dispatch: Dispatch | None) -> Standing:
    """Return the standing of a dispatch: the remembered one, if there is one."""
    if dispatch is None:
        return Standing()
    found: Standing | None = getattr(dispatch, "desk_standing", None)
    return found or Standing(*dispatch.current_editions())
