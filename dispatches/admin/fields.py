"""Form fields: a text of one line, and choices for many rows, which are read once for all of them."""

import re
from collections import ChainMap
from collections.abc import MutableMapping, Sequence
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import Model

from dispatches.admin.comparing import hidden_name
from dispatches.admin.own_choices import OwnAutocompleteSelect, OwnChoiceField, as_id

LINE_BREAKS = re.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+\s*")


class LineField(forms.CharField):
    """A text of one line in a text area, which shows all of a long one. Line breaks become spaces."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return LINE_BREAKS.sub(" ", text) if isinstance(text, str) else text


class LineWidget(AdminTextareaWidget):
    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"rows": 1, "data-line": ""} | (attrs or {}))


class PreloadedChoiceField(OwnChoiceField):
    """A choice field that looks up objects in `known` first, which its formset has read for all rows.

    The formset also reads stored objects that the user's own list does not show (`unlisted`).
    """

    known: MutableMapping[int, Any]
    unlisted: dict[int, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known, self.unlisted = {}, {}

    def to_python(self, value: Any) -> Any:
        if isinstance(value, Model):
            return value
        known = self.known.get(as_id(value) or 0)
        return super().to_python(value) if known is None else known

    def preload(self, known: dict[int, Any], unlisted: dict[int, Any] | None = None) -> None:
        self.known, self.unlisted = known, unlisted or {}
        if hasattr(self.widget, "known"):
            self.widget.known = {pk: self.label_from_instance(each) for pk, each in known.items()}

    def keep(self, stored: int | None) -> None:
        if stored is None or stored in self.known:
            return
        if stored not in self.unlisted:
            super().keep(stored)
            return
        # New maps in front of the old ones, which all rows share.
        self.known = ChainMap({stored: self.unlisted[stored]}, self.known)
        if hasattr(self.widget, "known"):
            self.widget.known = ChainMap({stored: hidden_name(self.unlisted[stored])}, self.widget.known)


class DevelopmentChoiceField(PreloadedChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return obj.text


class ReportSelect(OwnAutocompleteSelect):
    """A select that contains only the chosen report; a script finds the others when it is opened."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known: MutableMapping[int, str] = {}

    def optgroups(self, name: str, value: Sequence[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        chosen = [each for each in value if as_id(each) in self.known]
        if value and any(value) and not chosen:
            return super().optgroups(name, value, attrs)
        options: list[Any] = []
        if not self.is_required or not chosen:
            options.append(self.create_option(name, "", "", not chosen, 0))
        for each in chosen:
            options.append(self.create_option(name, each, self.known[int(each)], True, len(options)))
        return [(None, options, 0)]
