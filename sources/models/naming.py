"""Names that are unique however they are spelled: what owners and sources share."""

from typing import Any

from sources.names import fold_name

# Longer than any real name, and within what both databases can index.
FOLDED_LENGTH = 500


def folded_name(named: Any) -> str:
    """Return the value of `folded_name` for an owner or a source."""
    return fold_name(named.name)[:FOLDED_LENGTH]


def name_error(named: Any, existing: Any) -> str:
    """Return why a name can't be saved: `existing` already has it, or it has no visible characters. Else empty."""
    if not fold_name(named.name):
        return "Enter a name with visible characters." if named.name else ""
    if existing is None or existing.pk == named.pk:
        return ""
    kind = named._meta.verbose_name
    # A confidential source's own spelling is not shown to whoever guesses it.
    shown = "" if getattr(existing, "is_confidential", False) else f", “{existing.name}”"
    article = "An" if kind[0] in "aeiou" else "A"
    return (
        f"{article} {kind} with this name already exists{shown}. Use that one, or choose a name that tells them apart."
    )
