# Managed by the template: edits here are merged on update.
"""publish() of Flask and Django; consumers, which are asynchronous, warn of a backlog."""

from .redis_sync import redis_client
from .streams import entry_of, stream_settings


def publish(**fields: str | int | float | bool) -> str:
    """Add a message to STREAM, with the ids of the current context, and return its id.

    Raise ValueError for a name that begins with `_`, RedisError if Redis did not take it.
    """
    settings, client = stream_settings(), redis_client()
    return str(client.xadd(settings.stream, entry_of(fields), maxlen=settings.stream_maxlen))
