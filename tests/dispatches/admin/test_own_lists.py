"""What a role's list hides is never shown, guessed or accepted, in any admin class."""

import os
import re
from contextlib import suppress
from copy import deepcopy
from itertools import cycle

import pytest
from desk_addresses import routes
from desk_forms import new_rows, read_page
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.forms import ModelChoiceField
from django.test import RequestFactory
from django.utils import timezone
from factories import DESK, cite, make_dispatch, make_report, make_section, make_source, make_story

from dispatches import desk
from dispatches.desk import documents
from dispatches.desk.roles import ROLES
from dispatches.history import revisions
from dispatches.models import Dispatch
from sources.models import Feed, IntakeKey, Owner, Proposal, Report, Source
from tests.dispatches.desk.test_roles import as_

pytestmark = pytest.mark.django_db

# The ids of hidden objects to try with; of stored ones; and of none.
HIDDEN, STORED, NOTHING = 700_001, 700_002, 900_009
NOT_IDS = ["abc", "\0", "²", "9" * 30]
# What could leak about hidden objects, by the permission that shows it.
SECRETS = {
    "sources.see_confidential": "Lighthouse",
    "dispatches.edit_any_dispatch": "Aqueduct",
    "sources.review_report": "Sandglass",
    "sources.view_owner": "Crossbow",
    "is_superuser": "Umbrella",
}
# Not a role: every permission except those that show more.
NEARLY_ALL = "Nearly-all"
# `make check-trust` asks as everybody. Here, those are left out who have fewer pages than an Operator, or who are shown
# what a Chief is; on PostgreSQL all but those with the most pages: what is refused is the same on every database.
EVERYBODY = bool(os.environ.get("EVERY_ROLE"))
ROLES_HERE = ["Nobody", *ROLES] if EVERYBODY else [role for role in ROLES if role != "Editor"]
PEOPLE = [*(pytest.param(role, marks=pytest.mark.one_database) for role in ROLES_HERE), NEARLY_ALL]
APPS = {"dispatches", "sources", "auth"}


@pytest.fixture
def newsroom(time_machine):
    """Create a user of a role, visible objects of every kind, and some that refer to hidden ones."""
    time_machine.move_to(timezone.now(), tick=False)
    return make_newsroom


def make_somebody(role: str):
    if role == "Superuser":
        return get_user_model().objects.create_superuser(role)
    user = get_user_model().objects.create_user(role, is_staff=True)
    if role in ROLES:
        user.groups.add(Group.objects.get(name=role))
    elif role == NEARLY_ALL:
        user.user_permissions.set(
            permission
            for permission in Permission.objects.select_related("content_type")
            if not f"{permission.content_type.app_label}.{permission.codename}".endswith((*SECRETS, "_owner"))
        )
    return user


def make_newsroom(role: str):
    user, word, owned = make_somebody(role), SECRETS["sources.see_confidential"], SECRETS["sources.view_owner"]
    root = get_user_model().objects.create_superuser("Root", pk=HIDDEN, email=f"{SECRETS['is_superuser']}@example.org")
    secrets = {}
    for pk in (HIDDEN, STORED):
        owner = Owner.objects.create(pk=pk, name=f"{owned} {pk}", notes=owned)
        texts = {"name": f"{word} {pk}", "notes": word, "aliases": word, "public_label": word}
        source = make_source(pk=pk, is_confidential=True, owner=owner, **texts)
        texts = {"title": f"{word} says", "text": word, "byline": word, "url": f"https://{word}.example/"}
        secrets[pk] = make_report(source, pk=pk, review_reason=word, **texts)
        Feed.objects.create(pk=pk, source=source, url=f"https://feeds.example/{word}/{pk}")
        IntakeKey.objects.create(source=source, prefix=f"{word[:5]}{pk}", secret_hash="x")
    named = make_source(name="The Agency", notes=word, owner=owner)
    relaying = {"basis": "relay", "relays": secrets[STORED], "review_reason": SECRETS["sources.review_report"]}
    crediting = {"basis": "relay", "credits": source, "review_reason": SECRETS["sources.review_report"]}
    accepted = make_report(named, title="Accepted", **relaying)
    for title, points in (("Relays", relaying), ("Credits", crediting)):
        report = make_report(named, accepted=False, filed_by=user, title=title, **points)
        Proposal.objects.create(report=report, kind="copy", relays=secrets[HIDDEN], evidence=word)
        with desk.saving(report, actor=DESK):
            report.save()
    own = make_dispatch(accepted, author=user, headline="Written", story=make_story())
    with desk.saving(own, actor=DESK):
        cite(own, secrets[STORED])
    texts = dict.fromkeys(("headline", "tldr", "body", "desk_note"), SECRETS["dispatches.edit_any_dispatch"])
    Dispatch.objects.create(pk=HIDDEN, section=make_section(), slug="aqueduct", author=root, **texts)
    documents.rebuild()
    return user


