"""The desk's tables: working copies and their history. Public tables are in `dispatches/public/models.py`."""

# Django discovers all tables of the app here.
from dispatches.models.contradictions import Contradiction
from dispatches.models.dispatches import Citation, Development, Dispatch, DispatchQuerySet, Story
from dispatches.models.documents import DeskDocument
from dispatches.models.history import Presence, Revision
from dispatches.models.issuing import Issuance, IssuedText
from dispatches.models.log import Action
from dispatches.models.teamwork import Assignment, Bell, Comment
from dispatches.public import models as public_models

__all__ = [
    "Action",
    "Assignment",
    "Bell",
    "Citation",
    "Comment",
    "Contradiction",
    "DeskDocument",
    "Development",
    "Dispatch",
    "DispatchQuerySet",
    "Issuance",
    "IssuedText",
    "Presence",
    "Revision",
    "Story",
    "public_models",
]
