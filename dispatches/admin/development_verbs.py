"""The buttons that decide whether developments are published as they are written."""

from django import forms
from django.contrib.auth.models import User

from dispatches import desk
from dispatches.admin.dispatch_verbs import PUBLISHES
from dispatches.admin.verbs import Verb
from dispatches.models import Dispatch


def _start(dispatch: Dispatch, editor: User) -> str:
    desk.start_publishing_developments(dispatch=dispatch, actor=editor)
    return "Developments are published as they are written: readers get each line when you press Enter."


def _stop(dispatch: Dispatch, editor: User) -> str:
    desk.stop_publishing_developments(dispatch=dispatch, actor=editor)
    return "Developments are saved only. Readers get new ones with the next edition."


VERBS = [
    Verb(
        "publish-developments",
        "Publish developments as written",
        _start,
        lambda dispatch: dispatch is not None and not dispatch.expunged_at and not dispatch.publishes_developments,
        "From now on, each development goes to readers when you press Enter, if the dispatch is live: the live edition "
        "plus that line. Other saved changes stay unpublished. A scheduled edition gets the line too.",
        forms.Form,
        permission=PUBLISHES,
    ),
    Verb(
        "save-developments",
        "Stop publishing developments as written",
        _stop,
        lambda dispatch: dispatch is not None and dispatch.publishes_developments,
        "From now on, developments are saved only. Readers get new ones with the next edition.",
        permission=PUBLISHES,
    ),
]
