# Managed by the service template: change it there, or expect a merge on update.
"""One try at a time to write to a descriptor, without waiting for its reader where that can be."""

import os
import select
import stat
import time
from contextlib import suppress

PATIENCE_S = 0.25
"""How long a descriptor that failed is left alone, and the longest wait for it."""

COMPLAINT_S = 10.0
"""Between two lines on stderr about a descriptor that fails."""

NOWAIT: int = getattr(os, "RWF_NOWAIT", 0)
"""Linux: a pipe or socket takes what it can, or says that it is full (preadv2(2))."""


class Descriptor:
    """A file descriptor, by its number: whoever redirects it redirects us."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.failed_until = 0.0
        self.complained = -COMPLAINT_S
        self.look()

    def look(self) -> None:
        """Find out whether it can take text without waiting: `nowait`."""
        self.nowait = False
        with suppress(OSError):
            kind = os.fstat(self.number).st_mode
            self.nowait = bool(NOWAIT) and (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind))

    def attempt(self, text: bytes) -> bytes:
        """What is left of the text after one try. A pipe takes up to 4,096 bytes whole or not."""
        if time.monotonic() < self.failed_until:
            return text
        try:
            if self.nowait:
                return text[os.pwritev(self.number, [text], -1, NOWAIT) :]
            return text[os.write(self.number, text) :]
        except BlockingIOError:
            return text
        except OSError as error:
            self.look()
            self.failed_until = time.monotonic() + PATIENCE_S
            self._complain(error)
            return text

    def _complain(self, error: OSError) -> None:
        """Tell stderr, which may be as broken, so rarely that nobody drowns in it."""
        if time.monotonic() - self.complained >= COMPLAINT_S:
            self.complained = time.monotonic()
            told = f"logging: {os.strerror(error.errno or 0)}; lines wait\n".encode()
            other = Descriptor(2)
            other.complained = self.complained
            other.attempt(told)

    def pause(self, seconds: float) -> None:
        """Wait until it takes text, or that time, or PATIENCE_S, is over."""
        seconds = max(0.0, min(seconds, PATIENCE_S))
        if not self.nowait or time.monotonic() < self.failed_until:
            time.sleep(seconds)
            return
        poll = select.poll()
        poll.register(self.number, select.POLLOUT)
        with suppress(OSError):
            poll.poll(seconds * 1000)
