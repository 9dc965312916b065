from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.independence import Basis, ReportFacts, control_groups, origin_of


def report(id, source, basis, **fields):
    return ReportFacts(id=id, source=source, basis=Basis(basis), **fields)


def origin(*reports):
    """Return the origin of the first of these reports."""
    return origin_of(reports[0], {each.id: each for each in reports}).source


def test_first_hand_and_own_reporting_begin_at_their_own_source():
    assert origin(report(1, 10, "first")) == 10
    assert origin(report(1, 10, "own")) == 10


def test_a_relay_begins_where_its_chain_ends():
    assert origin(report(1, 10, "relay", relays=2), report(2, 20, "relay", relays=3), report(3, 30, "own")) == 30


def test_a_relay_may_credit_a_source_that_we_hold_no_report_of():
    assert origin(report(1, 10, "relay", relays=2), report(2, 20, "relay", credits=30)) == 30


def test_lineage_is_unknown_for_an_unknown_basis_anywhere_on_the_chain():
    assert origin(report(1, 10, "unknown")) is None
    assert origin(report(1, 10, "relay", relays=2), report(2, 20, "unknown")) is None


def test_the_lineage_of_a_relay_without_a_target_is_unknown():
    assert origin(report(1, 10, "relay")) is None


def test_lineage_is_unknown_for_a_cycle():
    assert origin(report(1, 10, "relay", relays=2), report(2, 20, "relay", relays=1)) is None
    assert (
        origin(report(1, 10, "relay", relays=2), report(2, 20, "relay", relays=3), report(3, 30, "relay", relays=2))
        is None
    )


def test_an_owner_without_a_holder_is_its_own_group():
    assert control_groups([1, 2], []) == {1: 1, 2: 2}


def test_control_reaches_through_any_depth():
    groups = control_groups(range(100), [(n + 1, n) for n in range(99)])
    assert set(groups.values()) == {0}


def test_owners_that_control_each_other_in_a_circle_are_one_group():
    assert len(set(control_groups([1, 2, 3], [(1, 2), (2, 3), (3, 1)]).values())) == 1


def test_the_order_of_the_holdings_does_not_matter():
    pairs = [(2, 1), (3, 2), (5, 4), (4, 3)]
    assert control_groups(range(1, 7), pairs) == control_groups(range(1, 7), reversed(pairs))


def group_by_walking(owners, pairs):
    """The same by brute force: walk along all holdings."""
    neighbours = {owner: {owner} for owner in owners}
    for one, other in pairs:
        neighbours[one].add(other)
        neighbours[other].add(one)
    groups = {}
    for owner in owners:
        found, step = set(), {owner}
        while step:
            found |= step
            step = {other for one in step for other in neighbours[one]} - found
        groups[owner] = min(found)
    return groups


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=120))
def test_forests_of_owners_are_grouped_as_walking_them_groups_them(pairs):
    assert control_groups(range(61), pairs) == group_by_walking(range(61), pairs)


@given(st.data(), st.integers(50, 300))
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
def test_chains_of_hundreds_of_reports_end_where_they_end(data, count):
    target = st.one_of(st.none(), st.integers(0, count - 1))
    pointers = data.draw(st.lists(target, min_size=count, max_size=count))
    reports = {
        n: report(n, n, "own") if pointer is None else report(n, n, "relay", relays=pointer)
        for n, pointer in enumerate(pointers)
    }
    for n in range(count):
        step, seen = n, set()
        while pointers[step] is not None and step not in seen:
            seen.add(step)
            step = pointers[step]
        expected = None if step in seen else step
        assert origin_of(reports[n], reports).source == expected
