"""What public pages pass through on their shorter way (`PUBLIC_MIDDLEWARE`)."""

from collections.abc import Callable

from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware

Respond = Callable[[HttpRequest], HttpResponseBase]


class SamePolicies:
    """The policies that are the same on every public page, asked once of those who work them out for each response."""

    def __init__(self, get_response: Respond) -> None:
        self._get_response = get_response
        request, blank = HttpRequest(), HttpResponse()
        without = set(blank.headers)
        for middleware in (CSPMiddleware, XFrameOptionsMiddleware):
            middleware(get_response).process_response(request, blank)
        self._headers = {name: value for name, value in blank.items() if name not in without}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)
        return response
