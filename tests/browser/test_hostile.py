"""Hostile inputs in Chromium: nothing runs, and what would run is found."""

from dataclasses import replace

import pytest

from dispatches.desk import prose
from tests.trust import hostile
from tests.trust.hostile import try_hostile

pytestmark = pytest.mark.django_db


def test_hostile_inputs_run_no_script_and_ask_nothing_of_others(browser):
    tally = try_hostile(inputs=25, seed=3, browser=browser)
    assert tally.has_held, tally.failures
    assert tally.counts["pages in Chromium"] > 8


@pytest.mark.parametrize(
    ("policy", "found"), [(True, "Content Security Policy"), (False, "a dialog: 1")], ids=["blocked", "run"]
)
def test_a_script_is_found_whether_the_policy_blocks_it_or_not(browser, monkeypatch, settings, policy, found):
    monkeypatch.setattr(hostile.Site, "text", lambda site: "<script>alert(1)</script>")
    monkeypatch.setattr(hostile.Site, "ask_public", hostile.Site.type_dispatch)
    if not policy:
        settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if not each.startswith("csp.")]
    render = prose.render
    careless = lambda markdown, *given: replace(render(markdown, *given), html=markdown)  # noqa: E731
    monkeypatch.setattr("dispatches.desk.composition.prose.render", careless)
    tally = try_hostile(inputs=25, seed=1, browser=browser)
    assert any(failure.startswith("in Chromium") and found in failure for failure in tally.failures), tally.failures
