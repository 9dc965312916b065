"""The Django admin is the desk: forms for working copies, and a button for each verb of `dispatches/desk/`.

The forms for sources and reports stand here too, and not in sources/: what they do goes through the desk's verbs.
"""

from dispatches.admin import dispatches, people, sources
from dispatches.admin import reports as intake

__all__ = ["dispatches", "intake", "people", "sources"]
