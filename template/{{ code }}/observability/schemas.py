# Managed by the template: edits here are merged on update.
"""LOG_SCHEMA: the keys and values that a vendor's collector reads, beside the standard's keys."""

import logging
import re
from typing import Any

from .formatters import JSONFormatter, dumps, truncate
from .record import Event, event_of
from .settings import get_settings

TABLE = [  # the standard's key; of ecs; gcp (`a:b`: b in the object a); datadog. 6 are of requests
    ("timestamp", "@timestamp", "time", ""),
    ("level", "log.level", "severity", "status"),
    ("message", "message", "", ""),  # the third key, as ECS asks
    ("level", "ecs.version", "", ""),
    ("logger", "log.logger", "", "logger.name"),
    ("event", "event.action", "", ""),
    ("service", "service.name", "serviceContext:service", "dd.service"),
    ("version", "service.version", "serviceContext:version", "dd.version"),
    ("environment", "service.environment", "", "dd.env"),
    ("request_id", "http.request.id", "", "http.request_id"),
    ("trace_id", "trace.id", "logging.googleapis.com/trace", "dd.trace_id"),
    ("span_id", "span.id", "logging.googleapis.com/spanId", "dd.span_id"),
    ("error_type", "error.type", "", "error.kind"),
    ("error_message", "error.message", "", "error.message"),
    ("exception", "error.stack_trace", "stack_trace", "error.stack"),
    ("duration_ms", "event.duration", "", "duration"),
    ("method", "http.request.method", "httpRequest:requestMethod", "http.method"),
    ("path", "url.path", "httpRequest:requestUrl", "http.url_details.path"),
    ("status", "http.response.status_code", "httpRequest:status", "http.status_code"),
    ("bytes_sent", "http.response.body.bytes", "httpRequest:responseSize", "network.bytes_written"),
    ("ip", "client.ip", "httpRequest:remoteIp", "network.client.ip"),
    ("duration_ms", "", "httpRequest:latency", ""),
]
TAKEN = {  # more objects and names, for which a collector refuses a text, or misreads it
    "ecs": "_id agent cloud container data_stream destination device dll dns email exception faas "
    "file group host labels network observer orchestrator organization package process registry "
    "related rule server source threat tls transaction user user_agent volume vulnerability",
    "gcp": "exception",
    "datadog": "dd ddsource ddtags exception host hostname source",
}
VALUES: dict[str, Any] = {
    "log.level": str.lower,
    "ecs.version": "8.11.0".format,
    "event.duration": lambda ms: round(max(-9e12, min(ms, 9e12)) * 1_000_000),  # in 64 bits
    "duration": lambda ms: VALUES["event.duration"](ms),
    "dd.span_id": lambda text: re.sub("^[0-9a-f]{16}$", lambda found: str(int(found[0], 16)), text),
    "logging.googleapis.com/trace": lambda text: get_settings().google_cloud_project + text,
    "httpRequest:latency": lambda ms: f"{min(ms, 9e12) / 1000:.6f}s",
}


class SchemaFormatter(JSONFormatter):
    """One line of JSON per record, in the schema of LOG_SCHEMA."""

    def __init__(self) -> None:
        super().__init__()
        schema = get_settings().log_schema
        rows = [(row[0], row[1 + [*TAKEN].index(schema)]) for row in TABLE]
        keys = [key for _, key in rows if not key.startswith("dd.")]  # which ddtrace may set
        objects = (re.split("[.:]", key)[0] for key in keys)
        self.taken = {*keys, *objects, *TAKEN[schema].split()}
        self.kinds = [(some, self.taken.intersection(dict(some))) for some in (rows[:-6], rows)]

    def format(self, record: logging.LogRecord) -> str:
        return truncate(event_of(record), self.render)

    def render(self, event: Event) -> str:
        """Return the line of an event: the schema's keys, then the standard's."""
        shown, (rows, moved) = Event(), self.kinds[event.get("event") == "request_completed"]
        for name, key in rows:
            if key and event.get(name) is not None:
                group, _, member = key.rpartition(":")
                place = shown.setdefault(group, {}) if group else shown
                place[member] = VALUES[key](event[name]) if key in VALUES else event[name]
        for name, value in event.items():
            if name not in moved:
                shown[f"{name}_" if name in self.taken else name] = value
        return dumps(shown)
