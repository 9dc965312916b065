"""The push endpoint: a source's key accepts that source's reports, and nothing else."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from factories import DESK, make_source

from dispatches import desk
from sources.models import IntakeKey, Report

ITEM = {"id": "a-1", "title": "Sirens in Haifa", "text": "Sirens were heard.", "said_at": "2026-06-25T10:00:00+03:00"}


@pytest.fixture
def source(db):
    return make_source(kind="channel", is_confidential=True, name="Lighthouse")


@pytest.fixture
def key(source):
    return desk.create_intake_key(source=source, others_end_in=None, actor=DESK)[1]


def push(client, key, item, **headers):
    body = item if isinstance(item, str | bytes) else json.dumps(item)
    given = {"Authorization": f"Bearer {key}"} if key else {}
    return client.post("/desk/intake/", body, content_type="application/json", headers=given | headers)


def test_what_is_pushed_is_a_pending_report_of_the_keys_source(client, key, source):
    response = push(client, key, ITEM | {"basis": "first"})
    assert (response.status_code, response.json()) == (201, {"id": "a-1", "status": "new"})
    report = Report.objects.get()
    assert (report.source, report.title, report.basis, report.review) == (source, ITEM["title"], "first", "pending")
    assert report.said_at.isoformat() == "2026-06-25T07:00:00+00:00"


def test_the_same_id_again_is_the_same_report(client, key):
    push(client, key, ITEM)
    assert (push(client, key, ITEM).status_code, push(client, key, ITEM).json()["status"]) == (200, "known")
    assert push(client, key, ITEM | {"text": "It was a drill."}).json()["status"] == "changed"
    assert Report.objects.get().text == "It was a drill."


def test_two_ids_with_one_address_are_two_reports(client, key):
    channel = {"url": "https://t.example/channel"}
    assert push(client, key, {"id": "a1", "title": "Sirens in Haifa", "text": "one"} | channel).status_code == 201
    assert push(client, key, {"id": "a2", "title": "Weather", "text": "sunny all day"} | channel).status_code == 201
    assert Report.objects.count() == 2


def test_a_change_of_an_accepted_report_is_answered_as_one(client, key):
    push(client, key, ITEM)
    desk.accept_report(report=Report.objects.get(), actor=DESK)
    assert push(client, key, ITEM | {"text": "It was a drill."}).json()["status"] == "changed"
    assert push(client, key, ITEM | {"text": "It was a drill."}).json()["status"] == "known"
    assert Report.objects.get().text == ITEM["text"]


@pytest.mark.parametrize(
    "words", ["", "wire_", "wire_00000000_x", "Lighthouse", "wire_{prefix}_wrong", "wire_{prefix}_"]
)
def test_without_the_key_nothing_comes_in(client, key, words):
    response = push(client, words.format(prefix=key.split("_")[1]), ITEM)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert "Lighthouse" not in response.content.decode()
    assert not Report.objects.exists()


def test_the_desk_login_is_no_key(desk_client):
    assert push(desk_client, "", ITEM).status_code == 401


def test_a_key_is_kept_as_a_hash_only(key):
    stored = IntakeKey.objects.values().get()
    secret = key.split("_", 2)[2]
    assert secret not in json.dumps(stored, default=str)


def test_a_new_key_replaces_the_others_after_a_while(client, key, source):
    new = desk.create_intake_key(source=source, others_end_in=timedelta(hours=1), actor=DESK)[1]
    assert push(client, key, ITEM).status_code == 201
    assert push(client, new, ITEM).status_code == 200
    IntakeKey.objects.filter(ends_at__isnull=False).update(ends_at=timezone.now())
    assert push(client, key, ITEM).status_code == 401
    assert push(client, new, ITEM).status_code == 200
    desk.revoke_intake_keys(source=source, actor=DESK)
    assert push(client, new, ITEM).status_code == 401


def test_a_new_key_neither_prolongs_nor_revives_another(source):
    now = timezone.now()
    for ends_at in (now - timedelta(days=1), now + timedelta(hours=1), now + timedelta(days=9), None):
        key, _ = desk.create_intake_key(source=source, others_end_in=None, actor=DESK)
        IntakeKey.objects.filter(pk=key.pk).update(ends_at=ends_at)
    before = dict(IntakeKey.objects.order_by("pk").values_list("pk", "ends_at"))
    new, _ = desk.create_intake_key(source=source, others_end_in=timedelta(days=1), actor=DESK)
    after = dict(IntakeKey.objects.values_list("pk", "ends_at"))
    ended, soon, later, open_end = before
    assert [after[ended], after[soon]] == [before[ended], before[soon]]
    for shortened in (later, open_end):
        assert now + timedelta(days=1) <= after[shortened] <= timezone.now() + timedelta(days=1)
    assert after[new.pk] is None
    desk.create_intake_key(source=source, others_end_in=timedelta(), actor=DESK)
    ended_keys = IntakeKey.objects.filter(ends_at__lte=timezone.now())
    assert set(ended_keys.values_list("pk", flat=True)) == {*before, new.pk}
    assert IntakeKey.objects.get(pk=ended).ends_at == before[ended]


def test_ending_all_keys_revives_none(source):
    key, _ = desk.create_intake_key(source=source, others_end_in=None, actor=DESK)
    ended_at = timezone.now() - timedelta(days=1)
    IntakeKey.objects.filter(pk=key.pk).update(ends_at=ended_at)
    assert desk.revoke_intake_keys(source=source, actor=DESK) == 0
    assert IntakeKey.objects.get(pk=key.pk).ends_at == ended_at


def test_who_sends_too_much_is_asked_to_wait(client, key, source, settings):
    settings.WIRE_INTAKE_PER_MINUTE = 3
    # The minute may change meanwhile.
    answers = [push(client, key, ITEM | {"id": str(number), "title": f"Item {number}"}) for number in range(8)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert 1 <= int(refused[0]["Retry-After"]) <= 60
    other = desk.create_intake_key(source=make_source(), others_end_in=None, actor=DESK)[1]
    assert push(client, other, ITEM).status_code == 201


REFUSED = {
    "no JSON": ("{", ""),
    "no object": ("[1]", ""),
    "deep": ('{"id": ' + "[" * 100_000, ""),
    "no id": ({"title": "A"}, "id"),
    "an id that is a number": ({"id": 7, "title": "A"}, "id"),
    "nothing said": ({"id": "1"}, "title"),
    "blank": ({"id": "1", "title": " \x00 "}, "title"),
    "an unknown field": ({"id": "1", "title": "A", "review": "accepted"}, "review"),
    "no moment": ({"id": "1", "title": "A", "said_at": "yesterday"}, "said_at"),
    "no basis": ({"id": "1", "title": "A", "basis": "rumour"}, "basis"),
    "no address": ({"id": "1", "title": "A", "url": "javascript:alert(1)"}, "url"),
    "an id of nothing visible": ({"id": " \x00\u200e", "title": "A"}, "id"),
    "half a character": ('{"id": "\\ud800", "title": "A"}', "id"),
    "an infinite number": ('{"id": "1", "title": "A", "said_at": 1e999}', "said_at"),
    "no number": ('{"id": "1", "title": NaN}', "title"),
    "a list": ({"id": "1", "title": "A", "basis": [[]]}, "basis"),
    "a late second": ({"id": "1", "title": "A", "said_at": "2026-06-25T10:00:61Z"}, "said_at"),
    "bytes that are no text": (b'{"id": "1", "title": "\xff"}', ""),
    "a long number": ('{"id": "1", "title": ' + "9" * 5_000 + "}", ""),
    "too long": ({"id": "1" * 301, "title": "A"}, "id"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_said_field_by_field(client, key, name):
    body, field = REFUSED[name]
    response = push(client, key, body)
    assert response.status_code == 400
    assert field in response.json()["errors"]
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("given", "said_at"),
    [
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00"),
        ("2026-06-25t10:00:00z", "2026-06-25T10:00:00+00:00"),
        ("2026-06-25T24:00:00+03:00", "2026-06-25T21:00:00+00:00"),
    ],
)
def test_every_form_of_a_time_is_taken(client, key, given, said_at):
    assert push(client, key, ITEM | {"said_at": given}).status_code == 201
    assert Report.objects.get().said_at.isoformat() == said_at


def test_what_a_machine_sends_is_cleaned(client, key):
    body = '{"id": "t3", "title": "Soft\\u000bbreak page\\u000cbreak a\\u0085b \\ud83d", "url": "https://ä.example/ü"}'
    assert push(client, key, body).status_code == 201
    report = Report.objects.get()
    assert (report.title, report.url) == ("Soft break page break a b", "https://xn--4ca.example/%C3%BC")


@pytest.mark.parametrize("token", ["wire_\0_x", "wire__", "wire_é_x", "_", "wire_1234_" + "x" * 9_000])
def test_a_key_that_is_none_opens_nothing(client, db, token):
    assert push(client, token, ITEM).status_code == 401


def test_a_length_that_is_no_number_is_refused(client, key):
    assert push(client, key, ITEM, CONTENT_LENGTH="abc").status_code == 413


def test_what_is_too_large_or_no_json_is_refused(client, key):
    assert push(client, key, ITEM | {"text": "x" * 1_200_000}).status_code == 413
    sent = client.post("/desk/intake/", ITEM, headers={"Authorization": f"Bearer {key}"})
    assert sent.status_code == 415
    assert client.get("/desk/intake/").status_code == 405


def test_html_is_taken_in_as_text(client, key):
    push(client, key, {"id": "1", "title": "A <b>", "html": "<p>One</p><script>x()</script><p>Two"})
    report = Report.objects.get()
    assert (report.title, report.text) == ("A <b>", "One\n\nTwo")


def test_a_channel_that_falls_silent_is_told_of(source):
    key, _ = desk.create_intake_key(source=source, others_end_in=None, actor=DESK)
    now = timezone.now()
    for hours in (9, 8, 7, 6):
        key.record_arrival(now - timedelta(hours=hours))
    key.save()
    assert list(IntakeKey.objects.silent(now)) == [key]
    assert not IntakeKey.objects.silent(now - timedelta(hours=5))


@pytest.mark.parametrize("name", ["\\ud800", "tit\\ud800le", "\\u0000"])
def test_a_field_with_a_name_that_is_no_text_is_refused(client, key, name):
    response = push(client, key, f'{{"id": "a-1", "title": "Sirens", "{name}": "x"}}')
    assert response.status_code == 400
    assert "Unknown field" in str(response.json()["errors"])
