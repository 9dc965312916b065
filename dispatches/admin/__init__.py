"""The desk: Django's admin, with forms for working copies and a button for each verb of `dispatches/desk/`.

The forms for sources and reports are here rather than in sources/, because they call the desk's verbs.
"""

from dispatches.admin import dispatches, owners, people, sources
from dispatches.admin import reports as intake

__all__ = ["dispatches", "intake", "owners", "people", "sources"]
