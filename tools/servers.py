"""Drives the probe of each framework on each server that it can have, and tells what went wrong.

`make docs-servers` writes what it finds into docs/reference/servers.md.
"""

import base64
import http.client
import json
import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests")]

import interpreters  # noqa: E402 - from the folder above
from commands import clean_environment, free_port  # noqa: E402
from services import Service, render  # noqa: E402

PAGE = ROOT / "docs" / "reference" / "servers.md"
HANG_S = 60

ASGI = ("fastapi", "starlette", "litestar")
WSGI = ("flask", "django")
PACKAGES = ("granian", "gunicorn", "hypercorn", "uvicorn-worker")
"""Servers that no service depends on, put beside its own."""

Record = dict[str, Any]


@dataclass(frozen=True)
class Command:
    """A command line as the page shows it, and how it is run with the probe and a port."""

    shown: str
    typed: str
    environment: tuple[tuple[str, str], ...] = ()
    processes: int = 1


LAUNCH = """python -c "from orders.observability import run; run('probe:app')" """
LAUNCHER = (
    Command("`orders`", LAUNCH),
    Command("`WEB_CONCURRENCY=2 orders`", LAUNCH, (("WEB_CONCURRENCY", "2"),), 2),
)
ASGI_COMMANDS = (
    *LAUNCHER,
    Command("`uvicorn`", "uvicorn probe:app --port {port}"),
    Command("`uvicorn --workers 2`", "uvicorn probe:app --port {port} --workers 2", processes=2),
    Command("`uvicorn --reload`", "uvicorn probe:app --port {port} --reload"),
    Command(
        "`gunicorn -k uvicorn_worker.UvicornWorker`",
        "gunicorn -k uvicorn_worker.UvicornWorker probe:app",
    ),
    Command("`gunicorn -k asgi`", "gunicorn -k asgi probe:app"),
    Command(
        "`hypercorn --log-config json:log-config.json`",
        "hypercorn --log-config json:log-config.json --bind 127.0.0.1:{port} probe:app",
    ),
    Command(
        "`granian --interface asgi --log-config log-config.json`",
        "granian --interface asgi --log-config log-config.json --port {port} probe:app",
    ),
)
WSGI_COMMANDS = (
    *LAUNCHER,
    Command("`gunicorn`", "gunicorn probe:app"),
    Command("`gunicorn --workers 2`", "gunicorn --workers 2 probe:app", processes=2),
)


def commands(framework: str) -> tuple[Command, ...]:
    return ASGI_COMMANDS if framework in ASGI else WSGI_COMMANDS


def matrix() -> list[tuple[str, Command]]:
    return [(name, command) for name in (*ASGI, *WSGI) for command in commands(name)]


def install(template: Path, folder: Path, framework: str) -> Service:
    """A service of that framework, and beside its own server the others."""
    service = render(template, folder, vcs_ref="HEAD", framework=framework)
    service.install(next(iter(interpreters.available().values())))
    service.add(*PACKAGES)
    return service


