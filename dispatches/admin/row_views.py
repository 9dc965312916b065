"""The views that the rows of a dispatch use beside its form: open a row, find a report, add a line, decide a relay."""

from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_GET, require_POST

from dispatches import desk
from dispatches.admin import formdata
from dispatches.admin.citing import WORDS, find_reports
from dispatches.admin.deciding import DecidingAdmin, is_script
from dispatches.admin.editors import editor_of
from dispatches.admin.forms import LineForm
from dispatches.admin.inlines import RowsInline
from dispatches.admin.own_choices import as_id
from dispatches.admin.posted_rows import NEW, add_row
from dispatches.admin.row_formsets import Row, RowsFormSet
from dispatches.admin.unsaved import replace_post
from dispatches.history import revisions
from dispatches.models import Dispatch
from dispatches.models.dispatches import STANCE_CHOICES
from sources.lineage.denials import Denial, find_denial
from sources.models import Report
from sources.models.reports import BASIS_CHOICES

ROW_FORM = "admin/dispatches/dispatch/_row_form.html"
COMPOSER = "admin/dispatches/dispatch/_composer.html"
FOUND = "admin/dispatches/dispatch/_found.html"
ITEMS = {
    "developments": "admin/dispatches/dispatch/_line.html",
    "citations": "admin/dispatches/dispatch/_card.html",
}
# The buttons that only change what the form shows.
EDIT, ADD, CITE, FIND = "_edit", "_add", "_cite", "_find"


