"""Tell the direction and language of a text, and mark Hebrew and Arabic in English text, so that punctuation stays in
place.
"""

import re
from dataclasses import dataclass

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

_HEBREW = r"\u0590-\u05ff\ufb1d-\ufb4f"
_ARABIC = r"\u0600-\u08ff\ufb50-\ufdff\ufe70-\ufefc"
_RTL = f"[{_HEBREW}{_ARABIC}]"
_LATIN = r"A-Za-z\u00c0-\u024f"
# From one right-to-left letter to the last before the next Latin one, including an attached number.
_RUN = re.compile(rf"{_RTL}(?:[^{_LATIN}]*{_RTL})?(?:[-\u05be]?\d+)?")


def language_of(text: str) -> str:
    """Return the language of a right-to-left text by its script: "he", or "ar" for all Arabic scripts."""
    hebrew = len(re.findall(f"[{_HEBREW}]", text))
    return "he" if hebrew * 2 >= len(re.findall(_RTL, text)) else "ar"


def is_rtl(text: str) -> bool:
    """Return True for a right-to-left text: it starts as one, and most of its letters are."""
    begins = re.search(f"{_RTL}|[{_LATIN}]", text)
    if begins is None or not re.match(_RTL, begins[0]):
        return False
    return len(re.findall(_RTL, text)) > len(re.findall(f"[{_LATIN}]", text))


# Languages by the letters that only they have, or scripts of several languages by theirs (BCP 47: "und-Cyrl"), and the
# letters that such a text consists of. Chinese comes after Japanese, which has its letters too.
_HAN = r"\u3005\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_KANA = r"\u3041-\u30ff\u31f0-\u31ff"
_SCRIPTS = {
    "ja": (f"[{_KANA}]", f"[{_KANA}{_HAN}]"),
    "zh": (f"[{_HAN}]", f"[{_HAN}]"),
    "ko": (r"[\uac00-\ud7af]", rf"[\uac00-\ud7af{_HAN}]"),
    "el": (r"[\u0370-\u03ff\u1f00-\u1fff]",) * 2,
    "th": (r"[\u0e00-\u0e7f]",) * 2,
    "und-Cyrl": (r"[\u0400-\u052f]",) * 2,
    "und-Deva": (r"[\u0900-\u097f]",) * 2,
}


def language_of_text(text: str) -> str:
    """Return the language of a text by the script of most of its letters, as a BCP 47 tag; English for Latin ones."""
    if is_rtl(text):
        return language_of(text)
    if text.isascii():
        return "en"
    count = sum(map(str.isalpha, text))
    for language, (own, letters) in _SCRIPTS.items():
        if re.search(own, text) and len(re.findall(letters, text)) * 2 > count:
            return language
    return "en"


@dataclass(frozen=True, slots=True)
class Run:
    """A part of a text, from `start` to `end`. `language` is empty for the text between right-to-left runs."""

    start: int
    end: int
    language: str = ""

    def set_apart(self, html: SafeString) -> SafeString:
        """Wrap the run's HTML so that it is isolated from its surroundings."""
        return format_html('<bdi dir="rtl" lang="{}">{}</bdi>', self.language, html) if self.language else html


def runs_of(text: str) -> list[Run]:
    """Return the runs of a text, in order."""
    runs: list[Run] = []
    done = 0
    for match in _RUN.finditer(text):
        start, end = match.span()
        if match[0].count("(") > match[0].count(")") and text.startswith(")", end):
            end += 1
        runs += [Run(done, start), Run(start, end, language_of(text[start:end]))]
        done = end
    return [run for run in [*runs, Run(done, len(text))] if run.end > run.start]


def isolate(text: str) -> SafeString:
    """Escape a text, and isolate its right-to-left runs.

    >>> isolate("He said שלום & left")
    'He said <bdi dir="rtl" lang="he">שלום</bdi> &amp; left'
    """
    parts = [run.set_apart(escape(text[run.start : run.end])) for run in runs_of(text)]
    return mark_safe("".join(parts))  # noqa: S308 - every part is escaped above
