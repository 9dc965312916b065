"""Verbs in random order, with clock changes: stored ratings, recomputed ones and public pages agree."""

import json
import re
from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone
from factories import DESK, make_dispatch, make_section
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from same_everywhere import assert_says_the_same
from three_states import assert_page_is_true

from dispatches import desk
from dispatches.desk.transactions import changing_owners
from dispatches.models import Dispatch
from dispatches.public.models import Edition
from dispatches.signal.recompute import recompute
from dispatches.signal.rules import Rung, Stance
from sources.models import Holding, Owner, Proposal, Report, Source
from tests.dispatches.desk.test_rerating import assert_stored_is_what_follows
from tests.dispatches.public.test_ledger import address_of

pytestmark = pytest.mark.django_db

picks = st.integers(0, 10**6)


def soon():
    return timezone.now() + timedelta(hours=1)


# The buttons on a dispatch, and what each asks for.
NEEDS = {
    "publish": {},
    "schedule": {"at": soon},
    "reschedule": {"at": soon},
    "move_schedule": {"at": soon},
    "cancel_schedule": {},
    "discard_changes": {},
    "return_to_live": {},
    "update": {},
    "correct": {"note": "It was wrong."},
    "clarify": {"note": "It was unclear."},
    "withdraw": {"note": "It was wrong."},
    "restore": {"note": "It was right."},
}


class Rollback(Exception):
    """Ends a run and rolls back its writes."""


def assert_developments_say_the_same(edition, published, page):
    """Check the Signals of an edition's developments in its public ledger and on its page."""
    developments = edition.public_developments
    said = [(each["text"], each["rung"], each["origins"], len(each["reports"])) for each in published]
    assert said == [(each.text, each.signal.word, each.origins, len(each.ledger)) for each in developments]
    for each in developments:
        if each.is_rated:
            after = re.search(re.escape(each.text) + r".*?Signal: </span>(\w+)", page, re.DOTALL)
            assert after
            assert after[1] == each.signal.word


