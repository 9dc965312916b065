"""Middleware for every response."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

# The characters that `sources/text.py` removes, in UTF-8. It begins with one set of bytes, and not with alternatives,
# because the regular expression engine then skips everything else ten times as fast.
_UNCLEAN = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xc2\xd8\xe2\xef\xf0-\xf4]"
    rb"(?:(?<=[\x00-\x1f\x7f])|(?<=\xc2)[\x80-\x9f]|(?<=\xd8)\x9c"
    rb"|(?<=\xe2)(?:\x80[\x8e\x8f\xaa-\xae]|\x81[\xa6-\xa9])"
    rb"|(?<=\xef)(?:\xb7[\x90-\xaf]|\xbf[\xbe\xbf])|(?<=[\xf0-\xf4])[\x8f\x9f\xaf\xbf]\xbf[\xbe\xbf])"
)


def clean_text(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Remove control characters, noncharacters and direction marks from every page and document.

    They are removed when a text is stored. This is for what was stored otherwise, for settings, and for what a request
    says that a page repeats.
    """

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if isinstance(response, HttpResponse) and not response.headers.get("Content-Type", "").startswith("image/"):
            content = response.content
            if _UNCLEAN.search(content):
                response.content = _UNCLEAN.sub(b"", content)
        return response

    return respond
