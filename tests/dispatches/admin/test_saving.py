"""Forms that lose nothing: stale saves, recovered drafts, double posts, history, presence."""

from datetime import UTC, datetime

import pytest
from desk_forms import open_rows
from django.urls import reverse
from factories import DESK, cite, develop, make_dispatch, make_report, make_section, version_of

from dispatches import desk
from dispatches.history import revisions
from dispatches.models import Dispatch, Presence
from tests.dispatches.admin.test_dispatches import form_of, messages_of

pytestmark = pytest.mark.django_db

WHEN = datetime(2026, 6, 25, 20, 20, tzinfo=UTC)


def address_of(dispatch: Dispatch, what: str = "change") -> str:
    return reverse(f"admin:dispatches_dispatch_{what}", args=[dispatch.pk])


def opened(client, dispatch: Dispatch) -> dict:
    """Return the form's data as a browser has it after opening the page."""
    response = client.get(address_of(dispatch))
    context = response.context
    data = {"_version": context["version"], "_local_draft": "", "_continue": "1"}
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *open_rows(inline.formset)]
    for form in forms:
        for bound in form:
            widget = bound.field.widget
            parts = getattr(widget, "widgets", None)
            if parts:
                values = widget.decompress(bound.value())
                data |= {f"{bound.html_name}_{i}": parts[i].format_value(v) for i, v in enumerate(values)}
            elif bound.value() is not None and bound.value() is not False:
                data[bound.html_name] = bound.value()
    return data


def faults(answer) -> str:
    return str(answer.context["errors"]) if answer.context else ""


def save(client, dispatch, data, **changes):
    return client.post(address_of(dispatch), data | changes)


def test_a_save_of_the_present_version_passes(desk_client):
    dispatch = make_dispatch()
    develop(dispatch, "A step", WHEN)
    cite(dispatch, make_report(), development=dispatch.developments.get())
    data = opened(desk_client, dispatch)
    answer = save(desk_client, dispatch, data, headline="Mine")
    assert answer.status_code == 302, faults(answer)
    dispatch.refresh_from_db()
    assert dispatch.headline == "Mine"
    assert opened(desk_client, dispatch)["_version"] != data["_version"]


def test_opening_and_saving_without_a_change_is_no_new_version(desk_client):
    dispatch = make_dispatch(body="Two lines.\n\nAnd an end.\n", tldr=" spaced ")
    develop(dispatch, "A step", WHEN.replace(microsecond=123456))
    data = opened(desk_client, dispatch)
    assert save(desk_client, dispatch, data, body=data["body"].replace("\n", "\r\n")).status_code == 302
    assert opened(desk_client, dispatch)["_version"] == data["_version"]


def test_a_stale_save_is_refused_with_both_texts_and_a_form_that_has_both_changes(desk_client):
    dispatch = make_dispatch(headline="As it was", tldr="As it was.", body="One.\n\nTwo.")
    mine, theirs = opened(desk_client, dispatch), opened(desk_client, dispatch)
    save(desk_client, dispatch, theirs, headline="Their headline", body="One, they say.\n\nTwo.")
    answer = save(desk_client, dispatch, mine, headline="My headline", tldr="Mine.", body="One.\n\nTwo, I say.")
    assert answer.status_code == 200
    dispatch.refresh_from_db()
    assert (dispatch.headline, dispatch.tldr) == ("Their headline", "As it was.")
    for text in ("<del>Their</del> headline", "<ins>My</ins> headline", "Not saved yet; nothing is lost"):
        assert text in answer.text
    merged = {bound.name: bound.value() for bound in answer.context["adminform"].form}
    assert (merged["headline"], merged["tldr"]) == ("My headline", "Mine.")
    assert merged["body"] == "One, they say.\n\nTwo, I say."
    # The returned form has the current version, so saving it succeeds.
    again = mine | {"_version": answer.context["version"], "headline": merged["headline"], "body": merged["body"]}
    assert save(desk_client, dispatch, again, tldr="Mine.").status_code == 302
    dispatch.refresh_from_db()
    assert (dispatch.headline, dispatch.body) == ("My headline", "One, they say.\n\nTwo, I say.")


def test_rows_that_only_one_has_touched_are_saved_without_asking(desk_client):
    dispatch = make_dispatch()
    _, gone = develop(dispatch, "Kept", WHEN), develop(dispatch, "Gone", WHEN)
    mine = opened(desk_client, dispatch)
    with desk.saving(dispatch, actor=DESK):
        gone.delete()
        develop(dispatch, "Theirs", WHEN)
    kept_index = next(key for key, value in mine.items() if value == "Kept")
    new = {
        "developments-TOTAL_FORMS": 3,
        "developments-2-text": "Mine",
        "developments-2-at_0": "2026-06-25",
        "developments-2-at_1": "23:40:00",
        "developments-2-position": "0",
        kept_index: "Kept and changed",
    }
    assert save(desk_client, dispatch, mine, **new).status_code == 302
    assert set(dispatch.developments.values_list("text", flat=True)) == {"Kept and changed", "Theirs", "Mine"}


