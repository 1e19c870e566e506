# Managed by the service template: change it there, or expect a merge on update.
"""Where lines go: stdout always, a rotating file beside it in development."""

import logging
import os
import sys
from contextlib import ExitStack, suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

from .delivery import Writer
from .floods import Limit, Repeats, line_of_ours

MAX_BYTES = 10_000_000
BACKUPS = 5


def _dropped(counts: dict[int, int]) -> bytes:
    """The line that tells how many lines of which level were given up."""
    dropped = {logging.getLevelName(level): count for level, count in sorted(counts.items())}
    return f"{notices.format(line_of_ours('Logs dropped', dropped=dropped))}\n".encode()


writer = Writer(1, _dropped)
"""The one of stdout: every handler writes through it, so that no line lands inside another."""

notices = logging.Handler()
"""Formats the writer's own lines like the rest of the log."""


class StdoutHandler(logging.Handler):
    """One write per line, to what `sys.stdout` is at that moment.

    A line that cannot be made or has nowhere to go is counted in `lost`; the caller never sees an
    exception.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lost = 0
        self.repeats = Repeats(0, self.emit)
        self.limit = Limit(0, writer.shed)
        self.addFilter(self.repeats)
        self.addFilter(self.limit)

    def handle(self, record: logging.LogRecord) -> bool:
        """Emit, if no filter objects; without a lock, for the writer has its own."""
        allowed = bool(self.filter(record))
        if allowed:
            self.emit(record)
        return allowed

    def emit(self, record: logging.LogRecord) -> None:
        """Format and write."""
        try:
            line = f"{self.format(record)}\n"
            if sys.stdout is sys.__stdout__ is not None:
                writer.write(line.encode(), record.levelno)
            else:  # somebody (pytest, a notebook) has put a stream of his own there
                sys.stdout.write(line)
                sys.stdout.flush()
        except Exception:  # noqa: BLE001 - a broken sink must not break the service
            self.lost += 1

    def flush(self) -> None:
        """Write what waits; `logging.shutdown` calls this when the process exits."""
        self.repeats.summarise()
        writer.flush()


class DevelopmentFileHandler(RotatingFileHandler):
    """10 MB and five backups, UTF-8, readable by its owner only; what fails here stays here.

    Two processes that rotate one file lose lines, so each has its own: the first the plain name,
    the next ones a name with their pid.
    """

    def __init__(self, path: str) -> None:
        self.claim = _claim(Path(f"{path}.lock"))
        if self.claim is None:
            path = f"{path.removesuffix('.log')}.{os.getpid()}.log"
        super().__init__(
            path, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8", delay=True
        )

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return open(descriptor, "a", encoding=self.encoding, errors="backslashreplace")

    def handleError(self, record: logging.LogRecord) -> None:
        """Stay silent: stdout has the line."""

    def close(self) -> None:
        """Leave the name to another process."""
        super().close()
        if self.claim is not None:
            self.claim.close()


def _claim(lock: Path) -> IO[bytes] | None:
    """The open lock file that makes the plain name ours while we live, or None if it is taken."""
    with suppress(ImportError, OSError), ExitStack() as opened:  # Windows; taken; not writable
        import fcntl

        claim = opened.enter_context(lock.open("ab"))
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        opened.pop_all()
        return claim
    return None
