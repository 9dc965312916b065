"""Conditions for offering a button on the form of a dispatch. On the add form, the dispatch is None."""

from dispatches.models import Dispatch


def is_saved(dispatch: Dispatch | None) -> bool:
    # Leaving an add form for another page would let Back submit it a second time.
    return dispatch is not None and dispatch.expunged_at is None


def is_draft(dispatch: Dispatch | None) -> bool:
    return dispatch is None or (dispatch.current_editions() == (None, None) and dispatch.set_aside_at is None)


def is_saved_draft(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and is_draft(dispatch)


def is_submitted(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and is_draft(dispatch) and dispatch.submitted_at is not None


def is_coming(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and dispatch.scheduled_edition() is not None


def is_unpublished(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and dispatch.expunged_at is None and dispatch.live_edition() is None


def is_public(dispatch: Dispatch | None) -> bool:
    edition = dispatch.live_edition() if dispatch else None
    return edition is not None and not edition.is_withdrawn


def is_public_and_coming(dispatch: Dispatch | None) -> bool:
    return is_public(dispatch) and is_coming(dispatch)


def is_withdrawn(dispatch: Dispatch | None) -> bool:
    edition = dispatch.live_edition() if dispatch else None
    return edition is not None and edition.is_withdrawn


def is_withdrawn_and_kept(dispatch: Dispatch | None) -> bool:
    return is_saved(dispatch) and is_withdrawn(dispatch)


def differs(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and dispatch.has_unpublished_changes


def is_lead(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and dispatch.is_lead()
