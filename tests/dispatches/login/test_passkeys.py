"""Passkeys are a second factor: they are for staff after the password, and what a browser sends may be anything."""

import json

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential

pytestmark = pytest.mark.django_db
ADDRESSES = [
    f"otp_webauthn:credential-{ceremony}-{step}"
    for ceremony in ("registration", "authentication")
    for step in ("begin", "complete")
]


def send(client, name, data=None):
    return client.post(reverse(name), json.dumps(data), content_type="application/json")


@pytest.fixture
def anna(client):
    user = User.objects.create_user("Anna", is_staff=True)
    client.force_login(user)
    return user


@pytest.mark.parametrize("name", ADDRESSES)
def test_neither_readers_nor_anybody_without_a_password_use_them(client, name):
    assert send(client, name, {}).status_code == 403
    client.force_login(User.objects.create_user("Reader"))
    assert send(client, name, {}).status_code == 403


def test_a_password_alone_adds_no_passkey_if_there_is_a_second_factor(client, anna):
    assert send(client, ADDRESSES[0]).status_code == 200
    TOTPDevice.objects.create(user=anna)
    assert send(client, ADDRESSES[0]).status_code == 403
    assert send(client, ADDRESSES[1], {"id": "x"}).status_code == 403


@pytest.mark.parametrize("begin", [ADDRESSES[0], ADDRESSES[2]])
@pytest.mark.parametrize(
    "data", [None, [], "x", 1, {}, {"id": 1}, {"id": "x", "rawId": "x", "response": {}, "type": "public-key"}], ids=str
)
def test_whatever_a_browser_sends_is_refused_in_order(client, anna, begin, data):
    assert send(client, begin).status_code == 200
    answer = send(client, begin.replace("begin", "complete"), data)
    assert answer.status_code in {400, 404, 422}
    assert answer.json()["detail"]
    assert not WebAuthnCredential.objects.exists()
    # A challenge is used once.
    assert send(client, begin.replace("begin", "complete"), data).json()["code"] == "invalid_state"


@pytest.mark.parametrize("body", [b"{", b'"\xff"', b"[" * 100])
def test_what_is_not_json_is_refused_too(client, anna, body):
    answer = client.post(reverse(ADDRESSES[1]), body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
