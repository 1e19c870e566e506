# Managed by the service template: change it there, or expect a merge on update.
"""How a line reaches stdout: at once, or in its turn from a queue that one thread empties."""

import os
import time
from _thread import start_new_thread
from asyncio import _get_running_loop
from collections.abc import Callable
from contextlib import suppress
from logging import WARNING
from queue import Empty, SimpleQueue
from threading import RLock

from .descriptor import PATIENCE_S, Descriptor
from .waiting import Line, Queue

FLUSH_S = 5.0
"""How long an exit waits for a reader that takes nothing."""

NOTICE_S = 1.0
"""Between two lines that tell of dropped ones."""


class Writer:
    """A descriptor and its queue; `report(counts)` makes the line that tells of dropped lines.

    Safe in a signal handler and in `__del__`, which may interrupt any step of the same thread: the
    lock is reentrant, and a line that a pipe takes whole is written in one step.
    """

    def __init__(self, number: int, report: Callable[[dict[int, int]], bytes]) -> None:
        self.descriptor = Descriptor(number)
        self.queue = Queue(10_000)
        self.report = report
        self.begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.begin)

    def begin(self) -> None:
        """Begin anew, as a forked child does: what waits is its parent's to write."""
        self.lock = RLock()
        self.queue = Queue(self.queue.bound)
        self.wake: SimpleQueue[None] = SimpleQueue()
        self.thread_runs = self.thread_sleeps = False
        self.noticed = 0.0

    @property
    def mode(self) -> str:
        """nowait; elsewhere thread while an event loop runs, which must not wait, else direct."""
        return "nowait" if self.descriptor.nowait else "thread" if _get_running_loop() else "direct"

    def write(self, text: bytes, level: int) -> None:
        """Write a line, of at most 4,096 bytes if it shall not tear, or let it wait."""
        may_block = not self.descriptor.nowait and _get_running_loop()
        if self.queue.lines or may_block or not self.lock.acquire(blocking=False):
            self.queue.put(Line(text, level))
        else:
            try:
                self.queue.put_back(self.descriptor.attempt(text), text, level)
            finally:
                self.lock.release()
        if self.queue.lines:
            self.wake_thread()

    def shed(self, level: int) -> None:
        """Count a line that somebody else has given up."""
        self.queue.drop(level)
        self.wake_thread()

    def write_through(self, text: bytes, deadline_s: float) -> bytes:
        """Write a line before all that waits; what is left at the deadline (an end will follow)."""
        deadline = time.monotonic() + deadline_s
        rest = text
        if not self.lock.acquire(timeout=deadline_s):
            return text
        try:
            while not self._finish_torn() or (rest := self.descriptor.attempt(rest)):
                if time.monotonic() >= deadline:
                    if rest != text:
                        self.queue.put_back(rest, text, WARNING)
                        self.wake_thread()
                    return rest
                self.descriptor.pause(deadline - time.monotonic())
            return rest
        finally:
            self.lock.release()

    def _finish_torn(self) -> bool:
        """Whether no line has only its beginning written, after one try to write the end of one."""
        if torn := self.queue.torn():
            torn.text = self.descriptor.attempt(torn.text)
            if torn.text:
                return False
            self.queue.done()
        return True

    def wake_thread(self) -> None:
        if not self.thread_runs:
            self.thread_runs = True
            try:
                # Not threading.Thread, whose locks are no place for a signal handler.
                start_new_thread(self.run, ())
            except RuntimeError:  # the interpreter is on its way out
                self.thread_runs = False
                self.flush()
        if self.thread_sleeps:
            self.wake.put(None)

    def run(self) -> None:
        """The thread: write what waits, then sleep until something does."""
        while True:
            self.thread_sleeps = True
            if self.queue.lines:
                self.descriptor.pause(PATIENCE_S)
            else:
                with suppress(Empty):
                    self.wake.get(timeout=NOTICE_S if self.queue.dropped else None)
            self.thread_sleeps = False
            self.drain()

    def drain(self) -> bool:
        """Write what waits for as long as it is taken; whether any was."""
        took = False
        self.notice()
        while self.queue.lines and self.lock.acquire(timeout=PATIENCE_S):
            try:
                if not (line := self.queue.take()):
                    break
                text, line.text = line.text, self.descriptor.attempt(line.text)
                line.taken = line.torn = line.torn or line.text != text
                if line.text == text:
                    break
                took = True
                if not line.text:
                    self.queue.done()
            finally:
                self.lock.release()
        return took

    def notice(self, *, last: bool = False) -> None:
        """Put in the queue what was dropped, at most once per second."""
        if self.queue.dropped and (last or time.monotonic() - self.noticed >= NOTICE_S):
            self.noticed = time.monotonic()
            self.queue.put(Line(self.report(self.queue.counted()), WARNING), beyond=True)

    def flush(self, patience_s: float = FLUSH_S) -> None:
        """Write what waits, as long as the reader takes some of it within `patience_s`."""
        deadline = time.monotonic() + patience_s
        self.notice(last=True)
        while self.queue.lines and time.monotonic() < deadline:
            if self.drain():
                deadline = time.monotonic() + patience_s
            else:
                self.descriptor.pause(deadline - time.monotonic())