class TheDesk(RuleBasedStateMachine):
    """Editors who file, review, cite, publish and regrade, in any order."""

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.numbers = count(1)

    def teardown(self):
        self.atomic.__exit__(Rollback, Rollback(), None)

    @initialize()
    def open_the_newsroom(self):
        self.section = make_section()
        self.colleague = User.objects.create_superuser("colleague")
        self.owners = [Owner.objects.create(name=f"Owner {n}") for n in range(3)]
        self.sources = [
            Source.objects.create(
                name=f"Secret {n}" if n % 3 == 0 else f"Named {n}",
                kind="record" if n == 1 else "outlet",
                grade=grade,
                owner=self.owners[n % 4] if n % 4 < 3 else None,
                is_confidential=n % 3 == 0,
                is_ours=n == 7,
            )
            for n, grade in enumerate("AABBCCDF")
        ]
        self.touched: Dispatch | None = None
        self.reports: list[Report] = []
        self.dispatches: list[Dispatch] = []
        # Some content exists, so that every change affects something.
        for n in range(6):
            self.a_report_arrives(source=n, basis="relay" if n == 5 else "own", other=0, credits=False)
        for first in range(3):
            self.a_dispatch_is_written()
            for n in range(3):
                self.a_report_is_cited(first, first + n, Stance.SUPPORTS, interested=False)
            self.a_button_is_pressed(first, "schedule" if first == 2 else "publish")
        # One that is live has an update to come, and is covered meanwhile.
        self.a_text_is_saved(0, "tldr", "Two.")
        self.a_button_is_pressed(0, "schedule")
        self.lines_are_published_as_they_are_written_or_not(0, starts=True)

    def pick(self, things, number):
        return things[number % len(things)] if things else None

    @rule(source=picks, basis=st.sampled_from(["first", "own", "relay", "unknown"]), other=picks, credits=st.booleans())
    def a_report_arrives(self, source, basis, other, credits):
        number = next(self.numbers)
        report = Report(source=self.pick(self.sources, source), title=f"Report {number}", basis=basis)
        if basis == "relay" and credits:
            report.credits = self.pick(self.sources, other)
        elif basis == "relay":
            report.relays = self.pick(self.reports, other)
        with desk.saving(report, actor=DESK):
            report.full_clean()
            report.save()
        self.reports.append(report)
        desk.accept_report(report=report, actor=DESK)

    @rule(report=picks, other=picks)
    def a_report_turns_out_to_relay_another(self, report, other):
        report, other = self.pick(self.reports, report), self.pick(self.reports, other)
        if report and report != other:
            with desk.saving(report, actor=DESK):
                report.basis, report.relays, report.credits = "relay", other, None
                report.full_clean()
                report.save()

    @rule(report=picks, accepts=st.booleans())
    def a_report_is_reviewed_again(self, report, accepts):
        if report := self.pick(self.reports, report):
            if accepts:
                desk.accept_report(report=report, actor=DESK)
            else:
                desk.reject_report(report=report, actor=DESK, reason="A rumour.")

    @rule(report=picks)
    def a_source_takes_its_report_back(self, report):
        if report := self.pick(self.reports, report):
            desk.retract_report(report=report, actor=DESK)

    @rule(report=picks, source=picks, clears=st.booleans(), waits=st.booleans())
    def a_relay_is_proposed_and_perhaps_decided(self, report, source, clears, waits):
        if report := self.pick(self.reports, report):
            with desk.saving(report, actor=DESK):
                proposal = Proposal.objects.create(
                    report=report, kind="credit", credits=self.pick(self.sources, source), evidence="(via)"
                )
            if waits:
                return
            if clears:
                desk.clear_proposal(proposal=proposal, actor=DESK, reason="It is not.")
            else:
                desk.accept_proposal(proposal=proposal, actor=DESK)
                report.refresh_from_db()

    @rule(source=picks, grade=st.sampled_from("ABCDEF"))
    def a_source_is_regraded(self, source, grade):
        source = self.pick(self.sources, source)
        with desk.saving(source, actor=DESK):
            source.grade = grade
            source.save()

    @rule(source=picks, owner=picks)
    def a_source_changes_hands(self, source, owner):
        source = self.pick(self.sources, source)
        with desk.saving(source, actor=DESK):
            source.owner = self.pick([*self.owners, None], owner)
            source.save()

    @rule(holder=picks, held=picks, percent=st.sampled_from([10, 50, 51, 100]))
    def an_owner_is_bought(self, holder, held, percent):
        holder, held = self.pick(self.owners, holder), self.pick(self.owners, held)
        if holder != held:
            with changing_owners():
                Holding.objects.update_or_create(holder=holder, held=held, defaults={"percent": percent})

    @rule(keep=picks, gone=picks)
    def two_owners_turn_out_to_be_one(self, keep, gone):
        keep, gone = self.pick(self.owners, keep), self.pick(self.owners, gone)
        if keep != gone and len(self.owners) > 2:
            desk.merge_owners(into=keep, merged=gone, actor=DESK)
            self.owners.remove(gone)
            for source in self.sources:
                source.refresh_from_db()

    @rule()
    def a_dispatch_is_written(self):
        dispatch = make_dispatch(section=self.section)
        dispatch.citations.all().delete()
        self.dispatches.append(dispatch)

    @rule(dispatch=picks, report=picks, stance=st.sampled_from(Stance), interested=st.booleans())
    def a_report_is_cited(self, dispatch, report, stance, interested):
        dispatch, report = self.pick(self.dispatches, dispatch), self.pick(self.reports, report)
        if dispatch and report and not dispatch.citations.filter(report=report).exists():
            desk.cite(dispatch=dispatch, report=report, stance=stance.value, is_interested=interested, actor=DESK)

    @rule(dispatch=picks)
    def a_citation_is_taken_out(self, dispatch):
        if dispatch := self.pick(self.dispatches, dispatch):
            with desk.saving(dispatch, actor=DESK):
                dispatch.citations.filter(pk__in=dispatch.citations.values("pk")[:1]).delete()

    @rule(dispatch=picks, rung=st.sampled_from([Rung.DEVELOPING, Rung.STRONG, None]))
    def the_signal_is_held_or_released(self, dispatch, rung):
        if dispatch := self.pick(self.dispatches, dispatch):
            if rung:
                desk.hold_signal(dispatch=dispatch, actor=DESK, at_most=rung, reason="It wavers.")
            else:
                desk.release_signal(dispatch=dispatch, actor=DESK)

    @rule(
        dispatch=picks,
        field=st.sampled_from(["headline", "tldr", "body"]),
        words=st.sampled_from(["One.", "Two.", "Three.", "One.\n\nTwo.", "One.\n\nTwo.\n\nThree."]),
    )
    def a_text_is_saved(self, dispatch, field, words):
        if dispatch := self.pick(self.dispatches, dispatch):
            with suppress(desk.NotReady), desk.saving(stored := Dispatch.objects.get(pk=dispatch.pk), actor=DESK):
                setattr(stored, field, words if field == "body" else words.split()[-1])
                stored.save()
            self.touched = dispatch

    @rule(dispatch=picks, starts=st.booleans())
    def lines_are_published_as_they_are_written_or_not(self, dispatch, starts):
        if dispatch := self.pick(self.dispatches, dispatch):
            switch = desk.start_publishing_developments if starts else desk.stop_publishing_developments
            with suppress(desk.NotReady):
                switch(dispatch=dispatch, actor=DESK)

    @rule(dispatch=picks, report=st.none() | picks)
    def a_development_is_added(self, dispatch, report):
        if dispatch := self.pick(self.dispatches, dispatch):
            text, at = f"It moved {next(self.numbers)}", timezone.now() - timedelta(minutes=1)
            cited = None if report is None else self.pick(self.reports, report)
            before = dispatch.live_edition()
            added = desk.add_development(dispatch=dispatch, actor=DESK, at=at, text=text, report=cited)
            after = dispatch.live_edition()
            assert (text in str(after and after.developments)) == bool(added.edition) == (not added.waits)
            if added.edition:
                assert (after.headline, after.tldr, after.body_html) == (before.headline, before.tldr, before.body_html)
            self.touched = dispatch

    @rule(dispatch=picks, report=picks, is_about_the_report=st.booleans())
    def a_colleague_takes_it_and_says_something(self, dispatch, report, is_about_the_report):
        work = self.pick(self.reports, report) if is_about_the_report else self.pick(self.dispatches, dispatch)
        if work:
            desk.hand_over(work=work, to=self.colleague, actor=DESK)
            desk.comment(work=work, text=f"Secret {next(self.numbers)} @{self.colleague}", actor=DESK)

    @rule(dispatch=picks)
    def a_development_is_deleted(self, dispatch):
        if dispatch := self.pick(self.dispatches, dispatch):
            with suppress(desk.NotReady), desk.saving(stored := Dispatch.objects.get(pk=dispatch.pk), actor=DESK):
                stored.developments.filter(pk__in=stored.developments.values("pk")[:1]).delete()
            self.touched = dispatch

    @rule(dispatch=picks, verb=st.sampled_from([*NEEDS]))
    def a_button_is_pressed(self, dispatch, verb):
        dispatch = self.pick(self.dispatches, dispatch)
        if dispatch:
            needs = {name: value() if callable(value) else value for name, value in NEEDS[verb].items()}
            with suppress(desk.NotReady):
                getattr(desk, verb)(dispatch=dispatch, actor=DESK, **needs)
            self.touched = dispatch

    @invariant()
    def what_is_stored_is_what_follows(self):
        assert_stored_is_what_follows()

    @invariant()
    def what_the_desk_s_page_says_readers_have_is_what_they_get(self):
        for dispatch in {each.pk: each for each in (self.touched, *self.dispatches[:2]) if each}.values():
            assert_page_is_true(dispatch)

    @invariant()
    def fewer_than_two_origins_are_never_strong(self):
        assert not Edition.objects.filter(rung__gte=Rung.STRONG, origins__lt=2).exists()

    @invariant()
    def at_every_moment_a_dispatch_has_one_current_edition_at_most(self):
        moments = set(Edition.objects.values_list("live_at", flat=True))
        for moment in sorted(moments)[-3:]:
            current = list(Edition.objects.live(moment).values_list("publication", flat=True))
            assert len(current) == len(set(current))

    @invariant()
    def page_and_data_say_the_same_and_no_secret(self):
        client = Client()
        for edition in Edition.objects.live().order_by("-pk")[:2]:
            response = client.get(address_of(edition))
            ledger = json.loads(response.content)
            page = client.get(edition.get_absolute_url()).text
            assert "Secret" not in page + response.text
            if not edition.is_withdrawn:
                assert recompute(ledger) == []
                assert ledger["signal"]["rung"] == edition.signal.word
                assert f"Signal: </span>{edition.signal.word}" in page
                item = json.loads(client.get(f"{edition.get_absolute_url()[:-1]}.json").content)
                assert item["signal"].items() >= ledger["signal"].items()
                assert_developments_say_the_same(edition, ledger["developments"], page)
                assert_says_the_same(client, edition)


TheDesk.TestCase.settings = settings(
    max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
test_the_desk_in_any_order = TheDesk.TestCase
