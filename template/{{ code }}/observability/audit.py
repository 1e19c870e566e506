# Managed by the template: edits here are merged on update.
"""The audit logger: synchronous, not filterable, numbered and chained.

A record is in the pipe when the call returns, or the next record reports its loss.
"""

import atexit
import hmac
import json
import logging
import os
import time
from enum import StrEnum
from hashlib import sha256
from threading import Lock
from typing import cast

from .context import EMPTY
from .formatters import MAX_LINE_BYTES, JSONFormatter, dumps, truncate
from .handlers import writer
from .logger import Logger, get_logger
from .record import Event, event_of
from .settings import get_settings
from .writer import warn_stderr

GENESIS = "0" * 64
"""The `audit_prev` of a stream's first record."""

HASH_BYTES = len(',"audit_hash":""') + len(GENESIS)

AuditEvent = StrEnum(
    "AuditEvent",
    "AUTHN_LOGIN_SUCCESS AUTHN_LOGIN_SUCCESSAFTERFAIL AUTHN_LOGIN_FAIL AUTHN_LOGIN_FAIL_MAX "
    "AUTHN_LOGIN_LOCK AUTHN_PASSWORD_CHANGE AUTHN_PASSWORD_CHANGE_FAIL AUTHN_IMPOSSIBLE_TRAVEL "
    "AUTHN_TOKEN_CREATED AUTHN_TOKEN_REVOKED AUTHN_TOKEN_REUSE AUTHN_TOKEN_DELETE AUTHZ_FAIL "
    "AUTHZ_CHANGE AUTHZ_ADMIN CRYPT_DECRYPT_FAIL CRYPT_ENCRYPT_FAIL EXCESS_RATE_LIMIT_EXCEEDED "
    "UPLOAD_COMPLETE UPLOAD_STORED UPLOAD_VALIDATION UPLOAD_DELETE INPUT_VALIDATION_FAIL "
    "INPUT_VALIDATION_DISCRETE_FAIL MALICIOUS_EXCESS_404 MALICIOUS_EXTRANEOUS "
    "MALICIOUS_ATTACK_TOOL MALICIOUS_CORS MALICIOUS_DIRECT_REFERENCE "
    "PRIVILEGE_PERMISSIONS_CHANGED SENSITIVE_CREATE SENSITIVE_READ SENSITIVE_UPDATE "
    "SENSITIVE_DELETE SEQUENCE_FAIL SESSION_CREATED SESSION_RENEWED SESSION_EXPIRED "
    "SESSION_USE_AFTER_EXPIRE SYS_STARTUP SYS_SHUTDOWN SYS_RESTART SYS_CRASH "
    "SYS_MONITOR_DISABLED SYS_MONITOR_ENABLED USER_CREATED USER_UPDATED USER_ARCHIVED USER_DELETED",
)
"""Event names of the OWASP Logging Vocabulary Cheat Sheet; its details go into fields."""


class AuditError(Exception):
    """Kept for imports of 0.x, which could raise it: now a lost record is reported, not raised."""


def digest(event: Event, key: bytes) -> str:
    """Return HMAC-SHA256 with a key, SHA-256 without one, of all fields but `audit_hash`.

    The canonical form is JSON with sorted names, so that tools may reorder fields.
    """
    hashed = {name: value for name, value in event.items() if name != "audit_hash"}
    text = json.dumps(hashed, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    canonical = text.encode("utf-8", "surrogatepass")
    return hmac.digest(key, canonical, "sha256").hex() if key else sha256(canonical).hexdigest()


class AuditHandler(logging.Handler):
    """Writes each record, as the next one of its stream, before `emit` returns.

    A record that is not written within AUDIT_DEADLINE_MS is lost; `audit_lost` of the next record
    counts it. No filter, limit or level holds a record back.
    """

    def __init__(self) -> None:
        super().__init__()
        self.begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.begin)

    def begin(self) -> None:
        """Begin a new stream, as a forked child does; its first record starts it."""
        self.stream, self.seq, self.last = f"{os.urandom(8).hex()}-{os.getpid()}", 0, GENESIS
        self.turn = Lock()
        self.lost = 0

    def handle(self, record: logging.LogRecord) -> bool:
        """Emit without filters, and without the lock of logging, which has no deadline."""
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, after the start record of a new stream; never raise."""
        timeout_s = get_settings().audit_deadline_ms / 1000
        deadline = time.monotonic() + timeout_s
        # The deadline also ends the wait of a signal handler for the call that it interrupts.
        if not self.turn.acquire(timeout=timeout_s):
            self.lost += 1
            return
        start = _own_record("Audit started", keyed=bool(get_settings().audit_key))
        try:
            for one in (record,) if self.seq else (start, record):
                event, line = self._sealed(event_of(one))
                text = line if type(self.formatter) is JSONFormatter else self.format(one)
                whole = f"{text}\n".encode(errors="backslashreplace")
                # The rest of a line that was begun is the first to be written later.
                if writer.write_sync(whole, max(0.0, deadline - time.monotonic())):
                    self.seq, self.last, self.lost = self.seq + 1, event["audit_hash"], 0
                else:
                    self.lost += 1
        except Exception:  # noqa: BLE001 - an audit call never raises into its caller
            self.lost += 1
        finally:
            self.turn.release()
        if self.lost:
            warn_stderr(f"audit: {self.lost} records lost")

    def stop(self) -> None:
        """Write the stop record of the stream; a later record begins another one."""
        if self.seq:
            self.emit(_own_record("Audit stopped", last_seq=self.seq))
            self.begin()

    def _sealed(self, event: Event) -> tuple[Event, str]:
        """Add the record's number and hashes; return the event and its line of JSON."""
        event |= {"audit_stream": self.stream, "audit_seq": self.seq + 1, "audit_prev": self.last}
        if self.lost:
            event["audit_lost"] = self.lost
        line = truncate(event, dumps, MAX_LINE_BYTES - HASH_BYTES)
        event["audit_hash"] = digest(json.loads(line), get_settings().audit_key)
        return event, f'{line[:-1]},"audit_hash":"{event["audit_hash"]}"}}'


def _own_record(message: str, **fields: object) -> logging.LogRecord:
    record = logging.makeLogRecord({"name": "audit", "levelname": "INFO", "msg": message})
    vars(record).update(fields, _context=EMPTY)
    return record


class AuditLogger(Logger):
    """Writes every record from INFO on: no level, filter or switch holds it back.

    Fields: `event` (see AuditEvent), `actor_id`, `outcome` (success or failure), `ip`, `target_id`.
    """

    def isEnabledFor(self, level: int) -> bool:
        """Whether the level is INFO or above, whatever `setLevel` or `logging.disable` say."""
        return level >= logging.INFO

    def handle(self, record: logging.LogRecord) -> None:
        """Pass the record to the handlers; `disabled` and filters do not count here."""
        self.callHandlers(record)


audit_handler = AuditHandler()
audit_handler.setFormatter(JSONFormatter())
atexit.register(audit_handler.stop)

get_logger("audit").__class__ = AuditLogger
audit_logger = cast("AuditLogger", get_logger("audit"))
"""The same object as `logging.getLogger("audit")`."""

audit_logger.setLevel(logging.INFO)
audit_logger.propagate = False
audit_logger.addHandler(audit_handler)
