"""Nothing of the desk opens before the second factor: not to whoever has one, nor to whoever must have one."""

import pytest
from desk_addresses import METHODS, ask, lets_in, routes
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from dispatches.login import factors

PASSWORD = "a pass phrase"
CHECK, OWN, APP, PICTURE = (reverse(f"admin:second_factor{name}") for name in ("_check", "", "_app", "_picture"))
# What is open with a password alone.
BEFORE = {"login/", "logout/", "second-factor/", "second-factor/check/", "second-factor/app/", "second-factor/app.svg"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna():
    return employ("Anna", "Chief")


@pytest.fixture
def device(anna):
    return TOTPDevice.objects.create(user=anna, name="Authenticator app")


def employ(name, role) -> User:
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def log_in(name="Anna") -> Client:
    client = Client()
    client.post(reverse("admin:login"), {"username": name, "password": PASSWORD})
    return client


def code_of(device, later=0) -> str:
    return f"{totp(device.bin_key, drift=later):06}"


def is_inside(client) -> bool:
    return client.get("/desk/").status_code == 200


def enter(client, code, **more):
    return client.post(CHECK, {"code": code} | more)


def test_after_the_password_comes_the_code_and_then_the_page_that_was_asked_for(device):
    client, address = log_in(), reverse("admin:sources_report_add")
    answer = client.get(address, follow=True)
    assert answer.redirect_chain[-1][0].startswith(f"{CHECK}?next={address}")
    assert "Code from your authenticator app" in answer.text
    before = client.cookies["sessionid"].value
    assert enter(client, code_of(device), next=address)["Location"] == address
    assert client.cookies["sessionid"].value != before
    assert is_inside(client)


@pytest.mark.parametrize("next_", ["https://evil.example/", "//evil.example/", "javascript:x"])
def test_nobody_is_led_elsewhere(device, next_):
    assert enter(log_in(), code_of(device), next=next_)["Location"] == "/desk/"


@pytest.mark.one_database
@pytest.mark.parametrize("reason", ["has one", "must have one"])
def test_no_address_of_the_desk_opens_before_it(anna, settings, reason):
    if reason == "has one":
        TOTPDevice.objects.create(user=anna)
    else:
        settings.WIRE_SECOND_FACTOR = {"Chief"}
    client, opened = log_in(), []
    for route in routes():
        if route in BEFORE or route.startswith(("passkeys/", "intake/")):
            continue
        address = "/desk/nowhere" if "(" in route else f"/desk/{route}"
        address = address.replace("<path:object_id>", "1").replace("<int:object_id>", "1")
        for part in ("<id>", "<path:id>", "<int:id>", "<int:pk>"):
            address = address.replace(part, str(anna.pk))
        for method in METHODS:
            response = ask(client, method, address)
            if lets_in(response) or not response.get("Location", "/desk/login/").startswith("/desk/login/"):
                opened.append((method, address, response.status_code))
    assert opened == []


def test_a_code_works_once(device):
    code = code_of(device)
    assert enter(log_in(), code).status_code == 302
    again = log_in()
    assert "used before" in enter(again, code).text
    assert not is_inside(again)


@pytest.mark.parametrize("code", ["", "000000", "abc", "\0", "１２３４５６", "9" * 40])
def test_a_wrong_code_opens_nothing(device, code):
    client = log_in()
    assert enter(client, code).status_code == 200
    assert not is_inside(client)


def test_many_wrong_codes_close_the_app_s_door_for_a_while_but_not_the_recovery_codes(anna, device, time_machine):
    time_machine.move_to("2026-06-25T20:00:00+03:00", tick=False)
    device.throttling_failure_count, device.throttling_failure_timestamp = 8, "2026-06-25T20:00:00+03:00"
    device.save()
    codes = factors.new_recovery_codes(anna)
    client = log_in()
    assert "refused until 20:02:08 (Jerusalem time)" in enter(client, code_of(device)).text
    assert not is_inside(client)
    assert enter(client, codes[0].upper()).status_code == 302
    assert is_inside(client)
    # Each of them works once.
    assert enter(log_in(), codes[0]).status_code == 200
    assert factors.recovery_codes_left(anna) == 9
    time_machine.move_to("2026-06-25T20:02:09+03:00", tick=False)
    assert enter(log_in(), code_of(device)).status_code == 302


def test_the_code_of_another_opens_nothing(device):
    other = TOTPDevice.objects.create(user=employ("Boris", "Editor"))
    client = log_in()
    assert enter(client, code_of(other)).status_code == 200
    assert not is_inside(client)


def test_whoever_must_have_one_is_led_to_set_it_up(anna, settings):
    settings.WIRE_SECOND_FACTOR = {"Chief"}
    employ("Boris", "Editor")
    assert is_inside(log_in("Boris"))
    client = log_in()
    page = client.get("/desk/sources/report/", follow=True)
    assert page.redirect_chain[-1][0].startswith(f"{OWN}?next=/desk/sources/report/")
    assert "Your role requires a second factor" in page.text
    client.post(OWN, {"action": "app", "next": "/desk/sources/report/"})
    device = TOTPDevice.objects.get()
    assert client.get(PICTURE)["Content-Type"] == "image/svg+xml"
    assert client.post(APP, {"code": "000000"}).status_code == 200
    assert not is_inside(client)
    # A second later.
    TOTPDevice.objects.update(throttling_failure_count=0)
    done = client.post(APP, {"code": code_of(device), "next": "/desk/sources/report/"}, follow=True)
    assert "Your authenticator app works" in done.text
    assert "recovery codes" in done.text
    assert is_inside(client)
    codes = client.post(OWN, {"action": "codes"})
    assert codes.text.count("<code>") == 10
    assert codes["Cache-Control"].startswith("max-age=0")
    # The key is not shown again.
    assert client.get(PICTURE).status_code == 404
    assert client.get(APP).status_code == 302
    assert not is_inside(log_in())


def test_a_superuser_may_be_required_to_have_one(editor, settings):
    client = Client()
    client.force_login(editor)
    settings.WIRE_SECOND_FACTOR = {"Chief"}
    assert is_inside(client)
    settings.WIRE_SECOND_FACTOR = {"Superuser"}
    assert not is_inside(client)


def test_a_password_alone_changes_no_second_factor(anna, device):
    factors.new_recovery_codes(anna)
    client = log_in()
    for action in ("app", "codes", "remove"):
        answer = client.post(OWN, {"action": action, "device": device.persistent_id})
        assert answer["Location"].startswith(CHECK)
    for address in (OWN, APP, PICTURE):
        assert client.get(address)["Location"].startswith(CHECK)
    assert TOTPDevice.objects.get() == device
    assert factors.recovery_codes_left(anna) == 10


def test_the_last_one_stays_while_the_role_requires_it(anna, device, settings):
    factors.new_recovery_codes(anna)
    settings.WIRE_SECOND_FACTOR = {"Chief"}
    client = log_in()
    enter(client, code_of(device))
    remove = {"action": "remove", "device": device.persistent_id}
    assert "Add another one before" in client.post(OWN, remove, follow=True).text
    assert factors.has_factor(anna)
    settings.WIRE_SECOND_FACTOR = set()
    client.post(OWN, remove)
    assert not factors.has_factor(anna)
    assert not factors.recovery_codes_left(anna)
    assert is_inside(client)


def test_nobody_removes_another_s(anna, device):
    other = TOTPDevice.objects.create(user=employ("Boris", "Editor"))
    client = log_in()
    enter(client, code_of(device))
    client.post(OWN, {"action": "remove", "device": other.persistent_id})
    assert TOTPDevice.objects.count() == 2


def test_whoever_has_lost_it_can_log_in_as_someone_else(device):
    client = log_in()
    assert client.post(reverse("admin:logout")).status_code == 200
    assert "sessionid" not in client.session


def test_recovery_codes_alone_are_no_second_factor(anna):
    factors.new_recovery_codes(anna)
    assert is_inside(log_in())


def test_readers_have_no_such_pages(client):
    User.objects.create_user("Reader", password=PASSWORD)
    client.force_login(User.objects.get())
    for address in (CHECK, OWN, APP, PICTURE):
        assert client.get(address)["Location"].startswith("/desk/login/")
