"""The demo has every case, and can be loaded twice and at any time of day."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from dispatches.models import Dispatch
from dispatches.public.models import Edition, Section
from dispatches.signal.rules import Rung
from sources.models import Proposal, Report

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.mark.parametrize("hour", ["00:05", "23:55"])
def test_it_has_every_case_at_any_hour_and_loading_it_again_changes_nothing(time_machine, hour):
    time_machine.move_to(f"2026-06-25T{hour}:00+03:00", tick=False)
    call_command("load_demo")
    live = Edition.objects.live()
    assert Dispatch.objects.count() >= 40
    assert Section.objects.count() == 6
    assert {edition.signal for edition in live} == set(Rung)
    assert live.filter(is_disputed=True).exists()
    assert live.filter(is_corrected=True).exists()
    assert live.filter(kind=Edition.Kind.WITHDRAWAL).exists()
    assert live.filter(development_count=12).exists()
    assert Edition.objects.filter(live_at__gt=timezone.now()).exists()
    assert Dispatch.objects.filter(publication=None).exists()
    assert max(len(edition.headline) for edition in live) == 140
    assert live.filter(body_html__contains='<p dir="rtl" lang="he">').exists()
    assert live.filter(body_html__contains='<p dir="rtl" lang="ar">').exists()
    assert live.filter(body_html__contains="<bdi").exists()
    assert Report.objects.filter(review="pending").exists()
    waiting = {(each.report.source.name, each.kind) for each in Proposal.objects.open()}
    assert {("Haifa Evening Post", "copy"), ("Levant TV", "copy"), ("Flashline", "copy")} <= waiting
    assert ("Carmel Radio", "credit") in waiting
    assert not {"The Port Daily", "Gate C", "Meridian Press Agency"} & {name for name, _ in waiting}
    reasons = {line.why for edition in live for line in edition.public_ledger}
    assert {"relays", "same-owner", "graded-out", "ungraded", "ours", "contradicts", "no-new-origin"} <= reasons
    first, last = (
        Edition.objects.live().order_by(order).exclude(rung=0)[0] for order in ("published_at", "-published_at")
    )
    assert (last.published_at - first.published_at).days >= 10
    before = Edition.objects.count(), Report.objects.count(), Dispatch.objects.count()
    call_command("load_demo")
    assert (Edition.objects.count(), Report.objects.count(), Dispatch.objects.count()) == before


def test_it_is_not_loaded_into_a_public_site(settings):
    settings.WIRE_IS_LOCAL = False
    with pytest.raises(CommandError, match="a well-known password"):
        call_command("load_demo")
    assert not Dispatch.objects.exists()
