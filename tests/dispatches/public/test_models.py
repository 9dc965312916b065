from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from factories import DESK, dispatch_of, make_dispatch, make_report, publish
from hypothesis import given
from hypothesis import strategies as st

from dispatches import desk
from dispatches.desk.transactions import changing_sections
from dispatches.public.models import Edition
from dispatches.public.querysets import Cursor
from dispatches.public.reading import top_stories
from dispatches.public.state import read_public_state
from dispatches.signal.rules import Rung

pytestmark = pytest.mark.django_db


def live_ids(at=None):
    return set(Edition.objects.live(at).values_list("pk", flat=True))


def test_live_and_is_live_are_one_rule():
    now = timezone.now()
    first = publish(at=now - timedelta(hours=3))
    second = desk.update(dispatch=dispatch_of(first), actor=DESK, at=now - timedelta(hours=1))
    coming = desk.schedule(dispatch=make_dispatch(), actor=DESK, at=now + timedelta(hours=1))
    first.refresh_from_db()
    moments = [now + timedelta(minutes=30 * n) for n in range(-8, 5)]
    moments += [edition.live_at + step for edition in (first, second, coming) for step in (_TICK, -_TICK, 0 * _TICK)]
    for moment in moments:
        assert live_ids(moment) == {each.pk for each in (first, second, coming) if each.is_live(moment)}, moment


_TICK = timedelta(microseconds=1)


def test_a_dispatch_has_one_current_edition_from_its_publication_on():
    first = publish(at=timezone.now() - timedelta(days=1))
    second = desk.update(dispatch=dispatch_of(first), actor=DESK)
    assert live_ids(first.live_at - _TICK) == set()
    assert live_ids(first.live_at) == live_ids(second.live_at - _TICK) == {first.pk}
    assert live_ids(second.live_at) == {second.pk}


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("strong_needs_two_origins", {"rung": Rung.STRONG, "origins": 1}),
        ("strong_needs_two_origins", {"rung": Rung.CONFIRMED, "origins": 0}),
        ("rung_is_known", {"rung": 4, "origins": 9}),
        ("what_is_published_is_rated", {"rung": Rung.UNRATED}),
        ("what_is_published_is_rated", {"origins": 0}),
        ("disputed_is_at_most_developing", {"rung": Rung.STRONG, "origins": 2, "is_disputed": True}),
        ("readers_are_told_what_was_wrong", {"kind": "correction", "note": ""}),
    ],
)
def test_the_database_refuses(constraint, fields):
    edition = publish()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Edition.objects.filter(pk=edition.pk).update(**fields)


def test_the_database_refuses_a_second_open_edition():
    edition = publish()
    edition.pk, edition.number = None, 2
    with pytest.raises(IntegrityError), transaction.atomic():
        edition.save(force_insert=True)


def test_the_cursor_keeps_its_place_while_new_dispatches_arrive():
    now = timezone.now()
    editions = [publish(at=now - timedelta(hours=hours)) for hours in range(1, 6)]
    cursor = Cursor.parse(str(editions[1].cursor))
    before = list(Edition.objects.for_wire().before(cursor))
    publish()
    desk.update(dispatch=dispatch_of(editions[3]), actor=DESK)
    after = list(Edition.objects.for_wire().before(cursor))
    assert [each.publication_id for each in before] == [each.publication_id for each in editions[2:]]
    assert [each.publication_id for each in after] == [each.publication_id for each in before]


def test_dispatches_of_one_moment_are_all_on_the_wire_once():
    now = timezone.now() - timedelta(hours=1)
    editions = [publish(at=now) for _ in range(5)]
    seen, cursor = [], None
    while page := list((Edition.objects.for_wire().before(cursor) if cursor else Edition.objects.for_wire())[:2]):
        seen += [each.publication_id for each in page]
        cursor = page[-1].cursor
    assert seen == sorted((each.publication_id for each in editions), reverse=True)


@given(
    st.datetimes(datetime(1, 1, 2), datetime(5000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(1, 10**18 - 1),
)
def test_a_cursor_is_read_as_it_was_written(moment, dispatch):
    cursor = Cursor(moment, dispatch)
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("text", ["", "1", "-1-1", "a-b", "1-1; drop table", "9" * 30, "123456789012345678-1", "١-١"])
def test_an_invalid_cursor_is_refused(text):
    with pytest.raises(ValueError, match="not a place on the wire"):
        Cursor.parse(text)


def test_the_state_moves_with_every_public_change_and_with_nothing_else():
    dispatch = make_dispatch()
    states = [read_public_state().value]

    def moved():
        states.append(read_public_state().value)
        return states[-1] not in states[:-1]

    dispatch.headline = "Another headline"
    dispatch.save()
    make_report()
    assert not moved()
    desk.publish(dispatch=dispatch, actor=DESK)
    assert moved()
    desk.update(dispatch=dispatch, actor=DESK)
    assert moved()
    desk.pin_lead(dispatch=dispatch, actor=DESK)
    assert moved()
    with changing_sections():
        dispatch.section.save()
    assert moved()
    desk.withdraw(dispatch=dispatch, actor=DESK, note="It was wrong.")
    assert moved()


def test_the_state_moves_by_itself_when_a_scheduled_moment_passes():
    now = timezone.now()
    coming = desk.schedule(dispatch=make_dispatch(), actor=DESK, at=now + timedelta(hours=1))
    assert read_public_state(coming.live_at - _TICK).value == read_public_state(now).value
    assert read_public_state(coming.live_at).value != read_public_state(now).value


def test_top_stories_put_the_better_founded_of_two_fresh_ones_first():
    now = timezone.now()
    developing = publish(at=now)
    strong = publish(make_report(), make_report(), at=now)
    long_ago = now - timedelta(days=2)
    stale = publish(make_report(accepted_at=long_ago), make_report(accepted_at=long_ago), at=long_ago)
    assert [each.pk for each in top_stories(Edition.objects.for_wire())] == [strong.pk, developing.pk, stale.pk]


def test_lists_load_no_bodies(django_assert_num_queries):
    publish()
    with django_assert_num_queries(1):
        [edition] = Edition.objects.for_wire()
        assert edition.section.name
        assert "body_html" in edition.get_deferred_fields()