def hidden_from(user) -> list[str]:
    """Return the words that must not be shown to this user."""
    return [
        word
        for right, word in SECRETS.items()
        if not (user.is_superuser if right == "is_superuser" else user.has_perm(right))
    ]


def is_hidden_from(user, model: type[models.Model]) -> bool:
    """Return True if the objects with the hidden ids are hidden from this user, judged by permissions alone."""
    if not user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
        return True
    if model in {Source, Report, Proposal, Feed, IntakeKey}:
        return not user.has_perm("sources.see_confidential")
    if model is Dispatch:
        return not user.has_perm("dispatches.edit_any_dispatch")
    return model is get_user_model() and not user.is_superuser


def admins() -> list[admin.ModelAdmin]:
    return [admin.site.get_model_admin(model) for model in apps.get_models() if admin.site.is_registered(model)]


def address_of(model_admin: admin.ModelAdmin, what: str = "") -> str:
    return f"/desk/{model_admin.opts.app_label}/{model_admin.opts.model_name}/{what}"


def request_of(user):
    request = RequestFactory().get("/desk/")
    request.user = user
    return request


def plain(response) -> tuple[int, str, str]:
    """Return a response without what always differs: tokens, nonces, requested and created ids."""
    text = response.content.decode()
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|nonce="[^"]*"|nonce-[\w+/=-]+', "", text)
    said = "".join(str(each) for each in get_messages(response.wsgi_request))
    # PostgreSQL gives each new object a new id, even after a rollback.
    leads = re.sub(r"/\d+/", "/#/", said + response.get("Location", ""))
    return response.status_code, *(re.sub(rf"\b({HIDDEN}|{NOTHING})\b", "#", each) for each in (text, leads))


class Asking:
    """Sends requests as a user, and records every response that shows or accepts something hidden."""

    def __init__(self, user, hidden_from_whom=None) -> None:
        """Send requests as `user`, and look for what is hidden from them, or from another user."""
        judge = hidden_from_whom or user
        self.user, self.client, self.hidden, self.wrong = user, as_(user), hidden_from(judge), []
        self.judge, self.pointers = judge, pointers(judge)
        self.count = 0

    def ask(self, method: str, address: str, data: dict | None = None):
        """Return the response to a request. It must show nothing hidden, store nothing hidden, and not be an error."""
        self.count += 1
        cookies = deepcopy(self.client.cookies)
        with transaction.atomic():
            response = getattr(self.client, method)(address, data or {})
            # A save redirects; and clearing a field is allowed.
            after = pointers(self.judge) if response.status_code == 302 else {}
            self.note(all(after[name] <= self.pointers[name] for name in after), "stores", method, address, data)
            transaction.set_rollback(True)
        self.client.cookies = cookies
        text = "".join(map(str, plain(response)))
        self.note(not any(word in text for word in self.hidden), "tells", method, address, data)
        self.note(response.status_code < 500, "fails", method, address, data)
        return response

    def same(self, method: str, address: str, data: dict | None = None, **names: str):
        """Compare the responses for a hidden object and a missing one: as `{id}` in the address or in the data."""

        def with_id(pk: int):
            filled = {key: pk if value == "{id}" else value for key, value in (data or {}).items()}
            return plain(self.ask(method, address.replace("{id}", str(pk)), filled))

        self.note(with_id(HIDDEN) == with_id(NOTHING), "differs", method, address, data)

    def note(self, is_right: bool, what: str, *about: object) -> None:
        if not is_right:
            self.wrong.append((what, *about))


