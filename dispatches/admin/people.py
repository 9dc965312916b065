"""Users and their roles. A Chief manages reporters and editors, and can't give anyone more rights than a Chief has.

Other Chiefs, superusers and others with more rights can at most be seen: whoever sets their password could become them.
"""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from dispatches.admin.editors import editor_of
from dispatches.admin.own_lists import OwnListsAdmin, without_fields
from dispatches.desk import log
from dispatches.desk.roles import groups_to_give, may_manage
from dispatches.login import factors

# Groups are created by `migrate`, and offered in the user form. Users manage their second factors themselves.
admin.site.unregister([User, Group, TOTPDevice, StaticDevice])


@admin.register(User)
class PeopleAdmin(OwnListsAdmin, UserAdmin):
    form = UserChangeForm
    list_display = ["username", "first_name", "last_name", "roles", "is_active"]
    list_filter = ["groups", "is_active"]
    filter_horizontal = ()
    readonly_fields = ["second_factor"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Name", {"fields": ["first_name", "last_name", "email"]}),
        ("At the desk", {"fields": ["is_active", "is_staff", "groups", "second_factor"]}),
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
        if obj and not self.has_change_permission(request, obj):
            # Hide the hash of the password, and the email address: its provider could be tricked into giving access.
            return without_fields(fieldsets, {"password", "email"})
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

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "groups":
            field.queryset = groups_to_give(editor_of(request))
        return field

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            # Sessions end for good: they do not come back if the user is enabled again.
            factors.end_sessions(obj)

    # Django records changes of users, with the names of fields; the log has them beside everything else.

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        log.record(editor_of(request), "add_user", obj, detail=_rights_of(obj))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        is_password = bool(request.resolver_match and request.resolver_match.url_name == "auth_user_password_change")
        log.record(editor_of(request), "set_password" if is_password else "change_user", obj, detail=_rights_of(obj))
        return super().log_change(request, obj, message)

    def get_urls(self) -> list[URLPattern]:
        reset = self.admin_site.admin_view(self.reset_second_factor)
        return [path("<id>/second-factor/", reset, name="auth_user_second_factor"), *super().get_urls()]

    def reset_second_factor(self, request: HttpRequest, id: str) -> HttpResponse:  # noqa: A002 - as in Django's address
        """Remove the second factors of a user who has lost them, after asking."""
        user = self.find(request, unquote(id))
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        address = reverse("admin:auth_user_change", args=[user.pk])
        if request.method == "POST":
            factors.reset_factors(user)
            log.record(editor_of(request), "reset_second_factor", user)
            super().log_change(request, user, "Reset the second factor.")
            messages.success(request, f"The second factor of {user} was reset, and {user} is logged out everywhere.")
            return redirect(address)
        context = self.admin_site.each_context(request) | {
            "title": f"Reset the second factor of {user}",
            "original": user,
            "form_address": address,
            "is_required": factors.needs_factor(user),
        }
        return render(request, "admin/reset_second_factor.html", context)

    @admin.display(description="Second factor")
    def second_factor(self, user: User) -> str:
        own = factors.factors_of(user)
        if not own:
            return "Required, but not set up yet" if factors.needs_factor(user) else "None"
        words = ", ".join(each.name or "Passkey" for each in own)
        return format_html('{} <a href="../second-factor/">Reset the second factor …</a>', words)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or may_manage(editor_of(request), obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Users who leave are deactivated, so that their name stays on their work.
        return False

    @admin.display(description="Roles")
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all())


def _rights_of(user: User) -> str:
    """Return the names of a user's roles, as they are now."""
    roles = sorted(user.groups.values_list("name", flat=True))
    marks = {"superuser": user.is_superuser, "not at the desk": not user.is_staff, "inactive": not user.is_active}
    return ", ".join([*roles, *(name for name, holds in marks.items() if holds)])[:200]
