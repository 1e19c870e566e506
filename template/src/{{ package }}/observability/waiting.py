# Managed by the service template: change it there, or expect a merge on update.
"""The lines that wait for a sink: bounded, in order, the least important ones given up first."""

import logging
from collections import Counter, deque
from threading import RLock


class Line:
    """A line that waits; `taken` while it is being written, `given_up` instead of that.

    Of a `torn` one the beginning is written: its end must follow.
    """

    __slots__ = ("given_up", "level", "taken", "text", "torn")

    def __init__(self, text: bytes, level: int) -> None:
        self.text = text
        self.level = level
        self.taken = self.given_up = self.torn = False


class Queue:
    """At most `bound` lines. `dropped` counts by level what was given up and is not reported yet.

    The lock is reentrant: a signal handler may log while this thread is inside.
    """

    def __init__(self, bound: int) -> None:
        self.bound = bound
        self.lines: deque[Line] = deque()
        self.unimportant: deque[Line] = deque()
        self.size = 0
        self.dropped: Counter[int] = Counter()
        self.lock = RLock()

    def put(self, line: Line, *, beyond: bool = False) -> None:
        """Append; past the bound the oldest DEBUG or INFO goes, or this line if there is none."""
        with self.lock:
            if self.size >= self.bound and not beyond and not self._make_room(line):
                self.drop(line.level)
                return
            self.size += 1
            self.lines.append(line)
            if line.level < logging.WARNING:
                self.unimportant.append(line)

    def _make_room(self, line: Line) -> bool:
        while line.level >= logging.WARNING and self.unimportant:
            victim = self.unimportant.popleft()
            if not victim.taken:
                victim.given_up = True
                self.drop(victim.level)
                self.size -= 1
                return True
        return False

    def drop(self, level: int) -> None:
        """Count a line that is given up."""
        with self.lock:
            self.dropped[level] += 1

    def put_back(self, rest: bytes, text: bytes, level: int) -> None:
        """Put what is left of a text before all others; nothing if it was written."""
        if rest:
            with self.lock:
                line = Line(rest, level)
                line.taken = line.torn = rest != text
                self.size += 1
                self.lines.appendleft(line)
                if not line.taken and level < logging.WARNING:
                    self.unimportant.appendleft(line)

    def torn(self) -> Line | None:
        """The first line, if its beginning is written."""
        with self.lock:
            first = self.lines[0] if self.lines else None
            return first if first and first.torn else None

    def take(self) -> Line | None:
        """The first line, which nobody gives up from now on; it stays until `done`."""
        with self.lock:
            while self.lines and self.lines[0].given_up:
                self.lines.popleft()
            if not self.lines:
                return None
            self.lines[0].taken = True
            return self.lines[0]

    def done(self) -> None:
        """The first line is written."""
        with self.lock:
            self.lines.popleft()
            self.size -= 1
            while self.unimportant and self.unimportant[0].taken:
                self.unimportant.popleft()

    def counted(self) -> dict[int, int]:
        """The numbers of dropped lines by level, which count as reported from now on."""
        with self.lock:
            counts, self.dropped = self.dropped, Counter()
            return counts