def pointers(user) -> dict[tuple[str, int], int]:
    """Count how often each column refers to an object that is hidden from this user."""
    return {
        (str(field), pk): model._default_manager.filter(**{field.attname: pk}).count()
        for pk in (HIDDEN, STORED)
        for model in apps.get_models()
        if model._meta.app_label in APPS - {"auth"}
        for field in model._meta.fields
        if isinstance(field, models.ForeignKey) and is_hidden_from(user, field.related_model)
    }


def names_of_fields(model_admin: admin.ModelAdmin, user) -> set[str]:
    """Return every name that an address could prefill: the model's fields, and those of the add form."""
    names = {field.name for field in model_admin.model._meta.get_fields()}
    with suppress(PermissionDenied):
        names |= {*model_admin.get_form(request_of(user)).base_fields}
    return names


@pytest.mark.parametrize("role", PEOPLE)
def test_an_address_fills_in_only_what_the_form_would_accept(newsroom, role):
    asking = Asking(newsroom(role))
    for model_admin in admins():
        address = address_of(model_admin, "add/")
        empty = plain(asking.ask("get", address))
        pointing = {each.name: each.related_model for each in model_admin.model._meta.get_fields() if each.is_relation}
        others = names_of_fields(model_admin, asking.user) - set(pointing)
        asking.same("get", address, dict.fromkeys(others, "{id}"))
        asking.ask("get", address, dict.fromkeys(others, "\0"))
        for name, target in pointing.items():
            if is_hidden_from(asking.user, target):
                asking.same("get", address, {name: "{id}"})
        for typed in NOT_IDS:
            filled = plain(asking.ask("get", address, dict.fromkeys(pointing, typed)))
            asking.note(filled == empty, "fills in", address, typed)
    assert not asking.wrong, asking.wrong[:4]


@pytest.mark.parametrize("role", ["Reporter", "Editor", "Superuser"])
def test_an_address_fills_in_what_the_form_would_accept(newsroom, role):
    """A positive control: the test above can fail."""
    user = newsroom(role)
    agency = Source.objects.get(name="The Agency")
    filled = {"source": agency.pk, "title": "From the address", "credits": HIDDEN}
    page = as_(user).get("/desk/sources/report/add/", filled)
    assert f'<option value="{agency.pk}" selected>The Agency</option>' in page.text
    assert 'value="From the address"' in page.text
    assert (SECRETS["sources.see_confidential"] in page.text) == (role != "Reporter")


def lookups_of(model: type[models.Model], depth: int = 2) -> set[str]:
    """Return every lookup that a list of this model could be filtered by, up to `depth` models away."""
    found = set()
    for field in model._meta.get_fields():
        found |= {field.name, getattr(field, "attname", field.name)}
        if field.is_relation and field.related_model and depth > 1:
            found |= {f"{field.name}__{name}" for name in lookups_of(field.related_model, depth - 1)}
    return found


SUFFIXES = ["", "__exact", "__id__exact", "__startswith", "__in", "__isnull", "__gte", "__year"]


