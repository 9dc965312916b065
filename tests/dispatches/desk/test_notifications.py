"""What concerns a user, read from what happened."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from factories import DESK, make_dispatch, make_report, make_source

from dispatches import desk
from dispatches.desk.notifications import Kind, count_new, mark_as_seen, notifications
from dispatches.models import Dispatch

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def now(time_machine):
    """Set the clock, and let it stand still. Returns a function that moves it."""
    at = timezone.now()
    time_machine.move_to(at, tick=False)
    return lambda later=timedelta(0): (time_machine.move_to(at + later, tick=False), at + later)[1]


@pytest.fixture
def people(now, django_user_model):
    made = {}
    for name, role in (("rina", "Reporter"), ("eli", "Editor"), ("dana", "Editor")):
        made[name] = django_user_model.objects.create_user(name, is_staff=True, date_joined=now() - HOUR)
        made[name].groups.add(Group.objects.get(name=role))
    return made


def kinds(user, at):
    """Return the kinds of a user's notifications, of which none has been seen. The bell counts each of them."""
    found = [each.kind for each in notifications(user, at)]
    assert count_new(user, at) == len(found)
    return found


def test_a_mention_is_for_who_is_mentioned(people, now):
    dispatch = make_dispatch(author=people["eli"])
    desk.comment(work=dispatch, text="@dana look", actor=people["eli"])
    found = notifications(people["dana"], now(HOUR))
    assert [(each.kind, each.by, each.detail, each.work) for each in found] == [
        (Kind.MENTION, "eli", "@dana look", dispatch)
    ]
    assert notifications(people["eli"], now(HOUR)) == []


def test_a_comment_on_one_s_work_is_told_once(people, now):
    dispatch = make_dispatch(author=people["eli"])
    desk.comment(work=dispatch, text="@eli and all", actor=people["dana"])
    desk.comment(work=dispatch, text="More", actor=people["dana"])
    assert sorted(kinds(people["eli"], now(HOUR))) == [Kind.COMMENT, Kind.MENTION]


def test_a_report_that_one_reviews_is_one_s_work_too(people, now):
    report = make_report(accepted=False)
    desk.take(work=report, actor=people["eli"])
    desk.comment(work=report, text="I know them", actor=people["dana"])
    assert kinds(people["eli"], now(HOUR)) == [Kind.COMMENT]


def test_what_is_handed_over_is_told(people, now):
    desk.hand_over(work=make_dispatch(), to=people["dana"], actor=people["eli"])
    assert kinds(people["dana"], now(HOUR)) == [Kind.HAND_OVER]


def test_work_that_was_handed_over_is_no_longer_its_author_s(people, now):
    dispatch = make_dispatch(author=people["eli"])
    desk.hand_over(work=dispatch, to=people["dana"], actor=people["eli"])
    desk.comment(work=dispatch, text="Done?", actor=desk_of(people))
    assert kinds(people["eli"], now(HOUR)) == []
    assert set(kinds(people["dana"], now(HOUR))) == {Kind.HAND_OVER, Kind.COMMENT}


def desk_of(people):
    people["rina"].groups.set([Group.objects.get(name="Editor")])
    return type(people["rina"]).objects.get(pk=people["rina"].pk)


def test_what_one_takes_oneself_is_not_news(people, now):
    desk.take(work=make_dispatch(), actor=people["eli"])
    assert kinds(people["eli"], now(HOUR)) == []


def test_a_signal_that_moved_is_told_and_one_s_own_update_is_not(people, now):
    source = make_source(grade="B")
    dispatch = make_dispatch(make_report(source), make_report(make_source(grade="B")), author=people["eli"])
    desk.publish(dispatch=dispatch, actor=people["eli"])
    assert kinds(people["eli"], now(HOUR)) == []
    now(HOUR)
    report = dispatch.citations.first().report
    desk.retract_report(report=report, actor=DESK)
    found = notifications(people["eli"], now(2 * HOUR))
    assert [(each.kind, each.detail) for each in found] == [(Kind.SIGNAL, "Rated Developing.")]
    assert kinds(people["dana"], now(2 * HOUR)) == []


