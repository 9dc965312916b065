"""A change of anything that a Signal depends on reaches every dependent dispatch, immediately, and no other."""

from datetime import timedelta

import pytest
from django.utils import timezone
from factories import DESK, cite, develop, dispatch_of, make_dispatch, make_report, make_source, publish

from dispatches import desk
from dispatches.desk import rerating
from dispatches.desk.transactions import changing_owners
from dispatches.models import Dispatch
from dispatches.public.models import Cause, Edition
from dispatches.signal.rules import Rung
from sources.models import Holding, Owner, Proposal

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def current(edition) -> Edition:
    return Edition.objects.get(publication=edition.publication_id, superseded_at=None)


def signal_of(edition) -> tuple[Rung, str, str]:
    latest = current(edition)
    return latest.signal, latest.kind, latest.cause


def assert_stored_is_what_follows() -> None:
    ids = Dispatch.objects.order_by("pk").values_list("pk", flat=True)
    assert not [each.editions for each in rerating.compute(ids) if each.differs]


@pytest.fixture
def strong():
    """Reports of two sources, and a Strong dispatch that cites them."""
    reports = make_report(), make_report()
    return (*reports, publish(*reports))


def test_taking_a_report_back_lowers_what_depends_on_it_through_a_relay(strong):
    first, _, edition = strong
    relaying = publish(make_report(basis="relay", relays=first), make_report())
    elsewhere = publish()
    desk.retract_report(report=first, actor=DESK)
    assert signal_of(edition) == signal_of(relaying) == (Rung.DEVELOPING, "signal", Cause.RETRACTION)
    assert current(elsewhere) == elsewhere
    assert_stored_is_what_follows()


def test_the_signal_edition_has_the_published_text_and_not_the_working_copy_s(strong):
    first, _, edition = strong
    Dispatch.objects.filter(pk=dispatch_of(edition).pk).update(headline="Half typed", body="Not yet.")
    desk.retract_report(report=first, actor=DESK)
    latest = current(edition)
    assert (latest.headline, latest.body_html) == (edition.headline, edition.body_html)
    assert (latest.published_at, latest.dated, latest.slug) == (edition.published_at, edition.dated, edition.slug)
    assert latest.number == 2


def test_accepting_a_report_that_is_cited_already_raises_at_once():
    pending = make_report(accepted=False)
    edition = publish(make_report(), pending)
    desk.accept_report(report=pending, actor=DESK)
    assert signal_of(edition) == (Rung.STRONG, "signal", Cause.REPORT)
    desk.reject_report(report=pending, actor=DESK, reason="A rumour.")
    assert signal_of(edition) == (Rung.DEVELOPING, "signal", Cause.REPORT)


def test_accepting_reports_in_a_batch_raises_what_cites_them_already():
    pending, unused = make_report(accepted=False), make_report(accepted=False)
    edition = publish(make_report(), pending)
    now = timezone.now()
    desk.accept_reports(accepted={pending: now, unused: now}, actor=DESK)
    assert signal_of(edition) == (Rung.STRONG, "signal", Cause.REPORT)
    assert_stored_is_what_follows()


def test_regrading_reaches_the_dispatches_of_the_source_and_of_whoever_credits_it(strong):
    first, _, edition = strong
    crediting = publish(make_report(basis="relay", credits=first.source), make_report())
    with desk.saving(first.source, actor=DESK):
        first.source.grade = "E"
        first.source.save()
    assert signal_of(edition) == signal_of(crediting) == (Rung.DEVELOPING, "signal", Cause.SOURCE)
    assert_stored_is_what_follows()


def test_a_common_owner_found_out_lowers_and_lost_raises():
    one, other = (Owner.objects.create(name=name) for name in "AB")
    edition = publish(make_report(make_source(owner=one)), make_report(make_source(owner=other)))
    assert edition.signal is Rung.STRONG
    with changing_owners():
        holding = Holding.objects.create(holder=one, held=other, percent=51)
    assert signal_of(edition) == (Rung.DEVELOPING, "signal", Cause.SOURCE)
    with changing_owners():
        holding.percent = 50
        holding.save()
    assert signal_of(edition) == (Rung.STRONG, "signal", Cause.SOURCE)
    with changing_owners():
        top = Owner.objects.create(name="Top")
        for held in (one, other):
            Holding.objects.create(holder=top, held=held, is_control=True)
    assert signal_of(edition) == (Rung.DEVELOPING, "signal", Cause.SOURCE)
    assert_stored_is_what_follows()


