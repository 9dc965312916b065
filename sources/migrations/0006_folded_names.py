"""Names folded, so that one name is one source and one owner. Of two that become one the later gets a number."""

import re
import unicodedata

from django.db import migrations, models

# What is written in several ways, before a normal form takes it apart.
_SIGNS = (
    dict.fromkeys("'`´‘’‚‛′‵ʹʻʼʽˈʾʿ׳ꞌ＇᾽᾿", "'")
    | dict.fromkeys('"“”„‟″‶«»״＂', '"')
    | dict.fromkeys("−˗⁃", "-")
    | {"\u2800": " "}
)
# Letters that have no mark to take off.
_LETTERS = {
    "ı": "i",
    "ȷ": "j",
    "æ": "ae",
    "œ": "oe",
    "ð": "d",
    "þ": "th",
    "ß": "ss",
    "ŋ": "n",
    "ĸ": "k",
    "ə": "e",
    # Elongates an Arabic word, and says nothing.
    "ـ": "",
}
# Beside the characters of the category Cf: fillers, joiners, variation selectors.
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def fold_name(name: str) -> str:
    """As the product folded names when this was released."""
    if name.isascii() and name.isprintable():
        # Nine in ten of the names that are looked for in a text.
        return " ".join(name.replace("`", "'").lower().split())
    folded = fold(name)
    # Some letters fold to others that fold again.
    while folded != (again := fold(folded)):
        folded = again
    return folded or " ".join(_without_invisible(name).casefold().split())


def fold(name: str) -> str:
    name = _without_invisible("".join(_SIGNS.get(char, char) for char in name))
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    letters = (_SIGNS.get(char, char) for char in decomposed if not _is_mark(char))
    plain = "".join("-" if unicodedata.category(char) == "Pd" else _plain_letter(char) for char in letters)
    return " ".join(_without_invisible(unicodedata.normalize("NFKC", plain)).split())


def _is_mark(char: str) -> bool:
    """Whether it is a mark on a letter, and not a vowel, a voicing or a tone that makes it another one.

    The latter have combining classes of their own (7 to 9, 84 to 132), or none.
    """
    combining = unicodedata.combining(char)
    return combining == 1 or 10 <= combining <= 36 or combining >= 200


def _plain_letter(char: str) -> str:
    """The letter beneath a stroke, a hook or a tail: Unicode decomposes those no further."""
    if char.isascii() or char in _LETTERS:
        return _LETTERS.get(char, char)
    written = re.fullmatch(r"LATIN SMALL LETTER ([A-Z]) WITH .*", unicodedata.name(char, ""))
    return written[1].lower() if written else char


def _without_invisible(name: str) -> str:
    """Without control characters too, but for those that are spaces."""
    kept = (char for char in name if char.isspace() or unicodedata.category(char) not in {"Cf", "Cc", "Cs"})
    return _INVISIBLE.sub("", "".join(kept))


def fill(apps, schema_editor):
    """Compute the folded names.

    Where two rows have one name, the one that was added first keeps it, and each later one is renamed to “name (2)”:
    they stay two, with all their reports, until the desk decides. No Signal changes by it.
    """
    for model in ("Owner", "Source"):
        rows = list(apps.get_model("sources", model).objects.order_by("pk"))
        # No number is given that another row has in its name.
        names = {fold_name(row.name) for row in rows}
        taken = set()
        for row in rows:
            name, number = row.name, 1
            while fold_name(name)[:500] in taken or (number > 1 and fold_name(name) in names):
                number += 1
                name = f"{row.name[:190]} ({number})"
            row.name, row.folded_name = name, fold_name(name)[:500]
            taken.add(row.folded_name)
            if model == "Source":
                aliases = [alias.strip() for alias in row.aliases.splitlines() if alias.strip()]
                row.folded_aliases = "".join(f"\n{fold_name(alias)}\n" for alias in aliases)
            row.save()


class Migration(migrations.Migration):
    dependencies = [("sources", "0005_changed_reports")]

    operations = [
        migrations.AddField(
            model_name="owner", name="folded_name", field=models.TextField(blank=True, editable=False)
        ),
        migrations.AddField(
            model_name="source", name="folded_aliases", field=models.TextField(blank=True, editable=False)
        ),
        migrations.AddField(
            model_name="source", name="folded_name", field=models.TextField(blank=True, editable=False)
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
