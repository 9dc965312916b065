"""What a verb asks an editor before it is done."""

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminSplitDateTime, AdminTextareaWidget
from django.forms.models import BaseInlineFormSet


class CitationFormSet(BaseInlineFormSet):
    """Citations of one dispatch, new and stored together: each report once for each claim."""

    def clean(self) -> None:
        super().clean()
        seen = set()
        for form in self.forms:
            citation = form.instance
            if form.errors or not citation.report_id or form.cleaned_data.get("DELETE"):
                continue
            claim = (citation.development_id, citation.report_id)
            if claim in seen:
                what = "this development" if citation.development_id else "the headline"
                form.add_error("report", f"This report is already cited for {what}.")
            seen.add(claim)


class NoteForm(forms.Form):
    note = forms.CharField(label="Note to readers", widget=AdminTextareaWidget(attrs={"rows": 4}), max_length=1000)


class CorrectionForm(NoteForm):
    note = forms.CharField(
        label="What was wrong",
        widget=AdminTextareaWidget(attrs={"rows": 4}),
        max_length=1000,
        help_text="Readers see it above the story: what it said, and what is right.",
    )


class UpdateForm(forms.Form):
    note = forms.CharField(
        label="What changed",
        widget=AdminTextareaWidget(attrs={"rows": 4}),
        max_length=1000,
        required=False,
        help_text="Readers see it above the story. Leave it empty for a mere typo.",
    )


class ScheduleForm(forms.Form):
    at = forms.SplitDateTimeField(
        label="Goes live at",
        widget=AdminSplitDateTime,
        help_text=f"{settings.WIRE_TIME_ZONE_LABEL} ({settings.TIME_ZONE}), whatever the zone of your computer.",
    )
