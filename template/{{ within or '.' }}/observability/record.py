# Managed by the service template: change it there, or expect a merge on update.
"""What one record says: a flat entry of JSON types, redacted, shaped as record.schema.json asks."""

import itertools
import os
import socket
import time
from datetime import UTC, datetime

from . import service, settings
from .fields import Entry
from .rules.judged import is_known, remember
from .shown import show
from .values import MAX_NAME, MAX_TEXT, clean

INSTANCE_ID = os.environ.get("RAILWAY_REPLICA_ID") or socket.gethostname()

_unreadable = itertools.count(1)


class Seal(Entry):
    """The SEALED fields of a record of the audit trail, which no call site can make."""


def shown_text(text: str, limit: int) -> str:
    """A message or a logger's name, as `clean` leaves it."""
    if len(text) <= limit and is_known(None, text):
        return text
    # More than a line has room for need not be judged.
    shown = clean(text, min(limit, settings.current().log_max_line_bytes))
    if shown == text:
        remember(None, text)
    return shown


def describe(
    created: float,
    level: str,
    logger: str,
    message: str,
    context: Entry,
    fields: Entry,
) -> Entry:
    """The entry of one record, the standard's keys first; no field can forge those above it.

    `created` is in seconds since the epoch; RFC 3339 in UTC, to the millisecond, is made of it. Of
    the context it is given what `show` has made of it; the fields are ours to change.
    """
    return entry_of_shown(created, level, logger, message, context, show(fields))


def entry_of_shown(
    created: float, level: str, logger: str, message: str, context: Entry, shown: Entry
) -> Entry:
    """The same, where `show` has seen the fields already: it must not see what it made of them."""
    entry = _head(created, level, shown_text(logger, MAX_NAME), shown_text(message, MAX_TEXT))
    entry |= context
    entry |= shown
    if not entry["event"]:  # which was kept a place
        del entry["event"]
    return entry


def unreadable(error: BaseException) -> Entry:
    """The fixed entry of a record that could not be described, with the number of them so far.

    None of its texts is redacted: it may be redaction that failed.
    """
    entry = _head(time.time(), "ERROR", __name__, "Record unreadable")
    told = {"event": "record_unreadable", "error_type": type(error).__name__[:MAX_NAME]}
    return entry | told | {"unreadable_count": next(_unreadable)}


def beginning(created: float) -> bytes:
    """A line up to the end of its timestamp; of one second all but the milliseconds is kept."""
    global _second  # noqa: PLW0603 - one tuple, which threads replace and never change
    second, text = _second
    since = created - second
    if not 0 <= since < 1:
        second = int(created // 1)
        text = b'{"timestamp":"' + datetime.fromtimestamp(second, UTC).isoformat()[:19].encode()
        _second, since = (second, text), created - second
    # Half a microsecond makes up for what a float cannot hold.
    return text + _MILLISECONDS[int(since * 1000 + 0.0005)]


_second = (-1, b"")
_MILLISECONDS = (*(b".%03dZ" % number for number in range(1000)), b".999Z")


def _head(created: float, level: str, logger: str, message: str) -> Entry:
    return {
        "timestamp": beginning(created)[14:].decode(),
        "level": level,
        "logger": logger,
        "message": message,
        "event": "",
        "service": service.NAME,
        "version": settings.current().service_version or service.VERSION,
        "environment": settings.current().environment,
        "instance_id": INSTANCE_ID,
        "pid": os.getpid(),
    }
