"""Measure how much of one text is contained in another, by runs of words (shingles).

A. Broder, “On the resemblance and containment of documents” (1997). Quotations and boilerplate are excluded, because
independent reports share both: what someone said, and what their publishers add.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

# Words per shingle. With fewer, set phrases look like copies; with more, edited copies are missed.
RUN = 3
# The number of shingles, those with the smallest hashes, that represent a report in the index.
FINGERPRINTS = 64

# Without quotations, independent reports of one event share less than 0.2 (with them, up to 0.35). A copy in which
# every fourth word was replaced still shares 0.4.
COPIED = 0.32
# The share of figures and names that the other text must contain too. Routine news in set phrases, such as daily
# numbers, differs only in these; and the shorter the text, the more so.
SAME_FACTS = 0.45
SAME_FACTS_IF_SHORT = 0.85
SHORT = 60
# With so few figures or names, set phrases can't be told apart, so more of the words must match.
FEW_FACTS = 5
COPIED_WITHOUT_FACTS = 0.6
# A text with fewer words of its own is no evidence, unless all of it matches.
FEWEST = 12
SAME_THROUGHOUT = 0.9

# Versions of one story keep whole passages while most of the rest is new, so little of the whole may be alike. Set
# phrases are shorter than a passage, and a shared statement or legal notice has fewer words than this, or no names.
PASSAGE = 24
WORDS_OF_PASSAGES = 75
FACTS_IN_PASSAGES = 2

QUOTATIONS = re.compile(
    r"“[^“”]{15,1500}[”“]|„[^„“”]{15,1500}[“”]|«[^«»]{15,1500}»|(?<!\w)\"(?=\S)[^\"\n]{15,1500}(?<=\S)\"(?!\w)|(?<!\w)‘.{15,800}?[.,!?]’(?!\w)"
)
BOILERPLATE = re.compile(
    r"all rights reserved|copyright|©|\(c\) \d{4}|may not be (?:published|reproduced|rewritten)|terms (?:of|and)|"
    r"privacy policy|subscri(?:be|ption)|newsletter|sign up|log in|read (?:more|also|next)|see also|click here|"
    r"follow (?:us|@)|on (?:twitter|facebook|instagram|whatsapp|telegram)\b|download (?:our|the) app|"
    r"share this|advertisement|(?:first|originally) (?:appeared|published)|contributed to this (?:report|story)|"
    r"\((?:reporting|writing|editing) by|our standards|for more (?:news|information)|get the latest|breaking news|"
    r"join our|support (?:our|independent) journalism|cookies?\b|file photo|photo by|getty images",
    re.I,
)
SENTENCE = re.compile(r"(?<=[.!?…])[\s\"”’)]+(?=[\"“‘(]?[^\W\d_])|\n+")
# Accents, and the points of Hebrew and Arabic.
POINTS = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f]")
INSIDE = re.compile(r"(?<=\w)[’'.](?=\w)")
FACT = re.compile(r"[^\W_]+(?:[.,'’-][^\W_]+)*")
# Words that start a sentence but are not names.
NO_NAMES = frozenset(
    """the a an in on at of to for by from with without and or but as it its he she they we his her their this that
    these those there then thus after before during while when where who what which how however according also more most
    some all any many several no not if so than is are was were be been has have had will would can could may might one
    two three four five six seven eight nine ten monday tuesday wednesday thursday friday saturday sunday
    """.split()  # noqa: SIM905 (a list of words reads better so)
)


def words_of(text: str) -> list[str]:
    """Return the words of a text, without case, accents and punctuation.

    >>> words_of("Café “X”: it’s 3.5 km")
    ['cafe', 'x', 'its', '35', 'km']
    """
    plain = text.casefold()
    if not plain.isascii():
        plain = POINTS.sub("", unicodedata.normalize("NFKD", plain))
    return re.findall(r"\w+", INSIDE.sub("", plain))


def own_part_of(text: str) -> str:
    """Return a text without its quotations, boilerplate and lists of figures."""
    sentences = SENTENCE.split(QUOTATIONS.sub(" ¶ ", text))
    kept = (sentence for sentence in sentences if len(sentence) > 400 or not BOILERPLATE.search(sentence))
    return " ".join(sentence for sentence in kept if not _is_list(sentence)).replace("¶", "")


def _is_list(sentence: str) -> bool:
    """Return True for a list of figures, such as the weather or the results of a day: they are nobody's words."""
    words = FACT.findall(sentence)
    return len(words) >= 12 and sum(word[0].isdigit() for word in words) * 3 > len(words)


def own_words_of(text: str) -> list[str]:
    """Return the words of a text's own part.

    >>> own_words_of("It rains. “It will rain for the whole week,” she said. Sign up for our newsletter!")
    ['it', 'rains', 'she', 'said']
    """
    return words_of(own_part_of(text))


