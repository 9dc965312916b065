"""`POST /desk/intake/`: where internal channels push their reports, each with its own key."""

import json
import logging
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from dispatches import desk
from sources.independence import Basis
from sources.intake.feeds import read_moment
from sources.intake.items import Item, is_web_address, make_item, text_of_html
from sources.intake.keys import find_key, use_key
from sources.models import IntakeKey

log = logging.getLogger(__name__)

LARGEST = 1_000_000
TEXTS = {"id": 300, "title": 1_000, "text": 500_000, "html": 500_000, "url": 1_000, "byline": 200}
FIELDS = {*TEXTS, "said_at", "basis"}


class Refused(Exception):
    """Why an item can't be taken in: words for each field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


@csrf_exempt
@never_cache
@require_POST
def push(request: HttpRequest) -> HttpResponse:
    """Take in one item of the source whose key is given. The same `id` again is the same report."""
    now = timezone.now()
    kind, _, words = request.headers.get("Authorization", "").partition(" ")
    key = find_key(words.strip(), now) if kind.lower() == "bearer" else None
    if key is None:
        return _answer(401, {"error": "Send the key as “Authorization: Bearer …”."}, WWW_Authenticate="Bearer")
    if not use_key(key, now, settings.WIRE_INTAKE_PER_MINUTE):
        error = f"More than {settings.WIRE_INTAKE_PER_MINUTE} in a minute: send it again later."
        return _answer(429, {"error": error}, Retry_After=str(60 - now.second))
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return _answer(413, {"error": f"Send no more than {LARGEST // 1000} kB."})
    if request.content_type != "application/json":
        return _answer(415, {"error": "Send JSON, as application/json."})
    try:
        item = read_item(request.body)
        return _take_in(key, item)
    except Refused as error:
        return _answer(400, {"errors": error.errors})
    except OperationalError:
        return _answer(503, {"error": "The desk is busy: send it again."}, Retry_After="5")


def _take_in(key: IntakeKey, item: Item) -> HttpResponse:
    received = desk.receive(source=key.source, items=[item])
    if received.new:
        key.note_arrival(timezone.now())
        key.save(update_fields=["last_item_at", "usual_gap", "quiet_after"])
        return _answer(201, {"id": item.external_id, "status": "new"})
    return _answer(200, {"id": item.external_id, "status": "changed" if received.changed else "known"})


def read_item(body: bytes) -> Item:
    """The item in a body of JSON. Raises Refused, with all its faults at once."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused({"": "This is no JSON."}) from error
    if not isinstance(given, dict):
        raise Refused({"": "Send one object, with at least “id” and “title” or “text”."})
    if errors := _faults(given):
        raise Refused(errors)
    text = given.get("text") or text_of_html(given.get("html") or "")
    try:
        return make_item(
            title=given.get("title") or "",
            text=text,
            url=given.get("url") or "",
            external_id=given["id"],
            byline=given.get("byline") or "",
            said_at=read_moment(given.get("said_at")),
            basis=given.get("basis") or "",
        )
    except ValueError as error:
        raise Refused({"title": "Give a title or a text."}) from error


def _faults(given: dict[str, Any]) -> dict[str, str]:
    errors = {
        str(name): f"There is no such field. There are: {', '.join(sorted(FIELDS))}." for name in given.keys() - FIELDS
    }
    for name, length in TEXTS.items():
        value = given.get(name)
        if value is not None and not isinstance(value, str):
            errors[name] = "Give a string."
        elif value and len(value) > length:
            errors[name] = f"No more than {length} characters."
    if not given.get("id"):
        errors["id"] = "Give your own id of the item: the same one never comes in twice."
    if given.get("url") and "url" not in errors and not is_web_address(given["url"]):
        errors["url"] = "Give an address that begins with https:// or http://."
    if given.get("said_at") is not None and read_moment(given["said_at"]) is None:
        errors["said_at"] = "Give a moment such as 2026-06-25T10:00:00+03:00."
    bases = [basis.value for basis in Basis]
    if given.get("basis") is not None and given["basis"] not in bases:
        errors["basis"] = f"One of: {', '.join(bases)}."
    return errors


def _answer(status: int, content: dict[str, Any], **headers: str) -> HttpResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JsonResponse(content, status=status, headers=named, json_dumps_params={"ensure_ascii": False})
