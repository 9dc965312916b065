"""What readers are told when there is nothing at an address."""

from django.http import Http404


class NothingHere(Http404):
    """There is nothing at this address, and why in words for the reader."""