def facts_of(text: str) -> frozenset[str]:
    """Return the figures and names of a text: words with a digit, or with an initial capital.

    >>> sorted(facts_of("The port of Haifa lost 2,300 tonnes on Tuesday."))
    ['2,300', 'haifa']
    """
    words = [match[0] for match in FACT.finditer(text)]
    # In a text that is all capitals or all titles, a capital means nothing.
    has_names = sum(word[0].isupper() for word in words) * 2 < len(words)
    facts = (word.casefold() for word in words if word[0].isdigit() or (has_names and word[0].isupper()))
    return frozenset(facts) - NO_NAMES


def shingles_of(words: list[str]) -> list[int]:
    """Return a hash of each run of words, in order: 63 bits, the same on every machine."""
    return [
        int.from_bytes(hashlib.blake2b(" ".join(words[i : i + RUN]).encode(), digest_size=8).digest()) >> 1
        for i in range(len(words) - RUN + 1)
    ]


def fingerprints_of(text: str) -> list[int]:
    """Return the fingerprints by which a text's copies are found: its shingles with the smallest hashes."""
    return sorted(set(shingles_of(own_words_of(text) or words_of(text))))[:FINGERPRINTS]


@dataclass(frozen=True)
class Text:
    """A text, with what is computed from it cached."""

    text: str

    @cached_property
    def own_part(self) -> str:
        return own_part_of(self.text)

    @cached_property
    def own(self) -> list[str]:
        return words_of(self.own_part)

    @cached_property
    def own_shingles(self) -> list[int]:
        return shingles_of(self.own)

    @cached_property
    def facts(self) -> frozenset[str]:
        return facts_of(self.own_part)

    @cached_property
    def shingles(self) -> frozenset[int]:
        return frozenset(shingles_of(words_of(self.text)))


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much of the shorter of two texts is contained in the other.

    `share`, from 0 to 1, is over the shingles of its own part; `whole` is over all its shingles if its own part is
    tiny, else None; `facts` is over its figures and names (`fact_count`), None if it has none. `words` counts the
    words of its own part. `run` is the longest common run of words, as evidence. `passages` are the numbers of words of
    the long common runs that have a figure or a name, and `facts_in_passages` counts these.
    """

    share: float
    whole: float | None
    facts: float | None
    words: int
    fact_count: int = 0
    run: str = ""
    passages: tuple[int, ...] = ()
    facts_in_passages: int = 0

    @property
    def is_version(self) -> bool:
        """Return True if so many words are in long common runs that one text was written from the other."""
        return sum(self.passages) >= WORDS_OF_PASSAGES and self.facts_in_passages >= FACTS_IN_PASSAGES

    @property
    def is_copy(self) -> bool:
        """Return True if the likeness is well above that of independent reports of one event."""
        if self.is_version:
            return True
        if self.whole is not None:
            return self.whole >= SAME_THROUGHOUT
        if self.facts is None:
            return self.share >= COPIED_WITHOUT_FACTS
        least = COPIED_WITHOUT_FACTS if self.fact_count < FEW_FACTS else COPIED
        return self.share >= least and self.facts >= (SAME_FACTS_IF_SHORT if self.words < SHORT else SAME_FACTS)


def compare(one: Text, other: Text, known: Collection[int] = ()) -> Likeness:
    """Compare two texts. `known` shingles, which belong to someone's boilerplate, are ignored."""
    short, long = sorted((one, other), key=lambda text: len(text.own))
    own = set(short.own_shingles).difference(known)
    shared = own.intersection(long.own_shingles)
    words = min(len(short.own), len(own) + RUN - 1)
    facts = {word for fact in short.facts & long.facts for word in words_of(fact)}
    runs = _runs(short, shared)
    longest: list[str] = max(runs, key=len, default=[])
    passages = [run for run in runs if len(run) >= PASSAGE and facts.intersection(run)]
    return Likeness(
        share=len(shared) / len(own) if own else 0.0,
        whole=_share_of_all(one, other) if words < FEWEST else None,
        facts=len(short.facts & long.facts) / len(short.facts) if short.facts else None,
        words=words,
        fact_count=len(short.facts),
        run=" ".join(longest),
        passages=tuple(len(run) for run in passages),
        facts_in_passages=len(facts.intersection(word for run in passages for word in run)),
    )


def _share_of_all(one: Text, other: Text) -> float:
    smaller, larger = sorted((one.shingles, other.shingles), key=len)
    return len(smaller & larger) / len(smaller) if len(smaller) > FEWEST else 0.0


def _runs(text: Text, shared: set[int]) -> list[list[str]]:
    """Return the runs of words that consist of shared shingles, in order."""
    runs: list[list[str]] = []
    is_open = False
    for position, shingle in enumerate(text.own_shingles):
        if shingle not in shared:
            is_open = False
        elif is_open:
            runs[-1].append(text.own[position + RUN - 1])
        else:
            runs.append(text.own[position : position + RUN])
            is_open = True
    return runs
