# Managed by the service template: change it there, or expect a merge on update.
"""One message in the hands of the service: its ids, its context and its one summary line."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable, iscoroutinefunction
from typing import Any

from . import settings
from .context import unit_of_work
from .correlation import correlation_ids
from .errors import describe_exception
from .logger import get_logger

logger = get_logger(__name__)


@dataclass(frozen=True)
class Message:
    """One delivery of a message: `fields` as published, all text; `deliveries` counts this one.

    `origin` tells of the publisher: request_id, traceparent, session_id, tenant_id if it had them.
    """

    id: str
    fields: Mapping[str, str]
    deliveries: int = 1
    origin: Mapping[str, str] = field(default_factory=dict)

    def context(self) -> dict[str, str]:
        """The ids of the publisher; a request or trace id that is missing or none is made anew."""
        headers = {"x-request-id": self.origin.get("request_id", "")}
        headers["traceparent"] = self.origin.get("traceparent", "")
        named = {name: self.origin.get(name, "") for name in ("session_id", "tenant_id")}
        return correlation_ids(headers) | {name: text for name, text in named.items() if text}


class Unacknowledged(Exception):
    """Of a message that no consumer lived to finish: handling it may be what ends them."""


class Handler:
    """The service's function, async or plain; a plain one runs in a thread, with the context."""

    def __init__(self, function: Callable[[Message], Any]) -> None:
        self.function = function
        self.stuck = False
        """Whether a call was cut off in its thread, which runs on and keeps the process."""

    async def handle(self, message: Message, stream: str) -> tuple[str, str]:
        """Log `message_handled`; return its outcome and, of a failure, the type.

        The outcome is success, error if the message will come again, else dead_letter.
        """
        started = time.perf_counter()
        limit = settings.current().stream_max_deliveries
        outcome, failure = "cancelled", None
        with unit_of_work(message_id=message.id, stream=stream, **message.context()):
            try:
                if message.deliveries > limit:
                    raise Unacknowledged(f"each of {limit} deliveries began, and none ended")
                await self._call(message)
                outcome = "success"
            except Exception as error:  # noqa: BLE001 - the line below carries it
                outcome = "error" if message.deliveries < limit else "dead_letter"
                failure = error
            finally:
                write = logger.error if failure else logger.info
                write(
                    "message_handled",
                    duration_ms=(time.perf_counter() - started) * 1000,
                    outcome=outcome,
                    deliveries=message.deliveries,
                    exc_info=failure,
                )
        return outcome, describe_exception(failure)["error_type"] if failure else ""

    async def _call(self, message: Message) -> None:
        try:
            if iscoroutinefunction(self.function):
                await self.function(message)
            else:
                result = await asyncio.to_thread(self.function, message)
                if isawaitable(result):
                    await result
        except asyncio.CancelledError as cancelled:
            task = asyncio.current_task()
            if task is None or not task.cancelling():  # by the handler itself, not by the stop
                raise RuntimeError("the handler was cancelled from inside") from cancelled
            self.stuck = not iscoroutinefunction(self.function)
            raise
