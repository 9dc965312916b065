"""What serving costs without a site: finished bytes from a bare WSGI function. BENCH_PAGES is the folder with them."""

import os
from pathlib import Path

FOLDER = Path(os.environ["BENCH_PAGES"])
PAGES = {address: (FOLDER / name).read_bytes() for name, address in (("list.br", "/list"), ("article.br", "/article"))}
HEADERS = {
    address: [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Encoding", "br"),
        ("Content-Length", str(len(body))),
    ]
    for address, body in PAGES.items()
}


def application(environ, start_response):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    address = environ["PATH_INFO"]
    start_response("200 OK", HEADERS[address])
    return [PAGES[address]]
