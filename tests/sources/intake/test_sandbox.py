"""The sandbox: what its process may do, and what is accepted from it."""

import os
import socket
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sources.intake import sandbox
from sources.intake.feeds import Document
from sources.intake.items import Item
from sources.intake.sandbox import Sandbox, Unreadable, decode


@dataclass(frozen=True, slots=True)
class Said:
    words: str
    at: datetime | None = None


def echo(body: bytes, words: str) -> Said:
    return Said(f"{words}: {body!r}", datetime(2026, 6, 25, tzinfo=UTC))


def refuse() -> Said:
    raise Unreadable("There is nothing in it.")


def tell(what: str) -> Said:
    """Return whether the process can do something that it never needs."""
    forbidden = {
        "write a file": lambda: Path("written-by-the-sandbox").write_text("x"),
        "have a child": lambda: subprocess.run(["true"], check=True),  # noqa: S607
        "fork": os.fork,
        "ask the network": lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
        "remove a file": lambda: os.remove(__file__),
        "keep many files open": lambda: [os.open(os.devnull, os.O_RDONLY) for _ in range(200)],
    }
    try:
        forbidden[what]()
    except OSError as error:
        return Said(type(error).__name__)
    return Said("done")


@pytest.fixture(scope="module")
def process():
    with Sandbox() as process:
        yield process


def test_a_function_gets_its_arguments_and_gives_its_answer(process):
    assert process.call(echo, b"\x00\xff", "Überschrift") == echo(b"\x00\xff", "Überschrift")


def test_a_refusal_is_told_in_words_and_ends_nothing(process):
    process.call(echo, b"", "")
    before = process.process
    with pytest.raises(Unreadable, match="nothing in it"):
        process.call(refuse)
    assert process.call(echo, b"", "again").words.startswith("again")
    assert process.process is before


@pytest.mark.parametrize(
    "what", ["write a file", "have a child", "fork", "ask the network", "remove a file", "keep many files open"]
)
def test_it_does_nothing_but_read(what):
    with Sandbox() as process:
        assert process.call(tell, what).words in {"PermissionError", "OSError", "BlockingIOError"}
    assert not Path("written-by-the-sandbox").exists()


ITEM = {"title": "x", "text": "", "url": "", "external_id": "", "byline": "", "said_at": None, "basis": ""}


@pytest.mark.parametrize(
    "answer",
    [
        {"title": "x"},
        {"title": "x", "items": None},
        {"title": 1, "items": []},
        {"title": "x", "items": [], "more": "x"},
        {"title": "x", "items": [ITEM | {"title": None}]},
        {"title": "x", "items": [ITEM | {"said_at": "yesterday"}]},
        {"title": "x", "items": [ITEM | {"__class__": "x"}]},
        ["x"],
        "x",
        None,
    ],
)
def test_what_is_not_of_the_type_that_was_asked_for_is_refused(answer):
    with pytest.raises((TypeError, ValueError)):
        decode(Document, answer)


def test_what_is_of_that_type_is_taken():
    item = ITEM | {"said_at": "2026-06-25T10:00:00+00:00"}
    expected = Item("x", said_at=datetime(2026, 6, 25, 10, tzinfo=UTC))
    assert decode(Document, {"title": "x", "items": [item]}) == Document("x", [expected])


@pytest.mark.parametrize(
    "reply", [b"cos\nsystem\n(S'true'\ntR.", b"[]", b"{}", b"nothing", b'{"answer": {"words": 1}}']
)
def test_an_exploited_process_can_send_only_data(reply, monkeypatch):
    """Whatever it sends instead of a result is read as JSON."""
    ours, theirs = sandbox.Pipe()
    process = Sandbox()
    monkeypatch.setattr(process, "_start", lambda: None)
    process.pipe = ours
    theirs.send_bytes(reply)
    with pytest.raises(Unreadable):
        process.call(echo, b"", "")


def test_no_answer_of_the_process_is_unpickled():
    source = Path(sandbox.__file__).read_text()
    assert "pickle" not in source.replace("unpickled", "")
    assert ".recv()" not in source
    assert ".send(" not in source
