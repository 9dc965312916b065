"""Generate a wire of any size to measure on: `python -m bench.corpus COUNT`, in var/bench/COUNT.sqlite3.
Invented words with the frequencies of English, a hundred dispatches a day, every tenth with a second edition. The
newest ten thousand have 400 words, older ones 60, so that a million fit on a laptop. The same COUNT always gives the
same text.
"""

import itertools
import os
import random
import subprocess
import sys
from bisect import bisect
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

LONG = 10_000
BATCH = 5_000
FUNCTION_WORDS = """
    the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one
    you were all her she there would their we him been has when who will no more if out so up said what its about than
    into them can only other time new some could these two may first then do any like my now over such
"""
ONSETS = "b c d f g h j k l m n p r s t v w br cr dr fr gr pr tr st sp pl cl fl sl ch sh th"
NUCLEI, CODAS = "a e i o u ai ea ou io ee", "- - n r s l t m nd st ck ng"


class Words:
    """Words made of syllables, the n-th about 1/n as frequent as the first (Zipf), after real function words."""

    def __init__(self, seed: int = 7, count: int = 20_000) -> None:
        self.random = random.Random(seed)
        syllable = [each.split() for each in (ONSETS, NUCLEI, CODAS)]
        made = dict.fromkeys(FUNCTION_WORDS.split())
        while len(made) < count:
            syllables = self.random.choice((1, 2, 2, 2, 3, 3))
            made["".join(self.random.choice(each) for _ in range(syllables) for each in syllable).replace("-", "")] = (
                None
            )
        self.vocabulary = list(made)
        self.sums = list(itertools.accumulate(1 / (n + 2.7) ** 1.02 for n in range(len(made))))

    def take(self, count: int) -> list[str]:
        last, draw = self.sums[-1], self.random.random
        return [self.vocabulary[bisect(self.sums, draw() * last)] for _ in range(count)]

    def sentence(self, count: int) -> str:
        words = self.take(count)
        return f"{words[0].capitalize()} {' '.join(words[1:])}."

    def paragraph(self, count: int) -> str:
        return " ".join(self.sentence(n) for n in [14] * (count // 14) or [count])


def build(count: int) -> None:
    """Fill the database that the environment names, with progress."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.utils import timezone

    from dispatches.models import Dispatch
    from dispatches.public.models import (
        Edition,
        IndexState,
        Publication,
        SearchDocument,
        SearchWord,
        Section,
        SiteState,
    )
    from dispatches.public.record import keep_record
    from dispatches.public.search.documents import first_place
    from dispatches.public.search.query import words_of

    call_command("migrate", verbosity=0)
    sections = [Section.objects.create(name=f"The {n}", slug=n.lower(), beat=n) for n in ("Ledger", "Square", "Atlas")]
    words, now, frequency = Words(), timezone.now(), Counter[str]()
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA synchronous = OFF")
    for start in range(0, count, BATCH):
        publications, dispatches, editions, documents = [], [], [], []
        for pk in range(start + 1, min(start + BATCH, count) + 1):
            at = now - timedelta(minutes=14.4 * (count - pk + 1))
            text = [words.paragraph(56) for _ in range(7)] if pk > count - LONG else [words.paragraph(56)]
            dispatch, first = _make(words, pk, at, text, sections[pk % 3], Dispatch, Edition)
            publications.append(Publication(pk=dispatch.publication_id))
            dispatches.append(dispatch)
            editions += _issue(first, Edition, timezone)
            documents.append(
                SearchDocument(
                    place=first_place(at),
                    publication_id=first.publication_id,
                    headline=first.headline,
                    tldr=first.tldr,
                    developments="",
                    body="\n".join(text),
                )
            )
            frequency.update(words_of(documents[-1].text))
        with transaction.atomic():
            Publication.objects.bulk_create(publications)
            Dispatch.objects.bulk_create(dispatches)
            Edition.objects.bulk_create(editions)
            SearchDocument.objects.bulk_create(documents)
        print(f"\r  {min(start + BATCH, count):,} of {count:,} dispatches", end="", file=sys.stderr, flush=True)
    SearchWord.objects.bulk_create(
        (SearchWord(word=word, documents=number) for word, number in frequency.items()), batch_size=5_000
    )
    IndexState.objects.update_or_create(pk=1, defaults={"live_until": now, "documents": count})
    SiteState.objects.create(pk=1, revision=2)
    keep_record(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(file=sys.stderr)


def _make(
    words: Words, pk: int, at: Any, text: list[str], section: Any, dispatch: Any, edition: Any
) -> tuple[Any, Any]:
    headline = " ".join(words.take(9)).capitalize()
    # Every fiftieth is disputed, and so at most Developing.
    rung = 1 if pk % 50 == 1 else 1 + (pk % 3 == 0) + (pk % 9 == 0)
    # At random ids, as in a real site.
    publication = random.Random(pk).randrange(10**18)
    common = {"headline": headline, "slug": f"dispatch-{pk}", "section": section, "tldr": words.sentence(24)}
    counted = {"stance": "supports", "why": None}
    lines = [
        {"source": f"Outlet {n}", "url": f"https://outlet-{n}.example/{pk}", "origin": n, **counted}
        for n in range(1, rung + 1)
    ]
    unrated = {"rung": 0, "is_disputed": False}
    steps = [
        {"id": n, "at": (at - timedelta(hours=n)).isoformat(), "text": words.sentence(12), **unrated} for n in range(3)
    ]
    return dispatch(pk=pk, publication_id=publication, body="\n\n".join(text), **common), edition(
        publication_id=publication,
        number=1,
        kind="first",
        live_at=at,
        dated=at.date(),
        published_at=at,
        moved_at=at,
        revised_at=at,
        moves_signal=True,
        byline="The Desk",
        body_html="".join(f"<p>{paragraph}</p>" for paragraph in text),
        developments=steps,
        development_count=len(steps),
        rung=rung,
        origins=rung,
        is_disputed=pk % 50 == 1,
        primary_source="Outlet 1",
        report_count=rung,
        ledger=lines,
        # Every third belongs to one of a hundred stories.
        story=f"story-{pk % 100}" if pk % 3 == 0 else "",
        story_name=f"Story {pk % 100}" if pk % 3 == 0 else "",
        **common,
    )


def _issue(first: Any, edition: Any, timezone: Any) -> Iterator[Any]:
    """Yield the editions of a dispatch: every tenth has a second one an hour after the first."""
    yield first
    if first.publication_id % 10 == 0 and first.live_at + timedelta(hours=1) < timezone.now():
        fields = {field.attname: getattr(first, field.attname) for field in edition._meta.concrete_fields}
        second = edition(**fields | {"number": 2, "kind": "update", "moves_signal": False, "rung_before": first.rung})
        first.superseded_at = second.live_at = first.live_at + timedelta(hours=1)
        yield second


def ensure(count: int, folder: Path) -> Path:
    """Return the database with this many dispatches, building it in another process if needed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{count}.sqlite3"
    if not path.exists():
        print(f"Building a wire of {count:,} dispatches in {path}", file=sys.stderr)
        being_built = folder / f"{count}.building"
        being_built.unlink(missing_ok=True)
        environment = os.environ | {"DATABASE_URL": f"sqlite:///{being_built}"}
        subprocess.run([sys.executable, "-m", "bench.corpus", str(count)], env=environment, check=True)
        for end in ("-wal", "-shm"):
            being_built.with_name(being_built.name + end).unlink(missing_ok=True)
        being_built.rename(path)
    return path


def ensure_on(server: str, count: int) -> str:
    """Do the same on a PostgreSQL server; return the database's URL."""
    import psycopg

    name, being_built = f"wire_bench_{count}", f"wire_bench_{count}_building"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            print(f"Building a wire of {count:,} dispatches in {server}/{name}", file=sys.stderr)
            connection.execute(f'DROP DATABASE IF EXISTS "{being_built}"')
            connection.execute(f'CREATE DATABASE "{being_built}"')
            environment = os.environ | {"DATABASE_URL": f"{server}/{being_built}"}
            subprocess.run([sys.executable, "-m", "bench.corpus", str(count)], env=environment, check=True)
            connection.execute(f'ALTER DATABASE "{being_built}" RENAME TO "{name}"')
    return f"{server}/{name}"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wire.settings")
    build(int(sys.argv[1]))
