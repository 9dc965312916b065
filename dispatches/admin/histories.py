"""The history page: saves and verbs in one order, newest first."""

from collections.abc import Sequence
from typing import Any

from django.db import models

from dispatches.admin.unsaved import HistoryEntry
from dispatches.models import Action, Revision
from dispatches.models.log import ActionQuerySet

# Verbs that save a revision, which shows what they have changed.
SAVES = {
    *("cite", "add_development", "hold_signal", "release_signal", "file_dispatch", "get_or_file_dispatch"),
    *("accept_newer_text", "keep_accepted_text", "accept_proposal", "reopen_proposal"),
}
# The most verbs on one page.
MOST = 200


def actions_of(obj: models.Model) -> ActionQuerySet:
    """Return what was done to an object beside saving it, newest first."""
    saving = [f"{verb}_{obj._meta.model_name}" for verb in ("add", "change")]
    return Action.objects.about(obj).exclude(verb__in=[*SAVES, *saving])


def with_actions(
    obj: models.Model, entries: Sequence[HistoryEntry], newer: Revision | None, older: Revision | None
) -> list[HistoryEntry | Action]:
    """Return the entries of a page of the history with the verbs called between them.

    `newer` and `older` are the revisions next to the page, if there are any.
    """
    actions = actions_of(obj).between(older.saved_at if older else None, newer.saved_at if newer else None)[:MOST]
    timeline: list[tuple[Any, int, Any]] = [
        *((each.revision.saved_at, 1, each) for each in entries),
        *((each.at, 0, each) for each in actions),
    ]
    return [each for _, _, each in sorted(timeline, key=lambda one: one[:2], reverse=True)]
