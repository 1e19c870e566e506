# Managed by the service template: change it there, or expect a merge on update.
"""What one record says: a flat entry of JSON types, redacted, shaped as record.schema.json asks."""

import itertools
import math
import os
import re
import socket
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from . import service, settings
from .values import MAX_NAME, clean, is_id, plain, text_of

Entry = dict[str, Any]

IDS = frozenset({"request_id", "trace_id", "span_id", "session_id", "tenant_id", "actor_id"})
SEALED = frozenset({"audit_stream", "audit_seq", "audit_prev", "audit_hash", "audit_lost"})
"""The fields that only the audit trail writes."""

TEXTS = dict.fromkeys(IDS | {"event", "operation", "error_type"}, MAX_NAME)
TEXTS |= {"error_message": 1024, "exception": 16_384}
"""The fields that are always text, and the most characters of each."""

SHAPES = {
    "event": re.compile(r"[a-z][a-z0-9_.]*"),
    "request_id": re.compile(r"[A-Za-z0-9._-]{8,64}"),
    "trace_id": re.compile(r"(?!0{32})[0-9a-f]{32}"),
    "span_id": re.compile(r"(?!0{16})[0-9a-f]{16}"),
}

RESERVED = SEALED | {"truncated"}

MAX_FIELDS = 600

INSTANCE_ID = os.environ.get("RAILWAY_REPLICA_ID") or socket.gethostname()

_unreadable = itertools.count(1)


class Seal(Entry):
    """The SEALED fields of a record of the audit trail, which no call site can make."""


def typed(name: str, value: object) -> tuple[str, Any]:
    """A field by the name and type that the schema gives it; what does not fit is renamed."""
    if name in TEXTS:
        text = text_of(value)
        text = text if is_id(name, text) else clean(text, TEXTS[name])
        fits = name not in SHAPES or SHAPES[name].fullmatch(text)
        return name if fits else f"{name}_", text
    if name != "duration_ms":
        return clean(name, MAX_NAME), plain(value, name)
    if isinstance(value, timedelta):
        value = value / timedelta(milliseconds=1)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf:
        return name, round(float(value), 3)
    return "duration_ms_", plain(value)


def describe(
    created: float, level: str, logger: str, message: str, fields: Iterable[tuple[str, object]]
) -> Entry:
    """The entry of one record, the standard's keys first; no field can forge those above it.

    `created` is in seconds since the epoch; `timestamp` is RFC 3339 in UTC, to the millisecond.
    """
    entry = _head(created, level, clean(logger, MAX_NAME), clean(message))
    for given, value in islice(fields, MAX_FIELDS):
        if value is not None or given not in TEXTS | {"duration_ms": None}:
            name, shown = typed(given, value)
            # `event` is kept a place; `truncated` is the encoder's to say, the seal the trail's.
            while entry.get(name, "") != "" or name in RESERVED:
                name += "_"
            entry[name] = shown
    if not entry["event"]:
        del entry["event"]
    return entry


def unreadable(error: BaseException) -> Entry:
    """The fixed entry of a record that could not be described, with the number of them so far.

    None of its texts is redacted: it may be redaction that failed.
    """
    entry = _head(time.time(), "ERROR", __name__, "Record unreadable")
    told = {"event": "record_unreadable", "error_type": type(error).__name__[:MAX_NAME]}
    return entry | told | {"unreadable_count": next(_unreadable)}


def _head(created: float, level: str, logger: str, message: str) -> Entry:
    moment = datetime.fromtimestamp(created, UTC)
    return {
        "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": level,
        "logger": logger,
        "message": message,
        "event": "",
        "service": service.NAME,
        "version": service.VERSION,
        "environment": settings.current().environment,
        "instance_id": INSTANCE_ID,
        "pid": os.getpid(),
    }
