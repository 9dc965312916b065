"""Taking and handing over work, and commenting on it."""

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from factories import DESK, make_dispatch, make_report, make_source, publish

from dispatches import desk
from dispatches.desk.teamwork import colleagues, mentioned_in
from dispatches.models import Assignment, Comment, Dispatch

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(django_user_model):
    made = {}
    for role in ("Reporter", "Editor", "Chief"):
        made[role] = django_user_model.objects.create_user(role.lower(), is_staff=True)
        made[role].groups.add(Group.objects.get(name=role))
    return made


def secret_report():
    return make_report(make_source(is_confidential=True), accepted=False)


def test_work_is_one_person_s_at_a_time(people):
    dispatch = make_dispatch()
    desk.take(work=dispatch, actor=people["Editor"])
    desk.hand_over(work=dispatch, to=people["Chief"], actor=people["Editor"])
    assignment = Assignment.objects.get()
    assert (assignment.user, assignment.assigned_by) == (people["Chief"], people["Editor"])
    desk.release(work=dispatch, actor=people["Editor"])
    assert not Assignment.objects.exists()


def test_only_who_may_change_it_can_take_it(people):
    with pytest.raises(PermissionDenied):
        desk.take(work=make_dispatch(), actor=people["Reporter"])
    with pytest.raises(PermissionDenied):
        desk.take(work=make_report(accepted=False), actor=people["Reporter"])
    desk.take(work=make_dispatch(author=people["Reporter"]), actor=people["Reporter"])


def test_it_is_handed_only_to_who_may_change_it(people):
    for work in (make_dispatch(), make_report(accepted=False), secret_report()):
        with pytest.raises(desk.NotReady, match="may not change it"):
            desk.hand_over(work=work, to=people["Reporter"], actor=people["Editor"])
    for field in ("is_active", "is_staff"):
        gone = type(people["Chief"]).objects.create(username=field, **{"is_staff": True, field: False})
        gone.groups.add(Group.objects.get(name="Chief"))
        with pytest.raises(desk.NotReady):
            desk.hand_over(work=make_dispatch(), to=gone, actor=people["Editor"])


def test_colleagues_are_those_whom_it_can_be_handed_to(people):
    works = [make_dispatch(), make_dispatch(author=people["Reporter"]), make_report(accepted=False), secret_report()]
    for work in works:
        able = []
        for user in people.values():
            with transaction.atomic():
                try:
                    desk.hand_over(work=work, to=user, actor=DESK)
                except desk.NotReady:
                    continue
            able.append(user)
        assert colleagues(work) == sorted(able, key=lambda user: user.username)


def test_the_list_of_colleagues_takes_two_queries_at_most(people, django_assert_max_num_queries):
    report = make_report(accepted=False)
    with django_assert_max_num_queries(2):
        colleagues(report)


def test_a_comment_mentions_only_who_may_see_what_it_is_about(people):
    text = "@editor and @REPORTER, see chief@desk.example. (@chief) @nobody"
    assert mentioned_in(text, make_dispatch()) == [people["Chief"], people["Editor"]]
    assert mentioned_in(text, make_dispatch(author=people["Reporter"])) == sorted(
        people.values(), key=lambda user: user.username
    )
    assert people["Reporter"] not in mentioned_in(text, secret_report())
    assert mentioned_in("mail editor@desk.example", make_dispatch()) == []


def test_an_author_comments_on_their_published_dispatch_which_they_may_no_longer_edit(people):
    dispatch = make_dispatch(author=people["Reporter"])
    desk.publish(dispatch=dispatch, actor=DESK)
    written = desk.comment(work=dispatch, text=" The second name is wrong. ", actor=people["Reporter"])
    assert (written.text, written.author) == ("The second name is wrong.", people["Reporter"])


def test_nobody_comments_on_what_they_may_not_see(people):
    for work in (make_dispatch(author=people["Editor"]), secret_report()):
        with pytest.raises(PermissionDenied):
            desk.comment(work=work, text="x", actor=people["Reporter"])
    with pytest.raises(desk.NotReady):
        desk.comment(work=make_dispatch(), text="  ", actor=people["Editor"])


def test_a_comment_is_deleted_by_its_author_alone(people):
    comment = desk.comment(work=make_dispatch(), text="x", actor=people["Editor"])
    with pytest.raises(PermissionDenied):
        desk.delete_comment(comment=comment, actor=people["Chief"])
    desk.delete_comment(comment=comment, actor=people["Editor"])
    assert not Comment.objects.exists()


def test_comments_and_assignments_are_listed_only_for_what_a_user_may_see(people):
    for work in (make_dispatch(author=people["Editor"]), secret_report(), make_report(accepted=False)):
        desk.comment(work=work, text="x", actor=people["Editor"])
        desk.take(work=work, actor=people["Editor"])
    for model in (Comment, Assignment):
        assert model.objects.visible_to(people["Editor"]).count() == 3
        assert [each.work.source.is_confidential for each in model.objects.visible_to(people["Reporter"])] == [False]


def test_a_comment_is_about_a_dispatch_or_a_report_and_not_both(people):
    for about in ({}, {"dispatch": make_dispatch(), "report": make_report()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Comment.objects.create(text="x", **about)
        with pytest.raises(IntegrityError), transaction.atomic():
            Assignment.objects.create(user=people["Editor"], **about)


def test_expunging_deletes_what_was_said_about_it(people):
    report = make_report()
    dispatch = Dispatch.objects.get(publication=publish(report).publication)
    other = make_dispatch()
    for work in (report, dispatch, other):
        desk.comment(work=work, text="Lighthouse", actor=people["Editor"])
        desk.take(work=work, actor=people["Editor"])
    desk.withdraw(dispatch=dispatch, actor=people["Chief"], note="By order of a court.", at=timezone.now())
    desk.expunge(dispatch=dispatch, actor=people["Chief"], note="By order of a court.")
    assert [comment.work for comment in Comment.objects.all()] == [other]
    assert [assignment.work for assignment in Assignment.objects.all()] == [other]
