"""`POST /desk/intake/`: take in reports that internal channels push, each with its own key."""

import json
import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from dispatches import desk
from sources.independence import Basis
from sources.intake.items import Item, make_item, text_of_html
from sources.intake.keys import find_key, use_key
from sources.intake.times import parse_feed_time, parse_time
from sources.models import IntakeKey
from sources.text import clean, is_web_address

log = logging.getLogger(__name__)

LARGEST = 1_000_000
TEXTS = {"id": 300, "title": 1_000, "text": 500_000, "html": 500_000, "url": 1_000, "byline": 200}
FIELDS = {*TEXTS, "said_at", "basis"}


class Refused(Exception):
    """An item is invalid. `errors` has a message for each field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


@csrf_exempt
@never_cache
@require_POST
def push(request: HttpRequest) -> HttpResponse:
    """Take in one item of the key's source. An `id` seen before updates its report."""
    now = timezone.now()
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    key = find_key(secret.strip(), now) if kind.lower() == "bearer" else None
    if key is None:
        return _unauthorized()
    if not use_key(key, now, settings.WIRE_INTAKE_PER_MINUTE):
        error = f"More than {settings.WIRE_INTAKE_PER_MINUTE} requests in a minute. Try again later."
        return _answer(429, {"error": error}, Retry_After=str(60 - now.second))
    length = request.headers.get("Content-Length") or "0"
    if not length.isdecimal() or int(length[:12]) > LARGEST:
        return _answer(413, {"error": f"Send no more than {LARGEST // 1000} kB."})
    if request.content_type != "application/json":
        return _answer(415, {"error": "Send JSON, as application/json."})
    try:
        item = read_item(request.body)
        return _take_in(key, item)
    except Refused as error:
        return _answer(400, {"errors": error.errors})
    except OperationalError:
        return _answer(503, {"error": "The desk is busy. Try again."}, Retry_After="5")


def _unauthorized() -> HttpResponse:
    return _answer(401, {"error": "Send the key as “Authorization: Bearer …”."}, WWW_Authenticate="Bearer")


def _take_in(key: IntakeKey, item: Item) -> HttpResponse:
    try:
        received = desk.receive(source=key.source, items=[item], actor=key)
    except PermissionDenied:
        # Revoked since it was looked up.
        return _unauthorized()
    if received.new:
        return _answer(201, {"id": item.external_id, "status": "new"})
    return _answer(200, {"id": item.external_id, "status": "changed" if received.changed else "known"})


def read_item(body: bytes) -> Item:
    """Read an item from a JSON body. Raises Refused with all errors at once."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused({"": "This is not valid JSON."}) from error
    if not isinstance(given, dict):
        raise Refused({"": "Send one object with at least “id”, and “title” or “text”."})
    if errors := _find_errors(given):
        raise Refused(errors)
    text = given.get("text") or text_of_html(given.get("html") or "")
    try:
        return make_item(
            title=given.get("title") or "",
            text=text,
            url=given.get("url") or "",
            external_id=given["id"],
            byline=given.get("byline") or "",
            said_at=parse_feed_time(given.get("said_at")),
            basis=given.get("basis") or "",
        )
    except ValueError as error:
        raise Refused({"title": "Send a title or a text."}) from error


def _find_errors(given: dict[str, Any]) -> dict[str, str]:
    errors = {
        clean(name): f"Unknown field. Known fields: {', '.join(sorted(FIELDS))}." for name in given.keys() - FIELDS
    }
    for name, length in TEXTS.items():
        value = given.get(name)
        if value is not None and not isinstance(value, str):
            errors[name] = "Must be a string."
        elif value and len(value) > length:
            errors[name] = f"At most {length} characters."
    if "id" not in errors and not clean(given.get("id") or "").strip():
        errors["id"] = "Send your own id of the item: it identifies the item if you send it again."
    if given.get("url") and "url" not in errors and not is_web_address(given["url"]):
        errors["url"] = "Must begin with https:// or http://."
    if given.get("said_at") is not None and parse_time(given["said_at"]) is None:
        errors["said_at"] = "Must be a time such as 2026-06-25T10:00:00+03:00."
    bases = [basis.value for basis in Basis]
    if given.get("basis") is not None and given["basis"] not in bases:
        errors["basis"] = f"Must be one of: {', '.join(bases)}."
    return errors


def _answer(status: int, content: dict[str, Any], **headers: str) -> HttpResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JsonResponse(content, status=status, headers=named, json_dumps_params={"ensure_ascii": False})
