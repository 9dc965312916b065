"""Users and their roles. A Chief manages editors, and can't give anyone more rights than a Chief has."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from dispatches.admin.own_lists import OwnListsAdmin

# Groups are created by `migrate`, and offered in the user form.
admin.site.unregister([User, Group])


@admin.register(User)
class PeopleAdmin(OwnListsAdmin, UserAdmin):
    form = UserChangeForm
    list_display = ["username", "first_name", "last_name", "roles", "is_active"]
    list_filter = ["groups", "is_active"]
    filter_horizontal = ()
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Name", {"fields": ["first_name", "last_name", "email"]}),
        ("At the desk", {"fields": ["is_active", "is_staff", "groups"]}),
    ]
    add_fieldsets = [
        (None, {"classes": ["wide"], "fields": ["username", "usable_password", "password1", "password2"]}),
        ("At the desk", {"fields": ["first_name", "last_name", "is_staff", "groups"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people = super().get_queryset(request).prefetch_related("groups")
        return people if request.user.is_superuser else people.filter(is_superuser=False)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj and request.user.is_superuser:
            return [*fieldsets, ("The whole installation", {"fields": ["is_superuser"]})]
        return fieldsets

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        for name, words in (
            ("groups", "Determines what they may do. Hold Ctrl (or ⌘) to select several."),
            ("is_staff", "Can log in at the desk. Deactivate users who leave; don't delete them."),
        ):
            if name in form.base_fields:
                form.base_fields[name].help_text = words
        if "is_staff" in form.base_fields:
            form.base_fields["is_staff"].label = "Works at the desk"
            form.base_fields["is_staff"].initial = True
        if "groups" in form.base_fields:
            form.base_fields["groups"].label = "Roles"
        return form

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self.find(request, unquote(object_id))
        return super().history_view(request, object_id, extra_context)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Users who leave are deactivated, so that their name stays on their work.
        return False

    @admin.display(description="Roles")
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all())
