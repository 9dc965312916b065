"""The same input gives the same reports, sources, proposals, Signals, addresses and search results on both databases.

Each world is generated from a number. On PostgreSQL, the same worlds are made once more on SQLite, by another process,
and compared.
"""

import json
import os
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from factories import DESK, make_section

from dispatches import desk
from dispatches.public.models import Edition
from dispatches.public.prepared import part
from dispatches.public.search import read_corpus, search
from sources.intake.items import make_item
from sources.models import Proposal, Report, Source

pytestmark = pytest.mark.django_db

SEEDS = [1, 2, 3]
OUTCOMES = "TEST_OUTCOMES"

# Spellings of a few names: case, marks, width, ligatures, invisible characters, dashes, apostrophes.
NAMES = [
    *("Ünal Haber", "ünal haber", "U\u0308NAL HABER", "Unal\u00a0Haber", "İyi Gün", "iyi gün", "IYI GUN", "ıyı gün"),
    *(
        "Łódź Post",
        "lodz post",
        "ＬＯＤＺ\u200b Post",
        "Straße – News",
        "STRASSE - NEWS",
        "Oﬃcial Ærø",
        "official aero",
    ),
    *("חדשות היום", "חֲדָשׁוֹת היום", "\u200fחדשות היום", "مُحَمَّد", "محمد", "हिन्दी", "हिंदी", "東京新聞", "か", "が"),
    *("L’Équipe", "l'equipe", "AP via CBC News", "Associated Press", "CBC News", "Reuters", "rëuters"),
]
WORDS = [
    *("port", "Haifa", "strike", "ships", "minister", "budget", "Łódź", "Gießen", "Ærø", "Diyarbakır", "Αθήνα", "Йод"),
    *(
        "שָׁלוֹם",
        "ראש",
        "הממשלה",
        "مُحَمَّد",
        "القاهرة",
        "हिन्दी",
        "समाचार",
        "東京都庁で火災",
        "ภาษาไทย",
        "inter\u00adnational",
    ),
    *(
        "don’t",
        "U.S.",
        "well-known",
        "R&D",
        "1,200",
        "½",
        "ﬁre",
        "e\u0301te\u0301",
        "🚨",
        "naïve",
        "İstanbul",
        "reuters",
    ),
]
QUERIES = [
    *(
        "port",
        "lodz",
        "giessen",
        "aero",
        "diyarbakir",
        "αθηνα",
        "йод",
        "שלום",
        "ראש הממשלה",
        "محمد",
        "हिन्दी",
        "東京",
        "火",
    ),
    *(
        "火災",
        "ไทย",
        "international",
        "dont",
        '"don t"',
        "u.s.",
        "well known",
        "ete",
        "fire",
        "naive",
        "istanbul",
        "stri",
    ),
    *("haifa -port", '"port haifa"', "ships budget", "🚨", "1,200", "1", "R&D"),
]


def phrase(world: random.Random, most: int) -> str:
    return " ".join(world.choices(WORDS, k=world.randint(2, most)))


def outcome_of(seed: int, tmp_path: Path, editor) -> dict[str, list]:
    """Make a world, and return everything that must not depend on the database."""
    world, began = random.Random(seed), datetime(2026, 6, 20, 10, tzinfo=UTC)  # noqa: S311 - no secret
    make_section(name="The Ledger", slug="ledger", beat="Economy")
    lines = [
        {
            "id": str(number),
            "date": (began + timedelta(hours=number)).isoformat(),
            "headline": phrase(world, 5),
            "text": phrase(world, 30),
            "sources": [
                {
                    "name": world.choice(NAMES),
                    "basis": world.choice(["own", "own", "first_hand", "unknown", ""]),
                    "text": world.choice(["", phrase(world, 20)]),
                }
                for _ in range(world.randint(1, 4))
            ],
        }
        for number in range(8)
    ]
    path = tmp_path / "lines.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    said = subprocess.DEVNULL
    with open(os.devnull, "w") as nothing:
        try:
            call_command(
                "import_dispatches", path, publish=True, named=True, login="editor", stdout=nothing, stderr=nothing
            )
        except Exception as error:
            said = str(error)
    _receive(world, began)
    for source in Source.objects.order_by("folded_name"):
        with desk.saving(source, actor=DESK):
            source.grade = world.choice("BBBCD")
            source.save()
    return {"refused": [str(said)]} | _read()


