"""The developments and citations on the form of a dispatch: who may edit them, with which fields and choices."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Prefetch
from django.db.models.functions import Substr
from django.http import HttpRequest

from dispatches.admin.cards import CHARACTERS_READ, cards_of, lines_of
from dispatches.admin.editors import editor_of
from dispatches.admin.fields import DevelopmentChoiceField, PreloadedChoiceField, ReportSelect
from dispatches.admin.own_lists import OwnListsInline
from dispatches.admin.row_formsets import CitationFormSet, RowsFormSet
from dispatches.admin.verbs import complete_field, name_inputs
from dispatches.models import Citation, Development
from sources.models import Proposal, Report


class RowsInline(OwnListsInline):
    formset = RowsFormSet
    max_num = 5000

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.may_order = self.has_change_permission(request, obj)
        return formset

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        complete_field(db_field, kwargs)
        return name_inputs(super().formfield_for_dbfield(db_field, request, **kwargs), db_field)

    def items(self, request: HttpRequest, formset: Any) -> list[Any]:
        """Return the rows as the template shows them to this user."""
        raise NotImplementedError


class DevelopmentInline(RowsInline):
    model = Development
    template = "admin/dispatches/dispatch/_developments.html"

    def items(self, request: HttpRequest, formset: Any) -> list[Any]:
        return lines_of(formset)


class CitationInline(RowsInline):
    model = Citation
    formset = CitationFormSet
    template = "admin/dispatches/dispatch/_citations.html"
    autocomplete_fields = ["report"]
    radio_fields = {"stance": admin.HORIZONTAL}

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return with_reports(super().get_queryset(request))

    def items(self, request: HttpRequest, formset: Any) -> list[Any]:
        return cards_of(formset, editor_of(request))

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "stance" and field:
            # Each radio button has its own label.
            field.widget.attrs.pop("aria-label", None)
        if db_field.name in {"report", "development"} and field:
            # Without the admin's links for adding and changing them.
            field.widget = getattr(field.widget, "widget", field.widget)
        return field

    def formfield_for_foreignkey(self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        match = request.resolver_match
        dispatch = match.kwargs.get("object_id") if match else None
        if db_field.name == "development":
            # A citation can only support a development of the same dispatch; a new dispatch has none yet.
            kwargs["queryset"] = (
                Development.objects.filter(dispatch=dispatch) if dispatch else Development.objects.none()
            )
            kwargs["form_class"] = DevelopmentChoiceField
            kwargs["empty_label"] = "The headline's claim"
        elif db_field.name == "report":
            kwargs["queryset"] = Report.objects.select_related("source")
            kwargs["form_class"] = PreloadedChoiceField
            kwargs["widget"] = ReportSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def with_reports(citations: models.QuerySet | None = None) -> models.QuerySet:
    """Read with citations what their cards show and the rating needs, without the texts of the reports."""
    proposals = Proposal.objects.open().select_related("relays__source", "credits")
    return (
        (Citation.objects.all() if citations is None else citations)
        .select_related("report__source", "report__relays__source", "report__credits", "contradiction")
        .defer("report__text", "report__newer_version", "report__relays__text", "report__relays__newer_version")
        .annotate(first_words=Substr("report__text", 1, CHARACTERS_READ))
        .prefetch_related(Prefetch("report__proposals", proposals, to_attr="open_proposals"))
    )