class Served:
    """The probe behind a server: a real process, real sockets, and what it has written."""

    def __init__(self, service: Service, command: Command) -> None:
        self.port = free_port()
        self.python = service.python
        self.folder = tempfile.TemporaryDirectory()
        self.out, self.err = (Path(self.folder.name) / name for name in ("stdout", "stderr"))
        program, *arguments = shlex.split(command.typed.format(port=self.port))
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [service.python.parent / program, *arguments],
                cwd=service.path,
                env=clean_environment()
                | {"ENVIRONMENT": "production", "PORT": str(self.port)}
                | {"PYTHONPATH": str(service.path / "tests" / "observability")}
                | {"UVICORN_LOG_CONFIG": "log-config.json", "SECRET_KEY": secrets.token_hex()}
                | dict(command.environment),
                stdout=out,
                stderr=err,
            )
        self.wait_until(lambda: len(self.said("Application ready")) >= command.processes)
        self.wait_until(self._listens)

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
            return True
        return False

    def wait_until(self, holds: Callable[[], object], seconds: float = 30) -> bool:
        """Whether it holds within that time, or before the process ends."""
        deadline = time.monotonic() + seconds
        while not holds():
            if self.process.poll() is not None or time.monotonic() > deadline:
                return bool(holds())
            time.sleep(0.02)
        return True

    @property
    def lines(self) -> list[str]:
        return self.out.read_text(encoding="utf-8").splitlines()

    def records(self, **fields: object) -> list[Record]:
        found: list[Record] = []
        for line in self.lines:
            with suppress(ValueError):
                record = json.loads(line)
                if fields.items() <= record.items():
                    found.append(record)
        return found

    def said(self, message: str) -> list[Record]:
        return self.records(message=message)

    def request(self, path: str, name: str) -> tuple[int, bytes | None, str | None]:
        """Status, body (None if it was cut) and the id that came back."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HANG_S)
        with closing(connection):
            connection.request("GET", path, headers={"X-Request-ID": name})
            response = connection.getresponse()
            try:
                body = response.read()
            except (http.client.IncompleteRead, ConnectionError):
                body = None
            return response.status, body, response.getheader("X-Request-ID")

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()


def completed(served: Served, name: str) -> Record | str:
    """The one line of a request, or what is wrong with the number of them."""
    served.wait_until(lambda: served.records(request_id=name, event="request_completed"), 5)
    lines = served.records(request_id=name, event="request_completed")
    return lines[0] if len(lines) == 1 else f"{len(lines)} lines"


def differences(line: Record | str, **expected: object) -> str:
    if isinstance(line, str):
        return line
    wrong = [f"{name} {line.get(name)}" for name in expected if line.get(name) != expected[name]]
    return ", ".join(wrong)


def success(served: Served) -> str:
    status, _, returned = served.request("/plain", "success-1")
    if (status, returned) != (200, "success-1"):
        return f"answers {status} with id {returned}"
    return differences(completed(served, "success-1"), status=200, route="/plain")


def unknown(served: Served) -> str:
    status, *_ = served.request("/nowhere", "unknown-1")
    return differences(completed(served, "unknown-1"), status=status, route=None)


def failure(served: Served) -> str:
    status, _, returned = served.request("/failure", "failure-1")
    if (status, returned) != (500, "failure-1"):
        return f"answers {status} with id {returned}"
    return differences(
        completed(served, "failure-1"), status=500, route="/failure", error_type="RuntimeError"
    )


def stream(served: Served) -> str:
    _, body, _ = served.request("/stream", "stream-1")
    return differences(completed(served, "stream-1"), status=200, bytes_sent=len(body or b""))


def cut(served: Served) -> str:
    _, body, _ = served.request("/cut", "cut-stream-1")
    if body is not None:
        return "the client takes it for whole"
    return differences(
        completed(served, "cut-stream-1"), status=200, outcome="error", error_type="RuntimeError"
    )


def after(served: Served) -> str:
    served.request("/background", "after-it-1")
    told = {"request_id": "after-it-1", "event": "failure_after_the_response"}
    served.wait_until(lambda: served.records(**told), 5)
    found = len(served.records(**told))
    if found != 1:
        return f"{found} lines of the failure"
    return differences(completed(served, "after-it-1"), status=200, outcome="success")


def client_leaves(served: Served) -> str:
    with socket.create_connection(("127.0.0.1", served.port)) as client:
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\nX-Request-ID: left-it-1\r\n\r\n")
        client.recv(1024)
    return differences(completed(served, "left-it-1"), status=200, outcome="client_disconnected")


def session(served: Served) -> str:
    """One message each way and a close with code 1000 (RFC 6455), masked with zeros."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=HANG_S) as client:
        key = base64.b64encode(bytes(16)).decode()
        client.sendall(
            f"GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            f"X-Request-ID: session-1\r\n\r\n".encode()
        )
        reader = client.makefile("rb")
        while reader.readline().strip():
            pass
        reader.read(2 + 32)  # the session's id
        client.sendall(b"\x82\x83" + bytes(4) + b"abc")
        if reader.read(5) != b"\x82\x03abc":
            return "no echo"
        client.sendall(b"\x88\x82" + bytes(4) + (1000).to_bytes(2, "big"))
        reader.read(4)
    ended = {"request_id": "session-1", "message": "Session ended"}
    served.wait_until(lambda: served.records(**ended), 5)
    told = [r["message"] for r in served.records(request_id="session-1") if r["logger"] != "probe"]
    expected = ["WebSocket connection established", "Session created"]
    expected += ["WebSocket disconnected", "Session complete", "Session ended"]
    if told != expected:
        return f"tells {', '.join(told)}"
    complete = served.records(request_id="session-1", message="Session complete")[0]
    return differences(complete, outcome="success", chunks_received=1, bytes_received=3)


