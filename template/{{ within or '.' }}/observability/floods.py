# Managed by the service template: change it there, or expect a merge on update.
"""What keeps a flood out of the log: repeats are counted, and a limit sheds what matters least."""

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock

WINDOW_S = 10.0
MOST_KINDS = 512
"""Kinds of lines that are remembered; the one that began first is forgotten."""

EACH_COUNTS = frozenset("request_completed session_complete job_completed message_handled".split())
"""Summaries of units of work: each line counts, whatever its level."""

OF_DEBUG, OF_INFO = 0.5, 0.8
"""Which part of a second's lines a level may bring it to; those above INFO may fill it."""


@dataclass(eq=False, repr=False)
class Kind:
    """Lines that differ in their fields only, since the beginning of a window."""

    logger: str
    level: str
    message: str
    since: float
    count: int = 0


class Repeats(logging.Filter):
    """Lets `burst` lines of one kind through in ten seconds, and tells how many more there were.

    A kind is logger, level, message and type of error, of DEBUG and of WARNING and above: INFO says
    what the service does, and each of it counts. A burst of 0 lets all through.
    """

    def __init__(self, burst: int, tell: Callable[[logging.LogRecord], object]) -> None:
        super().__init__()
        self.burst = burst
        self.tell = tell
        self.begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.begin)

    def begin(self) -> None:
        """Begin anew, as a forked child does: the counts are its parent's to tell."""
        self.lock = RLock()
        self.kinds: dict[tuple[object, ...], Kind] = {}  # in the order in which their windows end
        self.next_look = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        if not self.burst:
            return True
        if self.is_due():
            self.summarise(time.monotonic())
        if logging.DEBUG < record.levelno < logging.WARNING:
            return True
        if _hashable(getattr(record, "event", None)) in EACH_COUNTS:
            return True
        error = record.exc_info[0] if record.exc_info else None
        name, message = _hashable(record.name), _hashable(record.msg)
        key = (name, record.levelno, message, _hashable(getattr(record, "error_type", error)))
        now = time.monotonic()
        with self.lock:
            kind = self.kinds.setdefault(key, Kind(name, record.levelname, message[:200], now))
            kind.count += 1
            written = kind.count <= self.burst
        if len(self.kinds) > MOST_KINDS:
            self.summarise(now, most=MOST_KINDS)
        return written

    def is_due(self) -> bool:
        """Whether it may be time to tell of something."""
        return bool(self.kinds) and time.monotonic() >= self.next_look

    def summarise(self, now: float = float("inf"), *, most: int | None = None) -> None:
        """Tell of the kinds whose window is over, by default of all; leave at most `most`."""
        over = []
        with self.lock:
            self.next_look = min(now + 1, time.monotonic() + 1)
            for key, kind in list(self.kinds.items()):
                if now - kind.since < WINDOW_S and (most is None or len(self.kinds) <= most):
                    break
                over.append(kind)
                self.kinds.pop(key, None)
        # Without the lock: a line may wait for somebody who waits for it.
        for kind in over:
            if kind.count > self.burst:
                self.tell(
                    line_of_ours(
                        "Logs suppressed",
                        suppressed=kind.count - self.burst,
                        of_logger=kind.logger,
                        of_level=kind.level,
                        of_message=kind.message,
                    )
                )


def _hashable(given: object) -> str:
    """The text itself, or what else it is: a stranger's object is not asked for its hash."""
    if isinstance(given, type):
        return f"{given.__module__}.{given.__qualname__}"
    return given if type(given) is str else type(given).__name__


class Limit(logging.Filter):
    """At most `most` lines in each second, the least important ones shed first; 0: no limit.

    `shed(level)` is told of each line that is not written.
    """

    def __init__(self, most: int, shed: Callable[[int], object]) -> None:
        super().__init__()
        self.most = most
        self.shed = shed
        self.second = self.count = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        return self.admits(record.levelno)

    def admits(self, level: int) -> bool:
        """Whether a line of that level is written; one that is not is shed."""
        if not self.most:
            return True
        second = int(time.monotonic())
        if second != self.second:
            self.second, self.count = second, 0
        share = 1.0 if level > logging.INFO else OF_INFO if level > logging.DEBUG else OF_DEBUG
        if self.count < max(1, self.most * share):
            self.count += 1
            return True
        self.shed(level)
        return False


def line_of_ours(message: str, level: int = logging.WARNING, **fields: object) -> logging.LogRecord:
    """A record that the logging itself writes, past its own filters and outside of any context."""
    record = logging.makeLogRecord(
        {"name": __name__, "levelno": level, "levelname": logging.getLevelName(level)}
    )
    record.msg = message
    vars(record).update(fields, event=message.lower().replace(" ", "_"), _context={})
    return record
