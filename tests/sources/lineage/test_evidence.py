"""Evidence: what two texts share is marked, in every script."""

import pytest

from sources.lineage.evidence import Passage, quoted_passages, shared_passages


def marked(passages) -> list[str]:
    return [each.text for each in passages if each.is_shared]


@pytest.mark.parametrize(
    ("text", "other", "alike"),
    [
        ("The port was closed. It rained.", "He said the PORT was closed!", ["The port was closed"]),
        ("One two three, four. Five.", "One two three four; six", ["One two three, four"]),
        ("הנמל נסגר ביום חמישי בבוקר.", "אתמול הנמל נסגר ביום שישי.", ["הנמל נסגר ביום"]),
        ("It’s the U.S. port now", "Its the US port, then", ["It’s the U.S. port"]),
        ("The port", "The port", []),
        ("", "The port was closed", []),
    ],
)
def test_runs_that_both_have_are_marked(text, other, alike):
    passages = shared_passages(text, other)
    assert marked(passages) == alike
    assert "".join(each.text for each in passages) == text


def test_the_words_of_a_credit_are_marked_where_they_are():
    passages = quoted_passages("JERUSALEM (Reuters) — It rains. By AFP", "“JERUSALEM (Reuters) … By AFP”")
    assert marked(passages) == ["JERUSALEM (Reuters)", "By AFP"]
    assert quoted_passages("It rains.", "The source's name: “AP via X”.") == [Passage("It rains.", False)]
