# Managed by the service template: change it there, or expect a merge on update.
"""What a line shows of its fields: the names and types of record.schema.json, redacted."""

import logging
import re
from collections.abc import Mapping
from datetime import timedelta
from itertools import islice
from typing import Any

from .redaction import is_sensitive
from .rules.judged import MOST, is_known, known, remember
from .rules.own import own_patterns
from .values import (MAX_DEPTH, MAX_ITEMS, MAX_ITEMS_IN_ALL, MAX_NAME, clean, is_hexadecimal, is_id, plain, text_of)

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

_ANY_IDS = IDS - {"trace_id", "span_id"}
"""Ids that may be any hexadecimal text of 8 digits or more."""

REQUIRED = frozenset(
    "timestamp level logger message service version environment instance_id pid truncated".split()
)
"""The names of the record itself, which no field can take."""

_OURS = REQUIRED | SEALED

OF_RECORDS = frozenset(vars(logging.makeLogRecord({}))) | {"asctime", "taskName", "exception"}
"""Names that a LogRecord has by itself: a field gets another one on its way through `logging`."""

MAX_FIELDS = 600

_NUMBERS = frozenset({int, float, bool})
_LARGE = 10**12
"""Numbers below it have fewer digits than any card: their name alone decides."""


def are_known(fields: Entry) -> bool:
    """Whether all stand as they are, `duration_ms` rounded in place, by what is remembered.

    None of them then has a name that a LogRecord has by itself.
    """
    for name, value in fields.items():
        kind = type(value)
        if kind is str:
            # An id is judged as fast as it is found, and does not come again.
            if (name, value) not in known and not (
                ((name, None) in known or (name in _ANY_IDS and len(value) >= 8))
                and is_hexadecimal(value)
                and not own_patterns()
            ):
                return False
        elif kind is float and name == "duration_ms" and 0 <= value < _LARGE:
            fields[name] = int(value * 1000 + 0.5) / 1000  # in a third of the time of round()
        elif (name, None) not in known:
            return False
        elif kind is dict:
            if _size_if_known(value) > MAX_ITEMS_IN_ALL:
                return False
        elif kind not in _NUMBERS or not -_LARGE < value < _LARGE:
            return False
    return len(fields) <= MAX_FIELDS


def _size_if_known(fields: Entry, depth: int = 0) -> int:
    """How many items a field has, however they are nested; of one that is not known, too many."""
    if (size := len(fields)) > MAX_ITEMS or depth == MAX_DEPTH:
        return _TOO_MANY
    for name, value in fields.items():
        kind = type(value)
        if type(name) is not str or (name, None) not in known:
            return _TOO_MANY
        if kind is dict:
            size += _size_if_known(value, depth + 1)
        elif not (
            (name, value) in known if kind is str else kind in _NUMBERS and -_LARGE < value < _LARGE
        ):
            return _TOO_MANY
    return size


_TOO_MANY = MAX_ITEMS_IN_ALL + 1


def show(fields: Entry) -> Entry:
    """What a line shows of fields, which are ours to change: the first MAX_FIELDS of them.

    A field with a name of the record's own, or of another field, gets underscores behind it.
    """
    return fields if are_known(fields) else judged(fields)


def judged(fields: Mapping[str, object]) -> Entry:
    """The same of fields that are not all known."""
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
    if type(value) is str and is_known(given, value):
        return given, value
    if is_known(given, None):
        name, shown = given, plain(value, given)
    else:
        name, shown = typed(given, value)
        while name in _OURS:
            name += "_"
        if name == given and _decides(given):
            remember(given, None)
    if name == given and given not in OF_RECORDS:
        if type(value) is str:
            if shown == value and not is_hexadecimal(value):
                remember(given, value)
        elif type(value) is dict:
            _remember_inside(value, shown)
    return name, shown


def _remember_inside(given: Entry, shown: Entry) -> None:
    for name, value in given.items():
        if type(name) is str and name in shown and _decides(name):
            remember(name, None)
            if type(value) is str and shown[name] == value:
                remember(name, value)
            elif type(value) is dict and type(shown[name]) is dict:
                _remember_inside(value, shown[name])


def _decides(name: str) -> bool:
    """Whether nothing but the value matters in a field of that name, at whatever depth."""
    return not (name in TYPED or name in OF_RECORDS or name in _OURS or is_sensitive(name))


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
        if is_known(None, message) and len(_events) < MOST:
            _events[message] = event
    return event


_CONSTANT_TEXT = re.compile(r"[A-Za-z][A-Za-z _-]{0,79}")
_events: dict[str, str] = {}
