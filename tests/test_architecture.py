"""The structure of the code, checked on the code."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dispatches.public.models import Edition, Relation, SearchDocument, Section, SignalTally, SiteState

ROOT = Path(__file__).resolve().parent.parent

PACKAGES = ["sources", "dispatches", "wire"]
PURE = {
    "sources/independence.py": {"collections", "dataclasses", "enum", "typing"},
    "dispatches/signal/rules.py": {"collections", "dataclasses", "enum", "typing", "sources.independence"},
    "dispatches/signal/published.py": {"collections", "typing", "dispatches.signal.rules"},
    "dispatches/signal/documents.py": {
        *("collections", "dataclasses", "typing"),
        *("dispatches.signal.published", "dispatches.signal.rules", "sources.independence"),
    },
    "dispatches/signal/recompute.py": {
        *("collections", "json", "pathlib", "typing"),
        *("dispatches.signal.documents", "dispatches.signal.published", "dispatches.signal.rules"),
    },
}


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                found |= {name.name for name in names}
            case ast.ImportFrom(module=str(module), names=names, level=0):
                # `from dispatches import editions` imports a module too.
                found |= {f"{module}.{name.name}" if "." not in module else module for name in names}
    return found


def is_within(module: str, allowed: set[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in allowed)


def lint_imports(root: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_imports_keep_to_the_walls_also_through_other_modules():
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("wire/context.py", "from dispatches.models import Dispatch"),
        ("wire/context.py", "from dispatches.signal.rules import Rung"),
        ("wire/context.py", "from sources.models import Source"),
        # An indirect import counts too.
        ("dispatches/public/wording.py", "from sources.facts import read_groups"),
        ("dispatches/public/bidi.py", "from dispatches.models import Dispatch"),
        ("dispatches/public/bidi.py", "from dispatches.desk.readiness import NotReady"),
        ("dispatches/desk/readiness.py", "from dispatches.admin.cards import CHARACTERS_READ"),
        ("dispatches/signal/rules.py", "import django"),
        ("sources/facts.py", "from dispatches.signal.rules import Rung"),
    ],
)
def test_a_hole_in_a_wall_is_found(tmp_path, module, line):
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "fonts", "demo")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    broken = tmp_path / module
    broken.write_text(broken.read_text() + f"\n{line}\n")
    assert "BROKEN" in lint_imports(tmp_path).stdout


def test_nothing_public_leads_to_a_working_copy():
    """Neither by a foreign key nor by a reverse relation, through any number of steps."""
    reached, waiting = set(), [Edition, SearchDocument, Relation, SiteState, SignalTally, Section]
    while waiting:
        model = waiting.pop()
        reached.add(model)
        found = {field.related_model for field in model._meta.get_fields() if field.related_model}
        waiting += found - reached
    assert {model.__name__ for model in reached} == {
        *("Edition", "Publication", "SearchDocument", "Relation", "SiteState", "SignalTally", "Section")
    }


@pytest.mark.parametrize("path", PURE)
def test_the_rules_need_neither_django_nor_a_database(path):
    assert not {module for module in imports_of(ROOT / path) if not is_within(module, PURE[path])}


def read_templates() -> dict[Path, str]:
    return {path: path.read_text() for path in (ROOT / "templates").rglob("*.html")}


def test_the_one_thing_shown_without_escaping_is_the_body_of_an_edition():
    pattern = re.compile(r"\{\{[^}]*\|\s*safe[^}]*\}\}")
    unescaped = [found for text in read_templates().values() for found in pattern.findall(text)]
    assert unescaped == ["{{ edition.body|safe }}"]
    assert not [path for path, text in read_templates().items() if "autoescape off" in text]


def test_no_template_has_inline_style_or_script():
    pattern = re.compile(r"\sstyle=|<style|<script(?![^>]*\bsrc=)|\son\w+=|javascript:", re.IGNORECASE)
    assert not {path: pattern.findall(text) for path, text in read_templates().items() if pattern.search(text)}


def test_only_the_desk_writes_editions():
    writers = [
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts
        and re.search(r"Edition\.objects\.(create|update|bulk)|\bEdition\((?!models)|edition\.save\(", path.read_text())
    ]
    assert sorted(writers) == [
        "dispatches/desk/composition.py",
        "dispatches/desk/concealing.py",
        "dispatches/desk/issuing.py",
        "dispatches/desk/rerating.py",
    ]


def test_no_lock_and_no_document_names_a_download_address_or_a_path_of_a_machine():
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    for name in tracked:
        if name.endswith(".txt"):
            assert "://" not in (ROOT / name).read_text(), name


# Modules without a test file of their own, and the one that tests them.
TESTED_WITH = {
    "dispatches/admin/versions.py": "dispatches/admin/test_histories.py",
    "sources/facts.py": "sources/test_independence.py",
    "sources/intake/items.py": "sources/intake/test_matching.py",
    "sources/models/channels.py": "dispatches/intake/test_polling.py",
    "sources/models/reports.py": "dispatches/desk/test_reports.py",
    "sources/models/sources.py": "sources/test_names.py",
    "dispatches/admin/cards.py": "dispatches/admin/test_row_formsets.py",
    "dispatches/admin/comparing.py": "dispatches/admin/test_saving.py",
    "dispatches/admin/deciding.py": "dispatches/admin/test_row_formsets.py",
    "dispatches/admin/dispatch_outcomes.py": "dispatches/admin/test_dispatch_status.py",
    "dispatches/admin/dispatch_previews.py": "dispatches/admin/test_dispatch_status.py",
    "dispatches/admin/dispatch_verbs.py": "dispatches/admin/test_dispatches.py",
    "dispatches/admin/formdata.py": "dispatches/admin/test_saving.py",
    "dispatches/admin/forms.py": "dispatches/admin/test_dispatches.py",
    "dispatches/admin/own_choices.py": "dispatches/admin/test_own_lists.py",
    "dispatches/admin/relays.py": "sources/lineage/test_proposing.py",
    "dispatches/admin/row_views.py": "dispatches/admin/test_row_formsets.py",
    "dispatches/admin/report_verbs.py": "dispatches/admin/test_dispatches.py",
    "dispatches/admin/reports.py": "dispatches/admin/test_dispatches.py",
    "dispatches/admin/sources.py": "dispatches/admin/test_dispatches.py",
    "dispatches/admin/undo.py": "dispatches/admin/test_review_queue.py",
    "dispatches/admin/unsaved.py": "dispatches/admin/test_saving.py",
    "dispatches/admin/verbs.py": "dispatches/admin/test_dispatches.py",
    "dispatches/signal/documents.py": "dispatches/signal/test_recompute.py",
    "dispatches/signal/published.py": "dispatches/signal/test_recompute.py",
    "wire/documents/ledger.py": "dispatches/public/test_ledger.py",
    "dispatches/backups/archive.py": "dispatches/backups/test_restoring.py",
    "dispatches/backups/databases.py": "dispatches/backups/test_restoring.py",
    "dispatches/desk/carrying.py": "dispatches/desk/test_scheduling.py",
    "dispatches/desk/composition.py": "dispatches/desk/test_publishing.py",
    "dispatches/desk/drafts.py": "dispatches/desk/test_publishing.py",
    "dispatches/desk/importing.py": "dispatches/intake/test_importing.py",
    "dispatches/desk/issuing.py": "dispatches/desk/test_publishing.py",
    "dispatches/desk/site.py": "wire/cache/test_pagecache.py",
    "dispatches/desk/texts.py": "dispatches/desk/test_scheduling.py",
    "dispatches/public/case.py": "dispatches/public/test_panel.py",
    "dispatches/public/examples.py": "dispatches/public/test_ledger.py",
    "dispatches/history/merging.py": "dispatches/history/test_revisions.py",
    "dispatches/login/factors.py": "dispatches/login/test_pages.py",
    "dispatches/intake/arrivals.py": "dispatches/intake/test_importing.py",
    "dispatches/intake/lines.py": "dispatches/intake/test_importing.py",
    "dispatches/intake/tables.py": "dispatches/intake/test_importing.py",
    "dispatches/management/commands/import_dispatches.py": "dispatches/intake/test_importing.py",
    "dispatches/models/dispatches.py": "dispatches/desk/test_publishing.py",
    "dispatches/models/teamwork.py": "dispatches/desk/test_teamwork.py",
    "dispatches/public/attempts.py": "dispatches/public/test_wall.py",
    "dispatches/public/record.py": "dispatches/public/test_ledger.py",
    "dispatches/public/search/documents.py": "dispatches/desk/test_indexing.py",
    "dispatches/public/search/terms.py": "dispatches/public/search/test_search.py",
    "dispatches/public/search/marking.py": "dispatches/public/search/test_search.py",
    "dispatches/public/search/postgresql.py": "dispatches/public/search/test_search.py",
    "dispatches/public/search/sqlite.py": "dispatches/public/search/test_search.py",
    "sources/lineage/agencies.py": "sources/lineage/test_credits.py",
    "sources/lineage/markers.py": "sources/lineage/test_credits.py",
    "sources/lineage/parties.py": "sources/lineage/test_composites.py",
    "wire/cache/fragments.py": "wire/cache/test_pagecache.py",
    "wire/cache/responses.py": "wire/cache/test_pagecache.py",
    "wire/documents/cards.py": "wire/documents/test_documents_for_machines.py",
    "wire/supervisor.py": "wire/test_wsgi.py",
    "wire/views/archive.py": "wire/views/test_lists.py",
    "wire/views/crawlers.py": "wire/documents/test_documents_for_machines.py",
    "wire/views/charts.py": "dispatches/public/test_ledger.py",
    "wire/views/feeds.py": "wire/documents/test_feeds.py",
    "wire/views/filters.py": "wire/views/test_lists.py",
}
SHORT = 100
# What goes through all of a room.
CROSS_CUTTING = {"test_languages"}


def test_every_test_is_in_the_folder_of_what_it_tests_and_named_after_it():
    for path in (ROOT / "tests").rglob("test_*.py"):
        folder = path.relative_to(ROOT / "tests").parent
        if folder.parts and folder.parts[0] != "browser" and path.stem not in CROSS_CUTTING:
            # The proofs are in the folder of their tests.
            room = ROOT / "tests" / folder if folder.parts[0] == "trust" else ROOT / folder
            names = {each.stem for each in room.iterdir()} | {folder.name}
            assert any(f"{path.stem}_".startswith(f"test_{name}_") for name in names), path


def test_every_module_has_a_test_file_or_names_the_one_that_tests_it():
    lacking = set()
    for path in (each for package in PACKAGES for each in (ROOT / package).rglob("[!_]*.py")):
        module = path.relative_to(ROOT)
        if "migrations" in module.parts or len(path.read_text().splitlines()) < SHORT:
            continue
        names = [each.stem for each in (ROOT / "tests" / module.parent).glob("test_*.py")]
        if not any(f"{name}_".startswith(f"test_{module.stem}_") for name in names):
            lacking.add(module.as_posix())
    assert lacking == TESTED_WITH.keys()
    assert all((ROOT / "tests" / test).exists() for test in TESTED_WITH.values())


# So that it is repeated on PostgreSQL: the process that it starts has the same database.
@pytest.mark.django_db
def test_importing_the_application_starts_nothing():
    code = (
        "import gc, threading; before = gc.get_freeze_count(); import wire.wsgi; "
        "assert threading.active_count() == 1, threading.enumerate(); assert gc.get_freeze_count() == before"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
