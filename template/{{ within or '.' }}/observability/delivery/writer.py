# Managed by the service template: change it there, or expect a merge on update.
"""How a line reaches stdout: at once, or in its turn from a queue that one thread empties."""

import os
import time
from asyncio import _get_running_loop
from math import inf
from threading import RLock

from .descriptor import PATIENCE_S, Descriptor
from .draining import Drain
from .waiting import Queue, Report

FLUSH_S = 5.0
"""How long an exit waits for a reader that takes nothing."""

LATE_S = 0.1
"""How long a thread waits for a reader that has just stopped; an event loop never does."""

BATCH = 16
"""Lines that wait and are written by one call, so that callers never outrun the thread."""


class Writer:
    """A descriptor and its queue; `report(counts)` makes the line that tells of dropped lines.

    Safe in a signal handler and in `__del__`, which may interrupt any step of the same thread: a
    line from there waits until the interrupted write is done.
    """

    def __init__(self, number: int, report: Report) -> None:
        self.descriptor = Descriptor(number)
        self.queue = Queue(10_000, report)
        self.begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.begin)

    def begin(self) -> None:
        """Begin anew, as a forked child does: what waits is its parent's to write."""
        self.lock = RLock()
        self.queue = Queue(self.queue.bound, self.queue.report)
        self.drain = Drain(self.queue.due_s, self._work)
        self.busy = False

    @property
    def mode(self) -> str:
        """nowait; elsewhere thread while an event loop runs, which must not wait, else direct."""
        return "nowait" if self.descriptor.nowait else "thread" if _get_running_loop() else "direct"

    def write(self, text: bytes, level: int) -> None:
        """Write a line, of at most PIPE_BUF bytes if it shall not tear, or let it wait."""
        queue, descriptor, begun = self.queue, self.descriptor, False
        if descriptor.nowait and self.lock.acquire(False):
            try:
                waits = queue.rest or queue.lesser or queue.greater or queue.dropped
                if not waits and not self.busy:
                    self.busy, queue.level = True, level
                    try:
                        queue.rest = descriptor.attempt(text)
                    finally:
                        self.busy = False
                    if not queue.rest:
                        return
                    begun = True
            finally:
                self.lock.release()
        self._let_wait(text, level, begun=begun)

    def _let_wait(self, text: bytes, level: int, *, begun: bool) -> None:
        nowait, in_loop, stops = self.descriptor.nowait, _get_running_loop() is not None, begun
        if begun:
            pass
        # Threads wait for each other, or they would log faster than one of them can write. An
        # event loop leaves its line to whoever is writing.
        elif (in_loop and not nowait) or not self.lock.acquire(not in_loop):
            self.queue.put(text, level)
        else:
            try:
                stops = not self.busy and not self.queue
                self.queue.put(text, level)
                if not self.busy:  # else we have interrupted a write
                    self.advance(BATCH if nowait else len(self.queue))
            finally:
                self.lock.release()
        if stops and not in_loop and self.queue:
            self._catch_up(LATE_S, most_s=LATE_S)
        if self.queue:
            self.drain.wake()

    def advance(self, most: int) -> bool:
        """Write up to `most` of the lines that wait, or until one is not taken; whether one was."""
        queue, took, self.busy = self.queue, False, True
        try:
            while most > 0 and (text := queue.next()):
                queue.rest = self.descriptor.attempt(text)
                took = took or len(queue.rest) < len(text)
                most = 0 if queue.rest else most - 1
        finally:
            self.busy = False
        return took

    def _catch_up(self, patience_s: float, most_s: float = inf) -> None:
        """Write what waits, as long as the reader takes some of it within `patience_s`."""
        end = time.monotonic() + most_s
        deadline = min(end, time.monotonic() + patience_s)
        while self.queue and not self.descriptor.fails:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                break
            if self.descriptor.has_room(left_s) and self.lock.acquire(timeout=PATIENCE_S):
                try:
                    if self.advance(BATCH):
                        deadline = min(end, time.monotonic() + patience_s)
                finally:
                    self.lock.release()

    def _work(self) -> None:
        if self.descriptor.has_room(PATIENCE_S):
            with self.lock:
                self.advance(BATCH)

    def shed(self, level: int) -> None:
        """Count a line that somebody else has given up."""
        first = not self.queue.dropped
        self.queue.dropped[level] += 1
        if first:
            self.drain.wake()

    def flush(self, patience_s: float = FLUSH_S) -> None:
        """Write what waits, as long as the reader takes some of it within `patience_s`."""
        self.descriptor.failed_until = 0.0
        self._catch_up(patience_s)

    def close(self) -> None:
        """At an exit: flush, and tell of what is lost with the process, on stderr if need be."""
        self.flush()
        stuck = bool(self.queue)
        self.queue.clear()
        if self.queue.dropped:
            notice = self.queue.notice()
            takes = not stuck and self.descriptor.has_room(PATIENCE_S)
            if not takes or self.descriptor.attempt(notice):
                Descriptor(2).attempt(notice)
