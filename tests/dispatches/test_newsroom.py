"""The desk's start page: to each user what concerns them, and no more."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from factories import DESK, change, cite, dispatch_of, make_dispatch, make_report, make_source, make_story, publish

from dispatches import desk
from dispatches.admin.likeness import like
from dispatches.models import Dispatch
from sources.models import Feed, IntakeKey, Proposal

pytestmark = pytest.mark.django_db


def somebody(django_user_model, role):
    user = django_user_model.objects.create_user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def newsroom(user):
    client = Client()
    client.force_login(user)
    response = client.get("/desk/")
    return response, {each.name: each for each in response.context["lists"]}


def test_drafts_are_what_readers_never_had_and_will_not_get(django_user_model, desk_client):
    later = timezone.now() + timedelta(hours=3)
    report = make_report()
    canceled, unsupported = make_dispatch(headline="Canceled"), make_dispatch(report, headline="Unsupported")
    for each in (canceled, unsupported, make_dispatch(headline="Still scheduled")):
        desk.schedule(dispatch=each, actor=DESK, at=later)
    desk.cancel_schedule(dispatch=Dispatch.objects.get(pk=canceled.pk), actor=DESK)
    desk.retract_report(report=report, actor=DESK)
    # Its scheduled edition was canceled, and then it was published.
    again = make_dispatch(headline="Published after all")
    desk.schedule(dispatch=again, actor=DESK, at=later)
    desk.cancel_schedule(dispatch=Dispatch.objects.get(pk=again.pk), actor=DESK)
    desk.publish(dispatch=Dispatch.objects.get(pk=again.pk), actor=DESK)
    desk.withdraw(dispatch=dispatch_of(publish(headline="Withdrawn")), note="It was wrong.", actor=DESK)
    draft = make_dispatch(headline="Never scheduled")
    _, shelves = newsroom(somebody(django_user_model, "Chief"))
    assert {*shelves["drafts"].rows} == {canceled, unsupported, draft}
    listed = desk_client.get("/desk/dispatches/dispatch/", {"state": "draft"}).context["cl"].result_list
    assert {*listed} == {canceled, unsupported, draft}


def test_an_editor_finds_everything_that_waits(django_user_model):
    editor, reporter = (somebody(django_user_model, role) for role in ("Editor", "Reporter"))
    pending = make_report(make_source(name="Lighthouse", is_confidential=True), accepted=False, title="It came in")
    theirs, mine = make_dispatch(author=reporter, headline="Theirs"), make_dispatch(author=editor, headline="Mine")
    Dispatch.objects.filter(pk=theirs.pk).update(updated_at=timezone.now() + timedelta(hours=1))
    submitted = make_dispatch(author=reporter, headline="Handed in")
    desk.submit(dispatch=submitted, actor=DESK)
    coming = make_dispatch(headline="To come")
    desk.schedule(dispatch=coming, actor=DESK, at=timezone.now() + timedelta(hours=3))
    changed = publish(make_report(), make_report(), headline="It fell")
    desk.retract_report(report=dispatch_of(changed).citations.first().report, actor=DESK)
    wrong = dispatch_of(publish(headline="It was wrong"))
    desk.correct(dispatch=wrong, actor=DESK, note="Not ten, but twelve.")
    response, shelves = newsroom(editor)
    assert shelves["intake"].rows == [pending]
    assert shelves["submitted"].rows == [submitted]
    assert shelves["drafts"].rows == [mine, theirs]
    assert shelves["scheduled"].rows == [coming]
    assert [dispatch_of(edition) for edition in shelves["changed"].rows] == [dispatch_of(changed)]
    assert [edition.note for edition in shelves["corrected"].rows] == ["Not ten, but twelve."]
    for words in ("Lighthouse", "Handed in", "Jerusalem time", "Not ten, but twelve.", "New dispatch"):
        assert words in response.text


def test_a_reporter_finds_their_own_and_why_it_came_back(django_user_model):
    editor, reporter = (somebody(django_user_model, role) for role in ("Editor", "Reporter"))
    make_report(make_source(name="Lighthouse", is_confidential=True), accepted=False)
    make_report(accepted=False, title="Filed by another", filed_by=editor)
    make_report(accepted=False, title="Filed by me", filed_by=reporter)
    mine = make_dispatch(author=reporter)
    make_dispatch(author=editor, headline="Another's")
    desk.submit(dispatch=mine, actor=DESK)
    desk.send_back(dispatch=mine, note="Who says so?", actor=DESK)
    response, shelves = newsroom(reporter)
    assert set(shelves) == {"intake", "drafts", "scheduled", "changed", "corrected"}
    assert [report.title for report in shelves["intake"].rows] == ["Filed by me"]
    assert shelves["drafts"].rows == [mine]
    assert "Who says so?" in response.text
    for words in ("Lighthouse", "Filed by another", "Another's"):
        assert words not in response.text


def test_an_operator_finds_the_installation_and_no_content(django_user_model):
    publish(headline="The story")
    response, shelves = newsroom(somebody(django_user_model, "Operator"))
    assert shelves == {}
    assert "has no access to dispatches" in response.text
    assert "The story" not in response.text


def test_the_newsroom_asks_the_database_no_more_often_when_more_waits(editor, django_assert_max_num_queries):
    for _ in range(2):
        for _ in range(4):
            make_report(accepted=False)
            make_dispatch(author=editor)
            desk.correct(dispatch=dispatch_of(publish()), actor=DESK, note="x")
        with django_assert_max_num_queries(38):
            newsroom(editor)


def test_proposed_contradictions_are_listed_for_whoever_may_decide_them(django_user_model):
    editor, reporter = (somebody(django_user_model, role) for role in ("Editor", "Reporter"))
    words = {"headline": "The bridge at Carmel collapses", "author": reporter}
    dispatch = change(make_dispatch(make_report(title="The bridge at Carmel did not collapse"), **words))
    page, lists = newsroom(editor)
    assert [row.citation.dispatch for row in lists["contradicted"].rows] == [dispatch]
    assert f"#citations-row-{dispatch.citations.get().pk}" in page.text
    assert "contradicted" not in newsroom(reporter)[1]
    found = page.client.get("/desk/dispatches/dispatch/?state=contradicted")
    assert dispatch.headline in found.text


def test_much_the_same_is_found_and_another_s_draft_is_not_told(django_user_model):
    editor, reporter = (somebody(django_user_model, role) for role in ("Editor", "Reporter"))
    story, shared = make_story(), make_report()
    mine = make_dispatch(headline="The port of Haifa is closed", author=reporter, story=story)
    cite(mine, shared)
    public = dispatch_of(publish(headline="Port of Haifa closed", slug="port"))
    draft = make_dispatch(headline="The port in Haifa is closed today", author=editor)
    citing = make_dispatch(shared, headline="Strike at the docks", author=editor)
    related = make_dispatch(headline="Ships wait", story=story, author=editor)
    make_dispatch(headline="Grain prices fall", author=editor)
    found = {each.headline: each for each in like(mine, editor)}
    assert set(found) == {public.headline, draft.headline, citing.headline, related.headline}
    assert [found[each.headline].is_duplicate for each in (public, draft, citing, related)] == [True, True, True, False]
    assert found[citing.headline].reasons == ("cites the same report",)
    (only,) = like(mine, reporter)
    assert (only.headline, only.address) == (public.headline, public.live_edition().get_absolute_url())


def test_likeness_tells_nothing_of_hidden_reports_nor_of_working_copies(django_user_model):
    editor, reporter = (somebody(django_user_model, role) for role in ("Editor", "Reporter"))
    hidden, named = make_report(make_source(is_confidential=True)), make_report()
    story = make_story()
    mine = make_dispatch(named, headline="Ships wait", author=reporter, story=story)
    cite(mine, hidden)
    others = [publish(report, headline=headline) for report, headline in ((hidden, "Grain falls"), (named, "Rain"))]
    # Added to the story since, and not public yet.
    Dispatch.objects.filter(pk=dispatch_of(others[0]).pk).update(story=story)
    assert {each.headline: each.reasons for each in like(mine, editor)} == {
        "Grain falls": ("cites the same report", "same story"),
        "Rain": ("cites the same report",),
    }
    assert like(mine, reporter) == []


def test_hebrew_headlines_are_compared_too(editor):
    mine = make_dispatch(headline="נמל חיפה נסגר")
    other = make_dispatch(headline="נסגר נמל חיפה הבוקר")
    assert [each.headline for each in like(mine, editor)] == [other.headline]


def test_what_came_in_by_itself_has_its_shelves(django_user_model):
    editor, reporter = (somebody(django_user_model, role) for role in ("Editor", "Reporter"))
    now = timezone.now()
    agency = make_report(make_source(name="The Agency", kind="agency"), title="Of the agency")
    for kind, points in (("credit", {"credits": agency.source}), ("copy", {"relays": agency})):
        report = make_report(title=f"A {kind}", accepted=False)
        Proposal.objects.create(report=report, kind=kind, evidence="“(The Agency)”", **points)
    make_report(title="Put otherwise", newer_version={"title": "Put in other words"})
    hourly = Feed(source=make_source(name="Hourly"), url="https://hourly.example/rss", last_polled_at=now)
    for hours in (9, 8, 7):
        hourly.record_arrival(now - timedelta(hours=hours))
    hourly.next_poll_at = now - timedelta(hours=1)
    hourly.save()
    since = now - timedelta(hours=5)
    Feed.objects.create(
        source=make_source(name="Broken"),
        url="https://broken.example/rss",
        last_polled_at=now,
        failing_since=since,
        broken_after=since,
        last_error="Its server fails.",
    )
    channel = IntakeKey(source=make_source(name="Quiet channel"), prefix="1", secret_hash="x")
    for hours in (9, 8, 7):
        channel.record_arrival(now - timedelta(hours=hours))
    channel.save()
    page = newsroom(editor)[0].text
    assert "Credit line of <bdi>The Agency</bdi>" in page
    assert "Near copy of <bdi>The Agency</bdi>" in page
    assert "Put otherwise" in page
    assert "Its server fails." in page
    assert "silent since" in page
    assert "Quiet channel" in page
    assert "are not being polled" in page
    for word in ("The Agency", "Its server fails.", "Quiet channel", "are not being polled"):
        assert word not in newsroom(reporter)[0].text


def test_the_newsroom_says_that_a_restored_site_is_closed_to_readers(desk_client):
    assert "Readers get no pages" not in desk_client.get("/desk/").text
    desk.close_to_readers(actor=desk.RESTORER)
    assert "Readers get no pages" in desk_client.get("/desk/").text
