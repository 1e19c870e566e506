# Managed by the template: edits here are merged on update.
"""Lines to a file descriptor without blocking: one queue, one thread, drops counted."""

import os
import select
import stat
import time
from _thread import get_ident, start_new_thread
from asyncio import _get_running_loop
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from errno import EAGAIN, EOPNOTSUPP
from logging import CRITICAL, WARNING
from threading import RLock
from types import SimpleNamespace

NOWAIT: int = getattr(os, "RWF_NOWAIT", 0)  # pwritev2(2); Linux, for pipes from 6.4 on
BOUND = 10_000  # lines that may wait
PAUSE_S = 0.25  # how long the thread waits before it tries again
LATE_S = 0.1  # how long a call outside an event loop waits for a reader, until one has stalled


class Writer:
    """Writes to the descriptor numbered `fd`; `report(counts by level)` makes the line of drops."""

    def __init__(self, fd: int, report: Callable[[dict[int, int]], bytes]) -> None:
        self._fd, self._report = fd, report
        self._begin()
        if hasattr(os, "register_at_fork"):  # the parent writes what waits
            os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._lock = RLock()
        self._queue: deque[SimpleNamespace] = deque()
        self._dropped: Counter[int] = Counter()
        self._waiting: set[int] = set()  # threads
        self._nowait = NOWAIT != 0
        self._failed = self._stalled = self._runs = self._ends = False
        self._report_at = 0.0

    def write(self, line: bytes, level: int) -> None:
        """Write the line, let it wait or drop it; up to 4,096 bytes are never torn: pipe(7)."""
        taken = 0
        if self._nowait and not self._queue:
            try:
                taken = os.pwritev(self._fd, (line,), -1, NOWAIT)
            except OSError:  # a step sees why
                taken = 0
        if taken == len(line):
            return
        if len(self._queue) >= (BOUND if level >= WARNING else BOUND * 9 // 10):
            self.count_dropped(level)
            return
        self._queue.append(SimpleNamespace(counts={level: 1}, rest=line[taken:]))
        in_loop = _get_running_loop() is not None
        is_due = self._nowait or not in_loop or self._ends  # else the thread writes it
        if is_due and not self._lock._is_owned():  # type: ignore[attr-defined]
            self._step(0 if in_loop or self._stalled else LATE_S)
        self._wake()

    def _step(self, wait_s: float) -> bool:
        """Wait for the reader, then write; return whether it took anything."""
        is_nested = (me := get_ident()) in self._waiting  # in a signal handler
        self._waiting.add(me)
        self._stalled = not self._has_room(0 if is_nested else wait_s)
        self._waiting.discard(me)
        if self._stalled:
            return False
        took = False
        with self._lock:  # the one of now: a fork inside makes another one
            if self._dropped and time.monotonic() >= self._report_at:
                self._report_at = time.monotonic() + 1.0
                counts, self._dropped = self._dropped, Counter()
                self._queue.append(SimpleNamespace(counts=counts, rest=self._report(counts)))
            for _ in range(256):
                line = self._queue[0] if self._queue else None
                if not line or not (taken := self._attempt(line.rest)):
                    break
                took, line.rest = True, line.rest[taken:]
                if not line.rest and self._queue and self._queue[0] is line:
                    self._queue.popleft()
        return took

    def _has_room(self, wait_s: float) -> bool:
        with suppress(OSError, ValueError):  # closed, or Windows, which cannot tell
            return bool(select.select([], [self._fd], [], wait_s)[1])
        return True

    def _attempt(self, data: bytes) -> int:
        self._failed = False
        try:
            if self._nowait and self._queue:  # full, or a file that refuses the flag at times
                self._nowait = not stat.S_ISREG(os.fstat(self._fd).st_mode)
            if self._nowait:
                return os.pwritev(self._fd, (data,), -1, NOWAIT)
            return os.write(self._fd, data) if self._has_room(0) else 0
        except OSError as error:
            if error.errno == EOPNOTSUPP and self._nowait:  # an older kernel, a file, a terminal
                self._nowait = False
                return self._attempt(data)
            self._failed = error.errno != EAGAIN
            if self._failed:
                warn_stderr(f"logging: {os.strerror(error.errno or 0)}; lines wait")
            return 0

    def _wake(self) -> None:
        if (self._queue or self._dropped) and not self._runs:
            self._runs = True
            try:
                start_new_thread(self._run, ())  # a threading.Thread has locks, unsafe in signals
            except RuntimeError:  # no more threads, or the interpreter ends
                self._runs = False

    def _run(self) -> None:
        while self._queue or self._dropped:
            if not self._step(PAUSE_S):
                time.sleep(PAUSE_S if self._failed else 0.01)
        self._runs = False
        self._wake()

    def count_dropped(self, level: int) -> None:
        """Count a line that was dropped, here or by a filter; it is reported within a second."""
        self._dropped[level] += 1
        self._wake()

    def write_sync(self, line: bytes, deadline: float) -> int:
        """Write the line after those that wait; return how many of its bytes the reader took."""
        self._queue.append(entry := SimpleNamespace(counts={CRITICAL: 1}, rest=line))
        self._failed = False
        self._step(0)  # the deadline may have passed while this process was stopped
        while entry.rest and not self._failed and (left_s := deadline - time.monotonic()) > 0:
            self._step(left_s)
        with self._lock, suppress(ValueError):
            if entry.rest == line:  # else the rest has to follow what was written
                self._queue.remove(entry)
        return len(line) - len(entry.rest)

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what waits while the reader takes some of it; report the rest as dropped."""
        self._failed, self._ends, deadline = False, True, time.monotonic() + timeout_s
        while self._queue:
            left, is_last = len(self._queue), time.monotonic() >= deadline
            if self._step(PAUSE_S) or len(self._queue) < left:  # the thread writes too
                deadline = time.monotonic() + timeout_s
            elif self._failed or is_last:
                with self._lock:
                    while self._queue:
                        self._dropped.update(self._queue.popleft().counts)
        with self._lock:
            counts, self._dropped = self._dropped, Counter()
            if counts and not self._attempt(self._report(counts)):
                _stderr._attempt(self._report(counts))


_stderr = Writer(2, lambda counts: b"")
_warned: dict[str, float] = {}


def warn_stderr(text: str) -> None:
    """Write one line to stderr, for each first word at most every 10 s; never block or raise."""
    if (now := time.monotonic()) >= _warned.get(about := text.split()[0], 0.0):
        _warned[about] = now + 10.0
        _stderr._attempt(f"{text}\n".encode(errors="backslashreplace"))
