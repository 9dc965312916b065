"""Editors see what is saved but not published: nothing goes live, or stays unpublished, silently."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from factories import DESK, cite, develop, dispatch_of, make_dispatch, make_report, make_section, make_story, publish
from time_machine import travel

from dispatches import desk
from dispatches.desk.states import read_states
from dispatches.desk.unpublished import has_unpublished_changes
from dispatches.models import Dispatch
from dispatches.public.models import Edition
from tests.dispatches.admin.test_dispatches import form_of, messages_of, press
from tests.dispatches.test_newsroom import newsroom

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def schedule(**fields) -> Dispatch:
    dispatch = make_dispatch(**fields)
    desk.schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + HOUR)
    return dispatch


def change(dispatch, **fields):
    """Save other values, as a form does."""
    with desk.saving(dispatch, actor=DESK):
        for name, value in fields.items():
            setattr(dispatch, name, value)
        dispatch.save()
    return dispatch


def save_form(client, dispatch, **changes):
    address = reverse("admin:dispatches_dispatch_change", args=[dispatch.pk])
    return client.post(address, form_of(dispatch, _continue="1", **changes), follow=True)


def is_marked(dispatch) -> bool:
    return Dispatch.objects.get(pk=dispatch.pk).has_unpublished_changes


def parts(dispatch) -> list[str]:
    stored = Dispatch.objects.select_related("section", "story").get(pk=dispatch.pk)
    return [change.part for change in read_states(stored).unpublished]


@pytest.fixture(params=[schedule, lambda **fields: dispatch_of(publish(**fields))], ids=["scheduled", "live"])
def issued(request):
    return request.param


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"headline": "New"}, "Headline"),
        ({"tldr": "New."}, "TL;DR"),
        ({"body": "New."}, "Body"),
        ({"body": "The *body* of the dispatch."}, "Links or emphasis in the body"),
        ({"slug": "new"}, "Address"),
        ({"byline": "New"}, "Byline"),
        ({"section": lambda: make_section(name="New")}, "Section"),
        ({"story": lambda: make_story("new")}, "Story"),
    ],
)
def test_whatever_an_editor_writes_is_told_apart_from_what_is_issued(issued, fields, part):
    dispatch = issued()
    assert not parts(dispatch)
    change(dispatch, **{name: value() if callable(value) else value for name, value in fields.items()})
    assert parts(dispatch) == [part]
    assert has_unpublished_changes(dispatch)
    assert is_marked(dispatch)


def test_a_development_is_a_change_and_a_citation_is_none(issued):
    dispatch = issued()
    desk.cite(dispatch=dispatch, report=make_report(), actor=DESK)
    assert not is_marked(dispatch)
    desk.add_development(dispatch=dispatch, actor=DESK, at=timezone.now() - HOUR, text="It moved.")
    assert parts(dispatch) == ["Developments"]
    assert is_marked(dispatch)


def test_a_change_that_is_taken_back_leaves_no_mark(issued):
    dispatch = issued(headline="As it was")
    change(dispatch, headline="Otherwise")
    assert is_marked(dispatch)
    change(dispatch, headline="As it was")
    assert not is_marked(dispatch)


def test_a_draft_and_a_withdrawn_dispatch_have_nothing_to_publish():
    assert not parts(change(make_dispatch(), headline="New"))
    dispatch = dispatch_of(publish())
    change(dispatch, headline="New")
    desk.withdraw(dispatch=dispatch, actor=DESK, note="It was wrong.")
    assert not is_marked(dispatch)
    assert not parts(change(dispatch, headline="Newer"))


def test_a_reference_reads_as_when_the_edition_was_issued():
    now = timezone.now()
    dispatch = dispatch_of(publish(at=now - 4 * HOUR))
    target = dispatch_of(publish(slug="target", at=now - 3 * HOUR))
    change(dispatch, body="Sirens, [[target]].")
    # It refers to a dispatch published in between, so the phrase is relative to this edition's time.
    desk.update(dispatch=dispatch, actor=DESK, at=now - 2 * HOUR)
    with travel(now + timedelta(days=9)):
        assert not parts(dispatch)
        desk.withdraw(dispatch=target, actor=DESK, note="It was wrong.")
        assert not parts(change(dispatch, desk_note="x"))


@pytest.mark.parametrize("verb", ["update", "correct", "clarify"])
def test_publishing_the_changes_takes_the_mark_away(verb):
    dispatch = change(dispatch_of(publish()), headline="New")
    getattr(desk, verb)(dispatch=dispatch, actor=DESK, note="x")
    assert not is_marked(dispatch)
    assert not parts(dispatch)


def test_a_signal_that_changes_publishes_no_text():
    report = make_report()
    dispatch = change(dispatch_of(publish(report, make_report())), headline="New")
    desk.retract_report(report=report, actor=DESK)
    assert dispatch.live_edition().kind == Edition.Kind.SIGNAL
    assert is_marked(dispatch)


# Rescheduling


def test_what_is_rescheduled_goes_live_with_the_changes_and_the_old_text_never():
    dispatch = change(schedule(headline="Old words", slug="story"), headline="New words")
    at = dispatch.latest_edition().live_at
    edition = desk.reschedule(dispatch=dispatch, actor=DESK, at=at)
    assert (edition.headline, edition.live_at, edition.number) == ("New words", at, 1)
    assert not is_marked(dispatch)
    for moment in (at, at + HOUR):
        assert [each.headline for each in Edition.objects.live(moment)] == ["New words"]
    with travel(at + HOUR):
        assert [each.headline for each in Edition.objects.seen()] == ["New words"]


def test_without_rescheduling_the_old_text_goes_live_and_is_still_told_apart(desk_client):
    change(schedule(headline="Old words"), headline="New words")
    with travel(timezone.now() + 2 * HOUR):
        assert Edition.objects.live().get().headline == "Old words"
        page = desk_client.get(reverse("admin:dispatches_dispatch_changelist")).text
        assert 'edition 1</span> · <span class="desk-state-saved">Saved changes readers don’t have' in page


def test_a_reschedule_may_name_another_time():
    dispatch = schedule()
    at = dispatch.latest_edition().live_at
    for other in (at + 5 * HOUR, at - HOUR / 2):
        desk.reschedule(dispatch=dispatch, actor=DESK, at=other)
        assert not Edition.objects.live(other - timedelta(seconds=1)).exists()
        assert Edition.objects.live(other).count() == 1
    assert dispatch.editions.filter(superseded_at=None).count() == 1


def test_a_reschedule_that_is_refused_leaves_what_is_scheduled():
    dispatch = change(schedule(tldr="It will be."), tldr="")
    at = dispatch.latest_edition().live_at
    with pytest.raises(desk.NotReady, match="Write the TL;DR"):
        desk.reschedule(dispatch=dispatch, actor=DESK, at=at)
    with pytest.raises(desk.NotReady, match="has passed"):
        desk.reschedule(dispatch=dispatch, actor=DESK, at=timezone.now() - HOUR)
    assert Edition.objects.live(at).get().tldr == "It will be."


def test_only_what_is_scheduled_is_rescheduled():
    for dispatch in (make_dispatch(), dispatch_of(publish())):
        with pytest.raises(desk.NotReady, match="Nothing is scheduled"):
            desk.reschedule(dispatch=dispatch, actor=DESK, at=timezone.now() + HOUR)


def test_calling_off_leaves_a_draft_with_nothing_unpublished():
    dispatch = change(schedule(), headline="New")
    desk.cancel_schedule(dispatch=dispatch, actor=DESK)
    assert not is_marked(dispatch)


def test_a_schedule_that_lost_its_only_source_leaves_a_draft_with_nothing_unpublished():
    report = make_report()
    dispatch = make_dispatch(report)
    desk.schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + HOUR)
    change(dispatch, headline="New")
    desk.retract_report(report=report, actor=DESK)
    assert dispatch.latest_edition() is None
    assert not is_marked(dispatch)


# At the desk


def test_saving_a_scheduled_dispatch_says_that_the_changes_are_not_scheduled(desk_client):
    dispatch = schedule(tldr="The old words.", headline="The story")
    page = save_form(desk_client, dispatch, tldr="The new words.")
    said = messages_of(page)
    assert "It does not have the changes you saved: TL;DR." in said
    assert "Reschedule with these changes" in said
    assert "The scheduled edition differs from what is saved:" in page.text
    assert "The <del>old</del><ins>new</ins> words." in page.text
    preview = desk_client.get(reverse("admin:dispatches_dispatch_frame", args=[dispatch.pk])).text
    assert "lacks these changes: TL;DR" in preview
    listed = desk_client.get(reverse("admin:dispatches_dispatch_changelist")).text
    assert "Saved changes not scheduled" in listed
    assert "The scheduled edition differs from what is saved." in desk_client.get("/desk/").text


def test_saving_a_published_dispatch_says_that_readers_do_not_have_the_changes(desk_client, editor):
    dispatch = dispatch_of(publish(headline="The old words"))
    page = save_form(desk_client, dispatch, headline="The new words")
    assert "Readers do not have the changes you saved: Headline." in messages_of(page)
    assert "Publish these changes" in messages_of(page)
    assert newsroom(editor)[1]["unpublished"].rows == [dispatch]
    listed = desk_client.get(reverse("admin:dispatches_dispatch_changelist"), {"state": "changed"}).text
    assert "The new words" in listed


def test_a_save_that_changes_nothing_for_readers_says_nothing_of_it(desk_client, editor):
    for dispatch in (schedule(), dispatch_of(publish()), make_dispatch()):
        assert "the changes you saved" not in messages_of(save_form(desk_client, dispatch))
    assert "unpublished" not in newsroom(editor)[1]


def test_one_press_and_a_look_reschedule_at_the_same_time(desk_client):
    dispatch = schedule(tldr="The old words.")
    at = dispatch.latest_edition().live_at
    page = press(desk_client, dispatch, "reschedule", tldr="The new words.")
    assert "The <del>old</del><ins>new</ins> words." in page.text
    form = page.context["form"]
    data = {"version": page.context["version"]}
    data |= {
        f"at_{n}": widget.format_value(value)
        for n, (widget, value) in enumerate(
            zip(form.fields["at"].widget.widgets, form.fields["at"].widget.decompress(form.initial["at"]), strict=True)
        )
    }
    response = desk_client.post(page.request["PATH_INFO"], data, follow=True)
    assert "Rescheduled with what is saved now." in messages_of(response)
    edition = Edition.objects.live(at).get()
    assert (edition.tldr, edition.live_at) == ("The new words.", at)


@pytest.mark.parametrize("verb", ["update", "correct", "clarify"])
def test_a_verb_that_publishes_shows_what_changes(desk_client, verb):
    dispatch = dispatch_of(publish(tldr="The old words."))
    page = press(desk_client, dispatch, verb, tldr="The new words.")
    assert "The <del>old</del><ins>new</ins> words." in page.text


def test_whoever_may_not_publish_sees_the_difference_and_no_button(client, django_user_model):
    from django.contrib.auth.models import Permission

    user = django_user_model.objects.create_user("writer", is_staff=True)
    names = ["change_dispatch", "view_dispatch", "edit_any_dispatch"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    dispatch = change(schedule(), headline="New")
    page = client.get(reverse("admin:dispatches_dispatch_change", args=[dispatch.pk])).text
    assert "The scheduled edition differs from what is saved:" in page
    assert "/do/reschedule/" not in page


def test_a_long_form_is_told_apart_without_a_query_for_each_row(issued, django_assert_max_num_queries):
    dispatch = issued()
    for number in range(30):
        develop(dispatch, f"Step {number}")
        cite(dispatch, make_report())
    with django_assert_max_num_queries(4):
        assert has_unpublished_changes(dispatch)


def test_a_copy_that_was_read_before_takes_nothing_back_that_publishing_keeps():
    dispatch = make_dispatch(headline="As it was")
    stale = Dispatch.objects.get(pk=dispatch.pk)
    desk.publish(dispatch=dispatch, actor=DESK)
    edition = dispatch.live_edition()
    Dispatch.objects.filter(pk=dispatch.pk).update(has_unpublished_changes=True)
    stale.headline = "Written late"
    stale.save()
    stored = Dispatch.objects.get(pk=dispatch.pk)
    assert stored.headline == "Written late"
    assert stored.publication == edition.publication
    assert stored.has_unpublished_changes
    desk.expunge(dispatch=dispatch, actor=DESK, note="By order of a court.")
    with pytest.raises(IntegrityError, match="an_expunged_dispatch_has_no_text"), transaction.atomic():
        stale.save()
    assert Dispatch.objects.get(pk=dispatch.pk).headline == "Expunged"
