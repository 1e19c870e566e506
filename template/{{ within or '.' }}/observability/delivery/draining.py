# Managed by the service template: change it there, or expect a merge on update.
"""The one thread that writes what could not be written at once: started late, asleep when idle."""

from _thread import start_new_thread
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue


class Drain:
    """Calls `work()` whenever `idle_s()` says that there is some: in so many seconds, 0 is now.

    None is: not before `wake()`, which a signal handler may call too, since a SimpleQueue has no
    lock that it could find taken; neither has a thread that is not a threading.Thread.
    """

    def __init__(self, idle_s: Callable[[], float | None], work: Callable[[], object]) -> None:
        self.idle_s = idle_s
        self.work = work
        self.calls: SimpleQueue[None] = SimpleQueue()
        self.runs = self.sleeps = False

    def wake(self) -> None:
        """Have `idle_s()` asked again, at most as often as the thread has fallen asleep."""
        if not self.runs:
            self.runs = True
            try:
                start_new_thread(self._run, ())
            except RuntimeError:  # no more threads, or the interpreter ends: an exit flushes
                self.runs = False
        if self.sleeps:
            self.sleeps = False
            self.calls.put(None)

    def _run(self) -> None:
        try:
            while True:
                self.sleeps = True  # before the question, so that what comes after it wakes us
                if (idle_s := self.idle_s()) != 0:
                    with suppress(Empty):
                        self.calls.get(timeout=idle_s)
                self.sleeps = False
                self.work()
        finally:
            self.runs = False
