"""Search lists and autocomplete fields: by names in any spelling, and by all words with the desk's index."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from dispatches.admin.editors import editor_of
from dispatches.finding.matching import matches
from sources.names import fold_name


class NameSearchMixin(admin.ModelAdmin):
    """An admin with folded names in `search_fields`: the search terms are folded too."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, has_duplicates = super().get_search_results(request, queryset, search_term)
        folded, _ = super().get_search_results(request, queryset, fold_name(search_term))
        return found | folded, has_duplicates


class TextSearchMixin(admin.ModelAdmin):
    """An admin whose search finds the words of all texts, with the index of the desk's search.

    `search_fields` only says that there is a search.
    """

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(matches(self.model, search_term.replace("\0", " "), editor_of(request))), False
