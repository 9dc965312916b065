"""Choices in tables of hundreds of rows: read once, not once for each row."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.models import User
from django.db.models import Model

from dispatches.admin.comparing import name_for


class PreloadedChoiceField(forms.ModelChoiceField):
    """A choice that looks first among the objects (`known`) that its formset has read for all rows together."""

    known: dict[int, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {}

    def to_python(self, value: Any) -> Any:
        if isinstance(value, Model):
            return value
        if str(value).isdigit() and int(value) in self.known:
            return self.known[int(value)]
        return super().to_python(value)

    def preload(self, known: dict[int, Any]) -> None:
        self.known = known
        if hasattr(self.widget, "known"):
            self.widget.known = {pk: self.label_from_instance(each) for pk, each in known.items()}


class ReportChoiceField(PreloadedChoiceField):
    """A report, named as this user may know it."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return name_for(obj, self.user)


class DevelopmentChoiceField(PreloadedChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return obj.text


class KnownOptions:
    """A select that shows only what is chosen; a script adds the other choices when it is opened."""

    known: dict[int, str]

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        chosen = [each for each in value if str(each).isdigit() and int(each) in self.known]
        if value and any(value) and not chosen:
            return super().optgroups(name, value, attrs)  # type: ignore[misc]
        options: list[Any] = []
        field = self.choices.field  # type: ignore[attr-defined]
        if not getattr(self, "is_required", False) or not chosen:
            options.append(self.create_option(name, "", field.empty_label or "", not chosen, 0))  # type: ignore[attr-defined]
        for each in chosen:
            options.append(self.create_option(name, each, self.known[int(each)], True, len(options)))  # type: ignore[attr-defined]
        return [(None, options, 0)]


class DevelopmentSelect(KnownOptions, forms.Select):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {}
        self.attrs["data-developments"] = ""


class ReportSelect(KnownOptions, AutocompleteSelect):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {}
