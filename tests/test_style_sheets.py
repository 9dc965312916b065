"""Our rules outrank the admin's on every page: the admin's style sheets are only imported, into a layer."""

import re
from pathlib import Path

import pytest
from django import contrib
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from factories import cite, make_dispatch, make_report, make_story

from sources.models import Feed

LINKED = re.compile(r'rel="stylesheet"[^>]*href="/static/([^"]+)"|href="/static/([^"]+\.css)"')
IMPORTED = re.compile(r'^@import url\("\.\./([^"]+)"\) layer\(admin\);$', re.MULTILINE)
# Of pages and directions that the desk does not have.
UNUSED = {"admin/css/nav_sidebar.css", "admin/css/dashboard.css", "admin/css/rtl.css", "admin/css/responsive_rtl.css"}


def linked(html: str) -> set[str]:
    return {one or other for one, other in LINKED.findall(html)}


@pytest.mark.django_db
@pytest.mark.one_database
def test_no_page_links_another_style_sheet_than_the_desk_s(client):
    user = User.objects.create_superuser("Anna", password="a pass phrase")
    dispatch = make_dispatch(make_report(), story=make_story("port"))
    cite(dispatch, make_report())
    Feed.objects.create(source=make_report().source, url="https://feeds.example/1")
    client.force_login(user)
    addresses = [reverse(f"admin:{name}") for name in ("index", "password_change", "second_factor")]
    addresses += [
        reverse("admin:auth_user_password_change", args=[user.pk]),
        reverse("admin:dispatches_dispatch_schedule", args=[dispatch.pk]),
        reverse("admin:dispatches_dispatch_history", args=[dispatch.pk]),
        reverse("admin:sources_report_relays"),
        reverse("admin:sources_report_address"),
        reverse("admin:dispatches_story_delete", args=[dispatch.story_id]),
        reverse("admin:dispatches_story_add") + "?_popup=1",
    ]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses += [reverse(f"{name}_changelist"), reverse(f"{name}_add")]
        if obj := model._default_manager.order_by("pk").last():
            addresses.append(reverse(f"{name}_change", args=[obj.pk]))
    pages = {address: client.get(address) for address in addresses} | {"login": Client().get(reverse("admin:login"))}
    for address, page in pages.items():
        # A model without an add permission answers 403, which is no page of the desk.
        if page.status_code == 200:
            assert "desk/desk.css" in linked(page.text), address
            assert {name for name in linked(page.text) if not name.startswith("desk/")} == set(), address
    assert sum(page.status_code == 200 for page in pages.values()) > 20


def test_every_style_sheet_of_the_admin_is_imported_into_the_layer():
    sheet = Path(settings.BASE_DIR, "static/desk/desk.css").read_text()
    imported = set(IMPORTED.findall(sheet))
    assert all(finders.find(name) for name in imported)
    assert len(imported) == sheet.count("@import")
    templates = Path(contrib.__path__[0], "admin/templates").rglob("*.html")
    named = {name for each in templates for name in re.findall(r"admin/css/[\w/.-]+\.css", each.read_text())}
    assert named - UNUSED - imported == set()
    ours = Path(settings.BASE_DIR, "templates").rglob("*.html")
    assert [each.name for each in ours if "admin/css/" in each.read_text()] == []