def test_a_scheduled_edition_is_told_when_its_time_comes(people, now):
    dispatch = make_dispatch(author=people["eli"])
    desk.schedule(dispatch=dispatch, actor=people["eli"], at=now() + HOUR)
    assert kinds(people["eli"], now(HOUR - timedelta(seconds=1))) == []
    assert kinds(people["eli"], now(HOUR)) == [Kind.WENT_LIVE]


def test_what_nothing_supports_any_more_is_told_as_called_off_with_the_reason(people, now):
    report = make_report()
    dispatch = make_dispatch(report, author=people["eli"])
    desk.schedule(dispatch=dispatch, actor=people["eli"], at=now() + 2 * HOUR)
    now(HOUR)
    desk.retract_report(report=report, actor=DESK)
    (found,) = notifications(people["eli"], now(3 * HOUR))
    assert (found.kind, found.at, found.work) == (Kind.CALLED_OFF, now(HOUR), dispatch)
    assert found.detail == "Nothing supports what was scheduled any more, so it does not go live."
    assert count_new(people["eli"], now(3 * HOUR)) == 1
    assert kinds(people["dana"], now(3 * HOUR)) == []


def test_what_was_canceled_is_not_said_to_have_gone_live_or_been_called_off(people, now):
    dispatch = make_dispatch(author=people["eli"])
    desk.schedule(dispatch=dispatch, actor=people["eli"], at=now() + HOUR)
    desk.cancel_schedule(dispatch=Dispatch.objects.get(pk=dispatch.pk), actor=people["eli"])
    assert kinds(people["eli"], now(2 * HOUR)) == []


def test_what_was_published_at_once_or_backdated_did_not_go_live_by_itself(people, now):
    desk.publish(dispatch=make_dispatch(author=people["eli"]), actor=people["eli"])
    earlier = make_dispatch(make_report(accepted_at=now() - 3 * HOUR), author=people["eli"])
    desk.publish(dispatch=earlier, actor=people["eli"], at=now() - HOUR)
    assert kinds(people["eli"], now(HOUR)) == []


def test_what_one_may_no_longer_see_is_not_told(people, now):
    report = make_report(accepted=False)
    desk.comment(work=report, text="@rina please call them", actor=people["eli"])
    assert kinds(people["rina"], now(HOUR)) == [Kind.MENTION]
    report.source.is_confidential = True
    report.source.save()
    assert kinds(people["rina"], now(HOUR)) == []
    assert count_new(people["rina"], now(HOUR)) == 0


def test_what_was_seen_is_not_new_and_what_came_meanwhile_is(people, now, django_assert_num_queries):
    dispatch = make_dispatch(author=people["eli"])
    desk.comment(work=dispatch, text="One", actor=people["dana"])
    shown_at = now(HOUR)
    now(2 * HOUR)
    desk.comment(work=dispatch, text="Two", actor=people["dana"])
    assert count_new(people["eli"], now(3 * HOUR)) == 2
    mark_as_seen(people["eli"], shown_at)
    # An older page that is sent later changes nothing.
    mark_as_seen(people["eli"], shown_at - 2 * HOUR)
    assert [(each.detail, each.is_new) for each in notifications(people["eli"], now(3 * HOUR))] == [
        ("Two", True),
        ("One", False),
    ]
    eli = type(people["eli"]).objects.get(pk=people["eli"].pk)
    assert eli.has_perm("sources.see_confidential")
    with django_assert_num_queries(2):
        assert count_new(eli, now(3 * HOUR)) == 1
    mark_as_seen(eli, now(3 * HOUR))
    with django_assert_num_queries(1):
        assert count_new(eli, now(3 * HOUR)) == 0


def test_what_happened_before_one_came_or_weeks_ago_is_not_told(people, now):
    dispatch = make_dispatch(author=people["eli"])
    desk.comment(work=dispatch, text="One", actor=people["dana"])
    assert kinds(people["eli"], now(timedelta(days=15))) == []
