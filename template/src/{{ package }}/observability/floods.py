# Managed by the service template: change it there, or expect a merge on update.
"""What keeps a flood out of the log: repeats are counted, and a limit sheds what matters least."""

import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock

WINDOW_S = 10.0
MOST_KINDS = 512
"""Kinds of lines that are remembered; the one that was seen least lately is forgotten."""

SHARES = ((logging.DEBUG, 0.5), (logging.INFO, 0.8), (logging.CRITICAL, 1.0))
"""Which part of a second's lines each level may bring it to."""


@dataclass
class Kind:
    """Lines that differ in their fields only, since the beginning of a window."""

    record: logging.LogRecord
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
        self.kinds: OrderedDict[tuple[object, ...], Kind] = OrderedDict()
        self.lock = RLock()
        self.next_look = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        if not self.burst:
            return True
        now = time.monotonic()
        if now >= self.next_look:
            self.summarise(now)
        if record.levelno == logging.INFO:
            return True
        error = record.exc_info[0] if record.exc_info else None
        key = (record.name, record.levelno, record.msg if type(record.msg) is str else None, error)
        with self.lock:
            kind = self.kinds.setdefault(key, Kind(record, now))
            kind.count += 1
            self.kinds.move_to_end(key)
            if len(self.kinds) > MOST_KINDS:
                self._end(self.kinds.popitem(last=False)[1])
            return kind.count <= self.burst

    def summarise(self, now: float = float("inf")) -> None:
        """Tell of the kinds whose window is over, by default of all."""
        with self.lock:
            self.next_look = now + 1
            over = [key for key, kind in self.kinds.items() if now - kind.since >= WINDOW_S]
            for key in over:
                self._end(self.kinds.pop(key))

    def _end(self, kind: Kind) -> None:
        if kind.count > self.burst:
            self.tell(
                line_of_ours(
                    "Logs suppressed",
                    suppressed=kind.count - self.burst,
                    of_logger=kind.record.name,
                    of_level=kind.record.levelname,
                    of_message=str(kind.record.msg)[:200],
                )
            )


class Limit(logging.Filter):
    """At most `most` lines in each second, the least important ones shed first; 0: no limit.

    `shed(level)` is told of each line that is not written.
    """

    def __init__(self, most: int, shed: Callable[[int], object]) -> None:
        super().__init__()
        self.most = most
        self.shed = shed
        self.second = 0
        self.count: Counter[int] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        if not self.most:
            return True
        second = int(time.monotonic())
        if second != self.second:
            self.second, self.count = second, Counter()
        share = next((part for level, part in SHARES if record.levelno <= level), 1.0)
        if self.count[0] < self.most * share:
            self.count[0] += 1
            return True
        self.shed(record.levelno)
        return False


def line_of_ours(message: str, level: int = logging.WARNING, **fields: object) -> logging.LogRecord:
    """A record that the logging itself writes, past its own filters."""
    record = logging.makeLogRecord(
        {"name": __name__, "levelno": level, "levelname": logging.getLevelName(level)}
    )
    record.msg = message
    vars(record).update(fields, event=message.lower().replace(" ", "_"))
    return record
