"""The README tells the truth."""

import re

from wire.settings import BASE_DIR

README = (BASE_DIR / "README.md").read_text()


def test_every_setting_is_documented_and_every_documented_one_exists():
    in_code = set(re.findall(r'"((?:WIRE|DATABASE)_\w+)"', (BASE_DIR / "wire" / "settings.py").read_text()))
    in_readme = set(re.findall(r"\| `((?:WIRE|DATABASE)_\w+)`", README))
    assert in_code == in_readme


def test_every_make_target_it_names_exists():
    targets = set(re.findall(r"^(\w+):", (BASE_DIR / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake (\w+)", README)) <= targets


def test_every_file_on_the_map_exists():
    block = README.split("## The map")[1].split("Imports run one way")[0]
    rooms: list[str] = []
    for indent, name in re.findall(r"^( {4}| {6}| {8})(\w[\w.]*/?) {2,}", block, re.MULTILINE):
        rooms[len(indent) // 2 - 2 :] = [name]
        assert BASE_DIR.joinpath(*rooms).exists(), rooms


def test_every_picture_it_shows_exists():
    for path in re.findall(r"!\[[^]]+\]\(([^)]+)\)", README):
        assert (BASE_DIR / path).is_file()
