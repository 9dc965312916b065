"""Measure how well copies, credits and relays are found, mostly on generated data: `python -m bench.lineage`.

**Copies.** The texts are the demo's bodies and twenty reports of ten invented events (bench/texts/), each told by two
witnesses. A copy is one of them after typical edits: verbatim between a publisher's own lines, cut, reordered, with
an added paragraph, with every tenth to third word changed, and combinations. Not copies: the two accounts of an
event; all other pairs; news in set phrases with different figures and names (results, matches, tremors, daily
counts); and articles that share only a publisher's boilerplate.

**Credits.** Every form in which the world's larger agencies are credited, on these texts; and sentences in which an
agency's name means something else: a picture credit, a denial, a building, two agencies, an abbreviation.

**Relays.** bench/relays.py describes its sets, a made and a small real one; for the real one, name the file of events:
`python -m bench.lineage EVENTS.jsonl.gz`.

The generated data shows how the rules work on cases that we thought of. It is not a sample of real news.
"""

import random
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

from bench.relays import measure_relays
from sources.lineage.agencies import Directory
from sources.lineage.credits import find_credit
from sources.lineage.nearcopy import Text, compare

ROOT = Path(__file__).resolve().parent.parent
SEED = 20261124

HOUSE = [
    "Good evening from our newsroom, and thank you for reading.",
    "Subscribe to our morning newsletter. Follow us on Facebook. All rights reserved.",
    "This paper has reported on the matter before and will do so again when there is more to say about it.",
    "Our editors have shortened the account below for the evening edition of the paper.",
]
BELOW = (
    "Our readers pay for this work with three shekels a week and decide every spring in an open vote which towns we "
    "cover next, and every line of the accounts hangs on the notice board in the hall of the old mill."
)
SWAPS = {
    "said": "stated", "after": "following", "about": "around", "because": "since", "before": "ahead of", "more": "over",
    "people": "persons", "first": "initial", "last": "latest", "big": "large", "new": "fresh", "told": "informed",
    "which": "that", "while": "as", "without": "lacking", "between": "among", "expected": "forecast", "began": "started",
    "ended": "finished", "shows": "reveals", "says": "states", "under": "beneath", "still": "yet", "against": "versus",
    "through": "via", "year": "twelvemonth", "men": "males", "women": "females", "city": "town", "police": "officers",
    "has": "holds", "have": "hold", "will": "shall", "would": "should", "can": "may", "not": "hardly", "the": "this",
    "a": "one", "in": "inside", "on": "upon", "of": "from", "and": "plus", "to": "towards", "by": "through", "with": "having",
}  # fmt: skip


def read_texts() -> tuple[list[str], list[tuple[str, str]]]:
    """Return the demo's longer bodies, and the pairs of independent reports."""
    bodies = [
        re.sub(r"\[\[[^\]]*\]\]|[*#>_`]", "", dispatch["body"])
        for path in sorted((ROOT / "dispatches" / "demo").glob("*.toml"))
        for dispatch in tomllib.loads(path.read_text()).get("dispatch", [])
        if len(dispatch["body"].split()) >= 80
    ]
    events = tomllib.loads((Path(__file__).parent / "texts" / "events.toml").read_text())["event"]
    return bodies, [(event["one"].strip(), event["other"].strip()) for event in events]


# What editors do to an agency's text


def sentences(text: str) -> list[str]:
    return [each for each in re.split(r"(?<=[.!?”])\s+(?=[A-Z“])|\n+", text) if each.strip()]


def change_words(text: str, rate: float, chance: random.Random) -> str:
    """Replace some words, drop some, and insert some."""
    words = []
    for word in text.split():
        if chance.random() >= rate:
            words.append(word)
        elif word.lower() in SWAPS:
            words.append(SWAPS[word.lower()])
        elif chance.random() < 0.5 and word[0].islower():
            words.append(chance.choice(["indeed", "reportedly", "meanwhile", "own", "also"]) + " " + word)
        elif not word[0].islower():
            words.append(word)
    return " ".join(words)


def shorten(text: str, part: float) -> str:
    kept = sentences(text)
    return " ".join(kept[: max(2, round(len(kept) * part))])


def reorder(text: str, chance: random.Random) -> str:
    first, *rest = sentences(text)
    kept = [each for each in rest if chance.random() < 0.7] or rest
    chance.shuffle(kept)
    return " ".join([*kept[:1], first, *kept[1:]])


def frame(text: str, own: str) -> str:
    return f"{HOUSE[0]}\n\n{text}\n\n{own}\n\n{HOUSE[1]}"


