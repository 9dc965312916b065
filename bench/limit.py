"""The upper limit: a bare WSGI function that sends the same bytes and headers.

BENCH_PAGES is a JSON file: for each address, the status, headers and body (base64).
"""

import base64
import json
import os
from pathlib import Path

PAGES = {
    address: (status, [tuple(header) for header in headers], base64.b64decode(body))
    for address, (status, headers, body) in json.loads(Path(os.environ["BENCH_PAGES"]).read_text()).items()
}


def application(environ, start_response):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    status, headers, body = PAGES[environ["PATH_INFO"]]
    start_response(status, headers)
    return [body]
