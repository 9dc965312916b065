"""Buttons for verbs on admin forms: save the form, run the verb, report the result."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dispatches import desk
from dispatches.admin.editors import editor_of
from dispatches.admin.forms import AskingForm
from dispatches.admin.own_choices import limit_to_own_lists
from dispatches.admin.saving import SavingAdmin
from dispatches.admin.times import DeskTimeField, DeskTimeWidget
from dispatches.desk import NotReady

STALE_PAGE = (
    "Another edition was published since you opened this page, perhaps because you pressed the button twice. "
    "Check what readers see now. If this is still needed, press the button again."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a verb whose outcome is shown on another page."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Page:
    """The result of a verb that is shown once: a template and its context."""

    template: str
    context: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verb:
    """A button for users with `permission`. `run` gets the saved object, user and form data; it returns a message.
    `offered` decides by object whether the button is shown. `consequence` describes what will happen, `preview` what
    will happen to this object. With a `form` (an empty one to confirm), a page asks first, unless there are
    `blockers`. A button that `only_reads` is also there for users who may only view the object. One that `is_safe`
    changes nothing, and runs on GET.
    """

    name: str
    label: str
    run: Callable[..., str | Outcome | Page | HttpResponse]
    offered: Callable[[Any], bool]
    consequence: str = ""
    form: type[forms.Form] | None = None
    permission: str = ""
    preview: Callable[[Any], str] | None = None
    blockers: Callable[[Any], list[str]] | None = None
    is_primary: bool = False
    is_destructive: bool = False
    only_reads: bool = False
    is_safe: bool = False

    def is_for(self, user: Any) -> bool:
        return not self.permission or user.has_perm(self.permission)


class DeskAdmin(SavingAdmin):
    """A model admin with verbs, and with the desk's time zone shown at each time field."""

    verbs: Sequence[Verb] = ()
    # The message if `version_of` has changed since the page was shown.
    stale_message = STALE_PAGE

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                f"<int:object_id>/do/{verb.name}/",
                self.admin_site.admin_view(self._verb_view(verb)),
                name=self.address_name(verb.name),
            )
            for verb in self.verbs
        ] + super().get_urls()

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> forms.Field | None:
        complete_field(db_field, kwargs)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        # Fields outside of tables have labels.
        return name_inputs(field, db_field) if isinstance(db_field, models.DateTimeField) else field

    def version_of(self, obj: Any) -> str:
        """Return a value that changes with each verb's effect, so that pressing a button twice has no second effect."""
        return ""

    def verbs_for(self, request: HttpRequest, obj: Any) -> list[Verb]:
        """Return the verbs that this user can use on this object now."""
        if self.has_change_permission(request, obj):
            may = list(self.verbs)
        elif obj is not None and self.has_view_permission(request, obj):
            may = [verb for verb in self.verbs if verb.only_reads]
        else:
            may = []
        return [verb for verb in may if verb.is_for(request.user) and verb.offered(obj)]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        original = context.get("original")
        context["verbs"] = [*self.verbs_for(request, original)]
        context["verbs_save"] = self.has_change_permission(request, original)
        context["verb_addresses"] = [
            (verb, reverse(f"admin:{self.address_name(verb.name)}", args=[original.pk]))
            for verb in context["verbs"]
            if original
        ]
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(
        self, request: HttpRequest, obj: models.Model, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._response_to_verb(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: models.Model) -> HttpResponse:
        return self._response_to_verb(request, obj) or super().response_change(request, obj)

    def _response_to_verb(self, request: HttpRequest, obj: models.Model) -> HttpResponse | None:
        name = request.POST.get("_verb")
        verb = next((verb for verb in self.verbs_for(request, obj) if verb.name == name), None)
        if verb is None:
            if name:
                self.message_user(request, "Saved. That button is no longer available: see below.", messages.WARNING)
                return redirect(self.form_address(obj))
            return None
        try:
            if verb.blockers and (missing := verb.blockers(obj)):
                raise NotReady(missing)
            if verb.form:
                return redirect(f"admin:{self.address_name(verb.name)}", obj.pk)
            outcome = verb.run(obj, editor_of(request))
        except NotReady as error:
            self.message_user(
                request,
                format_html("Saved, but not done yet: “{}” needs this first:{}", verb.label, _as_list(error.missing)),
                messages.ERROR,
            )
            return redirect(self.form_address(obj))
        return self._show_outcome(request, obj, outcome)

    def _verb_view(self, verb: Verb) -> Callable[..., HttpResponse]:
        asks = verb.form or forms.Form

        def page(request: HttpRequest, object_id: int) -> HttpResponse:
            obj = self.find(request, object_id)
            may = self.has_view_permission if verb.only_reads else self.has_change_permission
            if not may(request, obj) or not verb.is_for(request.user):
                raise PermissionDenied
            if not verb.offered(obj):
                self.message_user(request, f"“{verb.label}” is no longer available.", messages.WARNING)
                return redirect(self.form_address(obj))
            if verb.is_safe:
                return self._show_outcome(request, obj, verb.run(obj, editor_of(request)))
            form = asks(request.POST if request.method == "POST" else None)
            if isinstance(form, AskingForm):
                form.ask(editor_of(request), obj, self.admin_site)
            limit_to_own_lists(form, request, self.admin_site)
            if request.method == "POST" and form.is_valid():
                try:
                    with desk.publication_lock():
                        if request.POST.get("version", "") != self.version_of(obj):
                            raise NotReady([self.stale_message])
                        outcome = verb.run(obj, editor_of(request), **form.cleaned_data)
                except NotReady as error:
                    form.add_error(None, ValidationError(error.missing))
                else:
                    return self._show_outcome(request, obj, outcome)
            context = self.admin_site.each_context(request) | {
                "title": f"{verb.label}: {obj}",
                "verb": verb,
                "consequence": verb.preview(obj) if verb.preview else verb.consequence,
                "form": form,
                "opts": self.opts,
                "original": obj,
                "version": self.version_of(obj),
                "form_address": self.form_address(obj),
            }
            return render(request, "admin/desk_verb.html", context)

        return page

    def _show_outcome(
        self, request: HttpRequest, obj: models.Model, outcome: str | Outcome | Page | HttpResponse
    ) -> HttpResponse:
        match outcome:
            case HttpResponse():
                return outcome
            case Page(template, context):
                about = {"opts": self.opts, "original": obj, "form_address": self.form_address(obj)}
                return render(request, template, self.admin_site.each_context(request) | about | context)
            case Outcome(words, address):
                self.message_user(request, words, messages.SUCCESS)
                return redirect(address)
        self.message_user(request, outcome, messages.SUCCESS)
        return redirect(self.form_address(obj))


def name_inputs(field: Any, db_field: models.Field) -> Any:
    """Label the inputs that the admin leaves unlabeled: those in tables, and of dates and times."""
    if field is None:
        return None
    widget = getattr(field.widget, "widget", field.widget)
    name = str(db_field.verbose_name).capitalize()
    if isinstance(widget, DeskTimeWidget):
        widget.name_parts(name)
    elif not isinstance(widget, forms.HiddenInput):
        widget.attrs.setdefault("aria-label", name)
    return field


def complete_field(db_field: models.Field, kwargs: dict[str, Any]) -> None:
    """Read times in the desk's time zone, named in the help text; assume https for URLs without a scheme."""
    if isinstance(db_field, models.URLField):
        kwargs["assume_scheme"] = "https"
    if isinstance(db_field, models.DateTimeField):
        kwargs["form_class"], kwargs["widget"] = DeskTimeField, DeskTimeWidget
        kwargs["help_text"] = f"{db_field.help_text} {settings.WIRE_TIME_ZONE_LABEL}.".strip()


def _as_list(sentences: Sequence[str]) -> SafeString:
    return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((sentence,) for sentence in sentences)))
