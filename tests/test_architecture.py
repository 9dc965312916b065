"""The shape of the tree, read from the tree."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Who may import what of the project. wire/ shows what is public, and so can't reach a source or a working copy.
ALLOWED = {
    "sources": {"sources"},
    "dispatches": {"sources", "dispatches"},
    "wire": {
        "wire",
        "dispatches.public.editions",
        "dispatches.public.ledger",
        "dispatches.public.prepared",
        "dispatches.public.announcing",
        "dispatches.public.search",
        "dispatches.public.relations",
        "dispatches.public.pieces",
        "dispatches.public.differences",
        "dispatches.public.record",
        "dispatches.signal.rules",
        "dispatches.public.examples",
        "dispatches.public.bidi",
    },
}
PURE = {
    "sources/independence.py": {"collections", "dataclasses", "enum", "typing"},
    "dispatches/signal/rules.py": {
        "collections",
        "dataclasses",
        "enum",
        "json",
        "pathlib",
        "sys",
        "typing",
        "sources.independence",
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


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_run_one_way(package):
    modules = list((ROOT / package).rglob("*.py"))
    assert modules
    for path in modules:
        ours = {module for module in imports_of(path) if is_within(module, set(ALLOWED))}
        assert not {module for module in ours if not is_within(module, ALLOWED[package])}, path


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
        for package in ALLOWED
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts
        and re.search(r"Edition\.objects\.(create|update|bulk)|Edition\(|edition\.save\(", path.read_text())
    ]
    assert sorted(writers) == [
        "dispatches/desk/composition.py",
        "dispatches/desk.py",
        "dispatches/public/editions.py",
        "dispatches/desk/expunging.py",
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
