"""Beside a dispatch or a report: who works on it, and the desk's comments. Works with and without JavaScript."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from dispatches import desk
from dispatches.admin.editors import editor_of
from dispatches.admin.own_choices import as_id
from dispatches.admin.verbs import DeskAdmin
from dispatches.desk.teamwork import colleagues, may_see, may_work_on
from dispatches.models import Assignment, Comment
from dispatches.models.teamwork import Work

TEAMWORK = "admin/_teamwork.html"
COMMENTS_SHOWN = 50


class AssignmentFilter(admin.SimpleListFilter):
    title = "assignment"
    parameter_name = "with"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("me", "Mine"), ("nobody", "Nobody’s"), ("others", "A colleague’s")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return assigned_to(queryset, self.value(), editor_of(request))


def assigned_to(rows: QuerySet[Any], whose: str | None, user: User) -> QuerySet[Any]:
    """Return the dispatches or reports that are assigned to “me”, “nobody”, or “others”; all for anything else."""
    match whose:
        case "me":
            return rows.filter(assignment__user=user)
        case "nobody":
            return rows.filter(assignment=None)
        case "others":
            return rows.filter(assignment__isnull=False).exclude(assignment__user=user)
    return rows


class TeamworkAdmin(DeskAdmin):
    """A model admin for dispatches or reports, with assignments and comments."""

    @admin.display(description="Assigned to", ordering="assignment__user__username")
    def assigned_to(self, work: Work) -> str:
        assignment = getattr(work, "assignment", None)
        return str(assignment.user) if assignment else "–"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.teamwork)
        return [path("<int:object_id>/teamwork/", view, name=self.address_name("teamwork")), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        work = context.get("original")
        if work and not work.expunged_at and may_see(editor_of(request), work):
            context["teamwork"] = self.teamwork_of(request, work)
        return super().render_change_form(request, context, *args, **kwargs)

    def teamwork(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show assignment and comments by themselves; a POST changes them. Answers htmx with the part alone."""
        work = self.find(request, object_id)
        typed, error = "", ""
        if request.method == "POST":
            try:
                self._change(request, work)
            except desk.NotReady as refusal:
                error = str(refusal)
            except ValidationError as refusal:
                error = " ".join(refusal.messages)
            if not error and not _is_htmx(request):
                return redirect(f"{self.form_address(work)}#teamwork")
            typed = request.POST.get("text", "") if error else ""
        parts = self.teamwork_of(request, work) | {"error": error, "typed": typed, "can_choose": True}
        context = {"teamwork": parts}
        if _is_htmx(request):
            return render(request, TEAMWORK, context)
        context |= self.admin_site.each_context(request) | {
            "title": f"Comments: {work}",
            "opts": self.opts,
            "original": work,
            "form_address": self.form_address(work),
        }
        return render(request, "admin/teamwork.html", context)

    def teamwork_of(self, request: HttpRequest, work: Work) -> dict[str, Any]:
        """Return what the template shows: the assignment, the newest comments, and what this user may do."""
        user = editor_of(request)
        newest = Comment.objects.about(work).select_related("author").order_by("-written_at", "-pk")
        assignment = Assignment.objects.about(work).select_related("user", "assigned_by").first()
        return {
            "work": work,
            "address": reverse(f"admin:{self.address_name('teamwork')}", args=[work.pk]),
            "assignment": assignment,
            "is_own": assignment is not None and assignment.user_id == user.pk,
            "can_take": user.has_perm("dispatches.change_assignment") and may_work_on(user, work),
            "can_comment": user.has_perm("dispatches.add_comment") and not work.expunged_at,
            "comments": list(newest[: COMMENTS_SHOWN + 1])[::-1],
            "user": user,
            # Called only where a template lists them.
            "colleagues": partial(colleagues, work),
        }

    def _change(self, request: HttpRequest, work: Work) -> None:
        actor, act = editor_of(request), request.POST.get("act")
        match act:
            case "take":
                desk.take(work=work, actor=actor)
            case "release":
                desk.release(work=work, actor=actor)
            case "hand-over":
                chosen = as_id(request.POST.get("to", ""))
                to = next((user for user in colleagues(work) if user.pk == chosen), None)
                if to is None:
                    raise desk.NotReady(["Choose a colleague first."])
                desk.hand_over(work=work, to=to, actor=actor)
            case "comment":
                desk.comment(work=work, text=request.POST.get("text", ""), actor=actor)
            case "delete":
                comment = Comment.objects.about(work).filter(pk=as_id(request.POST.get("comment", "")) or 0).first()
                if comment:
                    desk.delete_comment(comment=comment, actor=actor)
            case _:
                raise desk.NotReady(["Nothing was chosen. Use one of the buttons."])


def _is_htmx(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers
