"""LOG_SCHEMA beside what the vendors' own packages write for the same record."""

import json
import sys
from pathlib import Path
from typing import Any

import children
import pytest
from rendered import run, uv

pytestmark = pytest.mark.installs

PACKAGES = ("ddtrace", "ecs-logging", "google-cloud-logging", "JSON-log-formatter")
TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

RECORD = """
import json, logging, os, sys
def record_of(**fields):
    try:
        raise ValueError("no ink left")
    except ValueError:
        error = sys.exc_info()
    return logging.makeLogRecord({
        "name": "shop.orders", "levelname": "ERROR", "levelno": 40, "msg": "Order failed",
        "created": 1790000000.25, "msecs": 250.0, "exc_info": error, **fields,
    })
"""

THEIRS = """
os.environ |= {"DD_SERVICE": "service", "DD_ENV": "production", "DD_VERSION": "0+uninstalled"}
os.environ |= {"DD_INSTRUMENTATION_TELEMETRY_ENABLED": "0", "DD_REMOTE_CONFIGURATION_ENABLED": "0"}
trace_id, span_id = sys.argv[1:3]
shown = {}

import ecs_logging
elastic = {f"elasticapm_{name}": value for name, value in {
    "trace_id": trace_id, "span_id": span_id,
    "service_name": "service", "service_environment": "production",
}.items()}
shown["ecs"] = json.loads(ecs_logging.StdlibFormatter().format(record_of(**elastic)))

from google.cloud.logging_v2.handlers import StructuredLogHandler
from opentelemetry import trace
span = trace.SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True)
handler, record = StructuredLogHandler(project_id="shop"), record_of()
with trace.use_span(trace.NonRecordingSpan(span)):
    handler.filter(record)
shown["gcp"] = json.loads(handler.format(record))

import ddtrace, json_log_formatter
from ddtrace.contrib.internal.logging.patch import patch
patch()
context = ddtrace.trace.Context(trace_id=int(trace_id, 16), span_id=int(span_id, 16))
ddtrace.tracer.context_provider.activate(context)
given = record_of()
record = logging.getLogger().makeRecord(
    given.name, 40, "", 1, given.msg, (), given.exc_info, extra={}
)
shown["datadog"] = json.loads(json_log_formatter.VerboseJSONFormatter().format(record))

# Google's definition of an entry refuses a name, a severity or a type that it does not have.
from google.cloud.logging_v2.types import LogEntry
from google.protobuf import json_format
for line in json.loads(sys.argv[3]):
    prefix = "logging.googleapis.com/"
    special = {key.removeprefix(prefix): line.pop(key) for key in [*line] if prefix in key}
    special |= {key: line.pop(key) for key in ("severity", "httpRequest") if key in line}
    entry = {**special, "timestamp": line.pop("time"), "jsonPayload": line}
    read = json_format.ParseDict(entry, LogEntry.pb(LogEntry()))
    shown.setdefault("entries", []).append(json_format.MessageToDict(read))
print(json.dumps(shown))
"""

OURS = """
from observability.config import stdout
ids = {"trace_id": sys.argv[1], "span_id": sys.argv[2]}
request = {"method": "GET", "path": "/items/7", "status": 500, "bytes_sent": 21, "ip": "192.0.2.0"}
print(stdout.format(record_of(**ids)))
print(stdout.format(record_of(**ids, **request, duration_ms=12.345)))
"""


def ours(schema: str) -> list[dict[str, Any]]:
    """The record as we write it, without and with the fields of a request."""
    begin = f"{children.BEGIN}{RECORD}"
    given = {"begin": begin, "LOG_SCHEMA": schema, "GOOGLE_CLOUD_PROJECT": "shop"}
    return children.run(OURS, TRACE_ID, SPAN_ID, **given).records  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the packages of the vendors write, and how Google's reads our lines."""
    folder: Path = tmp_path_factory.mktemp("vendors")
    packages = [part for package in PACKAGES for part in ("--with", package)]
    command = (uv(), "run", "--quiet", "--no-project", "--python", sys.executable, *packages)
    code, lines = f"{RECORD}{THEIRS}", json.dumps(ours("gcp"))
    said = run(*command, "python", "-c", code, TRACE_ID, SPAN_ID, lines, cwd=folder)
    shown: dict[str, Any] = json.loads(said.splitlines()[-1])
    return shown


def flat(value: Any, name: str = "") -> dict[str, Any]:
    """Objects as dotted keys, which is the same to Elasticsearch and Datadog."""
    if not isinstance(value, dict):
        return {name: value}
    dot = f"{name}." if name else ""
    return {k: v for key, one in value.items() for k, v in flat(one, f"{dot}{key}").items()}


def test_ecs_is_what_ecs_logging_writes(theirs: dict[str, Any]) -> None:
    line, expected = ours("ecs")[0], flat(theirs["ecs"])
    # Where in the code; an unformatted copy of the message; the version of their package.
    for key in [*expected]:
        if key.startswith(("log.origin.", "process.")) or key in ("log.original", "ecs.version"):
            del expected[key]
    stack = expected.pop("error.stack_trace")

    assert {key: line.get(key) for key in expected} == expected
    assert [*line][:3] == [*theirs["ecs"]][:3] == ["@timestamp", "log.level", "message"]
    assert "in record_of\n" in stack
    assert "in record_of\n" in line["error.stack_trace"]


def test_gcp_is_what_googles_handler_writes(theirs: dict[str, Any]) -> None:
    line, expected = ours("gcp")[0], dict(theirs["gcp"])
    # Its handler puts the stack below the message, where Error Reporting reads it last.
    message, _, stack = expected.pop("message").partition("\n")
    assert (message, stack.splitlines()[0]) == (
        line["message"],
        line["stack_trace"].splitlines()[0],
    )
    for key in ("sourceLocation", "labels", "trace_sampled"):  # of which an event has none
        del expected[f"logging.googleapis.com/{key}"]
    assert expected.pop("httpRequest") == {}

    assert {key: line.get(key) for key in expected} == expected


def test_google_reads_a_line_as_an_entry_with_its_request(theirs: dict[str, Any]) -> None:
    plain, request = theirs["entries"]

    for entry in (plain, request):
        assert entry["severity"] == "ERROR"
        assert entry["timestamp"] == "2026-09-21T14:13:20.250Z"
        assert entry["trace"] == f"projects/shop/traces/{TRACE_ID}"
        assert entry["spanId"] == SPAN_ID
    assert "httpRequest" not in plain
    assert request["httpRequest"] == {
        "requestMethod": "GET",
        "requestUrl": "/items/7",
        "status": 500,
        "responseSize": "21",
        "remoteIp": "192.0.2.0",
        "latency": "0.012345s",
    }


def test_datadog_is_what_its_tracer_adds_to_a_line(theirs: dict[str, Any]) -> None:
    line, written = ours("datadog")[0], theirs["datadog"]
    expected = {key: value for key, value in written.items() if key.startswith("dd.")}

    assert len(expected) == 5
    assert {key: line.get(key) for key in expected} == expected
    assert line["message"] == written["message"]
    assert line["status"] == written["levelname"]
    assert line["logger.name"] == written["name"]
    assert line["error.stack"].splitlines()[-1] == written["exc_info"].splitlines()[-1]
