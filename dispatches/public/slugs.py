"""The end of an address: made from a name or a headline, in its own letters."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core import validators
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import slugify

from sources.names import fold_name

# Between the letters of one word: apostrophes, full stops of abbreviations, and the Hebrew signs like them.
_WITHIN_WORDS = "'’‘ʼ′.\"“”״׳＇．·"


def slug_of(text: str, length: int) -> str:
    """Return a slug of at most `length` characters; empty if the text has no letters and digits.

    Latin letters lose their marks and become ASCII; other scripts keep their letters, without Hebrew or Arabic points.

    >>> slug_of("Łódź: Żołnierze – Straße", 100), slug_of("Ærø’s U.S. visit", 100), slug_of("Işıklar söndü", 8)
    ('lodz-zolnierze-strasse', 'aeros-us-visit', 'isiklar')
    >>> slug_of("שָׁלוֹם, עולם!", 100), slug_of("東京で火災", 100), slug_of("🚨", 100)
    ('שלום-עולם', '東京で火災', '')
    """
    if text.isascii():
        slug = slugify(text)
    else:
        normal = unicodedata.normalize("NFKC", text).lower()
        slug = re.sub(r"-{2,}", "-", "".join(map(_in_a_slug, normal))).strip("-_")
    if len(slug) > length:
        # Cut between words if a word ends near the limit.
        cut = slug[: length + 1].rpartition("-")[0]
        slug = cut if len(cut) > length * 2 // 3 else slug[:length]
    return slug.strip("-_")


def _in_a_slug(char: str) -> str:
    if char.isascii():
        return char if char.isalnum() or char == "_" else "-" if char.isspace() or char in "-/" else ""
    kind = unicodedata.category(char)
    if kind[0] == "L" and unicodedata.name(char, "").startswith("LATIN"):
        folded = fold_name(char)
        return folded if folded.isascii() else ""
    if kind[0] == "M":
        # Marks of Latin letters, and points that may be left out. Vowel signs stay.
        return "" if unicodedata.combining(char) >= 200 or 10 <= unicodedata.combining(char) <= 36 else char
    if kind[0] in "LN":
        return char
    return "" if kind[0] == "C" or char in _WITHIN_WORDS else "-"


def is_slug(text: str) -> bool:
    """Return True if it can be the end of an address: letters, digits, hyphens and underscores, in one spelling.

    >>> is_slug("two-words"), is_slug("שלום-עולם"), is_slug("हिन्दी"), is_slug("a b"), is_slug("e\\u0301")
    (True, True, True, False, False)
    """
    return (
        bool(text)
        and all(char in "-_" or unicodedata.category(char)[0] in "LMN" for char in text)
        and unicodedata.normalize("NFC", text) == text
    )


def validate_slug(text: str) -> None:
    """Raise ValidationError unless it can be the end of an address."""
    if not is_slug(text):
        raise ValidationError("Use letters, digits, hyphens and underscores only.", code="invalid")


class SlugFormField(forms.SlugField):
    """A slug in any script."""

    def __init__(self, **kwargs: Any) -> None:
        # The admin's script derives one from a name. Django's validator refuses vowel signs.
        super().__init__(**kwargs | {"allow_unicode": True})
        self.validators = [each for each in self.validators if each is not validators.validate_unicode_slug]
        self.validators.append(validate_slug)

    def to_python(self, value: Any) -> Any:
        return unicodedata.normalize("NFC", super().to_python(value) or "")


class SlugField(models.SlugField):
    """A slug in any script, in Unicode's normal form C. Migrations name Django's own field."""

    default_validators = [validate_slug]

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return unicodedata.normalize("NFC", value) if isinstance(value, str) else value

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": SlugFormField} | kwargs)

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.SlugField", args, kwargs