def test_merging_owners_moves_all_that_the_one_had_and_rerates():
    keep, gone, held = (Owner.objects.create(name=name) for name in ("Keep", "Gone", "Held"))
    Holding.objects.create(holder=gone, held=held, percent=30)
    Holding.objects.create(holder=keep, held=held, percent=30)
    edition = publish(*(make_report(make_source(owner=owner)) for owner in (keep, gone, held)))
    assert edition.signal is Rung.CONFIRMED
    desk.merge_owners(into=keep, merged=gone, actor=DESK)
    assert signal_of(edition) == (Rung.DEVELOPING, "signal", Cause.SOURCE)
    assert not Owner.objects.filter(name="Gone").exists()
    assert Holding.objects.get().percent == 60
    assert_stored_is_what_follows()


@pytest.mark.parametrize(
    ("shares", "sum_of_them"), [((60, 60), 100), ((100, 0), 100), ((30, None), 30), ((None, None), None)]
)
def test_shares_of_merged_owners_add_up_to_no_more_than_the_whole(shares, sum_of_them):
    keep, gone, held = (Owner.objects.create(name=name) for name in ("Keep", "Gone", "Held"))
    for holder, percent in zip((keep, gone), shares, strict=True):
        Holding.objects.create(holder=holder, held=held, percent=percent)
    desk.merge_owners(into=keep, merged=gone, actor=DESK)
    holding = Holding.objects.get()
    assert (holding.holder, holding.percent) == (keep, sum_of_them)
    holding.full_clean()


def test_citing_a_report_raises_what_is_published(strong):
    edition = strong[-1]
    desk.cite(dispatch=dispatch_of(edition), report=make_report(), actor=DESK)
    assert signal_of(edition) == (Rung.CONFIRMED, "signal", Cause.CITATION)
    desk.cite(dispatch=dispatch_of(edition), report=make_report(), stance="contradicts", actor=DESK)
    assert signal_of(edition)[0] is Rung.DEVELOPING
    assert current(edition).is_disputed


def test_a_hold_takes_effect_and_ends_at_once(strong):
    edition = strong[-1]
    desk.hold_signal(dispatch=dispatch_of(edition), actor=DESK, at_most=Rung.DEVELOPING, reason="One of them wavers.")
    assert signal_of(edition)[0] is Rung.DEVELOPING
    assert "wavers" not in str(current(edition).__dict__)
    desk.release_signal(dispatch=dispatch_of(edition), actor=DESK)
    assert signal_of(edition)[0] is Rung.STRONG


def test_a_development_s_own_signal_follows_too():
    dispatch = make_dispatch()
    step = develop(dispatch, "A step")
    report = make_report()
    cite(dispatch, report, development=step)
    edition = desk.publish(dispatch=dispatch, actor=DESK)
    desk.cite(dispatch=dispatch, report=make_report(), development=step, actor=DESK)
    assert current(edition).public_developments[0].rung is Rung.STRONG
    desk.retract_report(report=report, actor=DESK)
    assert current(edition).public_developments[0].rung is Rung.DEVELOPING
    assert current(edition).number == 3


def test_no_edition_is_issued_where_readers_see_the_same(strong):
    first, _, edition = strong
    with desk.saving(first.source, actor=DESK):
        first.source.grade = "A"
        first.source.notes = "A note"
        first.source.save()
    desk.cite(dispatch=dispatch_of(edition), report=make_report(accepted=False), actor=DESK)
    with desk.saving(dispatch_of(edition), actor=DESK):
        Dispatch.objects.filter(pk=dispatch_of(edition).pk).update(body="Half typed")
    assert current(edition) == edition


def test_a_source_that_becomes_confidential_is_named_no_more_at_once():
    source = make_source(name="The Whistle")
    edition = publish(make_report(source))
    with desk.saving(source, actor=DESK):
        source.is_confidential = True
        source.save()
    assert "The Whistle" not in str(current(edition).__dict__)


def test_what_is_scheduled_is_replaced_before_anybody_sees_it(strong):
    first, second, _ = strong
    at = timezone.now() + HOUR
    coming = desk.schedule(dispatch=make_dispatch(first, second), actor=DESK, at=at)
    desk.retract_report(report=first, actor=DESK)
    latest = current(coming)
    assert (latest.signal, latest.kind, latest.live_at) == (Rung.DEVELOPING, "first", at)
    seen = Edition.objects.seen(at + HOUR).filter(publication=coming.publication_id)
    assert [edition.pk for edition in seen] == [latest.pk]


