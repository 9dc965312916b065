"""What the log says of requests and errors. Needs no settings: the supervisor uses it, too.

The former addresses of withdrawn dispatches are kept out of the log: those of expunged ones may name somebody.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.http import HttpRequest

CONCEALED = "wire.address_is_concealed"


def conceal_address(request: "HttpRequest") -> None:
    """Keep the address of this request out of the log, and of the response's headers."""
    request.META[CONCEALED] = True


def is_address_concealed(request: "HttpRequest") -> bool:
    return CONCEALED in request.META


class ConcealAddresses(logging.Filter):
    """Replace concealed addresses in what Django logs about requests (settings.LOGGING)."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None and is_address_concealed(request):
            record.msg, record.args = "A withdrawn dispatch was requested by a former address.", ()
            record.request = None
        return True


class JSONFormatter(logging.Formatter):
    """One JSON object a line. Of an exception: its class and where it was raised.

    Not its message: that of a database quotes rows, and so may name a confidential source.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        if status := getattr(record, "status_code", None):
            line["status"] = status
        if record.exc_info and record.exc_info[0]:
            line["error"] = f"{record.exc_info[0].__module__}.{record.exc_info[0].__qualname__}"
            frames = traceback.extract_tb(record.exc_info[2])
            line["raised_at"] = [f"{each.filename}:{each.lineno} {each.name}" for each in frames]
        return json.dumps(line, ensure_ascii=False)


class UnlessIntended(logging.Filter):
    """Leave out granian's warning about the number of threads, which is intended (`wire/supervisor.py`)."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "Python threads" not in record.getMessage()


FORMATTERS: dict[str, dict[str, Any]] = {
    "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
    "json": {"()": "wire.logs.JSONFormatter"},
}


def logging_of_server(style: str) -> dict[str, Any]:
    """Return what granian is to log, and how: as a "line" or as "json"."""
    return {
        "formatters": FORMATTERS,
        "filters": {"intended": {"()": "wire.logs.UnlessIntended"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": style, "filters": ["intended"]}},
        "loggers": {"_granian": {"handlers": ["console"], "propagate": False}},
        "root": {"handlers": ["console"], "level": "INFO"},
    }
