"""A verb refuses actors that may not call it, whatever its caller has checked."""

import inspect
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from factories import DESK, MODELS, make_dispatch, make_report, make_section, make_source, publish

from dispatches import desk
from dispatches.desk.actors import require_each
from dispatches.desk.roles import ROLES, permissions_of
from dispatches.models import Citation, Comment, Contradiction, Dispatch, Revision, Story
from dispatches.public.models import SiteState
from sources.intake.items import make_item
from sources.models import Feed, Owner, Proposal, Report, Source

pytestmark = pytest.mark.django_db

SYSTEM_ACTORS = [desk.POLLER, desk.HOUSEKEEPING, desk.MAINTENANCE, desk.IMPORTER, desk.RESTORER, desk.RETENTION]
# Exported, but not verbs.
OTHERS = {
    "has_due_editions": "reads",
    "may_edit_report": "reads",
    "needs_second_person": "reads",
    "reset_conditional_headers": "changes nothing that is stored",
    "publication_lock": "only locks",
    "summarized": "only sums up what is recorded",
    "saving": "checked below",
    "deleting": "checked below",
}


@pytest.fixture
def people(django_user_model):
    people = {}
    for role in ROLES:
        people[role] = django_user_model.objects.create(username=role, is_staff=True)
        people[role].groups.add(Group.objects.get(name=role))
    return people


def saved_once():
    with desk.saving(make_report(), actor=DESK):
        pass
    return Revision.objects.last()


def call(verb: str, actor):
    """Call a verb with this actor and new objects that it accepts."""
    parameters = inspect.signature(getattr(desk, verb)).parameters
    made = {
        "dispatch": lambda: make_dispatch(),
        "work": lambda: make_dispatch(),
        "to": lambda: get_user_model().objects.create_superuser(f"colleague {User.objects.count()}"),
        "comment": lambda: commented_by(actor),
        "citation": lambda: contradicted(),
        "report": lambda: make_report(accepted=False),
        "source": lambda: make_source(),
        "origin": lambda: make_source(),
        "feed": lambda: Feed.objects.create(source=make_source(), url=f"https://feed.example/{Feed.objects.count()}"),
        "section": lambda: make_section(),
        "edition": lambda: publish(),
        "proposal": lambda: propose(),
        "proposals": lambda: [propose()],
        "into": lambda: Owner.objects.create(name=f"Owner {Owner.objects.count()}"),
        "merged": lambda: Owner.objects.create(name=f"Owner {Owner.objects.count()}"),
        "item": lambda: make_item(title="What was said", external_id="1"),
        "items": lambda: [make_item(title="What was said", external_id="1")],
        "dispatch_ids": list,
        "report_ids": lambda: [make_report().pk],
        "revision_ids": lambda: [saved_once().pk],
        "before": timezone.now,
        "sources": lambda: [Source(name=f"New source {Source.objects.count()}", kind="outlet")],
        "stories": lambda: [Story(name=f"Story {Story.objects.count()}", slug=f"story-{Story.objects.count()}")],
        "said": lambda: [desk.Said(make_source(), make_item(title="What was said"))],
        "drafts": lambda: [desk.Draft(new_draft(), [make_report()])],
        "accepted": lambda: {make_report(accepted=False): timezone.now()},
        "grades": lambda: {"Reuters": "A"},
        "is_confidential": lambda: True,
        "others_end_in": lambda: None,
        "at": lambda: timezone.now() + timedelta(hours=1),
        "at_most": lambda: 1,
        "basis": lambda: "own",
        "decided_at": lambda: timezone.now(),
        "reviewed_at": lambda: timezone.now(),
    }
    needed = [
        name for name, each in parameters.items() if each.default is each.empty and name not in {"actor", "fields"}
    ]
    return getattr(desk, verb)(actor=actor, **{name: made.get(name, lambda: "x")() for name in needed})


def new_draft() -> Dispatch:
    return Dispatch(headline="New", section=make_section())


def commented_by(actor) -> Comment:
    author = actor if isinstance(actor, User) else None
    return Comment.objects.create(dispatch=make_dispatch(author=author), author=author, text="x")


def contradicted() -> Citation:
    citation = make_dispatch().citations.get()
    Contradiction.objects.create(citation=citation, kind="denial", cue="denies", evidence="It denies it.")
    return citation


def propose() -> Proposal:
    return Proposal.objects.create(report=make_report(), relays=make_report(), kind=Proposal.Kind.COPY, evidence="x")


def is_refused(verb: str, actor) -> bool:
    try:
        call(verb, actor)
    except PermissionDenied:
        return True
    except desk.NotReady:
        return False
    return False


