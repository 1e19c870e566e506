# Managed by the template: edits here are merged on update.
"""slow_operation(): one WARNING for an operation that took longer than it should."""

import time
from functools import partial
from typing import Any

from .context import Block
from .logger import get_logger
from .settings import get_settings

logger = get_logger(__name__)


class slow_operation(Block):
    """Time a block or a function, sync or async; log it once when it is slow, failed or not.

    `threshold_ms` None means SLOW_OPERATION_THRESHOLD_MS; other keywords are fields of the line.
    """

    warn = staticmethod(partial(logger.warning, "Slow operation detected"))

    def __init__(self, operation: str, *, threshold_ms: float | None = None, **fields: Any) -> None:
        self.threshold_ms = threshold_ms
        self.fields = {**fields, "operation": operation}

    def __enter__(self) -> None:
        self.started = time.perf_counter()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        took_ms = round((time.perf_counter() - self.started) * 1000, 3)
        default_ms = get_settings().slow_operation_threshold_ms
        limit_ms = default_ms if self.threshold_ms is None else self.threshold_ms
        if took_ms > limit_ms:
            fields = {**self.fields, "duration_ms": took_ms, "threshold_ms": limit_ms}
            fields["outcome"] = "success" if error is None else "error"
            # As `extra`, a field may be called like an argument of the method.
            self.warn(extra=fields)
