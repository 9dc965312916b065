from tests.trust.roles import try_roles


def test_the_requests_of_tests_are_counted_and_a_failing_test_is_found(tmp_path):
    passing = "tests/dispatches/desk/test_roles.py::test_whoever_is_not_logged_in_gets_nowhere"
    tally = try_roles(seed=1, tests=[passing])
    assert tally.has_held, tally.failures
    assert tally.counts["tests"] == 1
    assert tally.tried > 100
    failing = tmp_path / "test_failing.py"
    failing.write_text("def test_it(client): assert client.get('/desk/login/').status_code == 500\n")
    tally = try_roles(seed=1, tests=[str(failing)])
    assert not tally.has_held
    assert "test_it" in str(tally.failures)
