"""The history: saves and verbs in one order, and any two versions compared."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from factories import DESK, develop, make_dispatch, make_report, make_source

from dispatches import desk
from dispatches.models import Action

pytestmark = pytest.mark.django_db


def history_of(client, obj, **query):
    return client.get(f"/desk/{obj._meta.app_label}/{obj._meta.model_name}/{obj.pk}/history/", query)


def save(dispatch, actor, **fields):
    with desk.saving(dispatch, actor=actor):
        for name, value in fields.items():
            setattr(dispatch, name, value)
        dispatch.save()


def compared(client, dispatch, first, second) -> dict[str, str]:
    found = history_of(client, dispatch, a=first, b=second).context["compared"]
    return {
        each.label: "".join(f"[{p.kind} {p.text}]" if p.kind else p.text for p in each.pieces) for each in found.changes
    }


def test_verbs_are_in_the_history_in_order_with_the_saves(desk_client, editor):
    dispatch = make_dispatch()
    save(dispatch, editor, tldr="One.")
    desk.publish(dispatch=dispatch, actor=editor)
    save(dispatch, editor, tldr="Two.")
    desk.correct(dispatch=dispatch, actor=editor, note="Secret reason.")
    desk.withdraw(dispatch=dispatch, actor=editor, note="Secret reason.")
    page = history_of(desk_client, dispatch)
    order = [getattr(each, "verb", None) or each.revision.how for each in page.context["past"]]
    assert order == ["withdraw", "correct", "Saved", "publish", "Saved", "Changed outside the desk"]
    assert "Correct</b>, edition 2" in page.text
    assert "with a reason" in page.text


def test_each_verb_is_on_one_page_of_a_long_history(desk_client, editor):
    dispatch = make_dispatch()
    for number in range(45):
        save(dispatch, editor, tldr=f"{number}.")
        if number % 10 == 0:
            desk.submit(dispatch=dispatch, actor=editor)
    shown = [
        getattr(each, "verb", None)
        for page in (1, 2, 3)
        for each in history_of(desk_client, dispatch, page=page).context["past"]
    ]
    assert shown.count("submit") == 5
    assert shown.count(None) == 46


def test_what_was_denied_is_not_in_the_history(client, editor, django_user_model):
    dispatch = make_dispatch()
    Action.objects.create(
        actor_kind="user", verb="withdraw", of="dispatches.dispatch", object_id=dispatch.pk, is_denied=True
    )
    client.force_login(editor)
    assert [each for each in history_of(client, dispatch).context["past"] if getattr(each, "verb", "")] == []


def test_any_two_revisions_are_compared(desk_client, editor):
    dispatch = make_dispatch()
    for words in ("One two.", "One three.", "Four three."):
        save(dispatch, editor, tldr=words)
    assert compared(desk_client, dispatch, "2", "4") == {"TL;DR": "[del One two][ins Four three]."}
    assert compared(desk_client, dispatch, "4", "2") == {"TL;DR": "[del Four three][ins One two]."}
    assert compared(desk_client, dispatch, "3", "now") == {"TL;DR": "[del One][ins Four] three."}
    assert compared(desk_client, dispatch, "now", "now") == {}


def test_a_revision_is_compared_with_what_readers_have_and_will_have(desk_client, editor):
    dispatch = make_dispatch(body="A *first* word.", slug="", byline="")
    develop(dispatch, "Ships left.")
    desk.publish(dispatch=dispatch, actor=editor)
    assert compared(desk_client, dispatch, "now", "live") == {}, "its defaults and its Markdown are what readers have"
    save(dispatch, editor, body="A *second* word.", headline="New headline")
    assert compared(desk_client, dispatch, "live", "now")["Body"] == "A [del first][ins second] word."
    assert "Headline" in compared(desk_client, dispatch, "live", "now")
    draft = make_dispatch(tldr="Old.")
    desk.schedule(dispatch=draft, actor=editor, at=timezone.now() + timedelta(hours=1))
    save(draft, editor, tldr="New.")
    assert compared(desk_client, draft, "scheduled", "now") == {"TL;DR": "[del Old][ins New]."}


def test_an_address_made_from_a_headline_is_compared_in_its_own_letters(desk_client):
    dispatch = make_dispatch(headline="שלום עולם", slug="")
    desk.publish(dispatch=dispatch, actor=DESK)
    assert compared(desk_client, dispatch, "now", "live") == {}


@pytest.mark.parametrize("query", [("0", "now"), ("x", "now"), ("9" * 30, "1"), ("live", "now"), ("", ""), ("-1", "²")])
def test_a_version_that_is_not_there_compares_nothing(desk_client, query):
    page = history_of(desk_client, make_dispatch(), a=query[0], b=query[1])
    assert page.status_code == 200
    assert page.context["compared"].labels is None


def test_a_comparison_shows_only_what_the_form_shows(client, django_user_model, editor):
    reporter = django_user_model.objects.create(username="grace", is_staff=True)
    reporter.groups.add(Group.objects.get(name="Reporter"))
    hidden = make_report(make_source(name="Lighthouse", is_confidential=True), title="Told in confidence")
    dispatch = make_dispatch(author=reporter)
    save(dispatch, editor, tldr="One.")
    desk.cite(dispatch=dispatch, report=hidden, actor=DESK)
    save(dispatch, editor, tldr="Two.")
    client.force_login(reporter)
    page = history_of(client, dispatch, a="1", b="now")
    assert "TL;DR" in compared(client, dispatch, "1", "now")
    assert "Lighthouse" not in page.text
    assert "confidence" not in page.text


def test_the_form_shows_what_happened_to_whoever_may_see_the_dispatch(client, editor, django_user_model):
    reporter = django_user_model.objects.create(username="grace", is_staff=True)
    reporter.groups.add(Group.objects.get(name="Reporter"))
    dispatch = make_dispatch(author=reporter)
    desk.publish(dispatch=dispatch, actor=editor)
    client.force_login(reporter)
    text = client.get(f"/desk/dispatches/dispatch/{dispatch.pk}/change/").text
    assert "What happened here" in text
    assert "<b>Publish</b>, edition 1" in text
    assert "<bdi>editor</bdi>" in text
