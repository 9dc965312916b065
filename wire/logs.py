"""Keep the former addresses of withdrawn dispatches out of the log: those of expunged ones may name somebody."""

import logging

from django.http import HttpRequest

CONCEALED = "wire.address_is_concealed"


def conceal_address(request: HttpRequest) -> None:
    """Keep the address of this request out of the log, and of the response's headers."""
    request.META[CONCEALED] = True


def is_address_concealed(request: HttpRequest) -> bool:
    return CONCEALED in request.META


class ConcealAddresses(logging.Filter):
    """Replace concealed addresses in what Django logs about requests (settings.LOGGING)."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None and is_address_concealed(request):
            record.msg, record.args = "A withdrawn dispatch was requested by a former address.", ()
            record.request = None
        return True
