# Managed by the template: edits here are merged on update.
"""run_consumer(): a process that handles the messages of the stream, one at a time."""

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from inspect import isawaitable
from pkgutil import resolve_name
from typing import Any
from uuid import uuid4

from redis.exceptions import RedisError, ResponseError

from .config import configure_logging
from .context import unit_of_work
from .logger import get_logger
from .record import INSTANCE_ID
from .redis import log_failure, redis_client, redis_settings
from .server import life, lifespan, stopping
from .settings import get_settings
from .streams import PREFIX, Message, check_backlog, message_of, stream_settings
from .tracebacks import error_type

logger = get_logger(__name__)

BLOCK_MS, CLAIM_S, PAUSE_S = 1000, 5, 1  # at most: for a message, between claims, for Redis


def run_consumer(handler: str) -> None:
    """Call `handler`, as `package.module:name`, for each message until SIGTERM or SIGINT.

    It may be `async def` or plain, which runs in a thread. A message whose handler raises comes
    back after STREAM_RETRY_MS, to any consumer, and becomes a dead letter after
    STREAM_MAX_DELIVERIES. After the signal a handler may finish within SHUTDOWN_GRACE_S.
    """
    configure_logging()
    asyncio.run(_run(resolve_name(handler)))


async def _run(handler: Callable[[Message], Any]) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    async with lifespan(), AsyncExitStack() as stack:
        if not redis_client.client:  # the lifespan of a WSGI service opens the synchronous one
            await stack.enter_async_context(redis_client.opened())
        if life.serve:
            await stack.enter_async_context(await life.serve())
        working = asyncio.create_task(Consumer(handler, stop).run())
        working.add_done_callback(lambda _: stop.set())
        await stop.wait()
        stopping()
        grace_s = get_settings().shutdown_grace_s
        try:
            await asyncio.wait_for(working, grace_s)
        except TimeoutError:
            logger.warning("Work cut off", grace_s=grace_s)


class Consumer:
    """One consumer of STREAM_GROUP, under a name that no other has."""

    def __init__(self, handler: Callable[[Message], Any], stop: asyncio.Event) -> None:
        self.handler, self.stop = handler, stop
        self.client: Any = redis_client()  # whose types fit no single answer
        self.settings = stream_settings()
        self.stream, self.group = self.key = self.settings.stream, self.settings.stream_group
        self.name = f"{INSTANCE_ID}-{uuid4().hex[:12]}"
        self.cursor, self.next_claim = "0-0", 0.0

    async def run(self) -> None:
        logger.info("Consumer started", stream=self.stream, group=self.group, consumer=self.name)
        message = failure = None
        while not self.stop.is_set():
            try:
                if not message and (message := await self.next()):
                    failure = await self.handle(message)
                if message:
                    await self.settle(message, failure)
                message = None
            except RedisError as error:  # the client has logged an outage; this adds a refusal
                log_failure("consume", error)
                message = None if isinstance(error, ResponseError) else message
                self.next_claim = 0.0  # a claim creates the group: Redis may come back empty
                await asyncio.sleep(PAUSE_S)
        with suppress(RedisError):  # a name under which a message is pending has to stay
            if not await self.client.xpending_range(*self.key, "-", "+", 1, self.name):
                await self.client.xgroup_delconsumer(*self.key, self.name)

    async def next(self) -> Message | None:
        """Return a message not acknowledged for STREAM_RETRY_MS, else a new one, else None."""
        await check_backlog()
        retry_ms = self.settings.stream_retry_ms
        while time.monotonic() >= self.next_claim:
            with suppress(ResponseError):  # the group exists
                await self.client.xgroup_create(*self.key, id="0", mkstream=True)
            # It looks at ten pending messages, and returns where the next look has to start.
            look = self.client.xautoclaim(*self.key, self.name, retry_ms, self.cursor, count=1)
            self.cursor, claimed, _ = await look
            if self.cursor == "0-0":
                self.next_claim = time.monotonic() + min(retry_ms / 4000, CLAIM_S)
            for message_id, entry in claimed:  # its consumer may have acknowledged it by now
                for left in await self.client.xpending_range(*self.key, message_id, message_id, 1):
                    return message_of(left["times_delivered"], message_id, entry)
        block = min(BLOCK_MS, redis_settings().redis_timeout_ms // 2, retry_ms)
        new = {self.stream: ">"}
        reply = await self.client.xreadgroup(self.group, self.name, new, count=1, block=block)
        return message_of(1, *reply[self.stream][0][0]) if reply else None

    async def handle(self, message: Message) -> BaseException | None:
        """Call the handler and log `message_handled`; return the failure, if there is one."""
        limit, started = self.settings.stream_max_deliveries, time.perf_counter()
        outcome, failure = "cancelled", None
        with unit_of_work(message_id=message.id, stream=self.stream, **message.ids()):
            try:
                if message.deliveries > limit:
                    raise RuntimeError(f"each of {limit} deliveries began, and none ended")
                # In a thread, an `async def` only begins, and a plain function does its work.
                if isawaitable(result := await asyncio.to_thread(self.handler, message)):
                    await result
                outcome = "success"
            except BaseException as error:
                if self.stop.is_set() and isinstance(error, asyncio.CancelledError):
                    raise  # the grace is over
                outcome = "error" if message.deliveries < limit else "dead_letter"
                failure = error
            finally:
                fields: dict[str, Any] = {"outcome": outcome, "deliveries": message.deliveries}
                fields["duration_ms"] = round((time.perf_counter() - started) * 1000, 3)
                write = logger.info if failure is None else logger.error
                write("message_handled", exc_info=failure, **fields)
        return failure

    async def settle(self, message: Message, failure: BaseException | None) -> None:
        """Acknowledge the message; after its last failure it becomes a dead letter, atomically."""
        if failure is None:
            await self.client.xack(*self.key, message.id)
        elif message.deliveries >= self.settings.stream_max_deliveries:  # else it stays pending
            origin = {**message.origin, "message_id": message.id, "error_type": error_type(failure)}
            origin["deliveries"] = str(message.deliveries)
            entry = {**message.fields, **{PREFIX + k: v for k, v in origin.items()}}
            async with self.client.pipeline() as both:
                both.xadd(f"{self.stream}:dead", entry, maxlen=self.settings.dead_letter_maxlen)
                both.xack(*self.key, message.id)
                await both.execute()
