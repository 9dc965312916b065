"""Assignments, comments and the bell on the desk's pages."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from factories import make_dispatch, make_report

from dispatches import desk
from dispatches.models import Assignment, Comment
from tests.dispatches.desk.test_roles import as_

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(django_user_model):
    user = django_user_model.objects.create_user("colleague", is_staff=True)
    user.groups.add(Group.objects.get(name="Editor"))
    return user


def teamwork(work) -> str:
    return f"/desk/{work._meta.app_label}/{work._meta.model_name}/{work.pk}/teamwork/"


@pytest.mark.parametrize("make", [make_dispatch, lambda: make_report(accepted=False)], ids=["dispatch", "report"])
def test_it_works_without_javascript(desk_client, editor, colleague, make):
    work = make()
    response = desk_client.post(teamwork(work), {"act": "take"})
    assert response.url.endswith("/change/#teamwork")
    assert Assignment.objects.get().user == editor
    desk_client.post(teamwork(work), {"act": "hand-over", "to": colleague.pk})
    assert Assignment.objects.get().user == colleague
    desk_client.post(teamwork(work), {"act": "comment", "text": "Call <them> again"})
    assert "Call &lt;them&gt; again" in desk_client.get(response.url).content.decode()
    desk_client.post(teamwork(work), {"act": "delete", "comment": Comment.objects.get().pk})
    assert not Comment.objects.exists()


@pytest.mark.parametrize(
    ("posted", "words"),
    [
        ({"act": "comment", "text": "  "}, "Write something first."),
        ({"act": "comment", "text": "x" * 2001}, "2000"),
        ({"act": "hand-over", "to": "²"}, "Choose a colleague first."),
        ({}, "Nothing was chosen."),
    ],
)
def test_a_refusal_says_what_to_do_and_loses_nothing(desk_client, posted, words):
    page = desk_client.post(teamwork(make_dispatch()), posted).content.decode()
    assert words in page
    assert posted.get("text", "") in page
    assert not Comment.objects.exists()


def test_it_is_handed_to_nobody_who_may_not_change_it(desk_client, django_user_model):
    reporter = django_user_model.objects.create_user("reporter", is_staff=True)
    reporter.groups.add(Group.objects.get(name="Reporter"))
    desk_client.post(teamwork(make_dispatch()), {"act": "hand-over", "to": reporter.pk})
    assert not Assignment.objects.exists()


def test_a_comment_of_another_dispatch_is_out_of_reach(desk_client, editor):
    comment = desk.comment(work=make_dispatch(), text="x", actor=editor)
    desk_client.post(teamwork(make_dispatch()), {"act": "delete", "comment": comment.pk})
    assert Comment.objects.exists()


def test_with_htmx_the_part_alone_is_answered(desk_client):
    part = desk_client.post(teamwork(make_dispatch()), {"act": "take"}, headers={"HX-Request": "true"})
    assert part.content.decode().strip().startswith('<section id="teamwork"')


def test_lists_say_who_has_what_and_are_narrowed_by_it(desk_client, editor, colleague):
    mine, theirs, _ = (make_dispatch(headline=each) for each in ("Mine", "Theirs", "Free"))
    desk.take(work=mine, actor=editor)
    desk.take(work=theirs, actor=colleague)
    shown = {
        whose: [
            each.headline
            for each in desk_client.get(f"/desk/dispatches/dispatch/?with={whose}").context["cl"].result_list
        ]
        for whose in ("me", "nobody", "others")
    }
    assert shown == {"me": ["Mine"], "nobody": ["Free"], "others": ["Theirs"]}
    assert "Assigned to you" in desk_client.get("/desk/").content.decode()


def test_the_bell_counts_on_every_page_until_the_notifications_are_seen(editor, colleague):
    dispatch = make_dispatch(author=editor)
    desk.comment(work=dispatch, text="@colleague look", actor=editor)
    client = as_(colleague)
    with CaptureQueriesContext(connection) as queries:
        client.get("/desk/notifications/")
    assert sum("UNION ALL" in each["sql"] for each in queries.captured_queries) == 1, "counted once"
    assert '1<span class="visually-hidden"> new' in client.get("/desk/").content.decode()
    page = client.get("/desk/notifications/").content.decode()
    assert f"/desk/dispatches/dispatch/{dispatch.pk}/change/#teamwork" in page
    until = page.split('name="until" value="')[1].split('"')[0]
    client.post("/desk/notifications/", {"until": until})
    assert 'visually-hidden"> new' not in client.get("/desk/").content.decode()
    for wrong in ("", "yesterday", "2026-01-01T00:00"):
        assert client.post("/desk/notifications/", {"until": wrong}).status_code == 400
