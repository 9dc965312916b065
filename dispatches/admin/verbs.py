"""Buttons for the verbs of the desk on an admin form: save what was typed, then do it, then say what came of it."""

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
from dispatches.admin.forms import AskingForm
from dispatches.admin.own_choices import limit_to_own_lists
from dispatches.admin.saving import SavingAdmin, editor_of
from dispatches.admin.times import DeskTimeField, DeskTimeWidget
from dispatches.desk import NotReady

MOVED = (
    "Another edition was published since you opened this page; perhaps by you, with a second press. "
    "Look at what readers see now. If it is still needed, press again."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a verb says at the end, where that is to be read elsewhere than on the form it began with."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Page:
    """What a verb shows at the end and nowhere else: a template of the desk, and what it needs."""

    template: str
    context: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verb:
    """A button, for whoever has the `right` to it. `run` gets the saved object, the editor and what the form asked.

    It says what readers now see. `offered` decides from the object whether the button is there. `consequence` says in
    words what will happen, `foretells` what will happen to this object. With a `form` (an empty one confirms) the
    editor is asked first, on a page of its own, once nothing `hinders` it. One that `only_reads` is there also for
    those who may see the object and not change it; one that `is_safe` changes nothing, and needs no button there.
    """

    name: str
    label: str
    run: Callable[..., str | Outcome | Page | HttpResponse]
    offered: Callable[[Any], bool]
    consequence: str = ""
    form: type[forms.Form] | None = None
    right: str = ""
    foretells: Callable[[Any], str] | None = None
    hinders: Callable[[Any], list[str]] | None = None
    is_main: bool = False
    is_grave: bool = False
    only_reads: bool = False
    is_safe: bool = False

    def is_for(self, user: Any) -> bool:
        return not self.right or user.has_perm(self.right)


class DeskAdmin(SavingAdmin):
    """A model's forms in the admin, with verbs beneath them and the desk's time zone named beside each time."""

    verbs: Sequence[Verb] = ()
    # What to say when `version_of` is another one than the page had.
    moved = MOVED

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                f"<int:object_id>/do/{verb.name}/",
                self.admin_site.admin_view(self._page_of(verb)),
                name=self.address_name(verb.name),
            )
            for verb in self.verbs
        ] + super().get_urls()

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> forms.Field | None:
        complete_field(db_field, kwargs)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        # The other fields of a form have a label on the page.
        return name_inputs(field, db_field) if isinstance(db_field, models.DateTimeField) else field

    def version_of(self, obj: Any) -> str:
        """What must not have moved between a verb's page and its button: a second press does nothing a second time."""
        return ""

    def verbs_for(self, request: HttpRequest, obj: Any) -> list[Verb]:
        """The verbs that this user may press on this object now."""
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
                self.message_user(request, "Saved. That button does not apply any more: see below.", messages.WARNING)
                return redirect(self.form_address(obj))
            return None
        try:
            if verb.hinders and (missing := verb.hinders(obj)):
                raise NotReady(missing)
            if verb.form:
                return redirect(f"admin:{self.address_name(verb.name)}", obj.pk)
            outcome = verb.run(obj, editor_of(request))
        except NotReady as error:
            self.message_user(
                request,
                format_html("Saved, and nothing is lost. But “{}” has to wait:{}", verb.label, _as_list(error.missing)),
                messages.ERROR,
            )
            return redirect(self.form_address(obj))
        return self._say(request, obj, outcome)

    def _page_of(self, verb: Verb) -> Callable[..., HttpResponse]:
        asks = verb.form or forms.Form

        def page(request: HttpRequest, object_id: int) -> HttpResponse:
            obj = self.find(request, object_id)
            may = self.has_view_permission if verb.only_reads else self.has_change_permission
            if not may(request, obj) or not verb.is_for(request.user):
                raise PermissionDenied
            if not verb.offered(obj):
                self.message_user(request, f"“{verb.label}” does not apply to it any more.", messages.WARNING)
                return redirect(self.form_address(obj))
            if verb.is_safe:
                return self._say(request, obj, verb.run(obj, editor_of(request)))
            form = asks(request.POST if request.method == "POST" else None)
            if isinstance(form, AskingForm):
                form.ask(editor_of(request), obj, self.admin_site)
            limit_to_own_lists(form, request, self.admin_site)
            if request.method == "POST" and form.is_valid():
                try:
                    with desk.publication_lock():
                        if request.POST.get("version", "") != self.version_of(obj):
                            raise NotReady([self.moved])
                        outcome = verb.run(obj, editor_of(request), **form.cleaned_data)
                except NotReady as error:
                    form.add_error(None, ValidationError(error.missing))
                else:
                    return self._say(request, obj, outcome)
            context = self.admin_site.each_context(request) | {
                "title": f"{verb.label}: {obj}",
                "verb": verb,
                "consequence": verb.foretells(obj) if verb.foretells else verb.consequence,
                "form": form,
                "opts": self.opts,
                "original": obj,
                "version": self.version_of(obj),
                "form_address": self.form_address(obj),
            }
            return render(request, "admin/desk_verb.html", context)

        return page

    def _say(
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
    """Name the inputs that the admin leaves without a label of their own: those of tables, and of dates and times."""
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
    """Read a time by the desk's clock and say so beside it; read an address without a scheme as a secure one."""
    if isinstance(db_field, models.URLField):
        kwargs["assume_scheme"] = "https"
    if isinstance(db_field, models.DateTimeField):
        kwargs["form_class"], kwargs["widget"] = DeskTimeField, DeskTimeWidget
        kwargs["help_text"] = f"{db_field.help_text} {settings.WIRE_TIME_ZONE_LABEL}.".strip()


def _as_list(sentences: Sequence[str]) -> SafeString:
    return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((sentence,) for sentence in sentences)))
