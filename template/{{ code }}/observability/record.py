# Managed by the template: edits here are merged on update.
"""One record becomes one event: a flat dict of JSON types, redacted, the standard's keys first."""

import itertools
import logging
import os
import re
import socket
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from .context import EMPTY, Fields, current_fields, current_unit, process
from .names import caches
from .redaction import MAX_NAME, MAX_TEXT, clean_text, redact_fields, safe_str
from .settings import get_settings, service
from .tracebacks import error_fields, error_of

Event = dict[str, Any]
Parts = tuple[Fields, Fields, Fields, Event]
"""Of an event: its timestamp, the fields up to the process, those of the context, its own."""

IDS = frozenset({"request_id", "trace_id", "span_id", "session_id", "tenant_id", "actor_id"})
PROCESS = ("service", "version", "environment", "instance_id", "pid")
RESERVED = frozenset({"timestamp", "level", "logger", "message", "truncated", *PROCESS})
RESERVED |= {"audit_stream", "audit_seq", "audit_prev", "audit_hash", "audit_lost"}
"""Keys that no field of a call can take: such a field gets an underscore at its end."""

_LENGTHS = dict.fromkeys(IDS, MAX_NAME) | {"error_type": MAX_NAME, "error_message": MAX_TEXT}
_TYPED = RESERVED | _LENGTHS.keys() | {"event", "exception"}

_IMMUTABLE = frozenset({str, int, float, bool, type(None)})
_EVENT = re.compile(r"([a-z][a-z0-9_.]{0,79})?")
_CONSTANT_MESSAGE = re.compile(r"[A-Za-z][A-Za-z _-]{0,79}")

# What is no field: the attributes of `logging`, ours, and those that others add for formatters.
STANDARD_ATTRIBUTES = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}
STANDARD_ATTRIBUTES |= {"_context", "_fields", "_parts", "_repeated", "_written", "color_message"}
STANDARD_ATTRIBUTES |= {"otelServiceName", "otelTraceID", "otelSpanID", "otelTraceSampled"}

INSTANCE_ID = os.environ.get("RAILWAY_REPLICA_ID") or socket.gethostname()
_unreadable = itertools.count(1)


def event_of(record: logging.LogRecord) -> Event:
    """Return the event of a LogRecord as one flat dict."""
    stamp, head, shared, own = parts_of(record)
    return {**stamp, **head, **shared, **own}


def parts_of(record: logging.LogRecord) -> Parts:
    """Return the parts of the event of a LogRecord, made once for all handlers."""
    given = vars(record)
    if "_parts" not in given:
        fields = dict(given.get("_fields", {}))  # which may be named like an attribute
        if not STANDARD_ATTRIBUTES.issuperset(given):
            fields |= {name: given[name] for name in given if name not in STANDARD_ATTRIBUTES}
        if record.stack_info:
            fields["stack"] = record.stack_info[-MAX_TEXT:].partition("\n")[2]  # whole lines
        level, name = safe_str(record.levelname), safe_str(record.name)
        error = error_of(record.exc_info) if record.exc_info else None
        about = record.created, level, name, record.msg, record.args, fields, error
        given["_parts"] = to_event(*about, given.get("_context"))
    return given["_parts"]  # type: ignore[no-any-return]


def to_event(
    created: float,
    level: str,
    logger: str,
    msg: object,
    args: object,
    fields: dict[str, Any],
    error: BaseException | None = None,
    context: Fields | None = None,
) -> Parts:
    """Return the event in parts, of which no two have a key in common; `created` is in seconds.

    It fails closed: where redaction raises, the event has no text of the record, and a count.
    """
    try:
        shared = current_fields() if context is None else context or process.fields
        if shared:
            shared = shared.prepared or _prepare(shared)
        own = redact_fields(fields) if fields else {}
        if own and (type(own.get("duration_ms", 0.0)) is not float or not _TYPED.isdisjoint(own)):
            own = _typed(own)
        if error is not None:
            current_unit().error = error_fields(error)
            own = {**current_unit().error, **own}
        event = own.pop("event", "") if "event" in own else ""
        message = msg if type(msg) is str and not args else message_of(msg, args)
        make_head = _head.__wrapped__ if args else _head
        head = make_head(message, logger, level, event, not args)
        if not own.keys().isdisjoint(shared):
            shared, own = EMPTY, {**shared, **own}
        # Half a microsecond makes up for what a float cannot hold.
        return _stamp(int(created * 1000.0 + 0.0005)), head, shared, own
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as failure:  # noqa: BLE001 - a log call never raises into its caller
        head = _head("Record unreadable", __name__, "ERROR", "", True)
        about = {"error_type": type(failure).__name__, "unreadable_count": next(_unreadable)}
        return _stamp(int(time.time() * 1000)), head, EMPTY, about


@lru_cache(2)
def _stamp(created_ms: int) -> Fields:
    text = datetime.fromtimestamp(created_ms / 1000, UTC).isoformat("T", "milliseconds")[:-6] + "Z"
    stamp = Fields(timestamp=text)  # RFC 3339
    stamp.json = f'{{"timestamp":"{text}"'.encode()  # what a line begins with
    return stamp


@lru_cache(512)
def _head(message: str, logger: str, level: str, event: str, is_constant: bool) -> Fields:
    """Return the part up to the process; by default, a constant message is the event."""
    clean = clean_text(message, MAX_TEXT)
    if is_constant and not event and _CONSTANT_MESSAGE.fullmatch(clean):
        event = clean.lower().replace(" ", "_").replace("-", "_")
    head = Fields(_process(logger, level) | {"message": clean, "event": event})
    if not event:
        del head["event"]
    return head


@lru_cache(512)
def _process(logger: str, level: str) -> Event:
    shown = {"level": clean_text(level, MAX_NAME), "logger": clean_text(logger, MAX_NAME)}
    version, environment = get_settings().service_version, get_settings().environment
    values = (service.name, version[:MAX_NAME], environment, INSTANCE_ID[:MAX_NAME], os.getpid())
    return shown | {"message": "", "event": ""} | dict(zip(PROCESS, values, strict=True))


def begin_process() -> None:
    """Make what lines share anew: in a forked child, and after a change of rules."""
    _process.cache_clear()
    _head.cache_clear()


caches.append(begin_process)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=begin_process)


def _prepare(shared: Fields) -> Fields:
    """Redact fields of a context; keep the result if no value can change in place."""
    prepared = Fields(_typed(redact_fields(shared)))
    if "event" in prepared:  # which the head has
        prepared["event_"] = prepared.pop("event")
    if _IMMUTABLE.issuperset(map(type, shared.values())):
        shared.prepared = prepared
    return prepared


def _typed(fields: Event) -> Event:
    """Give typed keys the types of the schema; what does not fit gets an underscore."""
    if type(fields.get("duration_ms", 0)) not in (float, int):
        fields["duration_ms_"] = fields.pop("duration_ms")
    for name in () if _TYPED.isdisjoint(fields) else filter(_TYPED.__contains__, [*fields]):
        value, limit = fields[name], _LENGTHS.get(name, 0)
        if limit and type(value) in (str, int):
            fields[name] = str(value)[:limit]
        elif not ((limit and value is None) or (name == "event" and _EVENT.fullmatch(str(value)))):
            fields[f"{name}_"] = fields.pop(name)
    return fields


def message_of(template: object, args: object) -> str:
    """Return the message with its %-arguments, or without them where they do not fit."""
    text = template if isinstance(template, str) else safe_str(template)
    try:
        return text % args if args else text
    except Exception:  # noqa: BLE001 - wrong arguments, or a foreign __str__
        return text