def _receive(world: random.Random, began: datetime) -> None:
    items = [
        make_item(
            title=phrase(world, 4),
            text=phrase(world, 20),
            external_id=world.choice(["", "1", "2", f"id {number}", "ID 3"]),
            url=world.choice(
                ["", "https://x.example/live", f"https://חדשות.example/{number}?utm_source=x", "https://x.example/#top"]
            ),
            said_at=world.choice([None, began, began + timedelta(days=number)]),
        )
        for number in range(12)
    ]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("django.utils.timezone.now", lambda: began + timedelta(days=40))
        for source in list(Source.objects.order_by("folded_name"))[:3]:
            for start in (0, 4, 0):
                desk.receive(source=source, items=items[start : start + 8], actor=DESK)


def _read() -> dict[str, list]:
    reports = Report.objects.select_related("source", "relays", "credits")
    among = part(
        "both", lambda at: Edition.objects.for_wire(at).order_by().values_list("id", "publication_id"), timezone.now()
    )
    headlines = dict(Edition.objects.live().values_list("pk", "headline"))
    hits = {
        query: sorted(
            headlines[hit.edition]
            for hit in search(query, read_corpus(among, timezone.now()), newest_first=True, limit=50).hits
        )
        for query in QUERIES
    }
    return {
        "sources": sorted([each.folded_name, each.name, each.kind, each.aliases] for each in Source.objects.all()),
        "reports": sorted(
            [each.source.folded_name, each.title, each.text, each.url, each.external_id, each.basis, each.review]
            for each in reports
        ),
        "proposals": sorted(
            [each.report.title, each.kind, str(each.relays or ""), str(each.credits or "")]
            for each in Proposal.objects.select_related("report", "relays__source", "credits")
        ),
        "signals": sorted(
            [each.headline, each.slug, int(each.rung), each.is_disputed] for each in Edition.objects.live()
        ),
        "found": sorted([query, *found] for query, found in hits.items()),
    }


@pytest.fixture
def editor(django_user_model):
    return django_user_model.objects.create_superuser("editor")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_world_holds_what_was_put_in(seed, tmp_path, editor):
    outcome = outcome_of(seed, tmp_path, editor)
    assert len(outcome["signals"]) > 3
    assert len(outcome["reports"]) > 12
    assert sum(len(found) > 1 for _, *found in outcome["found"]) + sum(len(each) > 1 for each in outcome["found"]) > 5
    # Two sources never have one name.
    names = [folded for folded, *_ in outcome["sources"]]
    assert len(names) == len(set(names))
    if folder := os.environ.get(OUTCOMES):
        Path(folder, f"{seed}.json").write_text(json.dumps(outcome))


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory):
    """Make the same worlds on SQLite. Returns the folder with what came of them."""
    folder = tmp_path_factory.mktemp("sqlite")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "PYTEST"))}
    environment |= {OUTCOMES: str(folder), "WIRE_VAR_DIR": str(folder)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", __file__, "-k", "holds_what_was_put_in"]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, cwd=Path(__file__).parents[1])
    return folder


@pytest.mark.skipif(connection.vendor != "postgresql", reason="Compared when the tests run on PostgreSQL.")
@pytest.mark.parametrize("seed", SEEDS)
def test_both_databases_give_the_same(seed, on_sqlite, tmp_path, editor):
    here = json.loads(json.dumps(outcome_of(seed, tmp_path, editor)))
    there = json.loads((on_sqlite / f"{seed}.json").read_text())
    for what, found in here.items():
        assert found == there[what], what
