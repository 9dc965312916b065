"""Dispatches that are scheduled, called off, published late, changed, withdrawn, and the clock, in any order: readers
find what they can read, and the index has nothing else.
"""

from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from factories import DESK, cite, make_dispatch, make_report, make_section
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dispatches import desk
from dispatches.models import Dispatch, Issuance
from dispatches.public.models import Edition, IndexState, Relation, SearchDocument
from dispatches.public.search import search
from dispatches.public.search.documents import words_from
from tests.dispatches.desk.test_indexing import assert_counts_are_exact, corpus

pytestmark = pytest.mark.django_db

START = datetime.fromisoformat("2026-06-25T12:00:00+03:00")
WORDS = ["zeppelin", "balloon", "harbour", "tugboat"]
picks = st.integers(0, 10**6)
texts = st.lists(st.sampled_from(WORDS), min_size=1, unique=True).map(" ".join)


class Rollback(Exception):
    """Ends a run and rolls back its writes."""


class TheIndex(RuleBasedStateMachine):
    """A desk and a clock."""

    def __init__(self):
        super().__init__()
        self.clock = time_machine.travel(START, tick=False)
        self.now = self.clock.start()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def teardown(self):
        self.atomic.__exit__(Rollback, Rollback(), None)
        self.clock.stop()

    @initialize()
    def begin(self):
        self.section = make_section()
        self.report = make_report(accepted_at=START - timedelta(days=400))
        self.dispatches = []
        for text in ("zeppelin harbour", "balloon harbour"):
            self.it_is_written(text)
        self.a_button_is_pressed(0, "publish", minutes=0)
        self.a_button_is_pressed(1, "schedule", minutes=5)

    @rule(text=texts)
    def it_is_written(self, text):
        self.dispatches.append(make_dispatch(self.report, headline=text.title(), section=self.section))

    @rule(dispatch=picks, text=texts)
    def it_is_written_anew(self, dispatch, text):
        dispatch = self.dispatches[dispatch % len(self.dispatches)]
        Dispatch.objects.filter(pk=dispatch.pk).update(headline=text.title())

    @rule(
        dispatch=picks,
        verb=st.sampled_from(
            ["publish", "backdate", "schedule", "schedule", "cancel_schedule", "update", "withdraw", "restore"]
        ),
        minutes=st.sampled_from([1, 5, 60]),
    )
    def a_button_is_pressed(self, dispatch, verb, minutes):
        dispatch = self.dispatches[dispatch % len(self.dispatches)]
        # With equal times, the wire orders by id, and the index by insertion.
        self.now.shift(1)
        at = datetime.now(START.tzinfo)
        needs = {
            "publish": {"actor": DESK},
            "backdate": {"actor": DESK, "at": at - timedelta(days=minutes)},
            "schedule": {"actor": DESK, "at": at + timedelta(minutes=minutes)},
            "cancel_schedule": {"actor": DESK},
            "update": {"actor": DESK},
            "withdraw": {"actor": DESK, "note": "It was wrong."},
            "restore": {"actor": DESK, "note": "It was right."},
        }[verb]
        with suppress(desk.NotReady):
            getattr(desk, "publish" if verb == "backdate" else verb)(dispatch=dispatch, **needs)

    @rule(dispatch=picks, stays=st.booleans())
    def its_signal_changes(self, dispatch, stays):
        report = make_report(accepted=False)
        cite(self.dispatches[dispatch % len(self.dispatches)], report)
        desk.accept_report(report=report, actor=DESK)
        if not stays:
            self.now.shift(1)
            desk.retract_report(report=report, actor=DESK)

    @rule(minutes=st.sampled_from([1, 4, 90]))
    def time_passes(self, minutes):
        self.now.shift(60 * minutes)

    @rule()
    def the_poller_looks(self):
        desk.index_due_editions(actor=DESK)
        assert corpus().due == []

    @invariant()
    def readers_find_what_they_can_read(self):
        on_the_wire = [(each.pk, each.headline.lower()) for each in Edition.objects.for_wire()]
        for word in WORDS:
            expected = [pk for pk, headline in on_the_wire if word in headline]
            for newest_first in (True, False):
                found = search(word, corpus(), newest_first=newest_first, limit=50)
                editions = [hit.edition for hit in found.hits]
                assert (editions if newest_first else sorted(editions)) == (
                    expected if newest_first else sorted(expected)
                )
                assert found.count == len(expected)

    @invariant()
    def the_index_has_nothing_else(self):
        until = IndexState.objects.get().live_until
        readable = Edition.objects.live(until).exclude(kind="withdrawal")
        expected = {each.publication_id: words_from(each).text for each in readable}
        assert {each.publication_id: each.text for each in SearchDocument.objects.all()} == expected
        assert_counts_are_exact()
        ends = Relation.objects.filter(is_reference=False).values_list("publication", "other")
        assert {end for each in ends for end in each} <= expected.keys()

    @invariant()
    def nothing_waits_but_what_was_scheduled(self):
        due = Counter(each.edition for each in corpus().due)
        issued = Issuance.objects.filter(edition__in=due).select_related("edition")
        scheduled = [each.edition_id for each in issued if each.edition.live_at > each.issued_at]
        assert due == Counter(scheduled)


TheIndex.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
test_the_index_in_any_order = TheIndex.TestCase
