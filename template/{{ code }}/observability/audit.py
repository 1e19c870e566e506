# Managed by the template: edits here are merged on update.
"""The audit logger: synchronous, not filterable, numbered and chained."""

import atexit
import hmac
import json
import logging
import os
import time
from enum import StrEnum
from hashlib import sha256
from threading import RLock

from .context import EMPTY
from .formatters import JSONFormatter, dumps, truncate
from .handlers import writer
from .logger import get_logger
from .record import Event, event_of, parts_of
from .settings import get_settings
from .writer import warn_stderr

GENESIS = "0" * 64  # `audit_prev` of a stream's first record

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
    """Return HMAC-SHA256 (SHA-256 without a key) of sorted JSON of all fields but `audit_hash`."""
    hashed = {name: value for name, value in event.items() if name != "audit_hash"}
    text = json.dumps(hashed, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    canonical = text.encode("utf-8", "surrogatepass")
    return hmac.digest(key, canonical, "sha256").hex() if key else sha256(canonical).hexdigest()


class AuditHandler(logging.Handler):
    """Writes each record before `handle` returns, whatever filters, limits and levels say.

    One that is not written within AUDIT_DEADLINE_MS is lost; `audit_lost` of the next counts it.
    """

    def begin(self) -> None:
        """Begin a new stream, as a forked child does; its first record starts it."""
        self.turn, self.seq, self.lost = RLock(), 0, 0

    def handle(self, record: logging.LogRecord) -> bool:
        """Write the record, after the start record of a new stream; never raise."""
        deadline = time.monotonic() + get_settings().audit_deadline_ms / 1000
        vars(record)["_written"] = True  # for a handler of the console that others add
        is_nested = self.turn._is_owned()  # type: ignore[attr-defined]  # by a signal handler
        with self.turn:
            try:
                if is_nested:
                    raise RuntimeError
                if not self.seq:
                    self.stream, self.last = f"{os.urandom(8).hex()}-{os.getpid()}", GENESIS
                    start = {"name": "audit", "levelname": "INFO", "msg": "Audit started"}
                    self._write(logging.makeLogRecord({**start, "_context": EMPTY}), deadline)
                self._write(record, deadline)
            except Exception:  # noqa: BLE001 - an audit call never raises into its caller
                self.lost += 1
                warn_stderr(f"audit: {self.lost} records lost")
        return True

    def stop(self) -> None:
        """Write the stop record of the stream, and what waits; a later record begins another."""
        if self.seq or self.lost:
            audit_logger.info("Audit stopped")
        writer.close()

    def _write(self, record: logging.LogRecord, deadline: float) -> None:
        own = parts_of(record)[-1]  # which other handlers show too
        own |= {"audit_stream": self.stream, "audit_seq": self.seq + 1, "audit_prev": self.last}
        own |= {"audit_lost": self.lost} if self.lost else {}
        ends = record.msg == "Audit stopped"
        own |= {"last_seq": self.seq} if ends else {}
        own["audit_hash"] = GENESIS  # as long as the one that follows from what is written
        render = getattr(self.formatter, "render", dumps)  # a schema's keys are hashed as written
        written = json.loads(truncate(event_of(record), render))
        own["audit_hash"] = digest(written, get_settings().audit_key)
        # The rest of a line that was begun is the first to be written later.
        line = f"{self.format(record)}\n".encode()
        if not writer.write_sync(line, deadline):
            raise TimeoutError
        self.seq, self.last = 0 if ends else self.seq + 1, own["audit_hash"]
        self.lost -= own.get("audit_lost", 0)  # a signal handler's may be more by now


audit_handler = AuditHandler()
audit_handler.setFormatter(JSONFormatter())
audit_handler.begin()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=audit_handler.begin)
atexit.register(audit_handler.stop)  # dictConfig makes logging.shutdown forget a handler

audit_logger = get_logger("audit")
"""Writes all from INFO on, whatever levels, `disabled`, `logging.disable` and filters say."""

audit_logger.isEnabledFor = lambda level: level >= logging.INFO  # type: ignore[method-assign]
audit_logger.handle = lambda record: (  # type: ignore[method-assign]
    audit_logger.addHandler(audit_handler) or audit_logger.callHandlers(record)  # type: ignore[func-returns-value]
)
audit_logger.propagate, audit_logger.parent = False, None  # whatever others set later
audit_logger.addHandler(audit_handler)
