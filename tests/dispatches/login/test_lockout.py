"""Whoever guesses passwords has to wait. The one whose password is guessed does not."""

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.urls import reverse

from dispatches.login.lockout import client_address

PASSWORD = "a pass phrase"
ATTACKER, EDITOR = "203.0.113.9", "198.51.100.7"


@pytest.fixture
def anna(db):
    return User.objects.create_user("Anna", password=PASSWORD, is_staff=True)


def log_in(client, password=PASSWORD, name="Anna", address=EDITOR, **headers):
    data = {"username": name, "password": password, "next": "/desk/"}
    return client.post(reverse("admin:login"), data, REMOTE_ADDR=address, **headers)


def guess(client, times=10, **more):
    return [log_in(client, f"guess {number}", address=ATTACKER, **more).status_code for number in range(times)]


def test_ten_wrong_passwords_make_an_address_wait_and_nobody_else(client, anna):
    assert guess(client) == [200] * 9 + [429]
    # Not even the right password helps, nor another browser.
    assert log_in(client, address=ATTACKER).status_code == 429
    assert log_in(client, address=ATTACKER, HTTP_USER_AGENT="another").status_code == 429
    assert log_in(client, address=EDITOR)["Location"] == "/desk/"
    User.objects.create_user("Boris", password=PASSWORD, is_staff=True)
    assert log_in(client, name="Boris", address=ATTACKER)["Location"] == "/desk/"


def test_it_says_when_to_try_again_and_then_it_works(client, anna, time_machine):
    time_machine.move_to("2026-06-25T20:00:30+03:00", tick=False)
    guess(client)
    time_machine.move_to("2026-06-25T20:05:00+03:00", tick=False)
    answer = log_in(client, address=ATTACKER)
    assert (answer.status_code, answer["Retry-After"]) == (429, str(10 * 60 + 30))
    assert "Try again in 11 minutes, after 20:15 (Jerusalem time)" in answer.text
    assert PASSWORD not in answer.text
    # Attempts meanwhile do not extend the wait.
    time_machine.move_to("2026-06-25T20:15:31+03:00", tick=False)
    assert log_in(client, address=ATTACKER)["Location"] == "/desk/"


def test_a_name_that_does_not_exist_is_answered_alike(client, anna):
    known, unknown = guess(client), guess(client, name="Nobody")
    assert known == unknown


def test_the_right_password_forgets_the_wrong_ones(client, anna):
    assert 429 not in guess(client, 9)
    log_in(client, address=ATTACKER)
    assert 429 not in guess(client, 9)


def test_no_password_is_stored(client, anna):
    guess(client)
    stored = str(list(AccessAttempt.objects.values()))
    assert "Anna" in stored
    assert "guess" not in stored


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "address"),
    [
        (0, EDITOR, "", EDITOR),
        # Without a proxy, the header is the client's own invention.
        (0, EDITOR, "1.2.3.4", EDITOR),
        (1, "127.0.0.1", f"1.2.3.4, {EDITOR}", EDITOR),
        (2, "127.0.0.1", f"1.2.3.4, {EDITOR}, 10.0.0.1", EDITOR),
        (2, "127.0.0.1", EDITOR, EDITOR),
        (1, EDITOR, "", EDITOR),
        (1, "127.0.0.1", "unknown", None),
        (0, "", "", None),
        (0, "::ffff:198.51.100.7", "", EDITOR),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
        (0, "fe80::1%eth0", "", "fe80::"),
    ],
)
def test_the_address_is_the_one_that_the_outermost_proxy_saw(settings, proxies, remote, forwarded, address):
    settings.WIRE_PROXIES = proxies
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert client_address(RequestFactory().get("/", REMOTE_ADDR=remote, **headers)) == address


def test_an_unknown_address_waits_too(client, anna, settings):
    settings.WIRE_PROXIES = 1
    answers = [log_in(client, f"guess {number}", HTTP_X_FORWARDED_FOR="unknown").status_code for number in range(10)]
    assert answers == [200] * 9 + [429]
