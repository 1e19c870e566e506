# Managed by the template: edits here are merged on update.
"""Handlers: stdout with a rate limit, without blocking or raising; the development file."""

import logging
import sys
import time
from functools import cache
from logging.handlers import RotatingFileHandler
from typing import Any

from .context import EMPTY
from .formatters import JSONFormatter, KeyValueFormatter, to_line
from .record import parts_of
from .writer import Writer, warn_stderr


def _report_drops(counts: dict[int, int]) -> bytes:
    dropped = {logging.getLevelName(level): count for level, count in sorted(counts.items())}
    given = {"name": __name__, "levelname": "WARNING", "msg": "Logs dropped", "_context": EMPTY}
    return f"{stdout.format(logging.makeLogRecord({**given, 'dropped': dropped}))}\n".encode()


writer = Writer(1, _report_drops)
"""The writer of stdout: every handler uses it, so that no line lands inside another."""


class StdoutHandler(logging.Handler):
    """One write per line, to what `sys.stdout` is at that moment; it never blocks or raises."""

    takes_events = True  # without a LogRecord
    limit = lost = second = count = 0
    write = writer.write
    close = writer.close  # later lines may be written

    def admits(self, level: int) -> bool:
        """Whether `limit` lines per second allow the line; else count it dropped."""
        second = int(time.monotonic())
        if second != self.second:
            self.second, self.count = second, 0
        share = {logging.DEBUG: 0.5, logging.INFO: 0.8}.get(level, 1)
        if self.count < max(1, self.limit * share):
            self.count += 1
            return True
        writer.count_dropped(level)
        return False

    def handle(self, record: logging.LogRecord) -> bool:
        """Emit, unless a filter or the limit objects; the writer has its own lock."""
        try:
            marks = vars(record)  # `_repeated` is what repeats a line of ours
            # From Python 3.12 on, a filter may return another record.
            passed = not ("_repeated" in marks or "_written" in marks) and self.filter(record)
            marks["_written"] = True
            if passed and (not self.limit or self.admits(record.levelno)):
                self.emit(passed if isinstance(passed, logging.LogRecord) else record)
        except Exception:  # noqa: BLE001 - a log call never raises into its caller
            self.handleError(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        if type(self.formatter) is JSONFormatter:
            line = to_line(*parts_of(record))
        else:
            line = f"{self.format(record)}\n".encode(errors="backslashreplace")
        if sys.stdout is not sys.__stdout__ and sys.stdout is not None:  # pytest, a notebook
            sys.stdout.write(line.decode())
            sys.stdout.flush()
        else:
            self.write(line, record.levelno)

    def handleError(self: Any, record: object) -> None:
        """Count a line that could not be written, and warn on stderr: `logging` would show it."""
        self.lost = getattr(self, "lost", 0) + 1
        warn_stderr(f"{type(self).__name__}: {type(sys.exc_info()[1]).__name__}; {self.lost} lost")


stdout = StdoutHandler()
stdout.setFormatter(JSONFormatter())
logging.lastResort = stdout  # where no logger above a record has a handler, or none yet


def _emit(self: Any, record: Any, emit: Any = logging.StreamHandler.emit) -> None:
    """Replace `emit` of stream handlers: what goes to the console goes through ours, once."""
    if self.stream not in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        emit(self, record)
        return
    stdout.handle(record)
    root = logging.getLogger()
    if stdout in root.handlers:  # a new list, since `logging` is amid the old one
        root.handlers = [other for other in root.handlers if other is not self]


logging.StreamHandler.emit = _emit  # type: ignore[method-assign]
logging.Handler.handleError = StdoutHandler.handleError  # type: ignore[method-assign]


@cache
def development_file(path: str) -> logging.Handler:
    """Return the handler of a file of ten megabytes and five backups; a failure costs no line."""
    handler = RotatingFileHandler(path, "a", 10_000_000, 5, encoding="utf-8", delay=True)
    handler.setFormatter(KeyValueFormatter())
    handler.addFilter(lambda record: "_repeated" not in vars(record))
    return handler
