"""The log's page and its exports."""

import csv
import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone
from factories import make_dispatch, make_report, make_source

from dispatches import desk
from dispatches.models import Action

pytestmark = pytest.mark.django_db

LOG = "/desk/log/"


def by(name: str, verb: str = "publish", **fields) -> Action:
    defaults = {"actor_kind": "user", "actor_name": name, "verb": verb}
    return Action.objects.create(**defaults | fields)


def shown(client, **query) -> list[tuple[str, str]]:
    return [(each.action.actor_name, each.action.verb) for each in client.get(LOG, query).context["lines"]]


def exported(client, kind: str, **query) -> str:
    response = client.get(LOG, query | {"format": kind})
    assert response.streaming
    return b"".join(response.streaming_content).decode()


def test_the_log_is_filtered_by_actor_verb_object_and_denial(desk_client):
    report = make_report(accepted=False)
    by("ada", "publish")
    by("grace", "publish", is_denied=True)
    by("grace", "accept_report", of="sources.report", object_id=report.pk)
    assert shown(desk_client, actor="ada") == [("ada", "publish")]
    assert shown(desk_client, verb="publish") == [("grace", "publish"), ("ada", "publish")]
    assert shown(desk_client, of="sources.report", id=report.pk) == [("grace", "accept_report")]
    assert shown(desk_client, denied="on") == [("grace", "publish")]
    assert shown(desk_client, actor="nobody") == []


def test_the_log_is_filtered_by_whole_days_of_the_desk(desk_client):
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    by("late", at=midnight - timedelta(seconds=1))
    by("early", at=midnight)
    day = midnight.date()
    assert ("early", "publish") in shown(desk_client, since=day)
    assert ("late", "publish") not in shown(desk_client, since=day)
    assert shown(desk_client, until=day - timedelta(days=1)) == [("late", "publish")]
    assert shown(desk_client, until="9999-12-31", actor="late") == [("late", "publish")]


@pytest.mark.parametrize(
    "query", [{"id": "0"}, {"id": "9" * 30}, {"since": "x"}, {"of": "auth.group"}, {"before": "-1"}]
)
def test_what_can_not_be_filtered_by_is_said_and_finds_nothing(desk_client, query):
    by("ada")
    assert desk_client.get(LOG, query).status_code == 200
    assert shown(desk_client, **query) == []


def test_older_entries_follow(desk_client):
    Action.objects.bulk_create(
        Action(actor_kind="system", actor_name=f"{number}", verb="publish") for number in range(101)
    )
    page = desk_client.get(LOG, {"verb": "publish"})
    assert len(page.context["lines"]) == 100
    older = shown(desk_client, verb="publish", before=page.context["older"])
    assert older == [("0", "publish")]


def test_objects_are_named_for_those_who_may_see_them(client, desk_client, django_user_model):
    source = make_source(name="Lighthouse", is_confidential=True)
    dispatch = make_dispatch()
    desk.set_aside(dispatch=dispatch, actor=User.objects.get(username="editor"))
    by("ada", "change_source", of="sources.source", object_id=source.pk)
    by("ada", "change_owner", of="sources.owner", object_id=12345)
    text = desk_client.get(LOG).text
    assert f'<a href="/desk/sources/source/{source.pk}/change/">' in text
    assert dispatch.headline in text
    assert "Owner 12345" in text
    auditor = django_user_model.objects.create(username="auditor", is_staff=True)
    auditor.user_permissions.add(*_permissions("view_log", "view_source", "view_dispatch"))
    client.force_login(auditor)
    text = client.get(LOG).text
    assert "Lighthouse" not in text
    assert dispatch.headline not in text
    assert f"Source {source.pk}" in text


def _permissions(*codenames):
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(codename__in=codenames)


def test_the_page_takes_one_query_for_each_model(desk_client, django_assert_max_num_queries):
    for number in range(30):
        by("ada", of="sources.report", object_id=make_report().pk)
        by("ada", of="dispatches.dispatch", object_id=make_dispatch().pk, edition=number)
    desk_client.get(LOG, {"actor": "ada"})
    with django_assert_max_num_queries(8):
        desk_client.get(LOG, {"actor": "ada"})


