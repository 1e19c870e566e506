# Managed by the service template: change it there, or expect a merge on update.
"""work(): one job of a worker, its context and its one summary line."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from .context import unit_of_work
from .logger import get_logger

logger = get_logger(__name__)


@contextmanager
def work(operation: str, **fields: object) -> Iterator[None]:
    """One unit of work: its fields on every line inside, and `job_completed` at its end.

    A failure is logged there, with its traceback, and goes no further: the loop lives on.
    """
    started = time.perf_counter()
    failure, outcome = None, "cancelled"
    with unit_of_work(operation=operation, **fields):
        try:
            yield
            outcome = "success"
        except Exception as error:  # noqa: BLE001 - the line below carries it
            failure, outcome = error, "error"
        finally:
            write = logger.error if failure else logger.info
            duration_ms = (time.perf_counter() - started) * 1000
            write("job_completed", duration_ms=duration_ms, outcome=outcome, exc_info=failure)