@pytest.mark.parametrize("role", [*PEOPLE, pytest.param("Superuser", marks=pytest.mark.one_database)])
def test_a_list_is_narrowed_by_what_it_offers_and_by_nothing_else(newsroom, role):
    user = newsroom(role)
    asking, request = Asking(user), request_of(user)
    for model_admin in admins():
        address = address_of(model_admin)
        if not model_admin.has_view_permission(request):
            continue
        offered = set()
        for each in model_admin.get_list_filter(request):
            chooser = each(request, {}, model_admin.model, model_admin)
            for value, _ in chooser.lookup_choices:
                offered.add(chooser.parameter_name)
                narrowed = asking.ask("get", address, {chooser.parameter_name: value})
                asking.note(narrowed.status_code == 200, "refuses", address, chooser.parameter_name, value)
            asking.same("get", address, {chooser.parameter_name: "{id}"})
            for value in [*NOT_IDS, HIDDEN]:
                refused = asking.ask("get", address, {chooser.parameter_name: value})
                is_choice = str(value) in {str(choice) for choice, _ in chooser.lookup_choices}
                asking.note(is_choice or refused.status_code == 400, "takes", address, chooser.parameter_name, value)
        # Those who are offered the least and the most: a name that is not offered is refused to everyone alike.
        values = cycle(("L", str(HIDDEN), "1", "True"))
        for lookup in lookups_of(model_admin.model) if role in {"Reporter", "Superuser"} else ():
            for name in {f"{lookup}{suffix}" for suffix in SUFFIXES} - offered:
                allowed = model_admin.lookup_allowed(name, value := next(values), request)
                asking.note(not allowed, "narrows", address, name, value)
        # The answer to a refused name is error 400 for everyone: try all names as superuser, and one as anyone else.
        refused = sorted({each for each in lookups_of(model_admin.model) if "__" not in each} - offered)
        for name in refused if role == "Superuser" else refused[:1]:
            asking.note(asking.ask("get", address, {name: "L"}).status_code == 400, "narrows", address, name)
    assert not asking.wrong, asking.wrong[:4]
    assert asking.count > 50 or role in {"Nobody", "Operator"}


def searches() -> list[tuple[str, dict[str, str], str]]:
    """Return every search of the desk: its address, what it is asked with, and the name of the search term."""
    # Of all models without a list of their own, one is enough: the autocomplete refuses to search them.
    pointing = {
        (field.related_model if admin.site.is_registered(field.related_model) else None, field.concrete): {
            "app_label": model._meta.app_label,
            "model_name": model._meta.model_name,
            "field_name": field.name,
        }
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.related_model
    }
    lists = [(address_of(model_admin), {}, "q") for model_admin in admins()]
    choices = [("/desk/autocomplete/", query, "term") for query in pointing.values()]
    return [*lists, *choices, ("/desk/dispatches/dispatch/references/", {}, "q"), ("/desk/search/", {}, "q")]


@pytest.mark.parametrize("role", PEOPLE)
def test_a_search_does_not_tell_a_hidden_word_from_one_that_is_not_there(newsroom, role):
    asking = Asking(newsroom(role))
    words = [(word[:-1], "Zzzzzzzzzzzzz"[: len(word) - 1]) for word in asking.hidden]
    for address, query, name in searches():
        for hidden, nonsense in words:
            answers = [
                str(plain(asking.ask("get", address, query | {name: word}))).replace(word, "")
                for word in (hidden, nonsense)
            ]
            asking.note(answers[0] == answers[1], "finds", address, query, hidden)
    assert not asking.wrong, asking.wrong[:4]


# Whoever finds next to nothing, and whoever finds nearly everything.
@pytest.mark.parametrize("role", ["Reporter", "Chief"])
def test_no_search_fails_whatever_is_typed(newsroom, role):
    asking = Asking(newsroom(role))
    for address, query, name in searches():
        for word in ("\0", "a\0b", "x " * 2_000, "\\", ""):
            asking.ask("get", address, query | {name: word})
        for extra, typed in (("o", "².1.-99.x"), ("p", "²"), ("p", "9" * 30), ("_to_field", "notes"), ("e", "\0")):
            asking.ask("get", address, query | {extra: typed})
    assert not asking.wrong, asking.wrong[:4]


