"""Find whether a report contradicts a claim: denials, corrections, hoaxes, “no evidence”, the claim's words negated.

Pure functions over a report's headline, the beginning of its text, and the words of the claim. Each language's words
are listed in denials.toml beside this file. A word alone says nothing: the sentence must also have words of the claim,
which must not have such words itself. So “Minister denies the report” contradicts no claim that the minister denies it.
"""

import re
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple

from sources.lineage.agencies import any_of

# Characters of a text that are read: what comes later is details, or what others say.
LEAD = 400
# Characters of a headline or a claim that are read.
LONGEST = 300
# Sentences of the lead in which the report itself may say that the claim is false, and characters shown as evidence.
SENTENCES, SHOWN = 3, 200
# Words between “rejects” and “the claim”, or after “no”, that are looked at.
NEAR = 4


class Kind(StrEnum):
    """How a report seems to contradict a claim."""

    ANSWER = "answer"
    CORRECTION = "correction"
    DENIAL = "denial"
    DEBUNKING = "debunking"
    NO_EVIDENCE = "no-evidence"
    DOUBT = "doubt"
    NEGATION = "negation"
    OPPOSITE = "opposite"


KIND_LABELS = {
    Kind.ANSWER: "Answers no",
    Kind.CORRECTION: "Correction",
    Kind.DENIAL: "Denial",
    Kind.DEBUNKING: "Calls it false",
    Kind.NO_EVIDENCE: "No evidence",
    Kind.DOUBT: "Doubting question",
    Kind.NEGATION: "Negated",
    Kind.OPPOSITE: "The opposite",
}


class Denial(NamedTuple):
    """Why a report seems to contradict a claim: the `cue`, and the headline or sentence that has it."""

    kind: Kind
    cue: str
    words: str


class Language(NamedTuple):
    """The words of one language; see denials.toml."""

    script: re.Pattern[str] | None
    common: frozenset[str]
    purposes: frozenset[str]
    restrictions: frozenset[str]
    harmless: re.Pattern[str]
    answers: re.Pattern[str]
    strong: tuple[tuple[Kind, re.Pattern[str]], ...]
    disputes: re.Pattern[str]
    statements: re.Pattern[str]
    doubts: re.Pattern[str]
    negations: re.Pattern[str]
    none: re.Pattern[str]
    opposites: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]


@cache
def read_languages() -> dict[str, Language]:
    """Read the languages' words. The first language is that of texts that have words of none."""
    table = tomllib.loads(Path(__file__).with_name("denials.toml").read_text(encoding="utf-8"))
    return {
        name: Language(
            script=re.compile(words["script"]) if "script" in words else None,
            common=frozenset(words["common"]),
            purposes=frozenset(words["purposes"]),
            restrictions=frozenset(words["restrictions"]),
            harmless=_whole(words["harmless"]),
            answers=re.compile(rf"(?:^\W*|\?\s+)(?:{any_of(words['answers'])})\s*[,:!.–—-]", re.I),
            strong=(
                (Kind.CORRECTION, _whole(words["corrections"])),
                (Kind.DENIAL, _whole(words["denials"])),
                (Kind.DEBUNKING, _whole(words["debunking"])),
                (Kind.NO_EVIDENCE, _whole(words["no_evidence"])),
            ),
            disputes=_whole(words["disputes"]),
            statements=_whole(words["statements"]),
            doubts=_whole(words["doubts"]),
            negations=_whole(words["negations"], r"|\b\w{2,8}n[’']t\b" if "n't" in words["negations"] else ""),
            none=_whole(words["none"], after="(?!-)"),
            opposites=tuple(
                pair for one, other in words["opposites"] for pair in _both_ways(_whole(one), _whole(other))
            ),
        )
        for name, words in table.items()
    }


def _whole(phrases: list[str], more: str = "", after: str = "") -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{any_of(phrases)})(?!\w){after}{more}", re.I)


def _both_ways(one: re.Pattern[str], other: re.Pattern[str]) -> Iterator[tuple[re.Pattern[str], re.Pattern[str]]]:
    yield one, other
    yield other, one


def find_denial(title: str, text: str, claim: str) -> Denial | None:
    """Return why a report seems to contradict a claim, or None. Reads only the headline and the lead.

    >>> find_denial("No, the bridge did not collapse", "", "The bridge collapses")
    Denial(kind=<Kind.ANSWER: 'answer'>, cue='No,', words='No, the bridge did not collapse')
    """
    title, text, claim = title[:LONGEST], text[:LEAD], claim[:LONGEST]
    language = _language_of(f"{title} {text}", claim)
    known = _Claim.of(claim, language)
    if known is None:
        return None
    if _words(title) == _words(claim):
        # A dispatch that was filed from this report.
        return None
    headline = _mask(title, language)
    return _in_headline(title, headline, known, language) or _in_lead(text, known, language)


class _Claim(NamedTuple):
    """The words of a claim that a report can negate, and the claim itself."""

    text: str
    stems: frozenset[str]
    is_negated: bool

    @classmethod
    def of(cls, claim: str, language: Language) -> "_Claim | None":
        """Return None for a claim without words of its own, or that is itself about a denial."""
        masked = _mask(claim, language)
        stems = frozenset(_stems(masked, language))
        denying = (language.answers, language.disputes, *(pattern for _, pattern in language.strong))
        if not stems or any(pattern.search(masked) for pattern in denying) or _doubted(masked, language):
            return None
        is_negated = bool(language.negations.search(claim) or language.none.search(claim))
        return cls(masked, stems, is_negated)


