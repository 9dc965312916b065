"""A local web server whose responses a test writes, including broken ones."""

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

from sources.intake.fetching import Fetcher, Limits

LOOPBACK = [ip_network("127.0.0.0/8")]

# Gets the handler (its path and headers) and writes the response.
Answer = Callable[[BaseHTTPRequestHandler], None]


def fetcher(**limits) -> Fetcher:
    """Return a fetcher that may reach this machine."""
    return Fetcher("A test", LOOPBACK, Limits(**{"seconds": 5, "seconds_of_silence": 1} | limits))


@contextmanager
def serve(answers: dict[str, Answer], method: str = "GET") -> Iterator[str]:
    """Serve these responses by path. Yields the server's address."""

    class Handler(BaseHTTPRequestHandler):
        def respond(self):
            path = self.path.split("?")[0]
            # The longest matching prefix.
            name = max((name for name in answers if path.startswith(name)), key=len, default=None)
            try:
                answers[name](self) if name else say(404)(self)
            except OSError:
                self.close_connection = True

        def log_message(self, *args):
            pass

    setattr(Handler, f"do_{method}", Handler.respond)

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 200

        def handle_error(self, *args):
            pass

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def say(status: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def feed(*titles: str, text: str = "", **headers: str) -> Answer:
    """Respond with a feed of these items, with support for conditional requests."""
    body = rss(*titles, text=text)
    etag = f'"{hash(body)}"'

    def answer(handler):
        known = handler.headers.get("If-None-Match") == etag
        say(304 if known else 200, b"" if known else body, ETag=etag, Content_Type="application/rss+xml", **headers)(
            handler
        )

    return answer


def rss(*titles: str, text: str = "") -> bytes:
    items = "".join(
        f"<item><guid>{title}</guid><title>{title}</title><description>{text}</description></item>" for title in titles
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>A feed</title>{items}</channel></rss>'.encode()


def silence(seconds: float = 3) -> Answer:
    return lambda handler: time.sleep(seconds)


def trickle(handler) -> None:
    """Send a header one byte at a time, forever."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Header: ")
    for _ in range(400):
        handler.wfile.write(b"a")
        time.sleep(0.1)


def bomb(megabytes: int = 50) -> Answer:
    """Send a small response that decompresses to a huge one."""
    return say(200, gzip.compress(b" " * megabytes * 1_000_000), Content_Encoding="gzip")


def endless(handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n")
    while True:
        handler.wfile.write(b"<item>" * 10_000)
