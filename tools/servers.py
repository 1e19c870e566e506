"""Drive the same application on each server that a framework can have, and write what was seen.

`make docs-servers` writes docs/reference/servers.md. The applications are those of the package's
own tests, in place; each row is a real process with real clients.
"""

import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from websockets.sync.client import connect

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests" / "observability"
sys.path[:0] = [str(ROOT / "template" / "{{ code }}"), str(TESTS)]

from asgi_server import Server  # noqa: E402 - from the folders above

PAGE = ROOT / "docs" / "reference" / "servers.md"
BEGIN = "<!-- Made by `make docs-servers` from real runs. -->\n"
END = "<!-- End of what is made. -->"
WAIT_S = 5

ASGI = """
orders
WEB_CONCURRENCY=2 orders
uvicorn
uvicorn --workers 2
gunicorn -k asgi
gunicorn -k uvicorn_worker.UvicornWorker
hypercorn --log-config json:log-config.json
granian --interface asgi --log-config log-config.json
"""
WSGI = """
orders
WEB_CONCURRENCY=2 orders
gunicorn -c python:orders.observability.wsgi
"""
COMMANDS = {"fastapi": ASGI, "starlette": ASGI, "litestar": ASGI, "flask": WSGI, "django": WSGI}
"""Command lines as they are shown, without the application and the address."""


class Served(Server):
    """A server that listens on the port that it was given; its processes end with it."""

    port = 0

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(TimeoutError):
                self.process.wait(30)
        super().close()


def line_of(server: Server, request_id: str, **expected: object) -> str:
    """Return what is wrong with the one line of a request; nothing if it is right."""
    wanted = {"request_id": request_id, "message": "request_completed"}
    deadline = time.monotonic() + WAIT_S
    while not (found := server.records(**wanted)) and time.monotonic() < deadline:
        time.sleep(0.02)
    if len(found) != 1:
        return f"{len(found)} lines"
    wrong = {name: found[0].get(name) for name in expected if found[0].get(name) != expected[name]}
    return ", ".join(f"{name} {value}" for name, value in wrong.items())


def answered(path: str, server: Server, **expected: object) -> str:
    """Send a request; compare its line with what was sent."""
    name = f"probe-{path[1:]}-1"
    status, headers, body, was_cut = server.request(path, request_id=name)
    if was_cut:
        return line_of(server, name, status=status, **expected)
    expected |= {"status": status, "bytes_sent": len(body)}
    return line_of(server, name, **expected) or (
        "" if headers.get("x-request-id") == name else "no X-Request-ID"
    )


def client_leaves(server: Server) -> str:
    server.leave("/endless", "left-it-1")
    return line_of(server, "left-it-1", outcome="client_disconnected")


def session(server: Server) -> str:
    if any(
        "wsgi.Worker" in record["message"] for record in server.records(logger="gunicorn.error")
    ):
        return "-"
    with connect(f"ws://127.0.0.1:{server.port}/echo") as client:
        client.recv()
        client.send(b"abc")
        client.recv()
    complete = server.wait_for(message="Session complete")
    return "" if complete["outcome"] == "success" else f"outcome {complete['outcome']}"


def stop(server: Server) -> str:
    code = server.stop()
    started, stopped = (
        Counter(record["pid"] for record in server.records(message=f"Application {what}"))
        for what in ("starting", "stopped")
    )
    if started != stopped:
        return f"{stopped.total()} of {started.total()} stops"
    return f"exit code {code if code > 0 else 128 - code}" if code else ""


def lines(server: Server) -> str:
    """Check all that was written: records only, and the traceback of each failure once."""
    text = len(server.errors) + sum(not line.startswith("{") for line in server.lines)
    tracebacks = server.output.count("Traceback (most recent call last)")
    if text:
        return f"{text} lines of text"
    return "" if tracebacks == 2 else f"{tracebacks} tracebacks of 2 failures"


PROBES: dict[str, Callable[[Server], str]] = {
    "200": partial(answered, "/plain", outcome="success", route="/plain"),
    "404": partial(answered, "/nowhere", route=None),
    "500": partial(answered, "/failure", error_type="RuntimeError"),
    "stream": partial(answered, "/stream", outcome="success"),
    "cut stream": partial(answered, "/cut", outcome="error", error_type="RuntimeError"),
    "client leaves": client_leaves,
    "session": session,
    "SIGTERM": stop,
    "lines": lines,
}


def row(name: str, shown: str) -> str:
    """Run one server, with every probe, and return its row of the table."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {"PORT": str(port), "UVICORN_LOG_CONFIG": "log-config.json"}
    given |= {"WEB_CONCURRENCY": "2"} if "CONCURRENCY" in shown else {}
    at = (
        f"--port {port}" if shown.startswith(("uvicorn", "granian")) else f"--bind 127.0.0.1:{port}"
    )
    command = f"{shown.replace('orders.', '')} {at} probe:app"
    if shown.endswith("orders"):
        command = f"web_apps {name}"
    with tempfile.TemporaryDirectory() as folder:
        config = (ROOT / "template" / "log-config.json.jinja").read_text(encoding="utf-8")
        config = config.replace("{{ observability }}", "observability")
        (Path(folder) / "log-config.json").write_text(config)
        (Path(folder) / "probe.py").write_text(f"from web_apps import {name} as app\n")
        server = Served(["-m", *command.split()], Path(folder), **given)
        server.port = port
        try:
            server.wait_for(message="Application ready")
            server.connect().close()
            found = [check(server) or "yes" for check in PROBES.values()]
        finally:
            server.close()
    return f"| `{shown}` | <framework> | {' | '.join(found)} |"


def main() -> None:
    frameworks: dict[str, list[str]] = {}
    for name, commands in COMMANDS.items():
        for shown in commands.split("\n")[1:-1]:
            seen = row(name, shown)
            frameworks.setdefault(seen, []).append(name)
            print(name, seen, flush=True)
    head = f"\n| command | framework | {' | '.join(PROBES)} |\n{'|---' * (len(PROBES) + 2)}|"
    rows = [seen.replace("<framework>", ", ".join(names)) for seen, names in frameworks.items()]
    text = "\n".join([head, *rows])
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{text}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
