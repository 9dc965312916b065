from tests.trust.ledgers import tamper_with_ledgers


def test_what_was_altered_in_a_ledger_is_found_unless_it_rates_the_same():
    tally = tamper_with_ledgers(count=400, seed=1)
    assert tally.has_held, tally.failures
    assert tally.counts["altered"] > 300
    assert tally.counts["altered, and rated the same"] < tally.counts["altered"] / 2
    assert tally.counts["forged origins"] > 50
