"""The 404 with an explanation."""

from django.http import Http404

NEVER_PUBLISHED = (
    "The address may be mistyped, or the dispatch was never published. Published dispatches keep their address."
)


class NotFound(Http404):
    """There is nothing at this address. The message tells the reader why; `instead` is an address to offer."""

    def __init__(self, message: str, *, instead: str = "") -> None:
        super().__init__(message)
        self.instead = instead
