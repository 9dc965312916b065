"""Formsets whose rows are shown as text: only those that are posted or opened are forms."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from dispatches.admin.own_choices import OwnChoicesFormSet, as_id
from dispatches.admin.posted_rows import NEW
from sources.models import Report

# The prefix of a stored row's id in the token of its opened form.
OPENED = "r"


@dataclass(frozen=True, slots=True)
class Row:
    """A row as shown: the object, its form if it is being edited, and its name in an order of rows."""

    instance: Any
    form: Any
    name: str


class RowsFormSet(OwnChoicesFormSet):
    """The rows of a dispatch. Unbound, it has no forms; bound, it has those of the posted rows."""

    # Set by the inline: whether this user may move rows.
    may_order = False

    def get_queryset(self) -> Any:
        """Return the stored rows; those that were read with the dispatch, if it was read for showing it only."""
        if not self.is_bound and getattr(self.instance, "is_as_stored", False):
            return getattr(self.instance, str(self.prefix)).all()
        return super().get_queryset()

    def initial_form_count(self) -> int:
        return super().initial_form_count() if self.is_bound else 0

    def rows(self) -> list[Row]:
        """Return all rows: new ones first, then the stored ones, as arranged by the editor."""
        forms = {form.instance.pk: form for form in self.initial_forms}
        new = [Row(form.instance, form, f"{NEW}{len(forms) + n}") for n, form in enumerate(self.extra_forms)]
        rows = [*new, *(Row(each, forms.get(each.pk), str(each.pk)) for each in self.get_queryset())]
        places = {name: place for place, name in enumerate(self.order())}
        return sorted(rows, key=lambda row: places.get(row.name, -1)) if places else rows

    def order(self) -> list[str]:
        """Return the names of the rows as the editor has arranged them; empty if none was moved."""
        order = self.data.get(f"{self.prefix}-order", "") if self.is_bound and self.may_order else ""
        return [name for name in order.split(",") if name]

    def form_for(self, instance: Model) -> Any:
        """Return an unbound form for a stored row."""
        form = self._unbound(f"{OPENED}{instance.pk}", instance=instance)
        form.fields["id"].initial = instance.pk
        return form

    def form_for_new(self, token: str, **initial: Any) -> Any:
        """Return an unbound form for a row that is not stored yet."""
        return self._unbound(token, initial=initial)

    def _unbound(self, token: str, **given: Any) -> Any:
        form = self.form(
            prefix=f"{self.prefix}-{token}",
            auto_id=self.auto_id,
            use_required_attribute=False,
            **self.get_form_kwargs(None),
            **given,
        )
        self.add_fields(form, None)
        return form

    def save(self, commit: bool = True) -> Any:
        saved = super().save(commit)
        if commit:
            self._save_order()
        return saved

    def _save_order(self) -> None:
        """Number the rows as the editor has arranged them. Rows that the page did not have keep their position."""
        new = {f"{NEW}{number}": form.instance.pk for number, form in enumerate(self.forms)}
        rows: Any = self.model._default_manager  # type: ignore[union-attr]
        stored = {row.pk: row for row in rows.filter(**{self.fk.name: self.instance})}
        arranged = dict.fromkeys(new.get(name) or as_id(name) for name in self.order())
        moved = []
        for position, row in enumerate((stored[pk] for pk in arranged if pk in stored), start=1):
            if row.position != position:
                row.position = position
                moved.append(row)
        rows.bulk_update(moved, ["position"])


class CitationFormSet(RowsFormSet):
    """Citations of one dispatch. Each report may be cited once for each claim, posted and stored rows together."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.form.base_fields
        if "report" not in fields:
            return
        typed = {as_id(value) for name, value in self.data.items() if name.endswith("-report")}
        posted = {as_id(value) for name, value in self.data.items() if name.endswith("-id")}
        cited = {each.report_id for each in self.get_queryset() if each.pk in posted} if posted else set()
        self._preload({*typed, *cited} - {None}, cited)
        developments = list(self.instance.developments.all()) if self.instance.pk else []
        fields["development"].preload({each.pk: each for each in developments})
        fields["development"].choices = [
            ("", fields["development"].empty_label),
            *((each.pk, each.text) for each in developments),
        ]

    def _preload(self, reports: set[Any], cited: set[int]) -> None:
        """Read the choices of several forms at once: reports of this user's own list, and those cited already."""
        field: Any = self.form.base_fields["report"]
        known = field.queryset.in_bulk(reports) if reports else {}
        missing = cited - set(known)
        field.preload(known, Report.objects.select_related("source").in_bulk(missing) if missing else {})

    def form_for(self, instance: Any) -> Any:
        self._preload({instance.report_id}, {instance.report_id})
        return super().form_for(instance)

    def form_for_new(self, token: str, **initial: Any) -> Any:
        if "report" in initial:
            self._preload({initial["report"]}, set())
        return super().form_for_new(token, **initial)

    def clean(self) -> None:
        super().clean()
        posted = {form.instance.pk for form in self.initial_forms}
        seen = {(each.development_id, each.report_id) for each in self.get_queryset() if each.pk not in posted}
        for form in self.forms:
            citation = form.instance
            if form.errors or not citation.report_id or form.cleaned_data.get("DELETE"):
                continue
            claim = (citation.development_id, citation.report_id)
            if claim in seen:
                what = "this development" if citation.development_id else "the headline"
                form.add_error("report", f"This report is already cited for {what}.")
            seen.add(claim)

    def as_if_saved(self) -> list[Any]:
        """Return the citations that saving would leave, in order; incomplete forms and duplicates are left out."""
        self.is_valid()
        posted = {form.instance.pk for form in self.initial_forms}
        left = [
            form.instance
            for form in self.forms
            if form.instance.report_id and not form.errors and not form.cleaned_data.get("DELETE")
        ]
        kept = [each for each in self.get_queryset() if each.pk not in posted]
        unique = {(each.development_id, each.report_id): each for each in [*kept, *left]}
        names = {id(form.instance): f"{NEW}{number}" for number, form in enumerate(self.forms) if not form.instance.pk}
        places = {name: place for place, name in enumerate(self.order(), start=1)}

        def place(citation: Any) -> int:
            return places.get(names.get(id(citation)) or str(citation.pk), citation.position)

        return sorted(unique.values(), key=place)
