"""Servers that are asked over real sockets, and what a request or a frame costs them in CPU."""

import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from commands import clean_environment, free_port
from frames import BINARY, TEXT, Session
from lines import WrongLine
from processes import ENVIRONMENT, HERE
from reading import PATIENCE_S, Reader, pin

REQUEST = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: speed\r\nAccept: */*\r\n\r\n"
ROOT, CPU = REQUEST % b"/", REQUEST % b"/cpu"
END = b"\r\n\r\n"
CONNECTIONS = 16
WINDOW_S = 0.2
CARRIED = {
    "ours": (
        *('"request_id":"', '"method":"GET"', '"path":"/"', '"route":"/"'),
        *('"status":200', '"duration_ms":'),
    ),
    "middleware": ("method=GET", "path=/ ", "status=200", "duration_ms="),
    "access": ("GET / HTTP/1.1", "200"),
    "bare": (),
}
"""What the line of a request carries."""

LATE_S = 2
"""How long a line may take to its reader."""
FRAME = bytes(320)
"""20 ms of speech: 8,000 samples in a second, 16 bits each."""


class Server:
    """An application behind a server, and a reader that keeps up with its lines."""

    def __init__(self, python: Path, framework: str, contender: str) -> None:
        self.port = free_port()
        self.name = f"{framework}, {contender}"
        self.contender = contender
        self.reader = Reader()
        self.requests = 0
        self.session: Session | None = None
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
        self.wait_for_lines()
        for line in filter(is_request, self.reader.lines()):
            if missing := [text for text in CARRIED[self.contender] if text not in line]:
                raise WrongLine(f"{self.name}: {', '.join(missing)} missing in this line: {line}")
        self.reader.keeps = False
        self.before = self.reader.count - self.due

    def wait_for_lines(self) -> None:
        """Wait until each request so far has its line, those of the start not counted."""
        deadline = time.monotonic() + LATE_S
        while (found := sum(map(is_request, self.reader.lines()))) != self.due:
            if time.monotonic() > deadline:
                raise WrongLine(f"{self.name}: {found} lines of {self.requests} requests")
            time.sleep(0.01)

    @property
    def due(self) -> int:
        """The lines that are to be there by now."""
        return self.requests if CARRIED[self.contender] else 0

    def count(self) -> None:
        """Raise WrongLine unless each request has its line, or none has one where none is due."""
        if self.session:  # which has lines of its own
            return
        self.reader.wait(self.before + self.due, LATE_S)
        if (found := self.reader.count - self.before) != self.due:
            raise WrongLine(f"{self.name}: {found} lines of {self.requests} requests")

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
        if self.session is None:
            self.session = Session(self.connect())
        began = float(self.session.exchange(TEXT, b"cpu"))
        for _ in range(frames):
            self.session.exchange(BINARY, FRAME)
        return (float(self.session.exchange(TEXT, b"cpu")) - began) / frames

    def memory(self) -> float:
        """Resident memory in MB."""
        return resident(self.process.pid)

    def stop(self) -> None:
        if self.session:
            self.session.connection.close()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.stderr
        self.process.stderr.close()
        self.process.wait(PATIENCE_S)
        self.reader.end()


def is_request(line: str) -> bool:
    return "request_completed" in line or "HTTP/1.1" in line


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
