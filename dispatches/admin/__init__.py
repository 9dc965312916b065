"""The Django admin is the desk: forms for working copies, and a button for each verb of `dispatches/desk.py`.

The forms for sources and reports stand here too, and not in sources/: what they do goes through the desk's verbs.
"""

from django.conf import settings
from django.contrib import admin

from dispatches.admin import dispatches, intake, people

__all__ = ["dispatches", "intake", "people"]

admin.site.site_header = settings.WIRE_DESK_NAME
admin.site.site_title = settings.WIRE_DESK_NAME
admin.site.index_title = "Newsroom"
# The form needs the width, and the start page has the same list.
admin.site.enable_nav_sidebar = False