def test_a_row_that_both_changed_comes_back_and_only_that_row_is_a_form(desk_client):
    dispatch = make_dispatch()
    ours = develop(dispatch, "Ours", WHEN)
    develop(dispatch, "Kept", WHEN)
    mine = opened(desk_client, dispatch)
    with desk.saving(dispatch, actor=DESK):
        dispatch.developments.filter(pk=ours.pk).update(text="Theirs")
    key = next(key for key, value in mine.items() if value == "Ours")
    answer = save(desk_client, dispatch, mine, **{key: "Mine"})
    assert answer.status_code == 200
    assert "<del>Theirs</del>" in answer.text
    formset = answer.context["inline_admin_formsets"][0].formset
    assert [form["text"].value() for form in formset.forms] == ["Mine"]
    assert [row.form is None for row in formset.rows()] == [row.instance.text == "Kept" for row in formset.rows()]
    data = {key: value for key, value in formset.data.items() if not key.startswith("_")}
    save(desk_client, dispatch, data, _version=answer.context["version"], _continue="1")
    assert set(dispatch.developments.values_list("text", flat=True)) == {"Kept", "Mine"}


def test_a_row_that_is_not_posted_stays_as_it_is(desk_client):
    dispatch = make_dispatch()
    rows = [develop(dispatch, text, WHEN) for text in ("One", "Two", "Three")]
    stale = opened(desk_client, dispatch)
    token = f"developments-r{rows[1].pk}"
    data = {key: value for key, value in stale.items() if not key.startswith("developments-")}
    sent = {f"{token}-id": rows[1].pk, f"{token}-text": "Two, changed", f"{token}-position": "0"}
    sent |= {f"{token}-at_0": "2026-06-25", f"{token}-at_1": "23:20:00"}
    assert save(desk_client, dispatch, data, **sent).status_code == 302
    assert set(dispatch.developments.values_list("text", flat=True)) == {"One", "Two, changed", "Three"}
    with desk.saving(dispatch, actor=DESK):
        dispatch.developments.filter(pk=rows[0].pk).update(text="One, theirs")
    assert save(desk_client, dispatch, data | {"_version": version_of(dispatch)}).status_code == 302
    assert set(dispatch.developments.values_list("text", flat=True)) == {"One, theirs", "Two, changed", "Three"}


def test_rows_are_saved_in_the_order_they_were_given(desk_client):
    dispatch = make_dispatch()
    one, two = (develop(dispatch, text, WHEN) for text in ("One", "Two"))
    data = {key: value for key, value in opened(desk_client, dispatch).items() if not key.startswith("developments-")}
    new = {"developments-7-text": "New", "developments-7-at_0": "2026-06-25", "developments-7-at_1": "23:40"}
    order = {"developments-order": f"{two.pk},new7,{one.pk}", "developments-7-position": "0"}
    assert save(desk_client, dispatch, data, **new, **order).status_code == 302
    assert list(dispatch.developments.values_list("text", flat=True)) == ["Two", "New", "One"]


def test_what_the_form_refuses_is_still_in_it(desk_client):
    dispatch = make_dispatch()
    develop(dispatch, "A step", WHEN)
    mine = opened(desk_client, dispatch)
    Dispatch.objects.update(headline="Theirs")
    answer = save(desk_client, dispatch, mine, **{"developments-0-at_0": "yesterday", "headline": "x" * 200})
    assert 'value="yesterday"' in answer.text
    assert "x" * 200 in answer.text


def test_the_same_sent_twice_is_saved_once_and_is_no_conflict(desk_client):
    dispatch = make_dispatch()
    data = opened(desk_client, dispatch) | {
        "headline": "Mine",
        "developments-TOTAL_FORMS": 1,
        "developments-0-text": "New",
        "developments-0-at_0": "2026-06-25",
        "developments-0-at_1": "23:40:00",
        "developments-0-position": "0",
    }
    assert [save(desk_client, dispatch, data).status_code for _ in range(2)] == [302, 302]
    assert dispatch.developments.count() == 1


def added(section, **changes) -> dict:
    data = {"headline": "New", "section": section.pk, "claim_kind": "event", "_local_draft": "1-2-3-4"}
    for prefix in ("developments", "citations"):
        data |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return data | {"_continue": "1"} | changes


def test_a_new_dispatch_sent_twice_is_one(desk_client):
    section = make_section()
    address = reverse("admin:dispatches_dispatch_add")
    for _ in range(2):
        assert desk_client.post(address, added(section)).status_code == 302
    assert Dispatch.objects.count() == 1


def test_what_was_typed_after_the_first_sending_is_not_lost(desk_client):
    section = make_section()
    address = reverse("admin:dispatches_dispatch_add")
    desk_client.post(address, added(section))
    desk_client.post(address, added(section, headline="New, and better"))
    answer = desk_client.post(address, added(section, tldr="More."))
    assert answer.status_code == 200
    assert Dispatch.objects.count() == 1
    assert "More." in answer.text


