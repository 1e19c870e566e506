# Managed by the service template: change it there, or expect a merge on update.
"""slow_operation(): one WARNING for an operation that took longer than it should."""

import inspect
import time
from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

from . import settings
from .logger import get_logger

logger = get_logger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


class slow_operation:
    """Time a block or a function, sync or async; log it once when it is slow, failed or not.

    `threshold_ms` is in milliseconds; None means SLOW_OPERATION_THRESHOLD_MS of the environment.
    Further keywords are fields of the line. Time is `time.perf_counter()`: no clock steps.
    """

    def __init__(self, operation: str, *, threshold_ms: float | None = None, **fields: Any) -> None:
        self.operation = operation
        self.threshold_ms = threshold_ms
        self.fields = fields
        self.started: list[float] = []

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
            threshold_ms = settings.current().slow_operation_threshold_ms
        if duration_ms > threshold_ms:
            logger.warning(
                "Slow operation detected",
                **self.fields
                | {
                    "operation": self.operation,
                    "duration_ms": duration_ms,
                    "threshold_ms": threshold_ms,
                    "outcome": "error" if error else "success",
                    "error_type": kind.__qualname__ if kind else None,
                },
            )

    def _again(self) -> "slow_operation":
        return slow_operation(self.operation, threshold_ms=self.threshold_ms, **self.fields)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Decorate a function; concurrent calls are timed apart."""

        @wraps(function)
        def timed(*args: P.args, **kwargs: P.kwargs) -> R:
            with self._again():
                return function(*args, **kwargs)

        @wraps(function)
        async def timed_async(*args: P.args, **kwargs: P.kwargs) -> Any:
            with self._again():
                return await cast("Any", function(*args, **kwargs))

        return (
            cast("Callable[P, R]", timed_async) if inspect.iscoroutinefunction(function) else timed
        )
