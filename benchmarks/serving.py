"""Servers that are asked over real sockets, and what a request or a frame costs them in CPU."""

import base64
import json
import os
import secrets
import select
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from commands import clean_environment
from processes import ENVIRONMENT, HERE, PATIENCE_S, Reader, pin
from scenes import WrongLine

REQUEST = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: speed\r\nAccept: */*\r\n\r\n"
ROOT, CPU = REQUEST % b"/", REQUEST % b"/cpu"
END = b"\r\n\r\n"
CONNECTIONS = 16
WINDOW_S = 0.2
LATE_S = 2
"""How long a line may take to its reader."""
FRAME = bytes(320)
"""Of 20 ms of speech, 8,000 samples in a second, 16 bits each."""


class Server:
    """An application behind a server, and a reader that keeps up with its lines."""

    def __init__(self, python: Path, framework: str, contender: str) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = free.getsockname()[1]
        self.name = f"{framework}, {contender}"
        self.contender = contender
        self.reader = Reader()
        self.requests = 0
        self.frames: socket.socket | None = None
        self.process = subprocess.Popen(
            [python, HERE / "serve.py", framework, contender],
            env=clean_environment() | ENVIRONMENT | {"PORT": str(self.port)},
            stdout=self.reader.sink,
            stderr=subprocess.PIPE,
        )
        pin(self.process.pid)
        os.close(self.reader.sink)

    def connect(self) -> socket.socket:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            with suppress(ConnectionRefusedError):
                connection = socket.create_connection(("127.0.0.1", self.port))
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.settimeout(PATIENCE_S)
                return connection
            if self.process.poll() is not None or time.monotonic() > deadline:
                assert self.process.stderr
                self.process.kill()
                raise WrongLine(f"{self.name} ended: {self.process.stderr.read().decode()}")
            time.sleep(0.02)

    def get(self, connection: socket.socket, request: bytes) -> bytes:
        """The body of a small answer."""
        self.requests += 1
        connection.sendall(request)
        answer = b""
        while not (found := answer.partition(END))[2]:
            if not (part := connection.recv(65536)):
                raise WrongLine(f"{self.name} cut an answer: {answer.decode()}")
            answer += part
        if not answer.startswith(b"HTTP/1.1 200"):
            raise WrongLine(f"{self.name} answered {answer.decode()}")
        return found[2]

    def check(self) -> None:
        """Look at the lines of a few requests."""
        with self.connect() as connection:
            for _ in range(5):
                self.get(connection, ROOT)
        self.count()
        for line in self.reader.lines():
            if not self.is_request(line):
                continue
            if self.contender == "ours":
                record = json.loads(line)
                names = ("request_id", "method", "path", "route", "status", "duration_ms")
                missing = [name for name in names if record.get(name) is None]
            elif self.contender == "standard":
                message = json.loads(line)["message"]
                missing = [
                    name
                    for name in ("method", "path", "status", "duration_ms")
                    if f"{name}=" not in message
                ]
            else:
                missing = [text for text in ("GET", "200") if text not in line]
            if missing:
                raise WrongLine(f"{self.name}: {', '.join(missing)} missing in this line: {line}")
        self.reader.keeps = False
        self.before = self.reader.count - self.requests

    def is_request(self, line: str) -> bool:
        return "request_completed" in line or "HTTP/1.1" in line

    def count(self) -> None:
        """Raise WrongLine unless each request has its line, or none has one where none is due."""
        if self.frames:  # of which each is a chunk, and none a line
            return
        wanted = 0 if self.contender == "bare" else self.requests
        if self.reader.keeps:
            deadline = time.monotonic() + LATE_S
            while (found := sum(map(self.is_request, self.reader.lines()))) < wanted:
                if time.monotonic() > deadline:
                    break
                time.sleep(0.01)
        else:
            self.reader.wait(wanted + self.before, LATE_S)
            found = self.reader.count - self.before if wanted else 0
        if found != wanted:
            raise WrongLine(f"{self.name}: {found} lines of {wanted} requests")

    def request_cpu(self, requests: int) -> float:
        """CPU seconds for one request."""
        with self.connect() as connection:
            began = float(self.get(connection, CPU))
            for _ in range(requests):
                self.get(connection, ROOT)
            return (float(self.get(connection, CPU)) - began) / requests

    def throughput(self) -> float:
        """Requests per second, of a client with several connections that waits for nothing."""
        poll = select.poll()
        with ExitStack() as stack:
            open_ones = [stack.enter_context(self.connect()) for _ in range(CONNECTIONS)]
            found = {connection.fileno(): connection for connection in open_ones}
            for connection in open_ones:
                poll.register(connection, select.POLLIN)
                connection.sendall(ROOT)
            began, done = time.perf_counter(), 0
            while (now := time.perf_counter()) < began + WINDOW_S:
                for number, _ in poll.poll(1000):
                    if found[number].recv(65536).endswith(b"ok"):
                        done += 1
                        found[number].sendall(ROOT)
            for connection in open_ones:
                connection.recv(65536)
            self.requests += done + CONNECTIONS
            return done / (now - began)

    def frame_cpu(self, frames: int) -> float:
        """CPU seconds for one binary frame and its answer, in one session."""
        if self.frames is None:
            self.frames = self.connect()
            upgrade = (
                "GET /frames HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Key: {base64.b64encode(secrets.token_bytes(16)).decode()}\r\n\r\n"
            )
            self.frames.sendall(upgrade.encode())
            answer = b""
            while END not in answer:
                answer += self.frames.recv(65536)
            if b" 101 " not in answer:
                raise WrongLine(f"{self.name} answered {answer.decode()}")
        began = float(self.exchange(1, b"cpu"))
        for _ in range(frames):
            self.exchange(2, FRAME)
        return (float(self.exchange(1, b"cpu")) - began) / frames

    def exchange(self, kind: int, payload: bytes) -> bytes:
        """Send one frame, masked as RFC 6455 asks of clients, and read the answer's payload."""
        assert self.frames
        size = len(payload)
        length = bytes([128 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        # A mask of zeros changes no byte.
        self.frames.sendall(bytes([128 | kind]) + length + bytes(4) + payload)
        answer = b""
        while True:
            answer += self.frames.recv(65536)
            start = 4 if len(answer) > 1 and answer[1] == 126 else 2
            size = int.from_bytes(answer[2:4], "big") if start == 4 else answer[1]
            if len(answer) >= start + size:
                return answer[start:]

    def memory(self) -> float:
        """Resident memory in MB."""
        return resident(self.process.pid)

    def stop(self) -> None:
        if self.frames:
            self.frames.close()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.stderr
        self.process.stderr.close()
        self.process.wait(PATIENCE_S)
        self.reader.end()


def resident(process: int) -> float:
    """Resident memory of a process in MB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@contextmanager
def servers(python: Path, framework: str, *names: str) -> Iterator[dict[str, Server]]:
    """The servers, checked; at the end their lines are counted."""
    with ExitStack() as stack:
        found = {name: Server(python, framework, name) for name in names}
        for server in found.values():
            stack.callback(server.stop)
        for server in found.values():
            server.check()
        yield found
        for server in found.values():
            server.count()
