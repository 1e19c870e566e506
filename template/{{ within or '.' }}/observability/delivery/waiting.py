# Managed by the service template: change it there, or expect a merge on update.
"""The lines that wait for a sink: bounded, in order, the least important ones given up first."""

import logging
import time
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from itertools import count

NOTICE_S = 1.0
"""Between two lines that tell of dropped ones."""

Report = Callable[[dict[int, int]], bytes]
"""Makes the line that tells how many lines of which level were dropped."""

Line = tuple[int, int, bytes]
"""Its number, its level, its text."""


class Queue:
    """At most `bound` lines. `dropped` counts by level what was given up and is not reported yet.

    `rest` is the text that comes next: nobody gives it up, since its beginning may be written.

    There is no lock that a fork, a signal handler or `__del__` could find taken: each step on a
    deque, and `+= 1` on a value, is one that the interpreter does not interrupt.
    """

    def __init__(self, bound: int, report: Report) -> None:
        self.bound = bound
        self.report = report
        self.reported = -NOTICE_S
        self.rest = b""
        self.level = logging.NOTSET
        self.lesser: deque[Line] = deque()  # DEBUG and INFO
        self.greater: deque[Line] = deque()
        self.dropped: defaultdict[int, int] = defaultdict(int)
        self._numbers = count()

    def __len__(self) -> int:
        return len(self.lesser) + len(self.greater) + bool(self.rest)

    @property
    def due(self) -> object:
        """Whether anything waits, a notice of drops included."""
        return self.rest or self.lesser or self.greater or self.dropped

    def put(self, text: bytes, level: int) -> None:
        """Append; past the bound the oldest DEBUG or INFO goes, or the newest if there is none."""
        lines = self.lesser if level < logging.WARNING else self.greater
        lines.append((next(self._numbers), level, text))
        while len(self) > self.bound and self._give_up():
            pass

    def _give_up(self) -> bool:
        for take in (self.lesser.popleft, self.greater.pop):
            with suppress(IndexError):
                self.dropped[take()[1]] += 1
                return True
        return False

    def next(self) -> bytes:
        """What comes next and is the caller's to write: `rest`, a notice, a line, or nothing."""
        if self.rest:
            return self.rest
        if self.dropped and self._notice_due_s() <= 0:
            return self.notice()
        while self.lesser or self.greater:
            with suppress(IndexError):  # somebody's line has just pushed the last one out
                older = not self.greater or (self.lesser and self.lesser[0] < self.greater[0])
                _, self.level, text = (self.lesser if older else self.greater).popleft()
                return text
        return b""

    def due_s(self) -> float | None:
        """Seconds until there is something to write: 0 if a line waits; None if nothing is due."""
        if len(self):
            return 0.0
        return self._notice_due_s() if self.dropped else None

    def _notice_due_s(self) -> float:
        return max(0.0, self.reported + NOTICE_S - time.monotonic())

    def notice(self) -> bytes:
        """The line that tells of all that was dropped since the last one."""
        self.reported = time.monotonic()
        counts, self.dropped = self.dropped, defaultdict(int)
        return self.report(counts)

    def clear(self) -> None:
        """Give up all that waits, the rest of a line included."""
        if self.rest:
            self.rest = b""
            self.dropped[self.level] += 1
        while self._give_up():
            pass
