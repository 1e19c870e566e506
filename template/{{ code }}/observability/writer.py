# Managed by the template: edits here are merged on update.
"""Lines to a file descriptor without blocking: one queue, one thread, drops counted."""

import os
import select
import stat
import time
from _thread import start_new_thread
from asyncio import _get_running_loop
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from errno import EOPNOTSUPP
from logging import CRITICAL, WARNING
from threading import RLock

NOWAIT: int = getattr(os, "RWF_NOWAIT", 0)  # pwritev2(2); Linux, for pipes from 6.4 on
BOUND = 10_000  # lines that may wait
PAUSE_S = 0.25  # how long the thread waits before it tries again
LATE_S = 0.1  # how long a call outside an event loop waits for a reader that stalls
STALL_S = 1.0  # how long a reader may stall before such calls wait no more


@dataclass(slots=True, eq=False)
class _Line:
    counts: dict[int, int]  # lost with it, by level: the line itself, or the drops it reports
    rest: bytes


class Writer:
    """Writes lines to the descriptor numbered `fd`, so that a redirect applies to it too.

    `report(counts by level)` makes the line that reports drops; it must not raise. A signal handler
    or `__del__` may call every method; a line that its flush interrupts may be written twice.
    """

    def __init__(self, fd: int, report: Callable[[dict[int, int]], bytes]) -> None:
        self._fd, self._report = fd, report
        self._begin()
        if hasattr(os, "register_at_fork"):
            # The parent writes what waits; one of its other threads may hold the lock.
            os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._lock = RLock()
        self._queue: deque[_Line] = deque()
        self._dropped: defaultdict[int, int] = defaultdict(int)
        self._nowait = self._flag = NOWAIT != 0  # until a try shows that it is not supported
        self._failed = self._runs = False
        self._stalled_at = self._report_at = 0.0

    @property
    def mode(self) -> str:
        """nowait; elsewhere thread while an event loop runs in this thread, else direct."""
        return "nowait" if self._nowait else "thread" if _get_running_loop() else "direct"

    def write(self, line: bytes, level: int) -> None:
        """Write the line, let it wait or drop it; up to 4,096 bytes are never torn: pipe(7)."""
        if self._nowait and not self._queue:
            try:
                taken = os.pwritev(self._fd, (line,), -1, NOWAIT)
                if taken == len(line):
                    return
                line = line[taken:]
            except OSError:  # full, broken or redirected: _attempt finds out which
                pass
        size, now, in_loop = len(self._queue), time.monotonic(), _get_running_loop() is not None
        if size >= (BOUND if level >= WARNING else BOUND * 9 // 10):
            self.count_dropped(level)
            return
        self._queue.append(_Line({level: 1}, line))
        if size == 0:
            self._stalled_at = now + STALL_S
        late = size == 0 or (size > BOUND // 2 and now < self._stalled_at)
        wait_s = LATE_S if late and not in_loop and not self._failed else 0
        if (self._nowait or not in_loop) and not self._lock._is_owned():  # type: ignore[attr-defined]
            self._step(wait_s, blocking=not in_loop)
        self._wake()

    def _step(self, wait_s: float, *, blocking: bool = True) -> bool:
        """Wait for the reader, then write; return whether it took anything."""
        if wait_s and self._failed:
            time.sleep(wait_s)
        if wait_s and not self._has_room(wait_s):
            return False
        if not (lock := self._lock).acquire(blocking):
            return False
        took, now = False, time.monotonic()
        try:
            if self._dropped and now >= self._report_at:
                self._report_at = now + 1.0
                counts, self._dropped = self._dropped, defaultdict(int)
                self._queue.append(_Line(counts, self._report(counts)))
            for _ in range(256):
                line = self._queue[0] if self._queue else None
                if not line or not (taken := self._attempt(line.rest)):
                    break
                took, line.rest = True, line.rest[taken:]
                if not line.rest and self._queue and self._queue[0] is line:
                    self._queue.popleft()
        finally:
            lock.release()  # a fork inside this call has another one
        if took:
            self._stalled_at = time.monotonic() + STALL_S
        return took

    def _has_room(self, wait_s: float) -> bool:
        """Whether the descriptor takes text, or fails, within that time."""
        with suppress(OSError, ValueError):  # closed, or Windows, which cannot tell
            return bool(select.select([], [self._fd], [], wait_s)[1])
        return True

    def _attempt(self, data: bytes) -> int:
        """Return how many bytes the descriptor takes now."""
        self._failed = False
        try:
            kind = stat.S_IFMT(os.fstat(self._fd).st_mode)  # each time: it may be redirected
            self._nowait = self._flag and kind in (stat.S_IFIFO, stat.S_IFSOCK)
            if self._nowait:
                return os.pwritev(self._fd, (data,), -1, NOWAIT)
            return os.write(self._fd, data) if self._has_room(0) else 0
        except BlockingIOError:
            return 0
        except OSError as error:
            if error.errno == EOPNOTSUPP and self._flag:
                self._flag = False  # an older kernel, or a named pipe
                return self._attempt(data)
            self._failed = True
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
                time.sleep(0.01)
        self._runs = False
        self._wake()

    def count_dropped(self, level: int) -> None:
        """Count a line that was dropped, here or by a filter; it is reported within a second."""
        self._dropped[level] += 1
        self._wake()

    def write_sync(self, line: bytes, deadline_s: float) -> int:
        """Write the line after those that wait; return how many bytes of it the reader took.

        After the deadline, the rest of a line that was begun stays in the queue.
        """
        entry, deadline = _Line({CRITICAL: 1}, line), time.monotonic() + deadline_s
        self._queue.append(entry)
        while entry.rest and (left_s := deadline - time.monotonic()) > 0:
            self._step(min(left_s, PAUSE_S))
        with self._lock, suppress(ValueError):
            if entry.rest == line:
                self._queue.remove(entry)
        self._wake()
        return len(line) - len(entry.rest)

    def flush(self, timeout_s: float = 5.0) -> None:
        """Write what waits, as long as the reader takes some of it within the timeout."""
        self._failed, deadline = False, time.monotonic() + timeout_s
        while self._queue and not self._failed and time.monotonic() < deadline:
            if self._step(PAUSE_S):
                deadline = time.monotonic() + timeout_s

    def close(self) -> None:
        """Flush, and report what is lost, on stderr if need be; later lines may be written."""
        self.flush()
        with self._lock:
            while self._queue:
                for level, count in self._queue.popleft().counts.items():
                    self._dropped[level] += count
            counts, self._dropped = self._dropped, defaultdict(int)
            if counts and not self._attempt(self._report(counts)):
                _stderr._attempt(self._report(counts))


_stderr = Writer(2, lambda counts: b"")


def warn_stderr(text: str) -> None:
    """Write one line to stderr, at most every 10 s; never block, never raise."""
    if (now := time.monotonic()) >= _stderr._report_at:
        _stderr._report_at = now + 10.0
        _stderr._attempt(f"{text}\n".encode(errors="backslashreplace"))
