# Managed by the template: edits here are merged on update.
"""Handlers for stdout and for the development file, and a rate limit as a `logging.Filter`."""

import atexit
import logging
import os
import sys
import time
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from typing import Any

from .context import EMPTY
from .formatters import JSONFormatter, KeyValueFormatter, to_line
from .record import event_of
from .writer import Writer, warn_stderr

FILE_BYTES, FILE_BACKUPS = 10_000_000, 5
SHARES = {logging.DEBUG: 0.5, logging.INFO: 0.8}
"""Parts of a second's lines that a level may use; higher levels may use all of them."""


def encode(formatter: logging.Formatter | None, record: logging.LogRecord) -> bytes:
    """Return the record's line with its newline."""
    if formatter is None or type(formatter) is JSONFormatter:
        return to_line(event_of(record))
    return f"{formatter.format(record)}\n".encode(errors="backslashreplace")


def _report_drops(counts: dict[int, int]) -> bytes:
    dropped = {logging.getLevelName(level): count for level, count in sorted(counts.items())}
    record = logging.makeLogRecord({"name": __name__, "levelname": "WARNING"})
    vars(record).update(msg="Logs dropped", dropped=dropped, _context=EMPTY)
    return encode(drop_report.formatter, record)


drop_report = logging.Handler()
"""Has the formatter of lines that report drops."""

writer = Writer(1, _report_drops)
"""The writer of stdout: every handler uses it, so that no line lands inside another."""


class RateLimitFilter(logging.Filter):
    """At most `limit` lines in each second; DEBUG and INFO are refused first, and counted."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit
        self.second = self.count = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        return self.admits(record.levelno)

    def admits(self, level: int) -> bool:
        """Whether a line of that level is written; one that is not is counted as dropped."""
        second = int(time.monotonic())
        if second != self.second:
            self.second, self.count = second, 0
        if self.count < max(1, self.limit * SHARES.get(level, 1)):
            self.count += 1
            return True
        writer.count_dropped(level)
        return False


class StdoutHandler(logging.Handler):
    """One write per line, to what `sys.stdout` is at that moment; it never blocks or raises.

    A line that cannot be made or written is counted in `lost`, and stderr gets a warning.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lost = 0
        self.writer = writer
        self.own_filters: list[Any] = []
        atexit.register(self.close)  # dictConfig makes logging.shutdown forget a handler

    def limit_rate(self, limit: int) -> None:
        """Write at most `limit` lines per second; 0: no limit."""
        others = [other for other in self.filters if other not in self.own_filters]
        self.own_filters = [RateLimitFilter(limit)] if limit else []
        self.filters = [*self.own_filters, *others]

    def handle(self, record: logging.LogRecord) -> bool:
        """Emit, unless a filter objects. The writer has its own lock."""
        try:
            passed = self.filter(record)
            if passed:  # Python 3.12 and newer: a filter may return another record
                self.emit(passed if isinstance(passed, logging.LogRecord) else record)
        except Exception as error:  # noqa: BLE001 - a log call never raises into its caller
            self.lose(error)
            return False
        return bool(passed)

    def emit(self, record: logging.LogRecord) -> None:
        """Format and write."""
        if sys.stdout is not sys.__stdout__ and sys.stdout is not None:  # pytest, a notebook
            sys.stdout.write(f"{self.format(record)}\n")
            sys.stdout.flush()
        else:
            self.writer.write(encode(self.formatter, record), record.levelno)

    def lose(self, error: Exception) -> None:
        """Count a line that could not be written, and warn on stderr."""
        self.lost += 1
        warn_stderr(f"{type(error).__name__}; {self.lost} lines lost")

    def flush(self) -> None:
        """Write what waits, as long as the reader takes it."""
        self.writer.flush()

    def close(self) -> None:
        """Write what waits and report drops; `logging.shutdown` and the exit call this."""
        self.writer.close()
        super().close()


class DevelopmentFileHandler(RotatingFileHandler):
    """Ten megabytes and five backups, readable by their owner only; a failure costs no line.

    Two processes that rotate one file lose lines, so the first one has the plain name and the
    others, forked ones too, a name with their pid.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path, "a", FILE_BYTES, FILE_BACKUPS, encoding="utf-8", delay=True)
        self.setFormatter(KeyValueFormatter())
        self.pid = os.getpid()

    def emit(self, record: logging.LogRecord) -> None:
        """Write; a forked child writes to a file of its own."""
        if self.pid != os.getpid():
            self.pid, self.stream = os.getpid(), None
            self._take_own_name()
        super().emit(record)

    def _take_own_name(self) -> None:
        self.baseFilename = f"{self.baseFilename.removesuffix('.log')}.{os.getpid()}.log"

    def _open(self) -> TextIOWrapper:
        stream = open(  # noqa: SIM115 - the handler closes it
            self.baseFilename, "a", encoding="utf-8", errors="backslashreplace", opener=_opener
        )
        with suppress(ImportError):  # Windows
            import fcntl

            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                stream.close()
                self._take_own_name()
                return self._open()
        return stream

    def handleError(self, record: logging.LogRecord) -> None:
        """Stay silent: stdout has the line."""


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
