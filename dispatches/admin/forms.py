"""The forms in which verbs ask an editor for details."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.auth.models import User
from django.utils import timezone

from dispatches.admin.own_choices import OwnAutocompleteSelect
from dispatches.admin.times import DeskTimeField, DeskTimeWidget
from dispatches.models import Citation, Dispatch
from dispatches.public.models import Edition
from dispatches.signal.rules import Rung


class AskingForm(forms.Form):
    """A verb's form whose choices depend on the user and the object."""

    def ask(self, editor: User, obj: Any, site: AdminSite) -> None:
        raise NotImplementedError


class AddToForm(AskingForm):
    """Asks which dispatch to add a report to, and how."""

    HOW: ClassVar = [
        ("citation", "A citation for the headline"),
        ("development", "A development without a citation"),
        ("both", "A development with a citation"),
    ]

    dispatch = forms.ModelChoiceField(Dispatch.objects.none(), help_text="Type part of its headline.")
    how = forms.ChoiceField(label="As", choices=HOW, widget=forms.RadioSelect, initial="citation")
    at = DeskTimeField(
        label="Time of the development",
        widget=DeskTimeWidget("The development"),
        required=False,
        help_text=f"{settings.WIRE_TIME_ZONE_LABEL} ({settings.TIME_ZONE}).",
    )
    text = forms.CharField(
        label="Text of the development",
        max_length=300,
        required=False,
        widget=AdminTextareaWidget(attrs={"rows": 2}),
        help_text="One plain sentence.",
    )

    def ask(self, editor: User, obj: Any, site: AdminSite) -> None:
        dispatch: Any = self.fields["dispatch"]
        dispatch.queryset = Dispatch.objects.changeable_by(editor)
        dispatch.widget = OwnAutocompleteSelect(Citation._meta.get_field("dispatch"), site)
        dispatch.widget.choices = dispatch.choices
        self.initial.update({"at": obj.said_at, "text": obj.title})

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("how") in {"development", "both"}:
            for name, what in (("at", "Enter the time of the development."), ("text", "Write the development.")):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, what)
        return data


def _note_field(label: str, help_text: str = "") -> forms.CharField:
    widget = AdminTextareaWidget(attrs={"rows": 4})
    return forms.CharField(label=label, widget=widget, max_length=1000, help_text=help_text)


class NoteForm(forms.Form):
    note = _note_field("Note to readers")


class CorrectionForm(NoteForm):
    note = _note_field("What was wrong", "Shown above the story. Say what was wrong, and what is right.")


class ExpungeForm(NoteForm):
    note = _note_field(
        "Note to readers",
        "Why, such as “By order of a court”. It stays public, so name nobody whom the text must not name.",
    )


class UpdateForm(forms.Form):
    note = forms.CharField(
        label="What changed",
        widget=AdminTextareaWidget(attrs={"rows": 4}),
        max_length=1000,
        required=False,
        help_text="Shown above the story. Leave empty for a typo.",
    )


class SendBackForm(forms.Form):
    note = forms.CharField(
        label="What is missing",
        widget=AdminTextareaWidget(attrs={"rows": 3}),
        max_length=300,
        help_text="Shown to the author above the form, never to readers.",
    )


class HoldForm(forms.Form):
    at_most = forms.TypedChoiceField(
        label="No higher than",
        choices=[(rung.value, rung.word) for rung in (Rung.DEVELOPING, Rung.STRONG)],
        coerce=lambda value: Rung(int(value)),
        help_text="A cap can only lower the Signal.",
    )
    reason = forms.CharField(
        label="Reason",
        widget=AdminTextareaWidget(attrs={"rows": 3}),
        max_length=300,
        help_text="Readers see that the desk holds the Signal down, but not this reason.",
    )


class LineForm(forms.Form):
    """One development, as typed while it happens. Without a time, it is now; without a date, it is today."""

    at = DeskTimeField(label="When", widget=DeskTimeWidget("When"), required=False)
    text = forms.CharField(label="Development", max_length=300)
    key = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        if data and data.get("at_1", "").strip() and not data.get("at_0", "").strip():
            data = data.copy()
            data["at_0"] = timezone.localdate().isoformat()
        super().__init__(data, **kwargs)
        inputs: Any = self.fields["at"].widget
        for each, hint in zip(inputs.widgets, ("today", "now", ""), strict=True):
            each.attrs |= {"placeholder": hint, "class": "", "form": "desk-line"}


class ScheduleForm(forms.Form):
    at = DeskTimeField(
        label="Goes live at",
        widget=DeskTimeWidget("Goes live"),
        help_text=f"{settings.WIRE_TIME_ZONE_LABEL} ({settings.TIME_ZONE}), not your computer's time zone.",
    )


class ScheduleUpdateForm(ScheduleForm, UpdateForm):
    field_order = ("at", "note")


class TimeForm(AskingForm, ScheduleForm):
    """Asks for a new time, starting from the scheduled one."""

    def ask(self, editor: User, obj: Any, site: AdminSite) -> None:
        scheduled = obj.scheduled_edition()
        self.initial["at"] = scheduled.live_at if scheduled else None


class RescheduleForm(TimeForm, UpdateForm):
    """Asks for a new time and, for an update, the note; both start from what is scheduled."""

    field_order = ("at", "note")

    def ask(self, editor: User, obj: Any, site: AdminSite) -> None:
        super().ask(editor, obj, site)
        scheduled = obj.scheduled_edition()
        if scheduled is None or scheduled.kind == Edition.Kind.FIRST:
            del self.fields["note"]
        else:
            self.initial["note"] = scheduled.note