def test_every_function_of_the_desk_is_a_verb_or_says_what_else_it_is():
    functions = {name for name in desk.__all__ if inspect.isfunction(getattr(desk, name))}
    assert functions == desk.VERBS.keys() | OTHERS.keys()


def test_every_verb_takes_its_actor_by_name_and_has_no_default_for_it():
    for name in desk.VERBS:
        parameter = inspect.signature(getattr(desk, name)).parameters["actor"]
        assert (parameter.kind, parameter.default) == (parameter.KEYWORD_ONLY, parameter.empty), name


@pytest.mark.parametrize("verb", sorted(desk.VERBS))
@pytest.mark.parametrize("actor", [None, AnonymousUser(), "admin"], ids=["none", "anonymous", "a string"])
def test_without_an_actor_a_verb_is_refused(verb, actor):
    assert is_refused(verb, actor)


@pytest.mark.parametrize("verb", sorted(desk.VERBS))
def test_a_role_may_call_the_verbs_of_its_permissions_and_no_other(people, verb):
    permission = desk.VERBS[verb]
    for role, user in people.items():
        may = permission in permissions_of(role)
        assert is_refused(verb, user) == (not may or needs_editing_any(verb, role)), role


def needs_editing_any(verb: str, role: str) -> bool:
    """Return True if a role lacks access to the dispatch: a Reporter changes only their own."""
    has_dispatch = {"dispatch", "work"} & inspect.signature(getattr(desk, verb)).parameters.keys()
    return bool(has_dispatch) and "dispatches.edit_any_dispatch" not in permissions_of(role)


@pytest.mark.parametrize("verb", sorted(desk.VERBS))
def test_whoever_has_left_may_call_nothing(people, verb):
    chief = people["Chief"]
    chief.is_active = False
    chief.save()
    assert is_refused(verb, chief)


@pytest.mark.parametrize("actor", SYSTEM_ACTORS, ids=lambda actor: actor.name)
def test_a_system_actor_may_call_what_it_declares_and_nothing_else(actor):
    assert {verb for verb in desk.VERBS if not is_refused(verb, actor)} == actor.verbs & desk.VERBS.keys()
    assert actor.verbs <= desk.VERBS.keys() | {f"save_{model}" for model in MODELS}


def test_no_system_actor_issues_or_reviews_anything():
    deciding = {
        verb
        for verb, permission in desk.VERBS.items()
        if permission in {"dispatches.publish_dispatch", "dispatches.withdraw_dispatch", "sources.review_report"}
    }
    assert not deciding & frozenset().union(*(each.verbs for each in SYSTEM_ACTORS if each is not desk.RESTORER))
    # A restore takes away again what editors had taken away.
    assert deciding & desk.RESTORER.verbs == {"withdraw", "cancel_schedule", "expunge", "expunge_draft"}
    assert desk.POLLER.verbs == {"receive"}


def test_an_intake_key_receives_for_its_own_source_while_it_is_valid():
    source = make_source()
    key, _ = desk.create_intake_key(source=source, actor=DESK, others_end_in=None)
    items = [make_item(title="What was said", external_id="1")]
    with pytest.raises(PermissionDenied):
        desk.receive(source=make_source(), items=items, actor=key)
    assert desk.receive(source=source, items=items, actor=key).new
    assert [verb for verb in desk.VERBS if not is_refused(verb, key)] == []
    desk.revoke_intake_keys(source=source, actor=DESK)
    desk.create_intake_key(source=source, actor=DESK, others_end_in=None)
    with pytest.raises(PermissionDenied):
        desk.receive(source=source, items=[make_item(title="More", external_id="2")], actor=key)
    assert Report.objects.filter(source=source).count() == 1


def test_a_reporter_changes_only_what_is_their_own(people):
    reporter = people["Reporter"]
    own, other = make_dispatch(author=reporter), make_dispatch()
    desk.submit(dispatch=own, actor=reporter)
    with pytest.raises(PermissionDenied):
        desk.submit(dispatch=other, actor=reporter)
    desk.publish(dispatch=own, actor=people["Editor"])
    with pytest.raises(PermissionDenied):
        desk.cite(dispatch=own, report=make_report(), actor=reporter)


def test_drafts_that_cite_need_the_permission_to_cite():
    user = User.objects.create_user("adder", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["add_dispatch", "view_report", "view_source"]))
    draft = new_draft()
    draft.author = user
    with pytest.raises(PermissionDenied, match="cite"):
        desk.add_drafts(drafts=[desk.Draft(draft, [make_report()])], actor=user)
    assert not Dispatch.objects.exists()


