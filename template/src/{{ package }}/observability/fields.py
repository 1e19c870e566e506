# Managed by the service template: change it there, or expect a merge on update.
"""What a line shows of its fields: the names and types of record.schema.json, redacted."""

import re
from collections.abc import Mapping
from datetime import timedelta
from itertools import islice
from typing import Any

from .redaction import is_sensitive
from .rules.judged import MOST, is_known, remember
from .values import MAX_NAME, clean, is_hexadecimal, is_id, plain, text_of

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

MAX_FIELDS = 600

_NUMBERS = frozenset({int, float, bool})
_LARGE = 10**12
"""Numbers below it have fewer digits than any card: their name alone decides."""


def show(fields: Entry) -> Entry:
    """What a line shows of fields, which are ours to change: the first MAX_FIELDS of them.

    A field with a name of the record's own, or of another field, gets underscores behind it.
    """
    if len(fields) > MAX_FIELDS:
        return _judged(fields)
    for name, value in fields.items():
        kind = type(value)
        if kind is str:
            if not is_known((name, value)):
                return _judged(fields)
        elif kind is float and name == "duration_ms" and 0 <= value < _LARGE:
            fields[name] = int(value * 1000 + 0.5) / 1000  # in a third of the time of round()
        elif not (kind in _NUMBERS and is_known((name, None)) and -_LARGE < value < _LARGE):
            return _judged(fields)
    return fields


def _judged(fields: Mapping[str, object]) -> Entry:
    entry: Entry = {}
    for given, value in islice(fields.items(), MAX_FIELDS):
        if value is not None or given not in TYPED:
            name, shown = _judge(given, value)
            while name in entry:
                name += "_"
            entry[name] = shown
    return entry


def _judge(given: str, value: object) -> tuple[str, Any]:
    """What is shown, which is remembered where it is what was given."""
    if type(value) is str and is_known((given, value)):
        return given, value
    if is_known((given, None)):
        name, shown = given, plain(value, given)
    else:
        name, shown = typed(given, value)
        while name in REQUIRED or name in SEALED:
            name += "_"
        if name == given and given not in TYPED and not is_sensitive(given):
            remember(given, None)
    # An id is judged as fast as it is found, and does not come again.
    if name == given and type(value) is str and shown == value and not is_hexadecimal(value):
        remember(given, value)
    return name, shown


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
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LARGE:
        return "duration_ms", int(value * 1000 + 0.5) / 1000
    return "duration_ms_", plain(value)


def event_of(message: str) -> str:
    """The event that a constant message is: `Order placed` is order_placed; else nothing."""
    event = _events.get(message)
    if event is None:
        if not _CONSTANT_TEXT.fullmatch(message):
            return ""
        event = message.lower().replace(" ", "_").replace("-", "_")
        if is_known((None, message)) and len(_events) < MOST:
            _events[message] = event
    return event


_CONSTANT_TEXT = re.compile(r"[A-Za-z][A-Za-z _-]{0,79}")
_events: dict[str, str] = {}