class RowsAdmin(DecidingAdmin):
    """A dispatch's admin with the addresses that its rows use. All of them need the right to change the dispatch."""

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, tuple[str, Any]] = {
            "row": ("row", self.row),
            "reports": ("reports", self.reports),
            "develop": ("develop", self.develop),
            "basis": ("basis", self.set_basis),
            "relay": ("relay", self.decide_relay),
            "contradiction": ("contradiction", self.decide_contradiction),
        }
        return [
            *(
                path(f"<int:object_id>/{where}/", self.admin_site.admin_view(view), name=self.address_name(name))
                for name, (where, view) in views.items()
            ),
            *super().get_urls(),
        ]

    def _part(self, request: HttpRequest, dispatch: Dispatch | None, part: str) -> tuple[RowsFormSet, RowsInline]:
        """Return a part of the form, unbound. Raises Http404 if this user's form does not have it."""
        for formset, inline in self.get_formsets_with_inlines(request, dispatch):
            if isinstance(inline, RowsInline) and formset.get_default_prefix() == part:
                return formset(instance=dispatch, queryset=inline.get_queryset(request), prefix=part), inline
        raise Http404

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        dispatch = context.get("original")
        for each in context["inline_admin_formsets"]:
            if isinstance(each.opts, RowsInline):
                each.items = each.opts.items(request, each.formset)
                each.blank = Row(None, each.formset.form_for_new("__prefix__"), f"{NEW}__prefix__")
        context |= {"stances": STANCE_CHOICES, "bases": BASIS_CHOICES}
        if dispatch and self.has_change_permission(request, dispatch):
            context["line_form"] = LineForm(initial={"key": line_key(context["version"], request.user.pk)})
            if FIND in request.POST or WORDS in request.GET:
                words = (request.POST if FIND in request.POST else request.GET).get(WORDS, "")
                context["found"] = find_reports(dispatch, editor_of(request), words)
        return super().render_change_form(request, context, *args, **kwargs)

    # Without a script: the whole form is posted, and shown again with one more row.

    def shows_again(self, request: HttpRequest, obj: Any) -> bool:
        data = request.POST
        if obj is not None and not self.has_change_permission(request, obj):
            return False
        if part := data.get(ADD):
            formset, _ = self._part(request, obj, part)
            self._show_new(request, formset)
        elif obj is not None and (name := data.get(EDIT)):
            part, _, pk = name.partition("-")
            formset, _ = self._part(request, obj, part)
            instance = self._find_row(formset, pk)
            posted = {data.get(f"{part}-{number}-id") for number in range(int(data[f"{part}-TOTAL_FORMS"]))}
            if pk not in posted:
                fields = revisions.read_content(obj)[part][pk]
                texts = formdata.stored_texts(formset.form_for(instance), fields)
                replace_post(request, add_row(data, part, texts))
        elif obj is not None and (report := data.get(CITE)):
            formset, _ = self._part(request, obj, "citations")
            self._show_new(request, formset, report=report, position=str(self._last_place(obj)))
        return bool({EDIT, ADD, CITE, FIND} & data.keys())

    @staticmethod
    def _show_new(request: HttpRequest, formset: RowsFormSet, **texts: str) -> None:
        fields = formset.form_for_new("0").fields
        initial = {name: str(fields[name].initial or "0") for name in ("stance", "position") if name in fields}
        replace_post(request, add_row(request.POST, str(formset.prefix), initial | texts))

    @staticmethod
    def _find_row(formset: RowsFormSet, pk: str) -> Any:
        instance = next((each for each in formset.get_queryset() if str(each.pk) == pk), None)
        if instance is None:
            raise Http404
        return instance

    @staticmethod
    def _last_place(dispatch: Dispatch) -> int:
        return (dispatch.citations.aggregate(last=Max("position"))["last"] or 0) + 1

    # With a script

    @method_decorator(require_GET)
    def row(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show one row: as a form, or as text; or a form that cites one more report."""
        dispatch = self.get_changeable(request, object_id)
        part, token, denial = request.GET.get("part", ""), request.GET.get("token", ""), None
        formset, inline = self._part(request, dispatch, part)
        if "report" in request.GET:
            report = as_id(request.GET["report"])
            if report is None or not token.isalnum() or not inline.has_add_permission(request, dispatch):
                raise Http404
            form = formset.form_for_new(token, report=report, position=self._last_place(dispatch))
            row = Row(form.instance, form, f"{NEW}{token}")
            denial = _denial_of(report, dispatch, editor_of(request))
        else:
            instance = self._find_row(formset, request.GET.get("row", ""))
            if "text" in request.GET:
                item = next(each for each in inline.items(request, formset) if each.name == str(instance.pk))
                return render(request, ITEMS[part], {"item": item, "part": part, "can_edit": True})
            row = Row(instance, formset.form_for(instance), str(instance.pk))
        context = {"item": row, "part": part, "denial": denial}
        context["can_delete"] = inline.has_delete_permission(request, dispatch)
        return render(request, ROW_FORM, context)

    @method_decorator(require_GET)
    def reports(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Find reports to cite: by words, by address, or those that look alike."""
        dispatch = self.get_changeable(request, object_id)
        found = find_reports(dispatch, editor_of(request), request.GET.get("q", ""))
        return render(request, FOUND, {"found": found, "original": dispatch})

    @method_decorator(require_POST)
    def develop(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Add one development, and publish it if the dispatch publishes them as they are written."""
        dispatch = self.get_changeable(request, object_id)
        formset, inline = self._part(request, dispatch, "developments")
        if not inline.has_add_permission(request, dispatch):
            raise PermissionDenied
        form = LineForm(request.POST)
        if not form.is_valid():
            return self._refuse_line(request, dispatch, form)
        line, user = form.cleaned_data, editor_of(request)
        key = line_key(line["key"], line["text"]) if line["key"] else ""
        try:
            with desk.publication_lock():
                before = revisions.digest_of(revisions.read_content(dispatch))
                added = desk.add_development(
                    dispatch=dispatch, actor=user, at=line["at"] or timezone.now(), text=line["text"], key=key
                )
                after = revisions.digest_of(revisions.read_content(dispatch))
        except ValidationError as error:
            # For example, a text that consists of control characters.
            form.add_error("text", error.messages)
            return self._refuse_line(request, dispatch, form)
        said = "Readers have it now." if added.edition else added.waits
        if not is_script(request):
            self.message_user(request, said, messages.SUCCESS if added.edition else messages.WARNING)
            return redirect(f"{self.form_address(dispatch)}#desk-line-text")
        formset, _ = self._part(request, dispatch, "developments")
        items = inline.items(request, formset)
        place, item = next((n, each) for n, each in enumerate(items) if each.name == str(added.development.pk))
        return JsonResponse(
            {
                "row": render_to_string(
                    ITEMS["developments"], {"item": item, "part": "developments", "can_edit": True}
                ),
                "name": item.name,
                "before": next((each.name for each in items[place + 1 :]), ""),
                "said": said,
                "versions": [before, after],
                "revision": revisions.latest_number(dispatch),
                "key": line_key(after, user.pk),
            }
        )

    def _refuse_line(self, request: HttpRequest, dispatch: Dispatch, form: LineForm) -> HttpResponse:
        context = {"line_form": form, "original": dispatch}
        if is_script(request):
            return JsonResponse({"form": render_to_string(COMPOSER, context, request)})
        context |= self.admin_site.each_context(request) | {
            "title": f"Add a development: {dispatch}",
            "opts": self.opts,
            "form_address": self.form_address(dispatch),
        }
        return render(request, "admin/dispatches/dispatch/line.html", context)


def line_key(*about: object) -> str:
    """Return a digest of these values: of version and user for a page; of the page's key and the text for a line."""
    return sha256("\0".join(map(str, about)).encode()).hexdigest()[:40]


def _denial_of(report: int, dispatch: Dispatch, user: User) -> Denial | None:
    """Return why a report that this user may know seems to contradict the headline."""
    found = Report.objects.visible_to(user).filter(pk=report).first()
    return find_denial(found.title, found.text, dispatch.headline) if found else None
