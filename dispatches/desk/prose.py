"""Render an editor's Markdown as safe HTML, once, when an edition is issued."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import nh3
from django.utils.html import escape
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from dispatches.public.bidi import is_rtl, isolate, language_of
from sources.text import is_link

ALLOWED_TAGS = {
    *("p", "blockquote", "ul", "ol", "li", "h3", "h4", "hr", "br"),
    *("a", "em", "strong", "code", "pre", "bdi", "cite"),
}
ALLOWED_ATTRIBUTES = {
    "a": {"href"},
    "bdi": {"dir", "lang"},
    "p": {"dir", "lang"},
    "blockquote": {"dir", "lang"},
    "li": {"dir", "lang"},
    "h3": {"dir", "lang"},
    "h4": {"dir", "lang"},
    "cite": {"data-publication"},
    "ol": {"start"},
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A referenced dispatch, and the phrase that names it: “as The Zioneer reported on June 14”."""

    publication: int
    phrase: str


@dataclass(frozen=True, slots=True)
class Prose:
    """A rendered text, the ids of the publications it references, and the [[…]] that were not found."""

    html: str
    references: tuple[int, ...] = ()
    unresolved: tuple[str, ...] = ()


def render(markdown: str, resolve: Callable[[str], Reference | None]) -> Prose:
    """Render Markdown. `resolve` finds the dispatch that a [[reference]] means.

    The HTML is safe to show: the parser escapes raw HTML, and the result is reduced to a short list of elements.
    """
    env: dict[str, Any] = {"resolve": cache(resolve), "referred": [], "unresolved": []}
    html = _MARKDOWN.render(markdown, env)
    return Prose(
        html=nh3.clean(
            html,
            tags=ALLOWED_TAGS,
            attributes=ALLOWED_ATTRIBUTES,
            url_schemes={"https", "http"},
            attribute_filter=lambda tag, name, value: value if name != "href" or is_link(value) else None,
            link_rel="noopener noreferrer",
        ).strip(),
        references=tuple(dict.fromkeys(env["referred"])),
        unresolved=tuple(dict.fromkeys(env["unresolved"])),
    )


_MARKUP = re.compile(r"([\\`*_\[\]<>#|~]|&(?=#?\w+;))")
_LINE_START = re.compile(r"^(?:([-+=])|(\d{1,9})([.)]))(?=\s|\1|$)")


def escape_markdown(text: str) -> str:
    """Escape plain text so that Markdown renders it literally, line by line. Tab-separated cells stay apart.

    >>> print(escape_markdown("1. *x*\\n12\\t34"))
    1\\. \\*x\\*\\
    12 | 34
    """
    lines = (
        " | ".join(
            _LINE_START.sub(r"\2\\\1\3", _MARKUP.sub(r"\\\1", " ".join(cell.split())))
            for cell in line.rstrip().split("\t")
        )
        for line in text.strip().splitlines()
    )
    paragraphs = re.split(r"\n{2,}", "\n".join(line.strip() for line in lines))
    return "\n\n".join(paragraph.replace("\n", "\\\n") for paragraph in paragraphs)


# The longest date and slug. The bound keeps a text full of brackets from being slow.
_REFERENCE = re.compile(r"\[\[([^\[\]\n]{1,130})\]\]")


def _parse_reference(state: StateInline, silent: bool) -> bool:
    """[[slug]], or [[2026-06-14/slug]]."""
    match = _REFERENCE.match(state.src, state.pos)
    if match is None or not match[1].strip():
        return False
    if not silent:
        token = state.push("reference", "", 0)
        token.content = match[1].strip()
        before = state.src[max(0, state.pos - 10) : state.pos].rstrip(" \n“\"'(")
        token.meta = {"begins_sentence": not before or before[-1] in ".!?:"}
    state.pos = match.end()
    return True


def _render_reference(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    token = tokens[index]
    reference: Reference | None = env["resolve"](token.content)
    if reference is None:
        env["unresolved"].append(token.content)
        return ""
    env["referred"].append(reference.publication)
    phrase = reference.phrase
    if token.meta["begins_sentence"]:
        phrase = phrase[:1].upper() + phrase[1:]
    return f'<cite data-publication="{reference.publication}">{escape(phrase)}</cite>'


def _render_text(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    token = tokens[index]
    return escape(token.content) if token.meta.get("is_rtl") else isolate(token.content)


_URL = re.compile(r"https?://\S+")


def _text_for_direction(inline: Token) -> str:
    """Return what decides a block's direction: its own words, without references, links, code and addresses.

    A block without words of its own is judged by those of its links.
    """
    own, linked, depth = "", "", 0
    for child in inline.children or []:
        depth += {"link_open": 1, "link_close": -1}.get(child.type, 0)
        if child.type == "text" and depth:
            linked += child.content
        elif child.type == "text":
            own += _URL.sub("", child.content)
    return own if any(each.isalpha() for each in own) else own + linked


def _mark_direction(state: StateCore) -> None:
    """Set direction and language on each right-to-left block. Elsewhere, single runs of text are isolated."""
    blocks: list[Token] = []
    for token in state.tokens:
        if token.nesting == 1:
            blocks.append(token)
        elif token.nesting == -1:
            blocks.pop()
        elif token.type == "inline":
            text = _text_for_direction(token)
            direction = {"dir": "rtl", "lang": language_of(text)} if is_rtl(text) else {}
            for child in token.children or []:
                child.meta["is_rtl"] = bool(direction)
            enclosing = next((block for block in reversed(blocks) if block.tag in {"blockquote", "li"}), None)
            if enclosing and not enclosing.meta.get("has_begun"):
                # A quotation or list item takes the direction of its first paragraph.
                enclosing.meta["has_begun"] = True
                enclosing.attrs.update(direction)
            elif enclosing and enclosing.attrGet("dir"):
                direction = direction or {"dir": "ltr", "lang": "en"}
            blocks[-1].attrs.update(direction)


def _lower_headings(state: StateCore) -> None:
    """Shift headings below the page's own h1 and h2."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = "h3" if token.tag in {"h1", "h2", "h3"} else "h4"


def _make_markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "typographer": False}).disable(["image", "code"])
    markdown.inline.ruler.before("link", "reference", _parse_reference)
    markdown.core.ruler.push("direction", _mark_direction)
    markdown.core.ruler.push("headings", _lower_headings)
    markdown.add_render_rule("reference", _render_reference)
    markdown.add_render_rule("text", _render_text)
    return markdown


_MARKDOWN = _make_markdown()