def test_a_draft_of_the_browser_comes_back_unsaved(desk_client):
    dispatch = make_dispatch(headline="Saved")
    data = opened(desk_client, dispatch) | {"headline": "Typed", "_recover": "1", "_local_draft": "1-2"}
    answer = desk_client.post(address_of(dispatch), data)
    assert 'value="Typed"' in answer.text
    assert 'name="_local_draft" value="1-2"' in answer.text
    assert "This is your browser" in answer.text
    dispatch.refresh_from_db()
    assert dispatch.headline == "Saved"
    same = opened(desk_client, dispatch) | {"_recover": "1"}
    assert "draft is the same as" in messages_of(desk_client.post(address_of(dispatch), same, follow=True))
    answer = desk_client.post(reverse("admin:dispatches_dispatch_add"), added(make_section(), _recover="1"))
    assert "This is what you had typed" in answer.text
    assert Dispatch.objects.count() == 1


def test_a_save_says_which_draft_of_the_browser_it_made_superfluous(desk_client):
    dispatch = make_dispatch()
    save(desk_client, dispatch, opened(desk_client, dispatch), headline="Mine", _local_draft="7-7")
    assert 'data-draft="7-7"' in desk_client.get(address_of(dispatch)).text


def test_a_save_that_changes_nothing_says_so_too(desk_client):
    dispatch = make_dispatch()
    with desk.saving(dispatch, actor=DESK):
        dispatch.save()
    save(desk_client, dispatch, opened(desk_client, dispatch), _local_draft="8-8")
    assert 'data-draft="8-8"' in desk_client.get(address_of(dispatch)).text


def test_what_was_typed_for_something_that_is_gone_is_shown(desk_client):
    section = make_section()
    address = reverse("admin:dispatches_section_change", args=[section.pk])
    section.delete()
    answer = desk_client.post(address, {"name": "Typed long", "slug": "x"})
    assert answer.status_code == 404
    assert "Typed long" in answer.text


def test_the_history_says_who_when_and_what_and_gives_it_back(desk_client, editor):
    dispatch = make_dispatch(headline="First words")
    develop(dispatch, "A step", WHEN)
    data = opened(desk_client, dispatch)
    save(desk_client, dispatch, data, headline="Second words", **{"developments-0-DELETE": "on"})
    page = desk_client.get(address_of(dispatch, "history")).text
    for words in ("<del>First</del><ins>Second</ins> words", "editor", "Saved", "Headline", "<del>A step</del>"):
        assert words in page
    answer = desk_client.post(address_of(dispatch), {"_restore": "1"})
    assert "Revision 1 is in the form but not saved yet" in answer.text
    dispatch.refresh_from_db()
    assert dispatch.headline == "Second words"
    data = {key: value for key, value in answer.context["adminform"].form.data.items() if not key.startswith("_")}
    answer = save(desk_client, dispatch, data, _version=answer.context["version"], _restores="1", _continue="1")
    assert answer.status_code == 302, (faults(answer), data)
    dispatch.refresh_from_db()
    assert (dispatch.headline, dispatch.developments.get().text) == ("First words", "A step")
    assert revisions.of(dispatch).first().how == "Restored from revision 1"
    assert desk_client.post(address_of(dispatch), {"_restore": "99"}).status_code == 404


def test_who_else_is_there_is_said_and_what_they_saved(desk_client, client, django_user_model):
    dispatch = make_dispatch()
    other = django_user_model.objects.create_superuser("Anna")
    Presence.objects.create(
        of="dispatches.dispatch", object_id=dispatch.pk, user=other, seen_at=datetime.now(UTC), typed_at=None
    )
    look = {"revision": revisions.latest_number(dispatch)}
    answer = desk_client.post(address_of(dispatch, "presence"), look).json()
    assert answer == {"others": [{"name": "Anna", "is_typing": False}], "saved": ""}
    client.force_login(other)
    client.post(address_of(dispatch, "presence"), look | {"typing": "1"})
    save(client, dispatch, opened(client, dispatch), headline="Hers")


def test_the_saver_is_named(desk_client, editor, django_user_model):
    from django.test import Client

    dispatch = make_dispatch()
    other = Client()
    other.force_login(django_user_model.objects.create_superuser("Anna"))
    before = {"revision": revisions.latest_number(dispatch)}
    save(other, dispatch, opened(other, dispatch), headline="Hers")
    other.post(address_of(dispatch, "presence"), {"typing": "1", "revision": "0"})
    answer = desk_client.post(address_of(dispatch, "presence"), before).json()
    assert answer["others"] == [{"name": "Anna", "is_typing": True}]
    assert answer["saved"].startswith("Anna saved it at")
    now = {"revision": revisions.latest_number(dispatch)}
    assert desk_client.post(address_of(dispatch, "presence"), now).json()["saved"] == ""


def test_a_form_without_a_version_overwrites_nothing(desk_client):
    dispatch = make_dispatch(headline="Saved")
    data = form_of(dispatch, headline="Typed")
    assert data.pop("_version") == version_of(dispatch)
    assert save(desk_client, dispatch, data).status_code == 200
    dispatch.refresh_from_db()
    assert dispatch.headline == "Saved"