def test_no_verb_takes_what_its_user_may_not_see(people):
    secret = make_source(is_confidential=True)
    report, own = make_report(secret, accepted=False), make_dispatch(author=people["Reporter"])
    for refused in (
        lambda: desk.receive(source=secret, items=[], actor=people["Reporter"]),
        lambda: desk.cite(dispatch=own, report=report, actor=people["Reporter"]),
        lambda: desk.file_dispatch(report=report, section=own.section, actor=people["Reporter"]),
        lambda: desk.propose_relays(report=report, actor=people["Reporter"]),
        lambda: desk.record_reports(said=[desk.Said(secret, make_item(title="X"))], actor=people["Reporter"]),
        lambda: desk.add_drafts(drafts=[desk.Draft(new_draft(), [make_report(), report])], actor=people["Reporter"]),
    ):
        with pytest.raises(PermissionDenied):
            refused()
    desk.cite(dispatch=own, report=report, actor=people["Editor"])


def test_a_permission_opens_no_confidential_source(django_user_model):
    user = django_user_model.objects.create(username="reviewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["review_report", "change_feed"]))
    secret = make_source(is_confidential=True)
    feed = Feed.objects.create(source=secret, url="https://feed.example/secret")
    hidden = Proposal.objects.create(
        report=make_report(), relays=make_report(secret), kind=Proposal.Kind.COPY, evidence="x"
    )
    reports = {"accepted": {make_report(secret, accepted=False): timezone.now()}}
    for verb, given in (
        ("accept_proposal", {"proposal": hidden}),
        ("request_poll", {"feed": feed}),
        ("accept_reports", reports),
    ):
        with pytest.raises(PermissionDenied):
            getattr(desk, verb)(actor=user, **given)
    assert desk.accept_proposals(proposals=[hidden], actor=user) == 0
    desk.accept_proposal(proposal=propose(), actor=user)


def test_what_is_not_open_to_a_user_is_neither_saved_nor_deleted_in_a_form(people):
    reporter, secret = people["Reporter"], make_source(is_confidential=True)
    reviewed = make_report(filed_by=reporter)
    pending = make_report(filed_by=reporter, accepted=False)
    for obj in (secret, make_dispatch(), reviewed, make_report(accepted=False), make_section(), Source(name="New")):
        with pytest.raises(PermissionDenied), desk.saving(obj, actor=reporter):
            raise AssertionError("the block has begun")
    with desk.saving(pending, actor=reporter):
        pending.title = "Said better"
        pending.save()
    for actor in (None, reporter, desk.IMPORTER.__class__("nobody", frozenset())):
        with pytest.raises(PermissionDenied), desk.deleting(pending, actor=actor):
            raise AssertionError("the block has begun")


def test_an_own_draft_is_saved_in_a_form(people):
    own = make_dispatch(author=people["Reporter"])
    with desk.saving(own, actor=people["Reporter"]):
        own.headline = "Said better"
        own.save()
    assert Dispatch.objects.get().headline == "Said better"


def test_of_many_objects_each_must_be_one_that_a_user_may_use(people):
    named, secret = make_report(), make_report(make_source(is_confidential=True))
    require_each(people["Reporter"], [])
    require_each(people["Reporter"], [named])
    require_each(DESK, [named, secret])
    with pytest.raises(PermissionDenied):
        require_each(people["Reporter"], [named, secret])


def test_a_refused_verb_waits_for_no_lock(people):
    dispatch = make_dispatch()
    with CaptureQueriesContext(connection) as queries, pytest.raises(PermissionDenied):
        desk.publish(dispatch=dispatch, actor=people["Reporter"])
    assert not [each for each in queries if SiteState._meta.db_table in each["sql"]]


def test_what_a_verb_has_begun_is_undone_when_it_fails():
    dispatch = make_dispatch()
    with pytest.raises(desk.NotReady):
        desk.reschedule(dispatch=dispatch, actor=DESK, at=timezone.now() + timedelta(hours=1))
    scheduled = desk.schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + timedelta(hours=1))
    dispatch.body = ""
    dispatch.save()
    with pytest.raises(desk.NotReady):
        desk.reschedule(dispatch=dispatch, actor=DESK, at=timezone.now() + timedelta(hours=2))
    scheduled.refresh_from_db()
    assert scheduled.superseded_at is None


def test_not_even_a_superuser_may_call_what_only_systems_may(django_user_model):
    root = django_user_model.objects.create_superuser("root")
    for verb, permission in desk.VERBS.items():
        assert is_refused(verb, root) == (permission is None), verb


def test_a_reviewer_edits_any_report(people):
    report = make_report(accepted=False, filed_by=people["Reporter"])
    with desk.saving(report, actor=people["Editor"]):
        report.title = "Said better"
        report.save()
    assert Report.objects.get().title == "Said better"
