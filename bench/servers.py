"""Start the servers that are measured: granian with the site or with something else, and nginx."""

import http.client
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
EXAMPLE = ROOT / "deploy" / "nginx.conf"
SERVER_CORE, LOAD_CORE = "0", "1"


@dataclass
class Server:
    """A running server: its address, and its root process."""

    port: int
    process: subprocess.Popen

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def tree(self) -> list[int]:
        children: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    stat = (entry / "stat").read_text()
                except OSError:
                    continue
                children.setdefault(int(stat[stat.rindex(")") + 2 :].split()[1]), []).append(int(entry.name))
        found, rest = [], [self.process.pid]
        while rest:
            found.append(rest.pop())
            rest += children.get(found[-1], [])
        return found

    def memory(self) -> float:
        """Return the proportional set size of all its processes, in MB."""
        total = 0
        for pid in self.tree():
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1])  # type: ignore[index]
        return total / 1024


_ports = iter(range(9101, 9200))


@contextmanager
def serve(command: Callable[[int], list[str]], probe: str, **environment: str) -> Iterator[Server]:
    port = next(_ports)
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *command(port)],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    server = Server(port, process)
    try:
        for _ in range(200):
            try:
                if fetch(server, probe)[0] < 500:
                    break
            except OSError:
                pass
            time.sleep(0.1)
        else:
            raise SystemExit(f"{command(port)[0]} does not answer {probe}")
        yield server
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


def granian(application: str, workers: int = 1) -> Callable[[int], list[str]]:
    return lambda port: [
        str(BIN / "granian"),
        *("--interface", "wsgi", "--workers", str(workers), "--blocking-threads", "1", "--backpressure", "64"),
        "--factory" if application.endswith(":start") else "--no-factory",
        *("--port", str(port), "--log-level", "critical", application),
    ]


def ours(database: str, workers: int = 1, **environment: str) -> Any:
    return serve(granian("wire.wsgi:start", workers), "/healthz", DATABASE_URL=database, **environment)


def fetch(server: Server, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    answer = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    connection.close()
    return answer


NGINX = """
{modules}
worker_processes 1; pid {folder}/pid; error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{
  default_type text/html; access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  {example}
}}
"""
# The limit: the same bytes from a file, with the headers that nginx would not send by itself.
FILES = "location /files/ {{ alias {folder}/www/; brotli_static on; types {{ text/html html; }} {headers} }}"


@contextmanager
def serve_nginx(folder: Path, behind: int, same: dict[str, str]) -> Iterator[Server]:
    module = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")

    def command(port: int) -> list[str]:
        headers = " ".join(f'add_header {name} "{value}";' for name, value in same.items())
        example = EXAMPLE.read_text()
        for told, here in {
            "listen 443 ssl http2;": f"listen 127.0.0.1:{port};",
            "127.0.0.1:8000": f"127.0.0.1:{behind}",
            "/var/cache/nginx/wire": f"{folder}/cache",
            "location / {": FILES.format(folder=folder, headers=headers) + "location / {",
        }.items():
            if told not in example:
                raise SystemExit(f"{EXAMPLE} no longer has {told!r}, which stands for something else here.")
            example = example.replace(told, here)
        config = NGINX.format(modules=f"load_module {module};", folder=folder, example=example)
        (folder / "nginx.conf").write_text(f"user {os.environ.get('USER', 'root')};{config}")
        return [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]

    with serve(command, "/files/list.html") as server:
        yield server


def has_nginx() -> bool:
    module = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
    return module.exists() and bool(shutil.which("nginx") or Path("/usr/sbin/nginx").exists())


def fetch_recompressed(server: Server, path: str) -> tuple[int, dict[str, str], bytes]:
    """Fetch a page until the server sends the version that it compresses best, in the background."""
    at_first = len(fetch(server, path, Accept_Encoding="br")[2])
    for _ in range(60):
        answer = fetch(server, path, Accept_Encoding="br")
        if len(answer[2]) < at_first:
            return answer
        time.sleep(0.5)
    raise SystemExit(f"{path} was not recompressed within 30 seconds")
