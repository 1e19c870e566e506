# Managed by the service template: change it there, or expect a merge on update.
"""The rotating file that development has beside stdout."""

import logging
import os
from contextlib import ExitStack, suppress
from io import FileIO, TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

MAX_BYTES = 10_000_000
BACKUPS = 5


class DevelopmentFileHandler(RotatingFileHandler):
    """10 MB and five backups, UTF-8, readable by its owner only; what fails here stays here.

    Two processes that rotate one file lose lines, so each has its own: the first the plain name,
    the next ones, forked ones too, a name with their pid.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.claim = _claim(Path(f"{path}.lock"))
        self.pid = os.getpid()
        super().__init__(
            path if self.claim else self._own_path(),
            maxBytes=MAX_BYTES,
            backupCount=BACKUPS,
            encoding="utf-8",
            delay=True,
        )

    def _own_path(self) -> str:
        return os.path.abspath(f"{self.path.removesuffix('.log')}.{os.getpid()}.log")

    def emit(self, record: logging.LogRecord) -> None:
        """Write, to a new file where this process has none yet or somebody has removed it."""
        if self.pid != os.getpid():
            self.pid, self.baseFilename, self.stream = os.getpid(), self._own_path(), None
        if self.stream and not os.path.exists(self.baseFilename):
            self.stream.close()
            self.stream = None
        super().emit(record)

    def _open(self) -> TextIOWrapper:
        # Without a buffer, whose lock a fork might copy while it is taken.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        raw = FileIO(os.open(self.baseFilename, flags, 0o600), "a")
        return TextIOWrapper(raw, self.encoding, "backslashreplace", write_through=True)

    def handleError(self, record: logging.LogRecord) -> None:
        """Stay silent: stdout has the line."""

    def close(self) -> None:
        """Leave the name to another process."""
        super().close()
        if self.claim is not None:
            self.claim.close()


def _claim(lock: Path) -> IO[bytes] | None:
    """The open lock file that makes the plain name ours while we live, or None if it is taken."""
    with suppress(ImportError, OSError), ExitStack() as opened:  # Windows; taken; not writable
        import fcntl

        claim = opened.enter_context(lock.open("ab"))
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        opened.pop_all()
        return claim
    return None
