# Managed by the service template: change it there, or expect a merge on update.
"""The audit logger: who did what, when, from where, on what, with what outcome.

A record is in the pipe when the call returns, or the caller or the next record learns of its loss.
"""

import asyncio
import atexit
import logging
from typing import Any, cast

from .formatters import JSONFormatter
from .logger import Logger, add_fields, get_logger
from .trail.handler import AuditHandler
from .trail.losses import AuditError

__all__ = ["AuditError", "AuditLogger", "audit_handler", "audit_logger"]


class AuditLogger(Logger):
    """A logger that writes every record from INFO on: no level, filter or switch holds it back.

    Fields: `event` (see AuditEvent), `actor_id`, `outcome` (success or failure), `ip`, `target_id`.
    """

    def isEnabledFor(self, level: int) -> bool:
        """Whether the level is INFO or above, whatever `setLevel` or `logging.disable` say."""
        return level >= logging.INFO

    def handle(self, record: logging.LogRecord) -> None:
        """Hand the record to the handlers; `disabled` and filters do not count here."""
        self.callHandlers(record)

    async def info_from_thread(self, message: str, **fields: Any) -> None:
        """Do as `info` does while the event loop goes on, in the order of the calls.

        A caller that is cancelled meanwhile leaves a record that is written all the same.
        """
        record = self.makeRecord(self.name, logging.INFO, "", 0, message, (), None)
        add_fields(record, fields)
        written = audit_handler.in_turn().submit(self.handle, record)
        await asyncio.shield(asyncio.wrap_future(written))


def _make() -> AuditLogger:
    logger = get_logger("audit")
    logger.__class__ = AuditLogger
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(audit_handler)
    return cast("AuditLogger", logger)


audit_handler = AuditHandler()
audit_handler.setFormatter(JSONFormatter())
atexit.register(audit_handler.stop)
audit_logger = _make()
"""Shared with `logging.getLogger("audit")`: both names are the same object."""
