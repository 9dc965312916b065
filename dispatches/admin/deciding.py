"""Decide on a dispatch's form what a cited report is: how it knows, whether it is a relay, whether it contradicts."""

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from dispatches import desk
from dispatches.admin.editors import editor_of
from dispatches.admin.own_choices import as_id
from dispatches.admin.verbs import DeskAdmin
from dispatches.desk import NotReady
from dispatches.history import revisions
from dispatches.models import Contradiction, Dispatch
from sources.independence import Basis
from sources.models import Proposal, Report


class DecidingAdmin(DeskAdmin):
    """A dispatch's admin with the views of the decisions on its cards. They take effect immediately."""

    def get_changeable(self, request: HttpRequest, object_id: int) -> Dispatch:
        dispatch: Dispatch = self.find(request, object_id)
        if not self.has_change_permission(request, dispatch):
            raise PermissionDenied
        return dispatch

    def _reviewable(self, request: HttpRequest, object_id: int) -> Dispatch:
        """Return a dispatch whose reports this user may review from its form."""
        if not request.user.has_perm("sources.review_report"):
            raise PermissionDenied
        return self.get_changeable(request, object_id)

    @method_decorator(require_POST)
    def set_basis(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """State how a cited report knows what it says. Takes effect immediately, everywhere it is cited."""
        dispatch = self._reviewable(request, object_id)
        pk, _, basis = request.POST.get("basis", "").partition(":")
        report = (
            Report.objects.visible_to(editor_of(request))
            .filter(pk=as_id(pk) or 0, citations__dispatch=dispatch)
            .first()
        )
        if report is None:
            raise Http404
        if basis not in set(Basis):
            raise BadRequest("Unknown basis.")
        desk.set_basis(report=report, actor=editor_of(request), basis=basis)
        return self._decided(request, dispatch, f"{report.source}: {report.get_basis_display().lower()}.")

    @method_decorator(require_POST)
    def decide_relay(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Accept a proposed relay of a cited report, or clear it with a reason."""
        dispatch, editor = self._reviewable(request, object_id), editor_of(request)
        pk = as_id(request.POST.get("accept") or request.POST.get("clear")) or 0
        cited = Proposal.objects.open().visible_to(editor).filter(report__citations__dispatch=dispatch)
        proposal = cited.filter(pk=pk).first()
        if proposal is None:
            return self._decided(request, dispatch, "It has been decided already.", is_done=False)
        try:
            if "accept" in request.POST:
                desk.accept_proposal(proposal=proposal, actor=editor)
                return self._decided(request, dispatch, "Accepted as a relay.")
            desk.clear_proposal(proposal=proposal, actor=editor, reason=request.POST.get(f"reason-{pk}", ""))
        except (NotReady, ValidationError) as error:
            return self._decided(request, dispatch, _words_of(error), is_done=False)
        return self._decided(request, dispatch, "Cleared: it is not a relay.")

    @method_decorator(require_POST)
    def decide_contradiction(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Decide whether a report that is cited as support contradicts the claim, or clear that with a reason."""
        dispatch, editor = self._reviewable(request, object_id), editor_of(request)
        name = request.POST.get("contradicts") or request.POST.get("supports") or ""
        open_ones = Contradiction.objects.open().visible_to(editor).select_related("citation__dispatch")
        pk = as_id(name.removeprefix("c")) or 0
        proposal = open_ones.filter(citation__dispatch=dispatch, citation=pk).first()
        if proposal is None:
            return self._decided(request, dispatch, "It has been decided already.", is_done=False)
        citation = proposal.citation
        try:
            if "contradicts" in request.POST:
                with desk.publication_lock():
                    before = revisions.digest_of(revisions.read_content(dispatch))
                    desk.accept_contradiction(citation=citation, actor=editor)
                    after = revisions.digest_of(revisions.read_content(dispatch))
                said = "It contradicts the claim, and is cited so."
                return self._decided(request, dispatch, said, versions=[before, after])
            desk.clear_contradiction(citation=citation, actor=editor, reason=request.POST.get(f"reason-c{pk}", ""))
        except (NotReady, ValidationError) as error:
            return self._decided(request, dispatch, _words_of(error), is_done=False)
        return self._decided(request, dispatch, "Cleared: it supports the claim.")

    def _decided(
        self,
        request: HttpRequest,
        dispatch: Dispatch,
        said: str,
        *,
        is_done: bool = True,
        versions: list[str] | None = None,
    ) -> HttpResponse:
        if is_script(request):
            return JsonResponse(
                {"said": said, "is_done": is_done, "versions": versions, "revision": revisions.latest_number(dispatch)}
            )
        self.message_user(request, said, messages.SUCCESS if is_done else messages.ERROR)
        return redirect(f"{self.form_address(dispatch)}#citations-group")


def _words_of(error: NotReady | ValidationError) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


def is_script(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")
