"""A Chief takes over nobody who may do as much: no field of another Chief, a superuser or the like can be changed."""

import pytest
from desk_addresses import lets_in
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from dispatches.login import factors

pytestmark = pytest.mark.django_db
PASSWORD = "a pass phrase"


def employ(name, *roles, **fields) -> User:
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True, **fields)
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


@pytest.fixture
def chief(client):
    client.force_login(employ("Me", "Chief"))
    return client


def make_victim(kind: str) -> User:
    if kind == "a superuser":
        return User.objects.create_superuser("Victim", email="v@example.org", password=PASSWORD)
    roles = {"a Chief", "a disabled Chief", "a Chief not on the staff"}
    victim = employ("Victim", "Chief" if kind in roles else "Editor", email="v@example.org")
    match kind:
        case "a disabled Chief":
            User.objects.filter(pk=victim.pk).update(is_active=False)
        case "a Chief not on the staff":
            User.objects.filter(pk=victim.pk).update(is_staff=False)
        case "an Editor who may do more":
            victim.user_permissions.add(Permission.objects.get(codename="delete_session"))
        case "an Editor in a group that may do more":
            group = Group.objects.create(name="Archive")
            group.permissions.add(Permission.objects.get(codename="delete_session"))
            victim.groups.add(group)
    return User.objects.get(pk=victim.pk)


VICTIMS = [
    "a superuser",
    "a Chief",
    "a disabled Chief",
    "a Chief not on the staff",
    "an Editor who may do more",
    "an Editor in a group that may do more",
]
# What takes a user over, or puts one out of action.
FIELDS = {
    "username": "renamed",
    "email": "me@example.org",
    "first_name": "Somebody",
    "last_name": "Else",
    "is_active": None,
    "is_staff": None,
    "groups": [],
    "is_superuser": "on",
    "password": "argon2$x",
}


def state_of(user: User) -> tuple:
    user = User.objects.get(pk=user.pk)
    fields = {name: getattr(user, name) for name in FIELDS if name != "groups"}
    return (
        fields,
        sorted(user.groups.values_list("name", flat=True)),
        sorted(each.persistent_id for each in factors.factors_of(user)),
    )


@pytest.mark.parametrize("kind", VICTIMS)
def test_a_chief_takes_over_nobody_with_as_many_rights(chief, kind):
    victim = make_victim(kind)
    TOTPDevice.objects.create(user=victim)
    factors.new_recovery_codes(victim)
    before, address = state_of(victim), f"/desk/auth/user/{victim.pk}"
    full = {"username": "Victim", "email": "v@example.org", "is_active": "on", "is_staff": "on"}
    for name, value in FIELDS.items():
        data = {key: each for key, each in (full | {name: value}).items() if each is not None}
        assert not lets_in(chief.post(f"{address}/change/", data)), name
    data = {"password1": "another phrase", "password2": "another phrase", "usable_password": "true"}
    assert not lets_in(chief.post(f"{address}/password/", data | {"set-password": "1"}))
    assert not lets_in(chief.get(f"{address}/password/"))
    assert not lets_in(chief.post(f"{address}/password/", {"usable_password": "false", "unset-password": "1"}))
    for method in (chief.get, chief.post):
        assert not lets_in(method(f"{address}/second-factor/"))
    chief.post("/desk/auth/user/", {"action": "delete_selected", "_selected_action": victim.pk, "post": "yes"})
    assert state_of(victim) == before
    assert User.objects.get(pk=victim.pk).check_password(PASSWORD)
    assert factors.recovery_codes_left(victim) == 10


def test_another_chief_is_shown_without_what_helps_to_take_over(chief):
    victim = make_victim("a Chief")
    page = chief.get(f"/desk/auth/user/{victim.pk}/change/").text
    assert "Victim" in page
    assert "v@example.org" not in page
    assert "argon2" not in page
    assert "md5" not in page
    assert 'name="username"' not in page
    assert "second-factor/&quot;" not in page
    assert "../second-factor/" not in page


def test_a_chief_manages_editors(chief):
    user = employ("Boris", "Editor")
    TOTPDevice.objects.create(user=user, name="Authenticator app")
    factors.new_recovery_codes(user)
    session = Client()
    session.force_login(user)
    address = f"/desk/auth/user/{user.pk}"
    assert "../second-factor/" in chief.get(f"{address}/change/").text
    assert "call them back, or meet in person" in chief.get(f"{address}/second-factor/").text
    assert factors.has_factor(user)
    assert chief.post(f"{address}/second-factor/").status_code == 302
    assert not factors.has_factor(user)
    assert not StaticDevice.objects.exists()
    assert session.get("/desk/").status_code == 302
    assert "Reset the second factor" in chief.get(f"{address}/history/").text
    reporters = Group.objects.get(name="Reporter").pk
    data = {"username": "Boris", "email": "b@example.org", "is_active": "on", "is_staff": "on", "groups": [reporters]}
    assert chief.post(f"{address}/change/", data).status_code == 302
    assert state_of(user)[1] == ["Reporter"]


def test_chiefs_change_themselves(chief):
    me = User.objects.get(username="Me")
    groups = [Group.objects.get(name="Chief").pk]
    data = {"username": "Me", "first_name": "Mia", "is_active": "on", "is_staff": "on", "groups": groups}
    assert chief.post(f"/desk/auth/user/{me.pk}/change/", data).status_code == 302
    assert state_of(me)[0]["first_name"] == "Mia"


@pytest.mark.parametrize("address", ["add/", "{id}/change/"])
def test_a_chief_gives_nobody_a_group_that_may_do_more(chief, address):
    user = employ("Boris", "Editor")
    group = Group.objects.create(name="Archive")
    group.permissions.add(Permission.objects.get(codename="delete_session"))
    address = f"/desk/auth/user/{address.format(id=user.pk)}"
    assert ">Archive<" not in chief.get(address).text
    assert ">Chief<" in chief.get(address).text
    passwords = {"usable_password": "true", "password1": "another phrase", "password2": "another phrase"}
    data = {"username": "Boris2", "is_active": "on", "is_staff": "on", "groups": [group.pk]} | passwords
    assert chief.post(address, data).status_code == 200
    assert not group.user_set.exists()


def test_a_superuser_changes_everyone(desk_client):
    for kind in VICTIMS[1:]:
        User.objects.filter(username="Victim").delete()
        Group.objects.filter(name="Archive").delete()
        victim = make_victim(kind)
        data = {"username": "Victim", "email": "new@example.org", "is_active": "on", "is_staff": "on"}
        assert desk_client.post(f"/desk/auth/user/{victim.pk}/change/", data).status_code == 302
        assert state_of(victim)[0]["email"] == "new@example.org"
        assert desk_client.post(f"/desk/auth/user/{victim.pk}/second-factor/").status_code == 302


def test_the_models_of_libraries_have_no_pages_at_the_desk():
    from django.contrib import admin

    registered = {model._meta.app_label for model in admin.site._registry}
    assert registered == {"auth", "dispatches", "sources"}
