"""Python processes of their own: what a test writes runs with the package on the path."""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import observability.settings
import pytest
from observability.config import configure_logging
from observability.record import event_of
from observability.redaction import redact_also
from observability.settings import get_settings

HANG_S = 300
"""What takes this long hangs; no test is about how fast something is."""

PACKAGE = str(Path(observability.settings.__file__).parents[1])
Record = dict[str, Any]
SetEnvironment = Callable[..., None]

BEGIN = """
import asyncio, json, logging, os, signal, sys, threading
from observability.audit import audit_logger
from observability.config import configure_logging
from observability.context import bind, log_context, unit_of_work
from observability.logger import get_logger
from observability.timing import slow_operation
configure_logging()
logger, plain = get_logger("child"), logging.getLogger("library")
"""


def wait_until(reached: Callable[[], object], what: str) -> None:
    """Return once `reached()` is true; fail after a time that no working machine needs."""
    end = time.monotonic() + HANG_S
    while not reached():
        assert time.monotonic() < end, f"still not: {what}"
        time.sleep(0.01)


@contextmanager
def captured(*names: str) -> Iterator[list[Record]]:
    """Yield the events of these loggers from INFO on, as they are written, in order."""
    found: list[Record] = []
    handler = logging.Handler()
    handler.emit = lambda record: found.append(event_of(record))  # type: ignore[method-assign]
    watched = [logging.getLogger(name) for name in names]
    for logger in watched:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    yield found
    for logger in watched:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)


@contextmanager
def configured_anew(*caches: Any) -> Iterator[SetEnvironment]:
    """Yield a function that sets variables and configures logging by them, until the end."""

    def forget() -> None:
        for cached in (get_settings, *caches):
            cached.cache_clear()
        redact_also()  # what lines have in common

    with pytest.MonkeyPatch.context() as patch:

        def change(**variables: str) -> None:
            for name, text in variables.items():
                patch.setenv(name, text)
            forget()
            configure_logging()

        yield change
    forget()


@dataclass(frozen=True)
class Ended:
    code: int
    output: str
    errors: str

    @property
    def records(self) -> list[Record]:
        """The lines of stdout, each of which has to be JSON."""
        return [json.loads(line) for line in self.output.split("\n") if line]


def environment(**variables: str) -> dict[str, str]:
    """Only what a child needs, so that no variable of this machine changes a result."""
    kept = {name: text for name, text in os.environ.items() if name.startswith("COVERAGE_")}
    kept |= {"PATH": os.environ["PATH"], "PYTHONPATH": PACKAGE, "ENVIRONMENT": "production"}
    return kept | variables


def run(
    code: str,
    *arguments: str,
    folder: Path | None = None,
    begin: str = BEGIN,
    stdin: str = "",
    **variables: Any,
) -> Ended:
    """Run `begin` and `code`, by default in production and configured; wait for the end."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", begin + code, *arguments],
            cwd=folder or tempfile.gettempdir(),
            env=environment(**variables),
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=HANG_S,
        )
    except subprocess.TimeoutExpired as hung:
        raise AssertionError(f"the child hangs after {(hung.stdout or b'')[-500:]!r}") from None
    return Ended(done.returncode, done.stdout, done.stderr)


class Child:
    """A process that runs on; what it has written so far."""

    def __init__(self, *command: str | Path, folder: Path, env: dict[str, str]) -> None:
        pipes: Any = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        self.process = subprocess.Popen(command, cwd=folder, env=env, encoding="utf-8", **pipes)
        self.lines: list[str] = []
        self.errors: list[str] = []
        self.changed = threading.Condition()
        pairs = ((self.process.stdout, self.lines), (self.process.stderr, self.errors))
        self.open = len(pairs)
        self.readers = [threading.Thread(target=self._read, args=pair) for pair in pairs]
        for reader in self.readers:
            reader.start()

    def _read(self, stream: Any, lines: list[str]) -> None:
        for line in stream:
            with self.changed:
                lines.append(line.rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.open -= 1
            self.changed.notify_all()

    @property
    def output(self) -> str:
        return "\n".join(self.lines + self.errors)

    def records(self, message: str = "", **fields: object) -> list[Record]:
        """The records so far of that message, with these fields."""
        fields |= {"message": message} if message else {}
        found = [json.loads(line) for line in self.lines if line.startswith("{")]
        return [record for record in found if fields.items() <= record.items()]

    def wait_until(self, found: Callable[[], object]) -> None:
        """Wait until it is so, or the process has closed its output."""
        with self.changed:
            self.changed.wait_for(lambda: found() or not self.open, HANG_S)

    def wait_for(self, message: str = "", count: int = 1, **fields: object) -> Record:
        """The first such record, as soon as `count` of them are written."""
        self.wait_until(lambda: len(self.records(message, **fields)) >= count)
        found = self.records(message, **fields)
        assert len(found) >= count, f"no record {message!r} with {fields}:\n{self.output}"
        return found[0]

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.wait()

    def end_input(self) -> int:
        assert self.process.stdin
        self.process.stdin.close()
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(HANG_S)
        for reader in self.readers:
            reader.join(HANG_S)
        return code

    def close(self) -> None:
        with self.process:  # closes its pipes
            self.process.kill()
            self.wait()