def test_what_is_scheduled_and_lost_its_only_source_is_called_off():
    report = make_report()
    coming = desk.schedule(dispatch=make_dispatch(report), actor=DESK, at=timezone.now() + HOUR)
    desk.retract_report(report=report, actor=DESK)
    assert not Edition.objects.live(timezone.now() + 2 * HOUR).exists()
    assert dispatch_of(coming).latest_edition() is None


def test_what_is_published_and_lost_its_only_source_says_so(client):
    report = make_report()
    edition = publish(report)
    desk.retract_report(report=report, actor=DESK)
    assert signal_of(edition) == (Rung.UNRATED, "signal", Cause.RETRACTION)
    page = client.get(edition.get_absolute_url())
    assert page.status_code == 200
    assert "Unrated" in page.text
    assert client.get("/wire/").status_code == client.get("/").status_code == 200
    desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="Its only source took it back.")


def test_a_withdrawn_dispatch_stays_a_tombstone():
    report = make_report()
    edition = publish(report)
    desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="It was wrong.")
    desk.retract_report(report=report, actor=DESK)
    assert current(edition).is_withdrawn


def test_an_open_proposal_counts_as_true_until_it_is_cleared(strong):
    first, second, edition = strong
    with desk.saving(second, actor=DESK):
        proposal = Proposal.objects.create(report=second, kind="copy", relays=first, evidence="92 % alike")
    assert signal_of(edition)[0] is Rung.DEVELOPING
    assert [line.why for line in current(edition).public_ledger] == [None, "proposed"]
    with pytest.raises(desk.NotReady, match="Say why"):
        desk.clear_proposal(proposal=proposal, actor=DESK, reason=" ")
    desk.clear_proposal(proposal=proposal, actor=DESK, reason="Both quote one speech.")
    assert signal_of(edition)[0] is Rung.STRONG


def test_an_accepted_proposal_makes_a_relay(strong):
    first, second, edition = strong
    with desk.saving(second, actor=DESK):
        proposal = Proposal.objects.create(report=second, kind="credit", credits=first.source, evidence="“(AP)”")
    desk.accept_proposal(proposal=proposal, actor=DESK)
    second.refresh_from_db()
    assert (second.basis, second.credits) == ("relay", first.source)
    assert [line.why for line in current(edition).public_ledger] == [None, "relays"]


def test_an_error_in_between_leaves_everything_as_it_was(strong, monkeypatch):
    first, _, edition = strong

    def fail(*args, **kwargs):
        raise RuntimeError("the plug is pulled")

    monkeypatch.setattr(Edition.objects, "bulk_create", fail)
    with pytest.raises(RuntimeError):
        desk.retract_report(report=first, actor=DESK)
    first.refresh_from_db()
    assert first.retracted_at is None
    assert current(edition) == edition


def test_the_state_moves_only_if_readers_see_another_signal(strong):
    from dispatches.public.state import read_public_state

    first, second, _ = strong
    before = read_public_state().value
    with desk.saving(second.source, actor=DESK):
        second.source.grade = "A"
        second.source.save()
    assert read_public_state().value == before
    desk.retract_report(report=first, actor=DESK)
    assert read_public_state().value != before


def test_a_cascade_reads_in_batches_and_not_one_by_one(django_assert_max_num_queries):
    report = make_report()
    section = publish().section
    for _ in range(60):
        publish(report, make_report(), section=section)
    with django_assert_max_num_queries(40):
        desk.retract_report(report=report, actor=DESK)
    assert Edition.objects.filter(kind="signal").count() == 60
    assert_stored_is_what_follows()


def test_thousands_of_reports_are_cut_into_what_a_query_takes(strong, monkeypatch):
    from sources import facts

    monkeypatch.setattr(facts.in_batches, "__defaults__", (1,))
    first, _, edition = strong
    relay = make_report(basis="relay", relays=first)
    relaying = publish(relay, make_report(), make_report(basis="relay", relays=relay))
    desk.retract_report(report=first, actor=DESK)
    assert signal_of(edition)[0] is signal_of(relaying)[0] is Rung.DEVELOPING


def test_what_happened_elsewhere_in_the_past_never_rewrites_what_readers_saw(strong):
    first, _, edition = strong
    desk.retract_report(report=first, at=edition.live_at - HOUR, actor=DESK)
    edition.refresh_from_db()
    assert edition.superseded_at > edition.live_at
