"""Request pages as a reader would: through the page cache, by WSGI."""

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from django.test import RequestFactory

FACTORY = RequestFactory()


@dataclass
class Answered:
    status: int
    headers: dict[str, str]
    content: bytes
    text: str = field(init=False)

    def __post_init__(self):
        self.text = self.content.decode(errors="replace")

    def __getitem__(self, name):
        return self.headers[name]


def environ_of(address, method="GET", **headers) -> dict[str, Any]:
    """Return a WSGI environment. Headers are named without HTTP_: accept_encoding="br"."""
    path, _, query = address.partition("?")
    environ = FACTORY._base_environ(
        REQUEST_METHOD=method,
        PATH_INFO=path.encode().decode("latin-1"),
        QUERY_STRING=query,
        **{f"HTTP_{name.upper()}": value for name, value in {"host": "localhost", **headers}.items()},
    )
    environ["wsgi.input"] = BytesIO()
    environ.pop("HTTP_COOKIE", None) if "cookie" not in headers else None
    return environ


def ask(application, address, method="GET", **headers) -> Answered:
    """Return an application's response to `environ_of` the rest."""
    environ = environ_of(address, method, **headers)
    answered: list[Any] = []
    chunks = application(environ, lambda status, headers, exc_info=None: answered.extend((status, headers)))
    content = b"".join(chunks)
    if close := getattr(chunks, "close", None):
        close()
    return Answered(int(answered[0].split()[0]), dict(answered[1]), content)
