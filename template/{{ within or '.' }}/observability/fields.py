# Managed by the service template: change it there, or expect a merge on update.
"""The names and types that record.schema.json gives to fields."""

import re
from datetime import timedelta
from typing import Any

from .rules.judged import MOST, is_known
from .values import MAX_NAME, clean, is_id, plain, text_of

Entry = dict[str, Any]

IDS = frozenset({"request_id", "trace_id", "span_id", "session_id", "tenant_id", "actor_id"})
SEALED = frozenset({"audit_stream", "audit_seq", "audit_prev", "audit_hash", "audit_lost"})
"""The fields that only the audit trail writes."""

TEXTS = dict.fromkeys(IDS | {"event", "operation", "error_type"}, MAX_NAME)
TEXTS |= {"error_message": 1024, "exception": 16_384}
"""The fields that are always text, and the most characters of each."""

TYPED = frozenset({*TEXTS, "duration_ms"})

SHAPES = {
    "event": re.compile(r"[a-z][a-z0-9_.]*"),
    "request_id": re.compile(r"[A-Za-z0-9._-]{8,64}"),
    "trace_id": re.compile(r"(?!0{32})[0-9a-f]{32}"),
    "span_id": re.compile(r"(?!0{16})[0-9a-f]{16}"),
}

REQUIRED = frozenset(
    "timestamp level logger message service version environment instance_id pid truncated".split()
)
"""The names of the record itself, which no field can take."""

LARGE = 10**12
"""Numbers below it have fewer digits than any card: their name alone decides."""


def typed(name: str, value: object) -> tuple[str, Any]:
    """A field by the name and type that the schema gives it; what does not fit is renamed."""
    if name == "duration_ms":
        return _duration(value)
    if name not in TEXTS:
        return clean(name, MAX_NAME), plain(value, name)
    text = text_of(value)
    text = text if is_id(name, text) else clean(text, TEXTS[name])
    fits = name not in SHAPES or SHAPES[name].fullmatch(text)
    return name if fits else f"{name}_", text


def _duration(value: object) -> tuple[str, Any]:
    if isinstance(value, timedelta):
        value = value / timedelta(milliseconds=1)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < LARGE:
        return "duration_ms", (value * 1000 + 0.5) // 1 / 1000
    return "duration_ms_", plain(value)


def event_of(message: str) -> str:
    """The event that a constant message is: `Order placed` is order_placed; else nothing."""
    if len(message) > MAX_EVENT:
        return ""
    event = _events.get(message)
    if event is None:
        if not _CONSTANT_TEXT.fullmatch(message):
            return ""
        event = message.lower().replace(" ", "_").replace("-", "_")
        if is_known(None, message) and len(_events) < MOST:
            _events[message] = event
    return event


MAX_EVENT = 80
"""Characters: a longer message names no event."""

_CONSTANT_TEXT = re.compile(r"[A-Za-z][A-Za-z _-]*")
_events: dict[str, str] = {}
