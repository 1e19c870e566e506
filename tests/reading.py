"""What is between the processes that are measured and this one: a core, a pipe and its reader."""

import fcntl
import os
import select
import sys
import termios
import threading

PIPE_BYTES = 1 << 20
"""Room for the lines of a round: no contender waits for this machine to run the reader."""
PATIENCE_S = 60


def pin(process: int) -> None:
    """Keep a process on the last core: what a switch between cores costs is not its doing."""
    os.sched_setaffinity(process, {max(os.sched_getaffinity(0))})


class Reader(threading.Thread):
    """Reads a pipe to its end; counts its lines, and keeps them while `keeps` is true."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.source, self.sink = os.pipe()
        fcntl.fcntl(self.sink, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self.count = 0
        self.keeps = True
        self.kept: list[bytes] = []
        self.more = threading.Condition()
        self.start()

    def run(self) -> None:
        poll = select.poll()
        poll.register(self.source, select.POLLIN)
        while poll.poll():
            with self.more:  # what is read is counted before anybody asks
                part = os.read(self.source, PIPE_BYTES)
                self.count += part.count(b"\n")
                if self.keeps:
                    self.kept.append(part)
                self.more.notify()
            if not part:
                break

    def wait(self, count: int, seconds: float = PATIENCE_S) -> None:
        """Wait for that many lines, and for those beyond them that are in the pipe already."""
        with self.more:
            self.more.wait_for(lambda: self.count >= count, seconds)
            self.more.wait_for(lambda: not self._waiting(), seconds)

    def _waiting(self) -> int:
        """Bytes in the pipe."""
        return int.from_bytes(fcntl.ioctl(self.source, termios.FIONREAD, bytes(4)), sys.byteorder)

    def end(self) -> None:
        """Read the rest, once nobody writes any more."""
        self.join(PATIENCE_S)
        os.close(self.source)

    def take(self) -> list[str]:
        """The lines since the last time, which are kept no longer."""
        with self.more:
            whole, _, rest = b"".join(self.kept).rpartition(b"\n")
            self.kept = [rest]
            return whole.decode().splitlines()

    def lines(self) -> list[str]:
        with self.more:
            return b"".join(self.kept).decode().splitlines()
