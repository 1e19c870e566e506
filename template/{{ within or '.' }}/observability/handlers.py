# Managed by the service template: change it there, or expect a merge on update.
"""The way of a record to stdout, on which it harms nobody."""

import atexit
import logging
import sys
from typing import Any

from .delivery.writer import Writer
from .entries import line_of_record
from .floods import Limit, Repeats, line_of_ours
from .formatters import JSONFormatter


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
        """What `logging.Filterer` says; of our own filters at less cost."""
        if self.filters == self.own_filters:
            return self.repeats.filter(record) and self.limit.filter(record)
        return super().filter(record)

    def emit(self, record: logging.LogRecord) -> None:
        """Format and write."""
        try:
            own = sys.stdout is sys.__stdout__ is not None
            if own and type(self.formatter) is JSONFormatter and type(self) is StdoutHandler:
                writer.write(line_of_record(record), record.levelno)  # without a text in between
                return
            line = f"{self.format(record)}\n"
            if own:
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
