"""Search lists and autocomplete fields by names in any spelling."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from sources.names import fold_name


class NameSearchMixin(admin.ModelAdmin):
    """An admin with folded names in `search_fields`: the search terms are folded too."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, has_duplicates = super().get_search_results(request, queryset, search_term)
        folded, _ = super().get_search_results(request, queryset, fold_name(search_term))
        return found | folded, has_duplicates
