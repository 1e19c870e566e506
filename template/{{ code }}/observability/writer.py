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
from math import inf
from queue import Empty, SimpleQueue
from threading import RLock

NOWAIT: int = getattr(os, "RWF_NOWAIT", 0)  # Linux; pipes take it from 6.4 on (pwritev2(2))
PIPE_BUF = 4096  # bytes that a pipe takes whole or not at all (pipe(7))
BOUND = 10_000  # lines that may wait
BATCH = 16  # lines written in one turn
PAUSE_S = 0.25  # how long a descriptor that failed is left alone
LATE_S = 0.1  # how long a thread without an event loop waits for a reader that stalls
LOOK_S = REPORT_S = 1.0  # between looks at the descriptor, which may be redirected; between reports
WARN_S = 10.0  # between lines on stderr

_warned_at = -WARN_S


@dataclass(slots=True, eq=False)
class _Line:
    level: int
    rest: bytes
    begun: bool = False


class Writer:
    """Writes lines to the descriptor number `fd`, so that a redirect applies to it too.

    `report(counts by level)` makes the line that reports drops. No method raises. A signal handler
    and `__del__` may call any of them; `flush`, `close` and `write_sync` there may write a line
    twice that they interrupt. On Linux no call blocks on a pipe or a Unix socket.
    """

    def __init__(self, fd: int, report: Callable[[dict[int, int]], bytes]) -> None:
        self._fd = fd
        self._report = report
        self._begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        # A forked child begins anew: its parent writes what waits, and may hold the lock.
        self._lock = RLock()
        self._queue: deque[_Line] = deque()
        self._dropped: defaultdict[int, int] = defaultdict(int)
        self._wakes: SimpleQueue[None] = SimpleQueue()
        self._runs = self._sleeps = self._busy = self._stalled = self._closed = False
        self._failed_until = self._report_at = 0.0
        self._refused = -1
        self._look()

    def _look(self) -> None:
        self._look_at = time.monotonic() + LOOK_S
        self._nowait = self._pipe = False
        with suppress(OSError):
            found = os.fstat(self._fd)
            flag = NOWAIT != 0 and found.st_ino != self._refused
            self._pipe = flag and stat.S_ISFIFO(found.st_mode)
            self._nowait = self._pipe or (flag and stat.S_ISSOCK(found.st_mode))

    @property
    def mode(self) -> str:
        """nowait; elsewhere thread while an event loop runs in this thread, else direct."""
        return "nowait" if self._nowait else "thread" if _get_running_loop() else "direct"

    def write(self, line: bytes, level: int) -> None:
        """Write the line, let it wait, or count it as dropped; PIPE_BUF bytes never tear."""
        taken = 0
        if self._pipe and not self._queue and len(line) <= PIPE_BUF:
            try:
                taken = os.pwritev(self._fd, (line,), -1, NOWAIT)
                if taken == len(line):
                    return
            except OSError:  # full, broken or redirected: _attempt finds out which
                pass
        self._enqueue(_Line(level, line[taken:], taken > 0))

    def _enqueue(self, line: _Line) -> None:
        in_loop, size = _get_running_loop() is not None, len(self._queue)
        if line.begun:
            self._queue.appendleft(line)
        elif size >= (BOUND if line.level >= WARNING else BOUND * 9 // 10):
            self.count_dropped(line.level)
            return
        else:
            self._queue.append(line)
        # Threads wait for each other, or they would log faster than one of them can write.
        if (self._nowait or not in_loop) and self._lock.acquire(timeout=0 if in_loop else LATE_S):
            try:
                if not self._busy:  # else the write that we have interrupted goes on with our line
                    self._advance(BATCH if in_loop else BOUND)
            finally:
                self._lock.release()
        if not in_loop and self._closed and self._queue:
            self.close(LATE_S)
        elif not (in_loop or self._busy or self._stalled) and (size == 0 or size > BOUND // 2):
            self._stalled = not self._drain(size, LATE_S, LATE_S)
        if self._queue:
            self._wake()

    def _advance(self, most: int) -> bool:
        """Write up to `most` waiting lines under the lock; return whether the reader took some."""
        took, busy, self._busy = False, self._busy, True
        try:
            while most > 0 and self._queue:
                line = self._queue[0]
                taken = self._attempt(line.rest)
                if taken < len(line.rest) and not taken:
                    break
                took, most, self._stalled = True, most - 1, False
                line.rest, line.begun = line.rest[taken:], True
                if not line.rest and self._queue and self._queue[0] is line:
                    self._queue.popleft()
        finally:
            self._busy = busy
        return took

    def _attempt(self, data: bytes) -> int:
        """Return how many bytes the descriptor takes now."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look()
        if now < self._failed_until:
            return 0
        try:
            return _write_some(self._fd, data, nowait=self._nowait)
        except OSError as error:
            if error.errno == EOPNOTSUPP and self._nowait:  # a named pipe, for one
                self._refused = os.fstat(self._fd).st_ino
            else:
                self._failed_until = now + PAUSE_S
                warn_stderr(f"logging: {os.strerror(error.errno or 0)}; lines wait")
            self._look()
            return 0

    def _step(self, wait_s: float) -> bool:
        """Wait for the reader, at most PAUSE_S, and write; return whether it took some."""
        wait_s = min(wait_s, PAUSE_S)
        if (pause_s := self._failed_until - time.monotonic()) > 0:
            time.sleep(min(wait_s, pause_s))
        elif _is_writable(self._fd, wait_s) and self._lock.acquire(timeout=PAUSE_S):
            try:
                self._report_dropped()
                return self._advance(BATCH)
            finally:
                self._lock.release()
        return False

    def _drain(self, target: int, patience_s: float, limit_s: float = inf) -> bool:
        """Write until `target` lines wait, as long as the reader takes some within `patience_s`."""
        took, now = False, time.monotonic()
        end, deadline = now + limit_s, now + patience_s
        while len(self._queue) > target and now < min(end, deadline) and now >= self._failed_until:
            step, now = self._step(min(end, deadline) - now), time.monotonic()
            if step:
                took, deadline = True, now + patience_s
        return took

    def _report_dropped(self) -> None:
        now = time.monotonic()
        if not self._dropped or now < self._report_at or (self._queue and self._queue[0].begun):
            return
        counts, self._dropped = self._dropped, defaultdict(int)
        line = self._report(counts)
        if taken := self._attempt(line):
            self._report_at = now + REPORT_S
            if taken < len(line):
                self._queue.appendleft(_Line(WARNING, line[taken:], begun=True))
        else:
            for level, count in counts.items():
                self._dropped[level] += count

    def _wake(self) -> None:
        if not self._runs:
            self._runs = True
            try:
                start_new_thread(self._run, ())  # threading.Thread has locks, which a signal finds
            except RuntimeError:  # no more threads, or the interpreter ends: close() writes
                self._runs = False
        if self._sleeps:
            self._sleeps = False
            self._wakes.put(None)

    def _run(self) -> None:
        try:
            while True:
                self._sleeps = True  # before the queue is looked at, so that what comes later wakes
                if not self._queue:
                    report_s = max(0.0, self._report_at - time.monotonic())
                    with suppress(Empty):
                        self._wakes.get(timeout=report_s if self._dropped else None)
                self._sleeps = False
                if not self._step(PAUSE_S):
                    time.sleep(0.001)
        finally:
            self._runs = False

    def count_dropped(self, level: int) -> None:
        """Count a line that was dropped, here or by a filter."""
        first = not self._dropped
        self._dropped[level] += 1
        if first:
            self._wake()

    def write_sync(self, line: bytes, deadline_s: float) -> int:
        """Write the line after those that wait; return how many bytes of it the reader took.

        At the deadline, the rest of a line that was begun stays first in the queue.
        """
        entry = _Line(CRITICAL, line)
        deadline = time.monotonic() + deadline_s
        self._queue.append(entry)
        while entry.rest and (left_s := deadline - time.monotonic()) > 0:
            self._step(left_s)
        if not entry.begun:
            with suppress(ValueError):
                self._queue.remove(entry)
        elif entry.rest:
            self._wake()
        return len(line) - len(entry.rest)

    def flush(self, timeout_s: float = 5.0) -> None:
        """Write what waits, as long as the reader takes some of it within the timeout."""
        self._failed_until = 0.0
        self._drain(0, timeout_s)

    def close(self, timeout_s: float = 5.0) -> None:
        """Flush, and report what is lost, on stderr if need be; later lines are written or lost."""
        self._closed = True
        self.flush(timeout_s)
        if self._lock.acquire(timeout=PAUSE_S):
            try:
                stuck = bool(self._queue)
                while self._queue:
                    self._dropped[self._queue.popleft().level] += 1
                self._report_at = 0.0
                if not stuck:
                    self._report_dropped()
                if self._dropped:
                    counts, self._dropped = self._dropped, defaultdict(int)
                    _write_stderr(self._report(counts))
            finally:
                self._lock.release()


def _is_writable(fd: int, wait_s: float) -> bool:
    """Whether `fd` takes text, or fails, within that time; Windows cannot tell."""
    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    return bool(poll.poll(max(0.0, wait_s) * 1000))


def _write_some(fd: int, data: bytes, *, nowait: bool) -> int:
    """Return how many bytes `fd` takes without waiting."""
    try:
        if nowait:
            return os.pwritev(fd, (data,), -1, NOWAIT)
        return os.write(fd, data[:PIPE_BUF]) if _is_writable(fd, 0) else 0
    except BlockingIOError:
        return 0


def _write_stderr(line: bytes) -> None:
    for nowait in (NOWAIT != 0, False):
        with suppress(OSError):
            if _write_some(2, line, nowait=nowait):
                return


def warn_stderr(text: str) -> None:
    """Write one line to stderr, at most every WARN_S; never block, never raise."""
    global _warned_at
    if (now := time.monotonic()) - _warned_at >= WARN_S:
        _warned_at = now
        _write_stderr(f"{text}\n".encode(errors="backslashreplace"))
