"""Lists that cost the same however large the desk is: only the rows of a page are read in full."""

from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest

from dispatches.models import Dispatch

# Rows of a page. Rendering them costs more than finding them.
ROWS = 40


class DispatchList(ChangeList):
    """Dispatches with what readers have of them: looked up for the rows of the page, not for all that are sorted."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        ids = list(self.result_list.values_list("pk", flat=True))
        rows = {each.pk: each for each in Dispatch.objects.filter(pk__in=ids).for_desk().defer("body", "tldr")}
        self.result_list = [rows[pk] for pk in ids if pk in rows]


class ReportList(ChangeList):
    """Reports without their texts."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = self.result_list.defer("text", "newer_version")
