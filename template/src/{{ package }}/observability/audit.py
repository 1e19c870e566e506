# Managed by the service template: change it there, or expect a merge on update.
"""The audit logger: who did what, when, from where, with what outcome."""

import logging
from typing import cast

from .formatters import JSONFormatter
from .handlers import StdoutHandler
from .logger import Logger, get_logger


class AuditLogger(Logger):
    """A logger that writes every record from INFO on: no level, filter or switch holds it back.

    Fields: `event` (OWASP's vocabulary), `actor_id`, `outcome` (success or failure), `ip`.
    """

    def isEnabledFor(self, level: int) -> bool:
        """Whether the level is INFO or above, whatever `setLevel` or `logging.disable` say."""
        return level >= logging.INFO

    def handle(self, record: logging.LogRecord) -> None:
        """Hand the record to the handlers; `disabled` and filters do not count here."""
        self.callHandlers(record)


def _make() -> AuditLogger:
    logger = get_logger("audit")
    logger.__class__ = AuditLogger
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(audit_handler)
    return cast("AuditLogger", logger)


audit_handler = StdoutHandler()
audit_handler.setFormatter(JSONFormatter())
audit_logger = _make()
"""Shared with `logging.getLogger("audit")`: both names are the same object."""