def stop(served: Served) -> str:
    """SIGTERM while a request runs."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=HANG_S)
    with closing(connection):
        connection.request("GET", "/hold/0.5", headers={"X-Request-ID": "running-1"})
        served.wait_until(lambda: served.said("Holding"))
        served.process.send_signal(signal.SIGTERM)
        problems = []
        try:
            if connection.getresponse().read() != b"held":
                problems.append("another answer")
        except (OSError, http.client.HTTPException):
            problems.append("the request is cut")
    code = served.process.wait(HANG_S)
    problems.append(differences(completed(served, "running-1"), status=200, outcome="success"))
    started, ended = served.said("Application starting"), served.said("Application stopped")
    if Counter(r["pid"] for r in started) != Counter(r["pid"] for r in ended):
        problems.append(f"{len(ended)} of {len(started)} stops told")
    # What a signal ends has minus its number here, and 128 more than it in a shell.
    problems.append(f"exit code {code if code >= 0 else 128 - code}" if code else "")
    return ", ".join(problem for problem in problems if problem)


def lines(served: Served) -> str:
    """All of stdout and stderr, once the process has ended."""
    problems = []
    validate = ("-m", "orders.observability", "validate", served.out)
    done = subprocess.run([served.python, *validate], capture_output=True, text=True, check=False)
    if done.returncode:
        problems.append(f"{len(done.stderr.splitlines())} lines that are no records")
    if text := served.err.read_text(encoding="utf-8"):
        problems.append(f"{len(text.splitlines())} lines on stderr")
    same = Counter(line for line in served.lines if not line.startswith("{") or '"pid"' in line)
    if twice := sum(count > 1 for count in same.values()):
        problems.append(f"{twice} lines twice")
    # Three requests fail; whoever tells of one again shows its traceback again.
    tracebacks = "\n".join(served.lines).count("Traceback (most recent call last)")
    if tracebacks != 3:
        problems.append(f"{tracebacks} tracebacks of 3 failures")
    return ", ".join(problems)


PROBES: dict[str, Callable[[Served], str]] = {
    "200": success,
    "404": unknown,
    "500": failure,
    "stream": stream,
    "cut stream": cut,
    "failure after": after,
    "client leaves": client_leaves,
    "session": session,
    "SIGTERM": stop,
    "lines": lines,
}


def probe(service: Service, framework: str, command: Command) -> dict[str, str]:
    """Each probe's finding: empty where all is as it should be."""
    served = Served(service, command)
    try:
        return {
            name: "-" if name == "session" and framework in WSGI else check(served)
            for name, check in PROBES.items()
        }
    finally:
        served.close()


def row(command: Command, found: dict[str, str]) -> str:
    return f"| {command.shown} | " + " | ".join(text or "yes" for text in found.values()) + " |"


def head() -> Iterator[str]:
    yield "| command | " + " | ".join(PROBES) + " |"
    yield "|---" * (len(PROBES) + 1) + "|"


TITLES = {"fastapi": "FastAPI", "starlette": "Starlette", "litestar": "Litestar"}
TITLES |= {"flask": "Flask", "django": "Django"}
BEGIN, END = "<!-- Made by `make docs-servers` from real runs. -->", "<!-- End of what is made. -->"


def tables(rows: dict[tuple[str, str], str]) -> str:
    parts = []
    for framework in (*ASGI, *WSGI):
        made = [rows[framework, command.shown] for command in commands(framework)]
        parts.append("\n".join((f"### {TITLES[framework]}\n", *head(), *made)))
    return "\n\n".join(parts)


def main() -> None:
    chosen = sys.argv[1:] or [*ASGI, *WSGI]
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        for framework in chosen:
            service = install(ROOT, Path(folder) / framework, framework)
            for command in commands(framework):
                rows[framework, command.shown] = row(command, probe(service, framework, command))
                print(framework, rows[framework, command.shown], flush=True)
    if len(chosen) == len(TITLES):
        text = PAGE.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        PAGE.write_text(
            f"{before}{BEGIN}\n\n{tables(rows)}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8"
        )


if __name__ == "__main__":
    os.environ.update({"GIT_CONFIG_GLOBAL": os.devnull})
    main()
