"""Sessions: they rotate, end when they should, and leave nothing behind in the browser."""

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from dispatches.login import factors

PASSWORD = "a pass phrase"
pytestmark = pytest.mark.django_db


@pytest.fixture
def anna():
    return User.objects.create_user("Anna", password=PASSWORD, is_staff=True)


def log_in(client) -> Client:
    client.post(reverse("admin:login"), {"username": "Anna", "password": PASSWORD})
    return client


def is_inside(client) -> bool:
    return client.get("/desk/").status_code == 200


def key_of(client) -> str:
    return client.cookies["sessionid"].value


def test_the_key_of_a_session_changes_with_each_login_and_password(anna, client):
    # A session that somebody else may have planted.
    session = client.session
    session["x"] = "y"
    session.save()
    first = key_of(client)
    log_in(client)
    again = key_of(client)
    # Without a logout in between.
    log_in(client)
    second = key_of(client)
    elsewhere = log_in(Client())
    data = {"old_password": PASSWORD, "new_password1": "another phrase", "new_password2": "another phrase"}
    assert client.post(reverse("admin:password_change"), data).status_code == 302
    assert len({first, again, second, key_of(client)}) == 4
    assert not Session.objects.filter(session_key__in=[first, again, second]).exists()
    assert is_inside(client)
    # The other sessions of this user end.
    assert not is_inside(elsewhere)


@pytest.mark.parametrize("field", ["is_active", "is_staff"])
def test_whoever_is_disabled_is_out_at_the_next_request(anna, client, field):
    log_in(client)
    assert is_inside(client)
    User.objects.update(**{field: False})
    answer = client.get("/desk/")
    assert answer["Location"] == "/desk/login/?next=/desk/"


def test_a_session_that_ended_does_not_come_back_when_the_user_does(anna, client, desk_client):
    session = log_in(Client())
    data = {"username": "Anna", "is_staff": "on"}
    assert desk_client.post(f"/desk/auth/user/{anna.pk}/change/", data).status_code == 302
    anna.refresh_from_db()
    assert not anna.is_active
    User.objects.update(is_active=True)
    assert not is_inside(session)
    assert is_inside(desk_client)


def test_a_session_lasts_as_long_as_the_setting_says(anna, client, settings, time_machine):
    settings.SESSION_COOKIE_AGE = 3600
    time_machine.move_to("2026-06-25T20:00:00+03:00", tick=False)
    log_in(client)
    time_machine.move_to("2026-06-25T20:59:00+03:00", tick=False)
    assert is_inside(client)
    time_machine.move_to("2026-06-25T21:01:00+03:00", tick=False)
    assert not is_inside(client)


def test_a_logout_clears_the_browser_and_says_so(anna, client):
    log_in(client)
    answer = client.post(reverse("admin:logout"))
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert "You are logged out" in answer.text
    assert not is_inside(client)


def test_only_a_logout_clears_the_browser(anna, client):
    assert "Clear-Site-Data" not in client.post(reverse("admin:logout"))
    log_in(client)
    assert "Clear-Site-Data" not in client.get(reverse("admin:logout"))
    assert is_inside(client)


def test_the_command_resets_a_second_factor(anna, capsys):
    factors.new_recovery_codes(anna)
    factors.TOTPDevice.objects.create(user=anna)
    session = log_in(Client())
    call_command("reset_second_factor", "Anna")
    assert not factors.has_factor(anna)
    assert not factors.recovery_codes_left(anna)
    assert not is_inside(session)
    with pytest.raises(CommandError, match="no user 'Boris'"):
        call_command("reset_second_factor", "Boris")
