"""Run the site as an operator does: `manage.py serve`, nginx and Varnish with the shipped files."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from wire import supervisor
from wire.settings import BASE_DIR

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
VARNISH = shutil.which("varnishd") or "/usr/sbin/varnishd"
NGINX_EXAMPLE = (BASE_DIR / "deploy" / "nginx.conf").read_text()
VARNISH_EXAMPLE = (BASE_DIR / "deploy" / "varnish.vcl").read_text()
_AROUND_NGINX = """
user {user}; pid {folder}/pid; error_log {folder}/error.log;
events {{ }}
http {{
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  {example}
}}
"""


class Server:
    """A running server: its address, and the process ids of its workers."""

    def __init__(self, port: int, log: Path) -> None:
        self.port, self.log = port, log
        self.pid = 0
        self.address = f"http://127.0.0.1:{port}"

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=5)

    def status(self, path: str = "/wire/") -> int:
        with closing(self.connect()) as connection:
            connection.request("GET", path)
            return connection.getresponse().status

    def workers(self) -> list[int]:
        """The workers started so far, in order."""
        return [int(pid) for pid in re.findall(r"Spawning worker-\d+ with PID: (\d+)", self.log.read_text())]


@contextmanager
def run_server(
    environment: dict[str, str], log: Path, workers: int = 2, application: str = supervisor.APPLICATION
) -> Iterator[Server]:
    """Run `manage.py serve` on a free port; with another application, what it becomes after its checks."""
    server = Server(free_port(), log)
    options = ["manage.py", "serve", "--port", str(server.port), "--workers", str(workers)]
    if application != supervisor.APPLICATION:
        options = ["-m", "wire.supervisor", "127.0.0.1", str(server.port), str(workers), "line", "", application]
    with server.log.open("w") as file:
        process = subprocess.Popen([sys.executable, *options], cwd=BASE_DIR, env=environment, stdout=file, stderr=file)
    server.pid = process.pid
    try:
        wait_until(lambda: server.status() == 200 or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield server
    finally:
        process.terminate()
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            # A worker would wait for open connections until `supervisor.KILL_AFTER`.
            # Only those that run: another process may have the number of one that has ended.
            for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            process.wait(20)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def wait_until(is_so: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if is_so():
                return
        except OSError:
            pass
        assert time.monotonic() < end
        time.sleep(0.05)


def adapt(example: str, changes: dict[str, str]) -> str:
    """Return a shipped configuration with some texts replaced. Each must be in it."""
    for told, instead in changes.items():
        assert told in example, told
        example = example.replace(told, instead)
    return example


def write_nginx_configuration(folder: Path, changes: dict[str, str]) -> Path:
    """Write the shipped configuration into a folder, adapted to this machine."""
    example = adapt(NGINX_EXAMPLE, {"/var/cache/nginx/wire": f"{folder}/cache"} | changes)
    path = folder / "nginx.conf"
    path.write_text(_AROUND_NGINX.format(user=pwd.getpwuid(os.geteuid()).pw_name, folder=folder, example=example))
    return path


@contextmanager
def run_nginx(upstream: str, folder: Path, changes: dict[str, str] | None = None) -> Iterator[str]:
    """Run nginx in front of this address. Yields its own address."""
    port = free_port()
    here = {"listen 443 ssl http2;": f"listen 127.0.0.1:{port};", "127.0.0.1:8000": urlsplit(upstream).netloc}
    path = write_nginx_configuration(folder, here | (changes or {}))
    with _running([NGINX, "-c", str(path), "-g", "daemon off;"], port) as address:
        yield address


@contextmanager
def run_varnish(upstream: str, folder: Path, changes: dict[str, str] | None = None) -> Iterator[str]:
    """Run Varnish in front of this address. Yields its own address."""
    port, backend = free_port(), urlsplit(upstream)
    here = {'"127.0.0.1"': f'"{backend.hostname}"', '"8000"': f'"{backend.port}"'}
    path = folder / "wire.vcl"
    path.write_text(adapt(VARNISH_EXAMPLE, here | (changes or {})))
    command = [VARNISH, "-j", "none", "-F", "-n", str(folder / "varnish"), "-a", f"127.0.0.1:{port}"]
    with _running([*command, "-s", "malloc,20M", "-f", str(path)], port) as address:
        yield address


@contextmanager
def _running(command: list[str], port: int) -> Iterator[str]:
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: fetch(address, "/") is not None)
            yield address
        finally:
            process.terminate()


def fetch(address: str, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    """Request a path of the server at this address. Returns the status and the text."""
    with closing(HTTPConnection(urlsplit(address).netloc, timeout=10)) as connection:
        connection.request(method, path, headers={"Host": "localhost", **headers})
        response = connection.getresponse()
        return response.status, response.read().decode()
