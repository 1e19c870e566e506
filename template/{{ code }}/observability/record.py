# Managed by the template: edits here are merged on update.
"""One record becomes one event: a flat dict of JSON types, redacted, the standard's keys first."""

import itertools
import logging
import os
import re
import socket
import time
from collections.abc import Container, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from .context import Fields, current_fields
from .names import caches
from .redaction import clean_text, redact_fields, safe_str
from .settings import get_settings, service
from .tracebacks import error_message, error_of, error_type, format_exception
from .tracebacks import is_logged as is_logged
from .tracebacks import mark_logged as mark_logged

Event = dict[str, Any]

IDS = frozenset({"request_id", "trace_id", "span_id", "session_id", "tenant_id", "actor_id"})
PROCESS = ("service", "version", "environment", "instance_id", "pid")
RESERVED = frozenset({"timestamp", "level", "logger", "message", "truncated", *PROCESS})
RESERVED |= {"audit_stream", "audit_seq", "audit_prev", "audit_hash", "audit_lost"}
"""Keys that no field of a call can take: such a field gets an underscore at its end."""

TYPED = RESERVED | IDS | {"event", "duration_ms", "error_type", "error_message", "exception"}
_TEXTS = IDS | {"error_type", "error_message"}

MAX_MESSAGE, MAX_NAME, MAX_EVENT = 4096, 128, 80  # characters

_EVENT = re.compile(r"[a-z][a-z0-9_.]*")
_CONSTANT_MESSAGE = re.compile(r"[A-Za-z][A-Za-z _-]*")
_WIDE = re.compile(r"%(?:\([^()%]*\))?[-#0 +]*(?:\*|\d{5}|(?:\*|\d*)\.(?:\*|\d{5}))")
STANDARD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
STANDARD_ATTRIBUTES |= {"_context", "_event", "taskName", "color_message", "otelServiceName"}
STANDARD_ATTRIBUTES |= {"otelTraceID", "otelSpanID", "otelTraceSampled"}

INSTANCE_ID = os.environ.get("RAILWAY_REPLICA_ID") or socket.gethostname()
_unreadable = itertools.count(1)


def event_of(record: logging.LogRecord) -> Event:
    """Return the event of a LogRecord, made once for all handlers."""
    given = vars(record)
    if "_event" not in given:
        fields = {name: given[name] for name in given if name not in STANDARD_ATTRIBUTES}
        if record.stack_info:
            fields["stack"] = record.stack_info[-MAX_MESSAGE:]
        given["_event"] = to_event(
            record.created,
            safe_str(record.levelname),
            safe_str(record.name),
            message_of(record.msg, record.args),
            fields,
            error_of(record.exc_info) if record.exc_info else None,
            given.get("_context"),
            is_constant=not record.args,
        )
    return given["_event"]  # type: ignore[no-any-return]


def to_event(
    created: float,
    level: str,
    logger: str,
    message: str,
    fields: Mapping[str, object],
    error: BaseException | None = None,
    context: Fields | None = None,
    *,
    is_constant: bool = True,
) -> Event:
    """Return the event; `created` is in seconds since the epoch.

    It fails closed: where redaction raises, the event has no text of the record, and a count.
    """
    try:
        head = _heads.get((message, logger, level)) or _head(message, logger, level)
        second = int(created)
        # Half a microsecond makes up for what a float cannot hold.
        time_of_day = _text_of(second) + _MILLISECONDS[int((created - second) * 1000 + 0.0005)]
        event = {"timestamp": time_of_day, **head}
        event["pid"] = os.getpid()  # a forked child has its parent's head
        event["event"] = event["event"] if is_constant else ""
        shared = current_fields() if context is None else context
        if shared:
            event |= shared.prepared or _prepare(shared)
        if fields:
            prepared = redact_fields(fields)
            event |= prepared if TYPED.isdisjoint(prepared) else _typed(prepared)
        if error is not None:
            event.setdefault("error_type", error_type(error))
            event.setdefault("error_message", error_message(error))
            if not is_logged(error):  # else the traceback is on an earlier line
                event["exception"] = format_exception(error)
                mark_logged(error)
        if not event["event"]:
            del event["event"]
        return event
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as failure:  # noqa: BLE001 - a log call never raises into its caller
        event = {"timestamp": f"{_text_of(int(time.time()))}.000Z"}
        event |= _head("Record unreadable", __name__, "ERROR")
        return event | {"error_type": type(failure).__name__, "unreadable_count": next(_unreadable)}


# The constant parts of events, by message, logger and level; bounded, cleared when it is full.
_heads: dict[tuple[str, str, str], Event] = {}
_process: Event = {}
caches.append(_heads)


def _head(message: str, logger: str, level: str) -> Event:
    clean = clean_text(message, MAX_MESSAGE)
    constant = len(message) <= MAX_EVENT and _CONSTANT_MESSAGE.fullmatch(clean)
    head = {
        "level": clean_text(level, MAX_NAME),
        "logger": clean_text(logger, MAX_NAME),
        "message": clean,
        "event": message.lower().replace(" ", "_").replace("-", "_") if constant else "",
        **(_process or process_fields()),
    }
    if constant:
        if len(_heads) >= 1024:
            _heads.clear()
        _heads[message, logger, level] = head
    return head


def process_fields(extra: Mapping[str, object] | None = None) -> Event:
    """Make the fields of every line of this process, `extra` ones included."""
    _heads.clear()
    _process.clear()
    environment = get_settings().environment
    values = (service.name, service.version, environment, INSTANCE_ID, os.getpid())
    _process.update(zip(PROCESS, values, strict=True))
    _process.update(_typed(redact_fields(extra or {})))
    return _process


@lru_cache(2)
def _text_of(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()[:19]  # RFC 3339, without its zone


_MILLISECONDS = (*(f".{number:03d}Z" for number in range(1000)), ".999Z")


def _prepare(shared: Fields) -> Event:
    """Redact fields of a context; keep the result if no value can change in place."""
    prepared = _typed(redact_fields(shared))
    if {str, int, float, bool, type(None)}.issuperset(map(type, shared.values())):
        shared.prepared = prepared
    return prepared


def _typed(fields: Event) -> Event:
    """Give typed keys the types of the schema; what does not fit gets an underscore."""
    for name in TYPED.intersection(fields):
        value = fields[name]
        kind = type(value)
        if name in _TEXTS and kind is str and len(value) <= MAX_NAME:
            continue
        if name == "duration_ms" and kind in (int, float) and value >= 0:
            fields[name] = round(value * 1.0, 3)
        elif name in _TEXTS and kind in (str, int, type(None)):
            fields[name] = str(value)[:MAX_NAME] if name in IDS and value is not None else value
        elif name != "event" or (value and not (kind is str and _EVENT.fullmatch(value))):
            del fields[name]
            fields[free_name(f"{name}_", fields)] = value
        elif not value:
            del fields[name]  # an empty event counts as missing
    return fields


def free_name(name: str, taken: Container[str]) -> str:
    """Return the name with as many underscores at its end as make it a new one."""
    while name in taken:
        name += "_"
    return name


def message_of(template: object, args: object) -> str:
    """Return the message with its %-arguments, or without them where they do not fit."""
    template = template if isinstance(template, str) else safe_str(template)
    # `%1000000000d` is a gigabyte of padding.
    if not args or len(template) > MAX_MESSAGE or _WIDE.search(template):
        return template
    try:
        return template % args
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - wrong arguments, or a foreign __str__
        return template
