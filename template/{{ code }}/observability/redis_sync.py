# Managed by the template: edits here are merged on update.
"""The synchronous Redis client, of Flask and Django, and its publish(); redis.py does the rest."""

from importlib import import_module

from redis import BlockingConnectionPool, Redis
from redis.retry import Retry

from .redis import Connection

redis_client = Connection(Redis, BlockingConnectionPool, Retry)
opened, reachable = redis_client.opened, redis_client.reachable


def publish(**fields: str | int | float | bool) -> str:
    """Add a message to STREAM, with the ids of the current context, and return its id.

    Raise ValueError for a name that begins with `_`, RedisError if Redis did not take it.
    Consumers, which are asynchronous, warn of a backlog.
    """
    streams = import_module(".streams", __package__)  # in a service with Redis Streams
    settings, entry = streams.stream_settings(), streams.entry_of(fields)
    return str(redis_client().xadd(settings.stream, entry, maxlen=settings.stream_maxlen))