EDITS: dict[str, Callable[[str, random.Random], str]] = {
    "verbatim": lambda text, chance: text,
    "between a house's lines": lambda text, chance: frame(text, HOUSE[2]),
    "cut to half": lambda text, chance: shorten(text, 0.5),
    "reordered, a third left out": reorder,
    "every tenth word changed": lambda text, chance: change_words(text, 0.1, chance),
    "every fifth word changed": lambda text, chance: change_words(text, 0.2, chance),
    "every third word changed": lambda text, chance: change_words(text, 0.33, chance),
    "cut, reordered, every tenth changed, framed": lambda text, chance: frame(
        change_words(reorder(shorten(text, 0.7), chance), 0.1, chance), HOUSE[3]
    ),
}


# What is not a copy


def set_phrases(chance: random.Random, number: int) -> list[tuple[str, str]]:
    """Return pairs of different news in the same phrases."""
    places = ["Norland", "Astoria", "Belmar", "Corvina", "Dunmore", "Esperia", "Falkirk", "Gorizia", "Halden", "Imola"]

    def results(place: str) -> str:
        return (
            f"{place} Industries reported third-quarter net income of {chance.randint(11, 990)} million dollars, up from "
            f"{chance.randint(11, 990)} million a year earlier. Revenue rose {chance.randint(2, 40)}.{chance.randint(1, 9)} percent to "
            f"{chance.randint(1, 90)}.{chance.randint(1, 9)} billion dollars, beating the average estimate of analysts. "
            f"The company, based in {chance.choice(places)}, said it expects full-year earnings per share between "
            f"{chance.randint(1, 4)}.{chance.randint(10, 99)} and {chance.randint(5, 9)}.{chance.randint(10, 99)} dollars."
        )

    def tremor(place: str) -> str:
        return (
            f"A magnitude {chance.randint(4, 6)}.{chance.randint(1, 9)} earthquake struck {chance.randint(11, 99)} kilometres off the coast of "
            f"{place} at {chance.randint(1, 9)}:{chance.randint(10, 59)} local time, the geological survey said. It was "
            f"{chance.randint(10, 90)} kilometres deep. There were no immediate reports of damage or injuries, and no "
            "tsunami warning was issued."
        )

    def count(place: str) -> str:
        return (
            f"{place} reports a record {chance.randint(100, 9999)} new cases in the past 24 hours, thereby bringing the "
            f"nationwide total of confirmed cases to {chance.randint(10_000, 999_999)}, according to the health ministry."
        )

    pairs = []
    for _ in range(number):
        kind = chance.choice([results, tremor, count])
        one, other = chance.sample(places, 2)
        pairs.append((kind(one), kind(other)))
    return pairs


# Measuring


def measure_copies() -> None:
    chance = random.Random(SEED)
    bodies, events = read_texts()
    texts = bodies + [text for pair in events for text in pair]
    found: dict[str, list[bool]] = defaultdict(list)
    for text in texts:
        for name, edit in EDITS.items():
            found[name].append(compare(Text(text), Text(edit(text, chance))).is_copy)

    ready = [Text(text) for text in texts]
    unlike = [compare(one, other).is_copy for one, other in combinations(ready, 2)]
    told_twice = [compare(Text(one), Text(other)).is_copy for one, other in events]
    phrases = [compare(Text(one), Text(other)).is_copy for one, other in set_phrases(chance, 3_000)]
    # For short articles. Boilerplate of a publisher is known from its other reports.
    own = Text(BELOW)
    below = [
        compare(Text(f"{one} {BELOW}"), Text(f"{other} {BELOW}"), set(own.own_shingles)).is_copy
        for one, other in combinations([shorten(text, 0.2) for text in texts[:40]], 2)
    ]
    no_copies = {
        "two tellings of one event": told_twice,
        "two texts of two events": unlike,
        "set phrases, other figures and names": phrases,
        "only a house's last lines alike": below,
    }
    print(f"Near copies ({len(texts)} texts)")
    for name, each in found.items():
        print(f"  found {sum(each):5} of {len(each):5}   {name}")
    for name, each in no_copies.items():
        print(f"  alarm {sum(each):5} of {len(each):5}   {name}")
    hits, misses = (sum(x is is_hit for each in found.values() for x in each) for is_hit in (True, False))
    alarms = sum(sum(each) for each in no_copies.values())
    negatives = sum(len(each) for each in no_copies.values())
    _summary(hits, misses, alarms)
    print(f"  false alarms in 10,000 pairs: {alarms / negatives * 10_000:.1f}")


