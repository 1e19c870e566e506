"""Python processes of their own: what a test writes runs with the package on the path."""

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import observability.settings
from observability.record import event_of

HANG_S = 60
"""A child that runs this long hangs; no test is about how fast one is."""

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


@dataclass(frozen=True)
class Ended:
    """What a child wrote, and its exit code."""

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


@contextmanager
def started(code: str, stdout: int, **variables: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a child that writes to the descriptor `stdout` and says on stderr how far it is."""
    process = subprocess.Popen(
        [sys.executable, "-c", BEGIN + code],
        env=environment(**variables),
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        try:
            yield process
        finally:
            process.kill()
