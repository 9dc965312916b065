"""The desk's tables: working copies and their history. The public ones are in `dispatches/public/models.py`."""

# Django looks here for all tables of the app.
from dispatches.models.dispatches import Citation, Development, Dispatch, DispatchQuerySet, Issuance, Story
from dispatches.models.history import Presence, Revision
from dispatches.public import models as public_models

__all__ = [
    "Citation",
    "Development",
    "Dispatch",
    "DispatchQuerySet",
    "Issuance",
    "Presence",
    "Revision",
    "Story",
    "public_models",
]