AGENCIES = {
    "Reuters": "reuters", "AP": "associated press", "AFP": "agence france presse", "dpa": "deutsche presse agentur",
    "Xinhua": "xinhua", "PTI": "press trust of india", "UPI": "united press international", "EFE": "efe",
    "Kyodo": "kyodo news", "Yonhap": "yonhap news agency", "ANI": "asian news international", "TASS": "tass",
}  # fmt: skip
CREDITED = [
    ("", "JERUSALEM ({0}) — {1}", ""), ("", "({0}) {1}", ""), ("", "{0} – {1}", ""), ("", "{0}: {1}", ""),
    ("", "PARIS, Nov 3 ({0}) - {1}", ""), ("", "New Delhi [India], June 2 ({0}): {1}", ""), ("", "Rome, 3 Nov - ({0}) - {1}", ""),
    ("", "{1}\n\n({0})", ""), ("", "{1} — {0}", ""), ("", "{1}\n\nSource: {0}", ""), ("", "{1}\n\n© 2026 {0}", ""),
    ("", "{1}\n\nCopyright 2026 {0}. All rights reserved.", ""), ("", "{1}\n\n(with inputs from {0})", ""),
    ("", "{1}", "{0}"), ("", "{1}", "Dana Levi, {0}"), ("", "By Dana Levi | {0}\n\n{1}", ""), ("", "By {0}\n\n{1}", ""),
    ("Crane falls - {0}", "{1}", ""), ("Crane falls ({0})", "{1}", ""), ("Crane falls, {0} reports", "{1}", ""),
    ("", "The quay is closed, {0} reported on Tuesday. {1}", ""), ("", "According to {0}, the quay is closed. {1}", ""),
    ("", "The quay is closed, according to the {0} news agency. {1}", ""), ("", "The quay is closed, an official told {0}. {1}", ""),
    ("", "{0} first reported that the quay is closed. {1}", ""), ("", "Via {0}: {1}", ""), ("", "h/t {0} {1}", ""),
    ("", "The news agency {0} said the quay is closed. {1}", ""), ("", "The quay is closed, reported {0}. {1}", ""),
    ("", "The quay is closed ({0}/VP). {1}", ""),
]  # fmt: skip
NOT_CREDITED = [
    ("", "{1}", ""), ("", "{1} (Photo: {0})", ""), ("", "Photo by Dana Levi / {0}\n{1}", ""), ("", "FILE PHOTO: A crane. {0}/Dana Levi\n{1}", ""),
    ("", "The ministry denied a {0} report that it knew. {1}", ""), ("", "{1} The {0} building is nearby.", ""),
    ("", "According to {0} and the BBC, and unlike the Haifa Post, nothing is known. {1}", ""),
    ("", "Journalists of the BBC and {0} stood at the gate. {1}", ""), ("", "{1} {0} could not verify this.", ""),
    ("", "An image via {0} shows the crane. {1}", ""), ("", "A {0} photographer was there. {1}", ""),
    ("{0} moves into a new building", "{1}", ""), ("", "{1} Later in the day {0} wrote about it too, as did others.", ""),
]  # fmt: skip


def measure_credits() -> None:
    bodies, events = read_texts()
    texts = [text for pair in events for text in pair] + bodies
    directory = Directory.of([("1", ["BBC"]), ("2", ["Haifa Post"])])
    missed: dict[str, int] = defaultdict(int)
    wrong: dict[str, int] = defaultdict(int)
    hits = alarms = total = 0
    for number, text in enumerate(texts):
        for name, key in AGENCIES.items():
            title, body, byline = (part.format(name, text) for part in CREDITED[number % len(CREDITED)])
            credit = find_credit(title, body, byline, directory)
            total += 1
            hits += credit is not None and credit.key == key
            alarms += credit is not None and credit.key != key
            if credit is None or credit.key != key:
                missed[" / ".join(filter(None, CREDITED[number % len(CREDITED)]))] += 1
            title, body, byline = (part.format(name, text) for part in NOT_CREDITED[number % len(NOT_CREDITED)])
            if (
                (credit := find_credit(title, body, byline, directory))
                and credit.key
                and directory.is_agency(credit.key)
            ):
                alarms += 1
                wrong[" / ".join(filter(None, NOT_CREDITED[number % len(NOT_CREDITED)]))] += 1
    print(f"\nAgencies' credits ({total} credited texts, as many others)")
    for what, cases in (("missed", missed), ("alarm", wrong)):
        for form, times in cases.items():
            print(f"  {what} {times:4}   {form!r}")
    _summary(hits, total - hits, alarms)


def _summary(hits: int, misses: int, alarms: int) -> None:
    precision, recall = hits / max(1, hits + alarms), hits / max(1, hits + misses)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    print(f"  precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}")


if __name__ == "__main__":
    measure_copies()
    measure_credits()
    _, events = read_texts()
    measure_relays([text for pair in events for text in pair], Path(sys.argv[1]) if len(sys.argv) > 1 else None)
