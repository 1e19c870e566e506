# Managed by the service template: change it there, or expect a merge on update.
"""One try at a time to write to a descriptor, without waiting for its reader where that can be."""

import os
import select
import stat
import time
from contextlib import suppress
from errno import EOPNOTSUPP
from functools import cache

PATIENCE_S = 0.25
"""How long a descriptor that failed is left alone, and the longest wait for it."""

LOOK_S = 1.0
"""After how long it is seen that somebody has put another descriptor in the place of ours."""

COMPLAINT_S = 10.0
"""Between two lines on stderr about a descriptor that fails."""

PIPE_BUF = 4096
"""Bytes that a pipe with any room takes at once (pipe(7))."""

NOWAIT: int = getattr(os, "RWF_NOWAIT", 0)
"""Linux: a pipe or socket takes what it can, or says that it is full (pwritev2(2))."""


class Descriptor:
    """A file descriptor, by its number: whoever redirects it redirects us."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.failed_until = 0.0
        self.complained = -COMPLAINT_S
        self.refused = -1
        self.look()

    def look(self) -> None:
        """Find out whether it can take text without waiting: `nowait`."""
        self.look_at = time.monotonic() + LOOK_S
        self.nowait = False
        with suppress(OSError):
            found = os.fstat(self.number)
            # A pipe with a name, or opened anew through /proc, refuses the flag.
            pipe = stat.S_ISFIFO(found.st_mode) and found.st_dev == _device_of_pipes()
            socket = stat.S_ISSOCK(found.st_mode) and NOWAIT != 0
            self.nowait = (pipe or socket) and found.st_ino != self.refused

    def attempt(self, text: bytes) -> bytes:
        """What is left of the text after one try; a pipe takes PIPE_BUF bytes whole or not."""
        if self.failed_until or not self.nowait:  # else an error tells what has changed
            now = time.monotonic()
            if now >= self.look_at:
                self.look()
            if now < self.failed_until:
                return text
            self.failed_until = 0.0
        try:
            if self.nowait:
                return text[os.pwritev(self.number, [text], -1, NOWAIT) :]
            if self.has_room(0):
                return text[os.write(self.number, text[:PIPE_BUF]) :]
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno == EOPNOTSUPP and self.nowait:
                self.refused = os.fstat(self.number).st_ino
            else:
                self.failed_until = time.monotonic() + PATIENCE_S
                self.complain(f"{os.strerror(error.errno or 0)}; lines wait")
            self.look()
        return text

    @property
    def fails(self) -> bool:
        """Whether the last try failed, which is worse than a reader that takes its time."""
        return time.monotonic() < self.failed_until

    def complain(self, what: str) -> None:
        """Tell stderr, which may be as broken, so rarely that nobody drowns in it."""
        if time.monotonic() - self.complained >= COMPLAINT_S:
            self.complained = time.monotonic()
            stderr = Descriptor(2)
            stderr.complained = self.complained
            stderr.attempt(f"logging: {what}\n".encode())

    def has_room(self, seconds: float) -> bool:
        """Whether it takes text (or fails) within that time, which PATIENCE_S bounds.

        What cannot be asked, as on Windows, always does: a write there may wait.
        """
        seconds = min(seconds, PATIENCE_S)
        if self.fails:
            time.sleep(max(0.0, min(seconds, self.failed_until - time.monotonic())))
            return not self.fails
        if not hasattr(select, "poll"):
            return True
        poll = select.poll()
        poll.register(self.number, select.POLLOUT)
        return bool(poll.poll(max(0.0, seconds) * 1000))


@cache
def _device_of_pipes() -> int:
    """The device of pipes that can be written to without waiting: Linux from 6.4 on; else -1."""
    if not NOWAIT:
        return -1
    reader, writer = os.pipe()
    try:
        os.pwritev(writer, [b"."], -1, NOWAIT)
        return os.fstat(writer).st_dev
    except OSError:
        return -1
    finally:
        os.close(reader)
        os.close(writer)
