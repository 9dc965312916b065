"""A report that is cited as support and seems to contradict the claim counts as a contradiction until decided."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.utils import timezone
from factories import DESK, change, dispatch_of, make_dispatch, make_report, make_section, make_source, publish

from dispatches import desk
from dispatches.admin.panels import effects_of
from dispatches.desk.rating import hash_of_inputs
from dispatches.desk.rerating import compute
from dispatches.models import Action, Citation, Contradiction, Dispatch
from dispatches.public.models import Edition
from dispatches.signal.rules import Rung
from sources.facts import read_facts
from sources.intake.items import make_item

pytestmark = pytest.mark.django_db

HEADLINE = "The bridge at Carmel collapses"
DENIAL = "The bridge at Carmel did not collapse"


@pytest.fixture
def confirmed() -> Edition:
    """A published dispatch that three reports support."""
    return publish(*(make_report(title="Carmel bridge down") for _ in range(3)), headline=HEADLINE)


def cite(edition: Edition, report, **fields) -> Citation:
    return desk.cite(dispatch=dispatch_of(edition), report=report, actor=DESK, **fields)


def current(edition: Edition) -> Edition:
    return Edition.objects.live().get(publication=edition.publication_id)


def signal_of(edition: Edition) -> tuple[Rung, bool]:
    return current(edition).signal, current(edition).is_disputed


def whys(edition: Edition) -> list[str | None]:
    return [line.why for line in current(edition).public_ledger]


def test_an_open_proposal_disputes_until_it_is_cleared(confirmed):
    assert signal_of(confirmed) == (Rung.CONFIRMED, False)
    citation = cite(confirmed, make_report(title=DENIAL))
    proposal = citation.contradiction
    assert (proposal.kind, proposal.cue, proposal.evidence) == ("negation", "not", DENIAL)
    assert signal_of(confirmed) == (Rung.DEVELOPING, True)
    line = current(confirmed).public_ledger[-1]
    assert (line.stance, line.why) == ("contradicts", "proposed-contradiction")
    assert line.explanation == "It seems to contradict the claim; the desk is checking."
    with pytest.raises(desk.NotReady, match="Say why"):
        desk.clear_contradiction(citation=citation, actor=DESK, reason=" ")
    desk.clear_contradiction(citation=citation, actor=DESK, reason="It quotes a rumor.")
    assert signal_of(confirmed) == (Rung.CONFIRMED, False)
    with pytest.raises(desk.NotReady, match="decided already"):
        desk.accept_contradiction(citation=citation, actor=DESK)
    change(dispatch_of(confirmed), tldr="Put otherwise.")
    assert signal_of(confirmed) == (Rung.CONFIRMED, False), "the decision stands"


def test_an_accepted_proposal_becomes_the_stance(confirmed):
    citation = cite(confirmed, make_report(title=DENIAL))
    desk.accept_contradiction(citation=citation, actor=DESK)
    assert citation.stance == "contradicts"
    assert signal_of(confirmed) == (Rung.DEVELOPING, True)
    assert whys(confirmed)[-1] == "contradicts"
    assert Action.objects.filter(verb="accept_contradiction", object_id=citation.dispatch_id).exists()
    # An editor who changes the stance back is asked again.
    with desk.saving(citation.dispatch, actor=DESK):
        Citation.objects.filter(pk=citation.pk).update(stance="supports")
    assert Contradiction.objects.open().get().citation == citation
    with desk.saving(citation.dispatch, actor=DESK):
        Citation.objects.filter(pk=citation.pk).update(stance="context")
    assert not Contradiction.objects.exists(), "there is nothing left to decide"


def test_proposals_follow_the_words_of_the_report_and_of_the_claim(confirmed):
    dispatch = dispatch_of(confirmed)
    source, dated = make_source(), {"external_id": "1", "said_at": timezone.now()}
    (report,) = desk.receive(source=source, items=[make_item(title=DENIAL, **dated)], actor=DESK).new
    desk.set_basis(report=report, actor=DESK, basis="own")
    citation = cite(confirmed, report)
    assert Contradiction.objects.open().count() == 1
    assert signal_of(confirmed) == (Rung.CONFIRMED, False), "it is not accepted yet"
    item = make_item(title="The bridge at Carmel is down", **dated)
    assert desk.receive(source=source, items=[item], actor=DESK).changed
    assert not Contradiction.objects.exists()
    report.refresh_from_db()
    with desk.saving(report, actor=DESK):
        report.title = DENIAL
        report.save()
    desk.accept_report(report=report, actor=DESK)
    assert signal_of(confirmed) == (Rung.DEVELOPING, True)
    for headline, is_disputed in (("Strike ends in Haifa", False), (HEADLINE, True)):
        saved = change(dispatch, headline=headline)
        assert signal_of(confirmed)[1] is not is_disputed, "readers have the other headline"
        desk.update(dispatch=saved, actor=DESK)
        assert signal_of(confirmed)[1] is is_disputed
    desk.clear_contradiction(citation=citation, actor=DESK, reason="It quotes a rumor.")
    with desk.saving(report, actor=DESK):
        report.title = "No, the bridge at Carmel did not collapse"
        report.save()
    assert signal_of(confirmed)[1] is True, "other words than those that were cleared"


def test_a_development_is_a_claim_of_its_own(confirmed):
    report = make_report(title="Mayor denies that the ferry sank at the pier")
    line = {"at": timezone.now(), "text": "The ferry sank at the pier."}
    added = desk.add_development(dispatch=dispatch_of(confirmed), actor=DESK, report=report, **line)
    assert Contradiction.objects.open().get().citation.development == added.development
    assert signal_of(confirmed) == (Rung.CONFIRMED, False)


def test_what_was_published_before_is_not_disputed_by_itself(confirmed):
    """For example, by a new version of the words, or by re-rating: an editor has to save something that is seen."""
    dispatch = dispatch_of(confirmed)
    Citation.objects.create(dispatch=dispatch, report=make_report(title=DENIAL), position=9)
    desk.rerate(dispatch_ids=[dispatch.pk], actor=DESK)
    assert signal_of(confirmed) == (Rung.CONFIRMED, False)
    assert not Contradiction.objects.exists()
    change(dispatch)
    assert signal_of(confirmed) == (Rung.DEVELOPING, True)
    assert not next(compute([dispatch.pk])).differs, "rating from scratch gives what is stored"


def test_a_scheduled_edition_is_rated_again(confirmed):
    dispatch = change(dispatch_of(confirmed), tldr="Later.")
    scheduled = desk.schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + timedelta(hours=1))
    cite(confirmed, make_report(title=DENIAL))
    again = dispatch_of(confirmed).scheduled_edition()
    assert again.pk != scheduled.pk
    assert (again.signal, again.is_disputed) == (Rung.DEVELOPING, True)


def test_the_digest_of_the_inputs_has_it(confirmed):
    citation = cite(confirmed, make_report(title=DENIAL))
    dispatch = citation.dispatch

    def digest() -> str:
        cited = list(dispatch.citations.for_rating())
        return hash_of_inputs(dispatch, cited, read_facts({each.report_id for each in cited}))

    before = digest()
    desk.clear_contradiction(citation=citation, actor=DESK, reason="It quotes a rumor.")
    assert digest() != before


def test_of_a_confidential_report_readers_are_told_only_that_it_contradicts(confirmed):
    secret = make_source(name="Deep Throat", is_confidential=True)
    citation = cite(confirmed, make_report(secret, title=DENIAL))
    assert citation.is_contradiction_proposed
    proposed = current(confirmed)
    assert whys(confirmed)[-1] == "contradicts"
    desk.accept_contradiction(citation=citation, actor=DESK)
    assert current(confirmed) == proposed, "deciding it issues nothing"


def test_a_source_that_becomes_confidential_leaves_no_proposal(confirmed):
    report = make_report(title=DENIAL)
    cite(confirmed, report)
    with desk.saving(report.source, actor=DESK):
        report.source.is_confidential = True
        report.source.save()
    for edition in Edition.objects.filter(publication=confirmed.publication_id, is_disputed=True):
        assert [line.why for line in edition.public_ledger][-1] == "contradicts"


def test_a_report_alone_does_not_support_what_it_seems_to_deny():
    report = make_report(title=DENIAL)
    dispatch = make_dispatch(report, headline=HEADLINE)
    change(dispatch)
    with pytest.raises(desk.NotReady, match="open proposal"):
        desk.publish(dispatch=dispatch, actor=DESK)
    # A draft that is filed from a report has its title as the headline.
    filed = desk.file_dispatch(report=report, section=make_section(), actor=DESK)
    assert not Contradiction.objects.filter(citation__dispatch=filed).exists()


def test_imported_drafts_are_read_too():
    draft = Dispatch(headline=HEADLINE, section=make_section())
    desk.add_drafts(drafts=[desk.Draft(draft, [make_report(title=DENIAL)])], actor=DESK)
    assert Contradiction.objects.open().get().citation.dispatch == draft


@pytest.mark.parametrize(("role", "may"), [("Reporter", False), ("Editor", True)])
def test_who_may_review_may_decide(confirmed, django_user_model, role, may):
    user = django_user_model.objects.create(username=role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    citation = cite(confirmed, make_report(title=DENIAL))
    if may:
        desk.clear_contradiction(citation=citation, actor=user, reason="It quotes a rumor.")
        assert Contradiction.objects.get().decided_by == user
        return
    with pytest.raises(PermissionDenied):
        desk.clear_contradiction(citation=citation, actor=user, reason="It quotes a rumor.")
    assert Contradiction.objects.open().exists()


def test_what_is_only_saved_or_scheduled_shows_in_no_signal(confirmed):
    dispatch = dispatch_of(confirmed)
    cite(confirmed, make_report(title="Strike in Haifa has not ended, union says"))
    assert signal_of(confirmed) == (Rung.CONFIRMED, False)
    saved = change(dispatch, headline="Strike in Haifa has ended")
    assert signal_of(confirmed) == (Rung.CONFIRMED, False)
    desk.schedule(dispatch=saved, at=timezone.now() + timedelta(hours=1), actor=DESK)
    change(dispatch, tldr="Saved once more.")
    assert signal_of(confirmed) == (Rung.CONFIRMED, False)
    call_command("check_signals")


def test_the_preview_of_an_update_is_rated_like_the_update(confirmed, desk_client):
    dispatch = dispatch_of(confirmed)
    cite(confirmed, make_report(title=DENIAL))
    saved = change(dispatch, headline="Strike ends in Haifa")
    assert signal_of(confirmed) == (Rung.DEVELOPING, True)
    preview = desk_client.get(f"/desk/dispatches/dispatch/{dispatch.pk}/preview/page/", {"state": "saved"}).text
    assert "Confirmed" in preview
    assert "Disputed" not in preview
    desk.update(dispatch=saved, actor=DESK)
    assert signal_of(confirmed) == (Rung.CONFIRMED, False)


def test_the_effect_of_a_report_is_measured_by_the_claim_that_readers_have(confirmed):
    report = make_report(title="Bridge news")
    cite(confirmed, report)
    change(dispatch_of(confirmed), headline="Strike ends in Haifa")
    report.title = DENIAL
    (effect,) = effects_of(report, User.objects.create_superuser("root"))
    assert effect.contradicts == DENIAL


def test_a_correction_beside_a_scheduled_update_is_rated_by_its_own_headline(confirmed):
    dispatch = dispatch_of(confirmed)
    cite(confirmed, make_report(title=DENIAL))
    assert signal_of(confirmed) == (Rung.DEVELOPING, True)
    saved = change(dispatch, tldr="To come.")
    desk.schedule(dispatch=saved, at=timezone.now() + timedelta(hours=1), actor=DESK)
    desk.correct(dispatch=change(dispatch, headline="Strike ends in Haifa"), note="Not the bridge.", actor=DESK)
    assert signal_of(confirmed) == (Rung.CONFIRMED, False)
    call_command("check_signals")