@pytest.mark.parametrize("role", PEOPLE)
def test_a_hidden_object_answers_like_one_that_is_not_there(newsroom, role):
    user = newsroom(role)
    asking = Asking(user)
    for route in routes():
        address = "/desk/" + re.sub(r"<(?:path:|int:)?(?:object_)?id>", "{id}", route)
        model_admin = next((each for each in admins() if address.startswith(address_of(each))), None)
        if model_admin is None or "{id}" not in address or not is_hidden_from(user, model_admin.model):
            continue
        for method in ("get", "post"):
            asking.same(method, address)
        # Only forms and the notices of who has one open read more than this.
        if not address.endswith(("/change/", "/presence/")):
            continue
        asking.same("get", address, {"_popup": "1", "_to_field": "id"})
        for data in ({"_version": "x"}, {"_recover": "1"}, {"_restore": "1"}, {"typing": "1"}, {"_local_draft": "\0"}):
            asking.same("post", address, data)
    for model_admin in admins():
        if is_hidden_from(user, model_admin.model) and model_admin.has_view_permission(request_of(user)):
            for action in model_admin.get_actions(request_of(user)):
                data = {"action": action, "_selected_action": "{id}", "reason": "x", "post": "yes"}
                asking.same("post", address_of(model_admin), data)
                for typed in NOT_IDS:
                    asking.ask("post", address_of(model_admin), data | {"_selected_action": typed})
    for typed in ("{id}", *NOT_IDS):
        asking.same("post", "/desk/sources/report/relays/", {"proposal": typed, "relay": "1"})
        asking.same("post", "/desk/sources/report/relays/", {"proposal": typed, "reason": "\0"})
    assert not asking.wrong, asking.wrong[:4]


def changeable(model_admin: admin.ModelAdmin, user) -> list[models.Model]:
    """Return the latest objects this user may change, including a relay and a credit of something hidden."""
    request = request_of(user)
    rows = model_admin.get_queryset(request)
    return [each for each in rows if model_admin.has_change_permission(request, each)][:3]


@pytest.mark.parametrize("role", PEOPLE)
def test_no_form_shows_or_takes_what_is_hidden(newsroom, role):
    user, saved, no_id = newsroom(role), 0, cycle(NOT_IDS)
    asking = Asking(user)
    for model_admin in admins():
        forms = [(address_of(model_admin, f"{each.pk}/change/"), each) for each in changeable(model_admin, user)]
        if model_admin.has_add_permission(request_of(user)):
            forms.append((address_of(model_admin, "add/"), None))
        for address, obj in forms:
            page = asking.ask("get", address)
            sent = read_page(page)
            before = revisions.read_content(obj) if obj and obj._meta.app_label != "auth" else None
            with transaction.atomic():
                response = asking.ask("post", address, sent.data)
                saved += response.status_code == 302
                # A new user needs a password, which this does not invent.
                is_saved = response.status_code == 302 or address == "/desk/auth/user/add/"
                asking.note(is_saved, "refuses", address, errors_of(response))
                if before:
                    asking.client.post(address, sent.data)
                    asking.note(revisions.read_content(obj) == before, "changes", address)
                transaction.set_rollback(True)
            rows = [({}, sent.choices), *new_rows(page)]
            tries = [
                (sent.data | row, hidden)
                for row, names in rows
                if (hidden := [name for name in names if is_hidden_from(user, target_of(model_admin, name))])
            ]
            for field in model_admin.model._meta.fields:
                if field.is_relation and is_hidden_from(user, field.related_model):
                    # Whether or not the form has the field.
                    asking.same("post", address, sent.data | {field.name: "{id}"})
            for data, names in tries:
                for name in names:
                    asking.same("post", address, data | {name: "{id}"})
                for what in ("signal", "effect"):
                    if obj and f"{address_of(model_admin)}<int:object_id>/{what}/"[6:] in routes():
                        for name in names:
                            asking.same("post", address.replace("change", what), data | {name: "{id}"})
            if not tries:
                continue
            # What a form does with them is the same for each of its inputs, so fill in all of them, in all rows.
            data = {key: value for data, _ in tries for key, value in data.items()}
            names = [name for _, names in tries for name in names]
            for marks in ({"_version": "x"}, {"_recover": "1"}, {"_verb": "accept"}, dict.fromkeys(REQUIRED, "")):
                asking.same("post", address, data | marks | dict.fromkeys(names, "{id}"))
            asking.ask("post", address, data | {name: next(no_id) for name in names})
    assert not asking.wrong, asking.wrong[:4]
    assert saved > 3 or role in {"Nobody", "Operator"}


