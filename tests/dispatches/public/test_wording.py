from dispatches.public.ledger import LedgerLine, Party
from dispatches.public.wording import edges_label
from sources.independence import Basis


def test_edges_in_words():
    paper = LedgerLine("The Paper", "", "supports", 1, None, Basis.OWN_REPORTING, owner="Holdings", party=1)
    copy = LedgerLine("The Copy", "", "supports", 1, None, Basis.RELAY, relays=1, party=2, is_proposed=True)
    radio = LedgerLine("The Radio", "", "supports", 1, None, Basis.RELAY, credits=Party("The Agency", 4), party=3)
    party = LedgerLine("The Party", "", "supports", 1, None, Basis.FIRST_HAND, party=5, is_interested=True)
    lost = LedgerLine("The Rumour", "", "supports", 1, None, Basis.RELAY, party=6)
    lines = [paper, copy, radio, party, lost, LedgerLine("Internal intake", "", "supports", 2, None)]
    assert [edges_label(lines, line) for line in lines] == [
        "own reporting, owner: Holdings",
        "seems to relay The Paper",
        "relays The Agency",
        "first-hand, a party to the claim",
        "relays an unknown source",
        "",
    ]
