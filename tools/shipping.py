"""Runs the configurations of docs/how-to/shipping on a real log, and takes what they ship."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import demo
import traffic

FOLDER = demo.ROOT / "docs" / "how-to" / "shipping"
DUCKDB = Path(sys.executable).with_name("duckdb")
PATIENCE_S = 30
PATH = os.pathsep.join(
    [str(demo.ROOT / ".tools" / "system"), os.environ["PATH"], "/usr/sbin", "/usr/local/sbin"]
)
"""Where daemons are, and where tools/system-tools puts one of two that exclude each other."""

NOT_RUN = {
    "Vector": "vector.yaml",
    "Fluent Bit": "fluent-bit.yaml",
    "OpenTelemetry Collector": "otel-collector.yaml",
    "Loki": "loki.alloy",
    "Datadog": "datadog.yaml",
    "Railway": "",
}
"""What no package registry has, with its configuration; the page has a section for each."""

COMMANDS: dict[str, Callable[[Path, Path], tuple[str | Path, ...]]] = {
    "rsyslog": lambda configuration, folder: (
        *("rsyslogd", "-n", "-f", configuration, "-i", folder / "pid"),
    ),
    "syslog-ng": lambda configuration, folder: (
        *("syslog-ng", "--foreground", "--stderr", "--no-caps", "--cfgfile", configuration),
        *("--persist-file", folder / "persist", "--pidfile", folder / "pid"),
        *("--control", folder / "control"),
    ),
}
"""How each daemon is started in the foreground, with all its files in a folder."""

# RFC 5424: priority, version, timestamp, host, program, process, message id, structured data, text.
# Text in UTF-8 may begin with a mark that says so, and syslog-ng ends each with a newline.
MESSAGE = re.compile(
    rb"<(\d+)>1 (\S+) (\S+) (\S+) (\S+) (\S+) (?:-|\[[^]]*\]) (?:\xef\xbb\xbf)?(.*?)\n?", re.DOTALL
)


@dataclass(frozen=True)
class Message:
    """What arrived of one line; `severity` counts from 0, emergency, to 7, debug."""

    facility: int
    severity: int
    timestamp: str
    host: str
    program: str
    process: str
    message_id: str
    line: bytes

    @classmethod
    def parse(cls, frame: bytes) -> "Message":
        found = MESSAGE.fullmatch(frame)
        if not found:
            raise demo.DemoError(f"this is no message by RFC 5424: {frame[:200]!r}")
        timestamp, host, program, process, message_id = (found[n].decode() for n in range(2, 7))
        facility, severity = divmod(int(found[1]), 8)
        return cls(facility, severity, timestamp, host, program, process, message_id, line=found[7])


@dataclass
class Server:
    """A syslog server by RFC 6587, octet counting; keeps what it is sent, from one client."""

    frames: list[bytes] = field(default_factory=list)
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def serve(self) -> None:
        connection, _ = self.listener.accept()
        with connection, connection.makefile("rb") as stream:
            while length := b"".join(iter(lambda: stream.read(1).strip(), b"")):
                self.frames.append(stream.read(int(length)))


@dataclass(frozen=True)
class Shipped:
    """What came out at the other end, and what was laid aside."""

    messages: list[Message]
    other: list[str]


def configured(name: str, folder: Path, port: int) -> str:
    """The text of a configuration, with this machine's folder and server for those of the page."""
    (path,) = FOLDER.glob(f"{name}.*")
    text = path.read_text(encoding="utf-8")
    for shown, here in (
        ("/var/log/orders", str(folder)),
        ("/var/spool/rsyslog", str(folder)),
        ("logs.example.com", "127.0.0.1"),
        ("5140", str(port)),
    ):
        text = text.replace(shown, here)
    return text


@contextmanager
def daemon(name: str, folder: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """The daemon, from here to the end of the block, where it is asked to stop and waited for."""
    configuration = folder / "configuration"
    configuration.write_text(configured(name, folder, port), encoding="utf-8")
    program, *arguments = COMMANDS[name](configuration, folder)
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            (shutil.which(str(program), path=PATH) or program, *arguments),
            stdout=said,
            stderr=said,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def ship(name: str, log: Path, folder: Path) -> Shipped:
    """Have the daemon read a copy of the log, until as much has come as there are lines."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(log, folder / "orders.log")
    lines = len(log.read_bytes().splitlines())
    server, other = Server(), folder / "other.log"
    threading.Thread(target=server.serve, daemon=True).start()
    with server.listener, daemon(name, folder, server.port) as process:
        given_up = time.monotonic() + PATIENCE_S
        while len(server.frames) + len(laid_aside(other)) < lines:
            if process.poll() is not None or time.monotonic() > given_up:
                said = (folder / "said").read_text(encoding="utf-8", errors="replace")
                came = f"{len(server.frames)} of {lines} lines came"
                raise demo.DemoError(f"{name}: {came}, and it said: {said}")
            time.sleep(0.02)
    return Shipped([Message.parse(frame) for frame in server.frames], laid_aside(other))


def archive(log: Path, folder: Path) -> Path:
    """Have DuckDB put a copy of the log into Parquet files; returns a pattern of their names."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(log, folder / "orders.log")
    script = folder / "duckdb.sql"
    script.write_text(configured("duckdb", folder, 0), encoding="utf-8")
    subprocess.run((DUCKDB, "-f", script), cwd=folder, check=True, capture_output=True)
    return folder / "archive" / "**"


def query(question: str) -> list[dict[str, Any]]:
    """What DuckDB answers."""
    done = subprocess.run((DUCKDB, "-json", "-c", question), check=True, capture_output=True)
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def laid_aside(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def records(log: Path) -> list[bytes]:
    """The lines of the log that are records: all but what the service is known to print."""
    other = {line.encode() for line in traffic.OTHER}
    return [line for line in log.read_bytes().splitlines() if line not in other]
