"""Private API of Django is used where a comment gives the reason, nowhere else, and as Django itself uses it."""

import re
from inspect import signature

import pytest
from django.contrib.admin import ModelAdmin
from django.core.exceptions import BadRequest
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.utils.log import log_response

from wire.settings import BASE_DIR

PLACES = {
    "_changeform_view": "dispatches/admin/saving.py",
    "convert_exception_to_response": "wire/wsgi.py",
    "log_response": "wire/wsgi.py",
}


@pytest.mark.parametrize("name", PLACES)
def test_it_is_used_in_one_place_which_says_why(name):
    files = [path for folder in ("wire", "dispatches", "sources") for path in (BASE_DIR / folder).rglob("*.py")]
    using = {path.relative_to(BASE_DIR).as_posix() for path in files if re.search(rf"\b{name}\b", path.read_text())}
    assert using == {PLACES[name]}
    reason = re.search(r"private API of Django.*?\d", (BASE_DIR / PLACES[name]).read_text(), re.DOTALL | re.IGNORECASE)
    assert reason, "Say what it is for, and what it gains."


def test_its_signatures_are_those_that_are_used():
    parameters = {
        function.__name__: [*signature(function).parameters]
        for function in (ModelAdmin._changeform_view, convert_exception_to_response, log_response)
    }
    assert parameters == {
        "_changeform_view": ["self", "request", "object_id", "form_url", "extra_context"],
        "convert_exception_to_response": ["get_response"],
        "log_response": ["message", "args", "response", "request", "logger", "level", "exception"],
    }


def test_an_exception_becomes_an_answer_and_an_answer_is_logged_once(caplog):
    def view(request: HttpRequest) -> HttpResponse:
        raise BadRequest

    request = HttpRequest()
    assert convert_exception_to_response(view)(request).status_code == 400
    caplog.clear()
    response = HttpResponse(status=404, reason="Not Found")
    for _ in range(2):
        log_response("%s: %s", response.reason_phrase, "/none/", response=response, request=request)
    assert [(each.levelname, each.message) for each in caplog.records] == [("WARNING", "Not Found: /none/")]
