# Managed by the service template: change it there, or expect a merge on update.
"""The handler of the audit trail: synchronous, bounded by a deadline, one chain per process."""

import logging
import os
import sys
import time
from _thread import get_ident
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import RLock
from typing import Any

from .. import settings
from ..delivery.through import write_through
from ..floods import line_of_ours
from ..formatters import JSONFormatter, entry_of
from ..handlers import writer
from ..logger import get_logger
from .chain import Chain
from .losses import AuditError, Losses

CHECKPOINT = 100
"""Records of a stream between two lines of the application that bear witness to its length."""

logger = get_logger(__name__)


class AuditHandler(logging.Handler):
    """Writes each record, as the next of its stream, before `emit` returns.

    One that is not written within AUDIT_DEADLINE_MS is lost, and `audit_lost` on the next one that
    is written says so. Nothing holds a record back: no filter, no limit, no counting of repeats.
    """

    def __init__(self) -> None:
        super().__init__()
        self.begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.begin)

    def begin(self) -> None:
        """Begin anew, as a forked child does; a stream begins with its first record."""
        self.chain = Chain()
        self.losses = Losses()
        self.turn = RLock()
        self.owner = 0
        self.interrupting: deque[logging.LogRecord] = deque()
        self.thread: ThreadPoolExecutor | None = None

    def handle(self, record: logging.LogRecord) -> bool:
        """Emit, without filters and without the lock of logging, which knows no deadline."""
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record; its deadline counts from when it was made, in whatever thread."""
        if self.owner == get_ident():
            self.interrupting.append(record)  # a signal handler's: the call that it is in goes on
            return
        allowed_s = settings.current().audit_deadline_ms / 1000
        left_s = allowed_s - min(allowed_s, max(0.0, time.time() - record.created))
        deadline = time.monotonic() + left_s
        written, head = False, dict[str, Any]()
        if self.turn.acquire(timeout=left_s):
            try:
                written = self._append_alone(record, deadline)
                if written and self.chain.seq % CHECKPOINT == 0:
                    head = self.chain.head
                while self.interrupting:
                    if not self._append_alone(self.interrupting.popleft(), deadline):
                        with suppress(AuditError):  # its caller is gone
                            self.losses.add()
            finally:
                self.turn.release()
        if head:
            logger.info("Audit checkpoint", **head)
        if not written:
            self.losses.add()

    def _append_alone(self, record: logging.LogRecord, deadline: float) -> bool:
        self.owner = get_ident()
        try:
            if not self.chain.seq:
                keyed = bool(settings.current().audit_key)
                if not self._append(_of_itself("Audit started", keyed=keyed), deadline):
                    return False
            return self._append(record, deadline)
        except BaseException as error:
            # Whether the record is written is not known, so that no other can follow it.
            self.chain = Chain()
            if isinstance(error, Exception):
                return False
            raise
        finally:
            self.owner = 0

    def _append(self, record: logging.LogRecord, deadline: float) -> bool:
        lost = self.losses.number
        seal, line = self.chain.seal(entry_of(record), lost - self.losses.told)
        vars(record)["_seal"] = seal
        text = line if isinstance(self.formatter, JSONFormatter) else self.format(record)
        whole = f"{text}\n".encode()
        left = _write(whole, deadline)
        if left != whole:  # an end that is left over is written as soon as the reader takes it
            self.chain.extend(seal)
            self.losses.told = lost
        return not left

    def in_turn(self) -> ThreadPoolExecutor:
        """The one thread that writes for event loops, in the order in which it is asked to."""
        self.thread = self.thread or ThreadPoolExecutor(1, "audit")
        return self.thread

    def stop(self) -> dict[str, Any]:
        """End the stream, after all that waits for that thread; a later record begins another.

        Return the fields of a line that bears witness to the stream, none if it had not begun.
        """
        if self.thread:
            with suppress(RuntimeError):  # at exit the interpreter has ended the thread already
                return self.thread.submit(self.end).result()
        return self.end()

    def end(self) -> dict[str, Any]:
        """End the stream from this thread, unless we have interrupted a call of it."""
        with self.turn:
            head = self.chain.head
            if head and self.owner != get_ident():
                with suppress(AuditError):
                    self.emit(_of_itself("Audit stopped", last_seq=self.chain.seq))
                head, self.chain = self.chain.head, Chain()
        return head


def _of_itself(message: str, **fields: object) -> logging.LogRecord:
    """A record of the trail about itself: the process acts, not the request that is at hand."""
    record = line_of_ours(message, logging.INFO, actor_id="system", outcome="success", **fields)
    record.name = "audit"
    return record


def _write(text: bytes, deadline: float) -> bytes:
    """What is left of the text at the deadline."""
    if sys.stdout is sys.__stdout__ is not None:
        return write_through(writer, text, deadline - time.monotonic())
    sys.stdout.write(text.decode())  # somebody (pytest, a notebook) has put his own stream there
    sys.stdout.flush()
    return b""
