# Managed by the template: edits here are merged on update.
"""slow_operation(): one WARNING for an operation that took longer than it should."""

import inspect
import time
from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

from .logger import get_logger
from .settings import get_settings
from .tracebacks import error_type

logger = get_logger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


class slow_operation:
    """Time a block or a function, sync or async; log it once when it is slow, failed or not.

    `threshold_ms` is in milliseconds; None means SLOW_OPERATION_THRESHOLD_MS of the environment.
    Other keywords are fields of the line.
    """

    def __init__(self, operation: str, *, threshold_ms: float | None = None, **fields: Any) -> None:
        self.operation = operation
        self.threshold_ms = threshold_ms
        self.fields = fields
        self.started: list[float] = []  # one instance may be entered again inside itself

    def __enter__(self) -> Self:
        self.started.append(time.perf_counter())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        duration_ms = (time.perf_counter() - self.started.pop()) * 1000
        threshold_ms = self.threshold_ms
        if threshold_ms is None:
            threshold_ms = get_settings().slow_operation_threshold_ms
        if duration_ms > threshold_ms:
            fields = {"operation": self.operation, "duration_ms": duration_ms}
            fields |= {"threshold_ms": threshold_ms, "outcome": "error" if error else "success"}
            if error is not None:
                fields["error_type"] = error_type(error)
            # As `extra`, a field may be called like an argument of the method.
            logger.warning("Slow operation detected", extra=self.fields | fields)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Decorate a function; each call is timed on its own."""

        def again() -> slow_operation:
            return slow_operation(self.operation, threshold_ms=self.threshold_ms, **self.fields)

        @wraps(function)
        def timed(*args: P.args, **kwargs: P.kwargs) -> R:
            with again():
                return function(*args, **kwargs)

        @wraps(function)
        async def timed_async(*args: P.args, **kwargs: P.kwargs) -> Any:
            with again():
                return await cast("Any", function(*args, **kwargs))

        is_async = inspect.iscoroutinefunction(function)
        return cast("Callable[P, R]", timed_async) if is_async else timed
