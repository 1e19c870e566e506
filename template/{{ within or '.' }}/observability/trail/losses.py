# Managed by the service template: change it there, or expect a merge on update.
"""What the audit trail could not write: counted, told on stderr, and raised if that is wanted."""

import time
from threading import RLock

from .. import settings
from ..delivery.descriptor import COMPLAINT_S, Descriptor


class AuditError(RuntimeError):
    """A record of the audit trail was not written in time, and AUDIT_ON_FAILURE is `raise`."""


class Losses:
    """`number` of lost records in this process, of which `told` are told in the trail itself."""

    def __init__(self) -> None:
        self.number = self.told = 0
        self.lock = RLock()  # reentrant, for signal handlers
        self.complained = -COMPLAINT_S

    def add(self) -> None:
        """Count one more, and say so: on stderr at most every ten seconds, by AuditError if set."""
        with self.lock:
            self.number += 1
        chosen = settings.current()
        said = f"audit: {self.number} not written within {chosen.audit_deadline_ms} ms"
        if time.monotonic() - self.complained >= COMPLAINT_S:
            self.complained = time.monotonic()
            Descriptor(2).attempt(f"{said}\n".encode())
        if chosen.audit_on_failure == "raise":
            raise AuditError(said)
