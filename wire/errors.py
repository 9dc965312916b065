"""What readers are told when there is nothing at an address."""

from django.http import Http404

NEVER_PUBLISHED = (
    "The address may be mistyped, or the dispatch was never published. What was published keeps its address."
)


class NothingHere(Http404):
    """There is nothing at this address, and why in words for the reader."""
