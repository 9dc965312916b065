"""What the documentation names exists, and what exists is documented."""

import importlib.util
import re

import pytest
from django.core.management import get_commands

from wire.settings import BASE_DIR

README = (BASE_DIR / "README.md").read_text()
MAKEFILE = (BASE_DIR / "Makefile").read_text()
DOCUMENTS = [
    *("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", ".pre-commit-config.yaml"),
    *(path.relative_to(BASE_DIR).as_posix() for path in (BASE_DIR / "docs").glob("*.md")),
    *(path.relative_to(BASE_DIR).as_posix() for path in (BASE_DIR / ".github").rglob("*") if path.is_file()),
]
PACKAGES = ("sources", "dispatches", "wire", "tests", "bench", "deploy", "docs", "static", "templates")


@pytest.fixture(params=DOCUMENTS)
def document(request):
    return (BASE_DIR / request.param).read_text()


def test_every_setting_is_documented_and_every_documented_one_exists():
    in_code = set(re.findall(r'"((?:WIRE|DATABASE)_\w+)"', (BASE_DIR / "wire" / "settings.py").read_text()))
    documented = re.findall(r"\| `((?:WIRE|DATABASE)_\w+)`", (BASE_DIR / "docs" / "operating.md").read_text())
    assert sorted(in_code) == sorted(documented)


def make_targets() -> set[str]:
    return set(re.findall(r"^([\w./-]+):(?!=)", MAKEFILE, re.MULTILINE)) - {".PHONY"}


def test_every_make_target_that_is_named_exists(document):
    named = re.findall(r"(?:^|`|run: +| {4})make ([\w./-]+)", document, re.MULTILINE)
    assert {name for name in named if "=" not in name} <= make_targets()


def test_every_make_target_is_documented():
    commands = {name for name in make_targets() if not name.startswith(".")}
    assert commands == set(re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[1].split())
    documents = "".join((BASE_DIR / name).read_text() for name in DOCUMENTS)
    assert {name for name in commands if not re.search(rf"\bmake {name}\b", documents)} == set()
    assert {name for name in commands if not re.search(rf"^#.*\bmake {name}\b", MAKEFILE, re.MULTILINE)} == {"clean"}


def test_every_path_that_is_named_exists(document):
    named = re.findall(rf"(?<![\w/.<-])((?:{'|'.join(PACKAGES)})/[\w./-]*\w|\.venv/bin/\w+)", document)
    named += re.findall(r"`(\w+\.md|LICENSE|Makefile)`", document)
    for path in named:
        assert (BASE_DIR / path).exists(), path


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name):
    for path in re.findall(r"\]\(([^):]+)\)", (BASE_DIR / name).read_text()):
        assert (BASE_DIR / name).parent.joinpath(path).exists(), path


def test_the_readme_is_short():
    assert len(README.split()) <= 1_500


def test_every_setting_and_constant_that_is_named_exists(document):
    code = MAKEFILE + "".join(
        path.read_text() for package in PACKAGES[:5] for path in (BASE_DIR / package).rglob("*.py")
    )
    for name in re.findall(r"\b(?:WIRE|DATABASE|TEST)_[A-Z_]+\b|(?<=`)[A-Z]+_[A-Z_]+(?=`)", document):
        assert re.search(rf"\b{name}\b", code), name


def test_every_command_that_is_named_exists(document):
    for name in re.findall(r"manage\.py (\w+)", document):
        assert name in get_commands(), name
    for name in re.findall(r"python -m ([\w.]+)", document):
        assert importlib.util.find_spec(name), name


def test_every_test_that_is_named_exists(document):
    tests = "".join(path.read_text() for path in (BASE_DIR / "tests").rglob("test_*.py"))
    for name in re.findall(r"\b(test_\w+)`", document):
        assert f"def {name}(" in tests, name


def test_every_file_on_the_map_exists():
    block = README.split("## The map")[1].split("Imports run one way")[0]
    rooms: list[str] = []
    for indent, name in re.findall(r"^( {4}| {6}| {8})(\w[\w.]*/?) {2,}", block, re.MULTILINE):
        rooms[len(indent) // 2 - 2 :] = [name]
        assert BASE_DIR.joinpath(*rooms).exists(), rooms


def test_every_picture_it_shows_exists():
    for path in re.findall(r"!\[[^]]+\]\(([^)]+)\)", README):
        assert (BASE_DIR / path).is_file()
