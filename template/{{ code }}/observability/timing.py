# Managed by the template: edits here are merged on update.
"""slow_operation(): one WARNING for an operation that took longer than it should."""

import time
from collections.abc import Iterator
from typing import Any

from .context import block
from .logger import get_logger
from .settings import get_settings
from .tracebacks import error_type

logger = get_logger(__name__)


@block
def slow_operation(
    operation: str, *, threshold_ms: float | None = None, **fields: Any
) -> Iterator[None]:
    """Time a block or a function, sync or async; log it once when it is slow, failed or not.

    `threshold_ms` None means SLOW_OPERATION_THRESHOLD_MS; other keywords are fields of the line.
    """
    started = time.perf_counter()
    fields |= {"operation": operation, "outcome": "success"}
    try:
        yield
    except BaseException as error:
        fields |= {"outcome": "error", "error_type": error_type(error)}
        raise
    finally:
        duration_ms = (time.perf_counter() - started) * 1000
        default_ms = get_settings().slow_operation_threshold_ms
        limit_ms = default_ms if threshold_ms is None else threshold_ms
        if duration_ms > limit_ms:
            fields |= {"duration_ms": duration_ms, "threshold_ms": limit_ms}
            # As `extra`, a field may be called like an argument of the method.
            logger.warning("Slow operation detected", extra=fields)
