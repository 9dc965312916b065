"""Who has a form open: each open form reports itself, and is told of the others and of a newer save."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from dispatches.admin.editors import editor_of, name_of
from dispatches.admin.own_choices import as_id
from dispatches.admin.own_lists import OwnListsAdmin
from dispatches.history import revisions
from dispatches.models import Presence

PRESENCE_TIMEOUT = timedelta(seconds=35)
TYPING_TIMEOUT = timedelta(seconds=15)


class PresenceAdmin(OwnListsAdmin):
    """A model admin whose forms tell editors who else is editing."""

    def get_urls(self) -> list[URLPattern]:
        presence = self.admin_site.admin_view(self.presence)
        return [
            path("<int:object_id>/presence/", presence, name=self.address_name("presence")),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def presence(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Record that an editor has the form open. Returns who else has, and whether it was saved meanwhile."""
        obj = self.find(request, object_id)
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        now, user = timezone.now(), editor_of(request)
        seen = {"seen_at": now} | ({"typed_at": now} if request.POST.get("typing") else {})
        where = {"of": revisions.name_of(obj), "object_id": obj.pk}
        Presence.objects.update_or_create(**where, user=user, defaults=seen)
        others = (
            Presence.objects.filter(**where, seen_at__gt=now - PRESENCE_TIMEOUT)
            .exclude(user=user)
            .select_related("user")
        )
        latest = revisions.of(obj).defer("content").first()
        known = as_id(request.POST.get("revision", ""))
        is_stale = latest is not None and known is not None and latest.number > known
        return JsonResponse(
            {
                "others": [
                    {
                        "name": name_of(other.user),
                        "is_typing": bool(other.typed_at and other.typed_at > now - TYPING_TIMEOUT),
                    }
                    for other in others
                ],
                "saved": f"{name_of(latest.saved_by)} saved it at {timezone.localtime(latest.saved_at):%H:%M}."
                if latest and is_stale
                else "",
            }
        )
