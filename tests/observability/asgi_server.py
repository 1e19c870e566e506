"""A real server of the package in its own process, and the records that it writes."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import observability.settings

WAIT_S = 60
"""How long to wait for what comes within milliseconds."""

HERE = Path(__file__).parent
PACKAGE = Path(observability.settings.__file__).parents[1]
Record = dict[str, Any]


class Server:
    """A process that serves an application; everything that it has written so far."""

    def __init__(self, command: list[str], folder: Path, **variables: str) -> None:
        environ = {name: text for name, text in os.environ.items() if name.startswith("COVERAGE_")}
        environ |= {"PATH": os.environ["PATH"], "PYTHONPATH": f"{PACKAGE}:{HERE}"}
        environ |= {"ENVIRONMENT": "production", "PORT": "0", **variables}
        self.process = subprocess.Popen(
            [sys.executable, *command],
            cwd=folder,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self.lines: list[str] = []
        self.errors: list[str] = []
        self.changed = threading.Condition()
        pairs = ((self.process.stdout, self.lines), (self.process.stderr, self.errors))
        self.readers = [threading.Thread(target=self._read, args=pair) for pair in pairs]
        for reader in self.readers:
            reader.start()

    def _read(self, stream: Any, lines: list[str]) -> None:
        for line in stream:
            with self.changed:
                lines.append(line.rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.changed.notify_all()

    @property
    def output(self) -> str:
        return "\n".join(self.lines + self.errors)

    def records(self, **fields: object) -> list[Record]:
        """The records so far that have these fields."""
        found = [json.loads(line) for line in self.lines if line.startswith("{")]
        return [record for record in found if fields.items() <= record.items()]

    def wait_until(self, found: Callable[[], object]) -> None:
        """Wait until it is so, or the process has closed its output."""
        with self.changed:
            self.changed.wait_for(
                lambda: found() or not any(reader.is_alive() for reader in self.readers), WAIT_S
            )

    def wait_for(self, count: int = 1, **fields: object) -> Record:
        """The first record that has these fields, as soon as `count` of them are written."""
        self.wait_until(lambda: len(self.records(**fields)) >= count)
        assert len(self.records(**fields)) >= count, f"no record has {fields}:\n{self.output}"
        return self.records(**fields)[0]

    @property
    def port(self) -> int:
        """The port that it listens on."""
        pattern = re.compile(r'127\.0\.0\.1(?::|","port":)([1-9]\d*)')
        self.wait_until(lambda: pattern.search("\n".join(self.lines)))
        listens = pattern.search("\n".join(self.lines))
        assert listens, f"it does not listen:\n{self.output}"
        return int(listens[1])

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)

    def request(
        self, path: str, method: str = "GET", request_id: str = ""
    ) -> tuple[int, dict[str, str], bytes, bool]:
        """Status, headers and body of one request, and whether the body was cut."""
        connection = self.connect()
        try:
            headers = {"X-Request-ID": request_id} if request_id else {}
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            try:
                return response.status, named, response.read(), False
            except http.client.IncompleteRead as cut:
                return response.status, named, cut.partial, True
        finally:
            connection.close()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal, wait for the end, return the exit code."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(WAIT_S)
        for reader in self.readers:
            reader.join(WAIT_S)
        return code

    def close(self) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()
        self.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()


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
