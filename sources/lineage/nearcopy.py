"""How much of one text stands in another: word runs (shingles), and containment of the one's in the other's.

A. Broder, “On the resemblance and containment of documents” (1997). Quotations and boilerplate are left out of the
measure, since reports that are independent share both: what somebody said, and what their publishers add.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

# Words of a shingle. Fewer, and set phrases look like copying; more, and an edited copy looks like none.
RUN = 3
# So many shingles, those with the smallest hashes, stand for a report in the index.
FINGERPRINTS = 64

# Independent reports of one event share up to 0.2 without their quotations; a copy with every fourth word changed 0.4.
COPIED = 0.36
# A short text is mostly set phrases: more of it has to be the same.
SHORT = 60
COPIED_IF_SHORT = 0.55
# Below so many words of its own a text is no evidence, except if all of it is the same.
FEWEST = 12
SAME_THROUGHOUT = 0.9

QUOTATIONS = re.compile(
    r"“[^“”]{15,1500}[”“]|„[^„“”]{15,1500}[“”]|«[^«»]{15,1500}»|\"[^\"\n]{15,1500}\"|(?<!\w)‘.{15,800}?[.,!?]’(?!\w)"
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
WORD = re.compile(r"\w+(?:[’'.]\w+)*")


def words_of(text: str) -> list[str]:
    """The words, without case, accents and punctuation.

    >>> words_of("Café “X”: it’s 3.5 km")
    ['cafe', 'x', 'its', '35', 'km']
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return [re.sub(r"[’'.]", "", word) for word in WORD.findall(plain)]


def own_words_of(text: str) -> list[str]:
    """The words that the text itself puts: without its quotations, and without its boilerplate.

    >>> own_words_of("It rains. “It will rain for the whole week,” she said. Sign up for our newsletter!")
    ['it', 'rains', 'she', 'said']
    """
    sentences = SENTENCE.split(QUOTATIONS.sub(" ¶ ", text))
    kept = (sentence for sentence in sentences if len(sentence) > 400 or not BOILERPLATE.search(sentence))
    return words_of(" ".join(kept).replace("¶", ""))


def shingles_of(words: list[str]) -> list[int]:
    """A number for each run of words, in their order: 63 bits, the same on every machine and in every year."""
    return [
        int.from_bytes(hashlib.blake2b(" ".join(words[i : i + RUN]).encode(), digest_size=8).digest()) >> 1
        for i in range(len(words) - RUN + 1)
    ]


def fingerprints_of(text: str) -> list[int]:
    """The shingles by which its copies are found: of all its words, those with the smallest hashes."""
    return sorted(set(shingles_of(own_words_of(text) or words_of(text))))[:FINGERPRINTS]


@dataclass(frozen=True)
class Text:
    """A text, and what is computed of it once."""

    text: str

    @cached_property
    def own(self) -> list[str]:
        return own_words_of(self.text)

    @cached_property
    def own_shingles(self) -> list[int]:
        return shingles_of(self.own)

    @cached_property
    def shingles(self) -> frozenset[int]:
        return frozenset(shingles_of(words_of(self.text)))


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much of the shorter of two texts stands in the other.

    `share` from 0 to 1, of its own words' shingles; `whole` the same with the quotations. `words`: how many words of
    its own the shorter text has. `run`: the longest run of words that both have, as evidence.
    """

    share: float
    whole: float
    words: int
    run: str = ""

    @property
    def is_copy(self) -> bool:
        """Whether it is well above what independent reports of one event share."""
        if self.words < FEWEST:
            return self.whole >= SAME_THROUGHOUT
        return self.share >= (COPIED_IF_SHORT if self.words < SHORT else COPIED)


def compare(one: Text, other: Text, known: Collection[int] = ()) -> Likeness:
    """Compare two texts. Shingles that are `known` to be somebody's boilerplate count for nothing."""
    short, long = sorted((one, other), key=lambda text: len(text.own))
    own = set(short.own_shingles).difference(known)
    shared = own.intersection(long.own_shingles)
    smaller, larger = sorted((one.shingles, other.shingles), key=len)
    return Likeness(
        share=len(shared) / len(own) if own else 0.0,
        whole=len(smaller & larger) / len(smaller) if len(smaller) > FEWEST else 0.0,
        words=min(len(short.own), len(own) + RUN - 1),
        run=_longest_run(short, shared),
    )


def _longest_run(text: Text, shared: set[int]) -> str:
    best = start = length = 0
    for place, shingle in enumerate(text.own_shingles):
        length = length + 1 if shingle in shared else 0
        if length > best:
            best, start = length, place - length + 1
    return " ".join(text.own[start : start + best + RUN - 1]) if best else ""
