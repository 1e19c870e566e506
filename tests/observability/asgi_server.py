"""A real server of the package in its own process, and the records that it writes."""

import http.client
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from children import HANG_S, PACKAGE, Child, environment, wait_until
from children import Record as Record

HERE = Path(__file__).parent
APPS, JOBS = str(HERE / "web_apps.py"), str(HERE / "worker_jobs.py")


class Server(Child):
    def __init__(self, command: list[str], folder: Path, **variables: str) -> None:
        given = {"PORT": "0", "PYTHONPATH": f"{PACKAGE}:{HERE}"} | variables
        super().__init__(sys.executable, *command, folder=folder, env=environment(**given))

    @property
    def port(self) -> int:
        pattern = re.compile(r'127\.0\.0\.1(?::|","port":)([1-9]\d*)')
        self.wait_until(lambda: pattern.search("\n".join(self.lines)))
        listens = pattern.search("\n".join(self.lines))
        assert listens, f"it does not listen:\n{self.output}"
        return int(listens[1])

    def connect(self) -> http.client.HTTPConnection:
        """A connection, as soon as it listens: with processes, uvicorn names the port before."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HANG_S)

        def is_open() -> bool:
            with suppress(ConnectionRefusedError):
                connection.connect()
            return connection.sock is not None

        wait_until(is_open, f"it listens on {self.port}")
        return connection

    def request(
        self, path: str, method: str = "GET", request_id: str = ""
    ) -> tuple[int, dict[str, str], bytes, bool]:
        """Status, headers and body of one request, and whether the body was cut."""
        with closing(self.connect()) as connection:
            headers = {"X-Request-ID": request_id} if request_id else {}
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            try:
                return response.status, named, response.read(), False
            except http.client.IncompleteRead as cut:
                return response.status, named, cut.partial, True

    def leave(self, path: str, request_id: str) -> None:
        """Begin a request, and close the connection amid its response."""
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: {request_id}\r\n\r\n"
            client.sendall(head.encode())
            assert client.recv(1024).startswith(b"HTTP/1.1 200")

    def abort(self, path: str, request_id: str) -> None:
        """Begin an upload, and close the connection amid it."""
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: {request_id}\r\n"
            client.sendall(f"{head}Content-Length: 100\r\n\r\nhalf".encode())


@contextmanager
def serve(*command: str, folder: Path, **variables: str) -> Iterator[Server]:
    """Run `python *command`; at the end it has to stop with code 0, and stderr to be empty."""
    server = Server(list(command), folder, **variables)
    try:
        yield server
        if server.process.poll() is None:
            assert server.stop() == 0, server.output
        assert not server.errors, f"stderr is not empty:\n{server.output}"
    finally:
        server.close()
