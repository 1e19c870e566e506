# Managed by the template: edits here are merged on update.
"""publish(): a message for the consumers, with its publisher's ids; a warning before a loss."""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from redis.exceptions import RedisError

from .context import current_fields
from .logger import get_logger
from .redis import redis_client, sync_redis_client
from .requests import correlation_ids
from .settings import TEXT, Table, number, variable

logger = get_logger(__name__)

PREFIX = "_"  # of our own names in an entry

HIGH = 0.8  # share of STREAM_MAXLEN that is worth a warning
LOOK_S, WARN_S = 1, 60  # between two looks at the backlog, and two warnings
_next_look = 0.0
_package, _count = __name__.partition(".")[0], number(1, 1_000_000_000)


@dataclass(frozen=True, kw_only=True, repr=False)
class StreamSettings(Table):
    stream: str = variable(TEXT, _package, "Redis stream of the messages")
    stream_group: str = variable(TEXT, _package, "Consumer group that shares the messages")
    stream_maxlen: int = variable(_count, "1000000", "Messages kept; older ones are lost")
    stream_retry_ms: int = variable(number(100, 86_400_000), "60000", "Wait for an acknowledgement")
    stream_max_deliveries: int = variable(number(1, 1000), "5", "Deliveries until a dead letter")
    dead_letter_maxlen: int = variable(_count, "10000", "Dead letters kept")


stream_settings = cache(StreamSettings.load)


@dataclass(frozen=True)
class Message:
    """One delivery of a message: `fields` as published, all text; `deliveries` counts this one.

    `origin` has what its publisher had of request_id, traceparent, session_id and tenant_id.
    """

    id: str
    fields: Mapping[str, str]
    deliveries: int = 1
    origin: Mapping[str, str] = field(default_factory=dict)

    def ids(self) -> dict[str, str]:
        """Return the publisher's ids; a request or trace id that is missing or invalid is new."""
        ids = correlation_ids({**self.origin, "x-request-id": self.origin.get("request_id", "")})
        return ids | {k: v for k, v in self.origin.items() if k in {"session_id", "tenant_id"}}


def message_of(deliveries: int, message_id: str, entry: Mapping[str, str]) -> Message:
    origin = {k.removeprefix(PREFIX): v for k, v in entry.items() if k.startswith(PREFIX)}
    fields = {k: v for k, v in entry.items() if not k.startswith(PREFIX)}
    return Message(message_id, fields, deliveries, origin)


async def publish(**fields: str | int | float | bool) -> str:
    """Add a message to STREAM, with the ids of the current context, and return its id.

    Raise ValueError for a name that begins with `_`, RedisError if Redis did not take it.
    """
    message_id = await redis_client().xadd(**_added(fields))
    await check_backlog()
    return str(message_id)


def publish_sync(**fields: str | int | float | bool) -> str:
    """Add a message as the asynchronous `publish` does; only consumers look at the backlog then."""
    return str(sync_redis_client().xadd(**_added(fields)))


def _added(fields: Mapping[str, object]) -> Any:
    """Return the arguments of XADD: the fields as text, and the ids of the current context."""
    if not fields or any(name.startswith(PREFIX) for name in fields):
        raise ValueError(f"a message has fields, and none has a name that begins with {PREFIX}")
    context = current_fields()
    origin = {name: context.get(name) for name in ("request_id", "session_id", "tenant_id")}
    if {"trace_id", "span_id"} <= context.keys():  # W3C Trace Context, section 3.2
        origin["traceparent"] = f"00-{context['trace_id']}-{context['span_id']}-01"
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in fields.items()}
    entry = texts | {PREFIX + name: str(value) for name, value in origin.items() if value}
    settings = stream_settings()
    return {"name": settings.stream, "fields": entry, "maxlen": settings.stream_maxlen}


async def check_backlog() -> None:
    """Warn, once a minute, while messages that wait or are pending come near to STREAM_MAXLEN."""
    global _next_look
    client, settings, now = redis_client(), stream_settings(), time.monotonic()
    if now < _next_look:
        return
    _next_look = now + LOOK_S
    with suppress(RedisError):  # the caller's own command says more
        groups = await client.xinfo_groups(settings.stream)
        group = next((each for each in groups if each["name"] == settings.stream_group), {})
        lag, pending = group.get("lag"), group.get("pending", 0)
        if lag is None:  # there is no group yet, or entries were deleted
            lag = await client.xlen(settings.stream)
        counts = {"lag": lag, "pending": pending, "maxlen": settings.stream_maxlen}
        if lag + pending >= HIGH * settings.stream_maxlen:
            _next_look = now + WARN_S
            logger.warning("Stream backlog", stream=settings.stream, **counts)
