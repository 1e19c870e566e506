# Managed by the service template: change it there, or expect a merge on update.
"""What a consumer is given of the stream, and what becomes of it: acknowledged, left or buried."""

import os
import secrets
import socket
import time
from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from . import settings
from .logger import get_logger
from .messages import Message
from .streams import RESERVED

logger = get_logger(__name__)

BLOCK_MS = 1000
"""How long a read waits for a message; a stop waits for the read."""

CLAIM_PERIOD_S = 5
"""The longest time between two looks for messages that others have left."""

AT_ONCE = 1000
"""Lost messages that are counted in one line."""


class Deliveries:
    """One consumer of STREAM_GROUP, under a name that no other process has."""

    def __init__(self, client: Redis) -> None:
        chosen = settings.current()
        self.client = client
        self.stream, self.group = chosen.stream, chosen.stream_group
        self.retry_ms = chosen.stream_retry_ms
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self.claimed = 0.0
        self.joined = False

    async def join(self) -> None:
        """Make the group where there is none; it begins with the oldest message of the stream."""
        try:
            await self.client.xgroup_create(self.stream, self.group, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
        self.joined = True

    async def next(self) -> Message | None:
        """A message that was left, or a new one; None if none comes within BLOCK_MS."""
        if not self.joined:
            await self.join()
        if time.monotonic() - self.claimed > min(self.retry_ms / 4000, CLAIM_PERIOD_S):
            if message := await self.claim():
                return message
            self.claimed = time.monotonic()
        block = min(BLOCK_MS, self.retry_ms)
        reply: Any = await self.client.xreadgroup(
            self.group, self.name, {self.stream: ">"}, count=1, block=block
        )
        if not reply:
            return None
        # RESP3 has a mapping, RESP2 and redis-py's own form of RESP3 a list of pairs.
        entries = reply[self.stream][0] if isinstance(reply, dict) else reply[0][1]
        return message_of(*entries[0])

    async def claim(self) -> Message | None:
        """Take over what nobody has acknowledged for STREAM_RETRY_MS, whoever had it."""
        lost = 0
        try:
            while lost < AT_ONCE:
                left = await self.pending(idle=self.retry_ms)
                if not left:
                    return None
                _, entries, deleted = await self.client.xautoclaim(
                    self.stream, self.group, self.name, self.retry_ms, left["message_id"], 1
                )
                lost += len(deleted)
                for message_id, fields in entries:
                    # Whoever had it may have finished it in this very moment.
                    if ours := await self.pending(message_id):
                        return message_of(message_id, fields, ours["times_delivered"])
        finally:
            if lost:
                maxlen = settings.current().stream_maxlen
                logger.warning("Messages lost", stream=self.stream, count=lost, maxlen=maxlen)
        return None

    async def pending(self, message_id: str = "", **of: Any) -> dict[str, Any]:
        """What Redis knows of one unacknowledged message; nothing if there is none."""
        low, high = (message_id, message_id) if message_id else ("-", "+")
        found: Any = await self.client.xpending_range(self.stream, self.group, low, high, 1, **of)
        return dict(found[0]) if found else {}

    async def acknowledge(self, message: Message) -> None:
        """The message is done."""
        await self.client.xack(self.stream, self.group, message.id)

    async def bury(self, message: Message, error_type: str) -> None:
        """Move the message to the dead letters: both or neither, with the fields that it had."""
        origin = dict(message.origin) | {
            "message_id": message.id,
            "deliveries": str(message.deliveries),
            "error_type": error_type,
        }
        entry: dict[Any, Any] = {**message.fields}
        entry |= {RESERVED + name: text for name, text in origin.items()}
        maxlen = settings.current().dead_letter_maxlen
        async with self.client.pipeline(transaction=True) as both:
            both.xadd(f"{self.stream}:dead", entry, maxlen=maxlen, approximate=True)
            both.xack(self.stream, self.group, message.id)
            await both.execute()

    async def leave(self) -> None:
        """Take the name out of the group, unless a message waits for its retry under it."""
        if self.joined and not await self.pending(consumername=self.name):
            await self.client.xgroup_delconsumer(self.stream, self.group, self.name)


def message_of(message_id: str, fields: Mapping[str, str], deliveries: int = 1) -> Message:
    """The message of an entry: what is the standard's apart from what is the publisher's."""
    own = {name: text for name, text in fields.items() if not name.startswith(RESERVED)}
    given = {name: text for name, text in fields.items() if name.startswith(RESERVED)}
    origin = {name.removeprefix(RESERVED): text for name, text in given.items()}
    return Message(message_id, own, deliveries, origin)