REQUIRED = ["headline", "title", "name", "username", "url"]


def errors_of(response) -> str:
    return str(response.context["errors"]) if response.context and "errors" in response.context else ""


def target_of(model_admin: admin.ModelAdmin, name: str) -> type[models.Model] | None:
    """Return the model that an input chooses from, in the form or one of its tables."""
    part, _, field = name.rpartition("-")
    model = model_admin.model
    if part:
        model = model._meta.get_field(part.rpartition("-")[0]).related_model
    return model._meta.get_field(field).related_model


@pytest.mark.parametrize("role", PEOPLE)
def test_no_verb_takes_what_is_hidden(newsroom, role):
    user = newsroom(role)
    asking = Asking(user)
    asked = [("/desk/sources/report/address/", {"url": "https://example.org/", "source": "{id}"}, Source)]
    for model_admin in admins():
        for obj in changeable(model_admin, user):
            for verb in getattr(model_admin, "verbs", []):
                address = address_of(model_admin, f"{obj.pk}/do/{verb.name}/")
                for name, field in verb.form.base_fields.items() if verb.form else ():
                    if isinstance(field, ModelChoiceField):
                        typed = dict.fromkeys(verb.form.base_fields, "x") | {"version": "", "how": "citation"}
                        asked.append((address, typed | {name: "{id}"}, field.queryset.model))
    for address, data, target in asked:
        asking.ask("get", address)
        if is_hidden_from(user, target):
            asking.same("post", address, data)
        for typed in NOT_IDS:
            asking.ask("post", address, {key: typed if value == "{id}" else value for key, value in data.items()})
    assert not asking.wrong, asking.wrong[:4]


@pytest.mark.parametrize("role", PEOPLE)
def test_no_page_that_a_role_can_open_tells_what_is_hidden(newsroom, role):
    user = newsroom(role)
    asking = Asking(user)
    asking.ask("get", "/desk/")
    for model_admin in admins():
        asking.ask("get", address_of(model_admin))
        for obj in model_admin.get_queryset(request_of(user))[:4]:
            if model_admin.has_view_permission(request_of(user), obj):
                for what in ("change", "history", "preview", "preview/page"):
                    asking.ask("get", address_of(model_admin, f"{obj.pk}/{what}/"))
                for data in ({"_restore": "1"}, {"_version": "x"}, {"_restore": "²"}):
                    asking.ask("post", address_of(model_admin, f"{obj.pk}/change/"), data)
                asking.ask("post", address_of(model_admin, f"{obj.pk}/presence/"), {"revision": "²"})
    assert not asking.wrong, asking.wrong[:4]


def test_an_editor_is_shown_it_and_may_use_it(newsroom):
    """A positive control: the tests above can fail."""
    asking = Asking(newsroom("Editor"), hidden_from_whom=make_somebody("Reporter"))
    told = "/desk/sources/report/add/", "/desk/sources/source/", f"/desk/sources/report/{HIDDEN}/change/"
    for address in told:
        asking.ask("get", address, {"source": HIDDEN} if "add" in address else {})
    assert [what for what, *_ in asking.wrong] == ["tells"] * 3
    asking.wrong = []
    report = Report.objects.get(title="Relays")
    address = f"/desk/sources/report/{report.pk}/change/"
    sent = read_page(asking.ask("get", address)).data
    asking.wrong = []
    asking.same("post", address, sent | {"relays": "{id}"})
    assert {what for what, *_ in asking.wrong} >= {"stores", "differs"}