def _in_headline(title: str, masked: str, claim: _Claim, language: Language) -> Denial | None:
    shared = claim.stems & {*_stems(masked, language)}
    if not shared:
        return None
    if answer := language.answers.search(masked):
        return _denial(Kind.ANSWER, answer, title)
    for kind, pattern in language.strong:
        if cue := pattern.search(masked):
            return _denial(kind, cue, title)
    if cue := _disputed(masked, language):
        return _denial(Kind.DENIAL, cue, title)
    if len(shared) >= 2 and (cue := _doubted(masked, language)):
        return _denial(Kind.DOUBT, cue, title)
    if not claim.is_negated and (cue := _negated(masked, claim, language, enough=2)):
        return _denial(Kind.NEGATION, cue, title)
    for one, other in language.opposites:
        if one.search(claim.text) and not other.search(claim.text) and (cue := other.search(masked)):
            return _denial(Kind.OPPOSITE, cue, title)
    return None


def _in_lead(text: str, claim: _Claim, language: Language) -> Denial | None:
    """Return what the first sentences say against a claim. A party's denial counts only if it opens the report."""
    enough = max(2, min(4, (len(claim.stems) + 1) // 2))
    for number, sentence in enumerate(_sentences(text)):
        masked = _mask(sentence, language)
        if len(claim.stems & {*_stems(masked, language)}) < enough:
            continue
        for kind, pattern in language.strong:
            if (kind is not Kind.DENIAL or number == 0) and (cue := pattern.search(masked)):
                return _denial(kind, cue, sentence)
        if number == 0:
            if cue := _disputed(masked, language):
                return _denial(Kind.DENIAL, cue, sentence)
            if not claim.is_negated and (cue := _negated(masked, claim, language, enough=max(3, enough))):
                return _denial(Kind.NEGATION, cue, sentence)
    return None


def _denial(kind: Kind, cue: re.Match[str], sentence: str) -> Denial:
    """Return a denial with its cue as written, and the sentence around it, cut if it is long."""
    start = max(0, min(cue.start() - SHOWN // 2, len(sentence) - SHOWN))
    words = " ".join(sentence[start : start + SHOWN].split())
    shown = f"{'…' if start else ''}{words}{'…' if start + SHOWN < len(sentence) else ''}"
    return Denial(kind, " ".join(sentence[cue.start() : cue.end()].split()), shown)


def _disputed(masked: str, language: Language) -> re.Match[str] | None:
    """Find a verb such as “rejects” that is followed by a word for a statement: “rejects the claim”."""
    for dispute in language.disputes.finditer(masked):
        after = " ".join(masked[dispute.end() : dispute.end() + 80].split()[:NEAR])
        if language.statements.search(after):
            return dispute
    return None


def _doubted(masked: str, language: Language) -> re.Match[str] | None:
    """Find the word that makes a question a doubting one: “Did it really happen?”"""
    for cue in language.doubts.finditer(masked):
        end = CLAUSE.search(masked, cue.end())
        if end and end[0] == "?":
            return cue
    return None


# Where a clause ends: what is denied in one is not denied in the next.
CLAUSE = re.compile(r"[,;:!?|()“”\"–—]|\.(?=\s|$)|\s-\s")
# “Don't shoot” denies nothing.
IMPERATIVE = re.compile(r"^\W*(?:do|don[’']?t|never|please)\W*$", re.I)


def _negated(masked: str, claim: _Claim, language: Language, enough: int) -> re.Match[str] | None:
    """Return the negation of the claim's own words; `enough` of them must stand in the sentence."""
    in_sentence = len(claim.stems & {*_stems(masked, language)})
    for start, end in _clauses(masked):
        clause = masked[start:end]
        for match in language.negations.finditer(clause):
            before = clause[: match.start()]
            if start and not _words(before):
                # A contrast: “a ticket, not an arrest”.
                continue
            if IMPERATIVE.match(before + match[0]) or language.purposes & {*_words(before)}:
                continue
            if language.restrictions & {*_words(clause[match.end() :])[: NEAR + 1]}:
                continue
            after = claim.stems & {*_stems(clause[match.end() :], language)}
            here = claim.stems & {*_stems(clause, language)}
            if len(here) >= enough or (after and in_sentence >= enough):
                return language.negations.search(masked, start + match.start())
        for match in language.none.finditer(clause):
            following = " ".join(_words(clause[match.end() :])[:NEAR])
            if in_sentence >= enough and claim.stems & {*_stems(following, language)}:
                return language.none.search(masked, start + match.start())
    return None


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in CLAUSE.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _sentences(text: str) -> list[str]:
    return [each for each in re.split(r"(?<=[.!?])[”\"’)]?\s+|\n+", text) if each.strip()][:SENTENCES]


def _mask(text: str, language: Language) -> str:
    """Replace phrases that only look like a denial by spaces, so that positions stay."""
    return language.harmless.sub(lambda match: " " * len(match[0]), text)


WORD = re.compile(r"[^\W\d_]+|\d+")
# Letters that Hebrew writes together with the next word.
PREFIXES = "הבלמכשו"


def _words(text: str) -> list[str]:
    return [match[0].casefold() for match in WORD.finditer(text)]


def _stems(text: str, language: Language) -> Iterator[str]:
    """Yield the beginnings of the words that mean something."""
    for word in _words(text):
        if word in language.common or (len(word) < 3 and not word.isdigit()):
            continue
        yield word[:5]
        if word[0] in PREFIXES and len(word) > 3:
            yield word[1:6]


def _language_of(text: str, claim: str) -> Language:
    """Return the language with most of its common words in a text or, if that leaves several, in the claim too."""
    languages = read_languages()
    for language in languages.values():
        if language.script and language.script.search(text):
            return language
    words, claimed = ([word for word in _words(each) if len(word) > 1] for each in (text, claim))

    def score(language: Language) -> tuple[int, int]:
        return sum(word in language.common for word in words), sum(word in language.common for word in claimed)

    return max(languages.values(), key=score)
