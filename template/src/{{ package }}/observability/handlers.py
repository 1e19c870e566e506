# Managed by the service template: change it there, or expect a merge on update.
"""Where lines go: stdout always, a rotating file beside it in development."""

import atexit
import logging
import os
import sys
from contextlib import ExitStack, suppress
from io import FileIO, TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Any

from .delivery.writer import Writer
from .entries import line_of_record
from .floods import Limit, Repeats, line_of_ours
from .formatters import JSONFormatter

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

    A line that cannot be made or has nowhere to go is counted in `lost`, and stderr is told; the
    caller never sees an exception.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lost = 0
        self.repeats = Repeats(0, self.emit)
        self.limit = Limit(0, writer.shed)
        self.own_filters = [self.repeats, self.limit]
        self.filters = list(self.own_filters)
        atexit.register(self.close)  # since dictConfig makes logging.shutdown forget a handler

    def handle(self, record: logging.LogRecord) -> bool:
        """Emit, if no filter objects; without a lock, for the writer has its own."""
        try:
            passed = self.filter(record)
        except Exception as error:  # noqa: BLE001 - somebody's filter must not break the service
            self.lose(error)
            return False
        if passed:  # from Python 3.12 on, maybe another record
            self.emit(passed if isinstance(passed, logging.LogRecord) else record)
        return bool(passed)

    def filter(self, record: logging.LogRecord) -> Any:
        """What `logging.Filterer` says, without its detour where the filters are our own."""
        if self.filters == self.own_filters:
            return self.repeats.filter(record) and self.limit.filter(record)
        return super().filter(record)

    def emit(self, record: logging.LogRecord) -> None:
        """Format and write."""
        try:
            ours = sys.stdout is sys.__stdout__ is not None
            if ours and type(self.formatter) is JSONFormatter and type(self) is StdoutHandler:
                writer.write(line_of_record(record), record.levelno)  # no text in between
                return
            line = f"{self.format(record)}\n"
            if ours:
                writer.write(line.encode(errors="backslashreplace"), record.levelno)
            else:  # somebody (pytest, a notebook) has put a stream of his own there
                sys.stdout.write(line)
                sys.stdout.flush()
        except Exception as error:  # noqa: BLE001 - a broken sink must not break the service
            self.lose(error)

    def lose(self, error: Exception) -> None:
        """Count a line that could not be written, and tell stderr."""
        self.lost += 1
        writer.descriptor.complain(f"{type(error).__name__}; {self.lost} lines lost")

    def flush(self) -> None:
        """Write what waits, as long as somebody reads it."""
        writer.flush()

    def close(self) -> None:
        """Tell what was held back, and write what waits: `logging.shutdown` does this at exit."""
        self.repeats.summarise()
        writer.close()
        super().close()


class DevelopmentFileHandler(RotatingFileHandler):
    """10 MB and five backups, UTF-8, readable by its owner only; what fails here stays here.

    Two processes that rotate one file lose lines, so each has its own: the first the plain name,
    the next ones, forked ones too, a name with their pid.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.claim = _claim(Path(f"{path}.lock"))
        self.pid = os.getpid()
        super().__init__(
            path if self.claim else self._own_path(),
            maxBytes=MAX_BYTES,
            backupCount=BACKUPS,
            encoding="utf-8",
            delay=True,
        )

    def _own_path(self) -> str:
        return os.path.abspath(f"{self.path.removesuffix('.log')}.{os.getpid()}.log")

    def emit(self, record: logging.LogRecord) -> None:
        """Write, to a new file where this process has none yet or somebody has removed it."""
        if self.pid != os.getpid():
            self.pid, self.baseFilename, self.stream = os.getpid(), self._own_path(), None
        if self.stream and not os.path.exists(self.baseFilename):
            self.stream.close()
            self.stream = None
        super().emit(record)

    def _open(self) -> TextIOWrapper:
        # Without a buffer, whose lock a fork might copy while it is taken.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        raw = FileIO(os.open(self.baseFilename, flags, 0o600), "a")
        return TextIOWrapper(raw, self.encoding, "backslashreplace", write_through=True)

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