def test_the_export_has_everything_that_is_selected(desk_client):
    by("ada", detail="Editor", at=timezone.now())
    by("grace")
    rows = list(csv.DictReader(exported(desk_client, "csv", actor="ada").splitlines()))
    (line,) = map(json.loads, exported(desk_client, "jsonl", actor="ada").splitlines())
    assert [(each["actor_name"], each["detail"], each["is_denied"]) for each in rows] == [("ada", "Editor", "False")]
    assert (line["actor_name"], line["detail"], line["is_denied"], line["edition"]) == ("ada", "Editor", False, None)
    assert rows[0]["at"] == line["at"]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM", "\tx"])
def test_no_cell_of_the_export_is_a_formula(desk_client, name):
    by(name)
    cells = [cell for row in csv.reader(exported(desk_client, "csv", verb="publish").splitlines()) for cell in row]
    assert f"'{name}" in cells
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)


# Logins and users


def last(**fields) -> Action:
    return Action.objects.filter(**fields).latest("pk")


def test_logins_are_recorded_and_failed_ones_too(client, django_user_model):
    ada = django_user_model.objects.create_user("ada", password="a pass phrase", is_staff=True)
    address = "/desk/login/"
    client.post(address, {"username": "ada", "password": "wrong"})
    entry = last(verb="log_in")
    assert (entry.actor_kind, entry.object_id, entry.is_denied) == ("nobody", ada.pk, True)
    client.post(address, {"username": "ada", "password": "a pass phrase"})
    entry = last(verb="log_in")
    assert (entry.actor_name, entry.is_denied) == ("ada", False)
    client.post("/desk/logout/")
    assert last(verb="log_out").actor_name == "ada"


def test_what_was_typed_as_a_username_is_not_recorded(client, db):
    client.post("/desk/login/", {"username": "my secret pass phrase", "password": "x"})
    assert last(verb="log_in").is_denied
    assert "secret" not in str(list(Action.objects.values()))


def test_wrong_passwords_during_a_lockout_do_not_fill_the_log(client, django_user_model, settings):
    django_user_model.objects.create_user("ada", password="a pass phrase", is_staff=True)
    for _ in range(settings.AXES_FAILURE_LIMIT + 5):
        client.post("/desk/login/", {"username": "ada", "password": "wrong"})
    assert Action.objects.filter(verb="log_in").count() <= settings.AXES_FAILURE_LIMIT


def test_a_chief_who_changes_roles_is_recorded_with_the_roles(client, django_user_model):
    chief = django_user_model.objects.create(username="ada", is_staff=True)
    chief.groups.add(Group.objects.get(name="Chief"))
    client.force_login(chief)
    reporter = django_user_model.objects.create(username="grace", is_staff=True, first_name="Lighthouse")
    form = {"username": "grace", "is_active": "on", "is_staff": "on", "first_name": "Lighthouse"}
    form["groups"] = [Group.objects.get(name="Editor").pk]
    assert client.post(f"/desk/auth/user/{reporter.pk}/change/", form).status_code == 302
    entry = last(verb="change_user")
    assert (entry.actor_name, entry.object_id, entry.detail) == ("ada", reporter.pk, "Editor")
    words = {"password1": "another pass phrase", "password2": "another pass phrase", "usable_password": "true"}
    words["set-password"] = "1"
    assert client.post(f"/desk/auth/user/{reporter.pk}/password/", words).status_code == 302
    assert last(verb="set_password").object_id == reporter.pk
    assert client.post(f"/desk/auth/user/{reporter.pk}/second-factor/").status_code == 302
    assert last(verb="reset_second_factor").object_id == reporter.pk
    assert "Lighthouse" not in str(list(Action.objects.values()))


def test_a_button_pressed_without_the_right_to_is_recorded(client, django_user_model):
    reporter = django_user_model.objects.create(username="grace", is_staff=True)
    reporter.groups.add(Group.objects.get(name="Reporter"))
    client.force_login(reporter)
    dispatch = make_dispatch(author=reporter)
    address = f"/desk/dispatches/dispatch/{dispatch.pk}/do/withdraw/"
    assert client.post(address).status_code == 403
    entry = last(is_denied=True)
    assert (entry.actor_name, entry.verb, entry.object_id) == ("grace", "withdraw", dispatch.pk)
    assert client.get(address).status_code == 403
    assert last(is_denied=True) == entry
