"""LOG_SCHEMA beside what the vendors' own packages write for the same record."""

import json
import sys
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
request = {"event": "request_completed", "method": "GET", "path": "/items/7", "status": 500}
request |= {"bytes_sent": 21, "ip": "192.0.2.0"}
print(stdout.format(record_of(**ids)))
print(stdout.format(record_of(**ids, **request, duration_ms=12.345)))
"""


def ours(schema: str) -> list[dict[str, Any]]:
    """The record as we write it, without and with the fields of a request."""
    given: dict[str, Any] = {"LOG_SCHEMA": schema, "GOOGLE_CLOUD_PROJECT": "shop"}
    return children.run(OURS, TRACE_ID, SPAN_ID, begin=children.BEGIN + RECORD, **given).records


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the packages of the vendors write, and how Google's reads our lines."""
    packages = [part for package in PACKAGES for part in ("--with", package)]
    command = (uv(), "run", "--quiet", "--no-project", "--python", sys.executable, *packages)
    given = (RECORD + THEIRS, TRACE_ID, SPAN_ID, json.dumps(ours("gcp")))
    said = run(*command, "python", "-c", *given, cwd=tmp_path_factory.mktemp("vendors"))
    (line,) = (line for line in said.splitlines() if line.startswith("{"))
    shown: dict[str, Any] = json.loads(line)
    return shown


def differing(line: dict[str, Any], expected: dict[str, Any], without: str) -> dict[str, Any]:
    """The keys that theirs has otherwise, but for those that start with one of these."""
    kept = {
        key: value for key, value in expected.items() if not key.startswith((*without.split(),))
    }
    return {key: line.get(key) for key, value in kept.items() if line.get(key) != value}


def test_ecs_is_what_ecs_logging_writes(theirs: dict[str, Any]) -> None:
    line, expected = ours("ecs")[0], theirs["ecs"]
    for name, group in [*expected.items()]:  # an object is the same as dotted keys
        if isinstance(group, dict):
            expected |= {f"{name}.{member}": value for member, value in expected.pop(name).items()}

    # Where in the code; an unformatted copy of the message; the version of their package.
    own = "log.origin process. log.original ecs.version error.stack_trace"
    assert differing(line, expected, own) == {}
    assert [*line][:3] == [*expected][:3] == ["@timestamp", "log.level", "message"]
    for stack in (expected["error.stack_trace"], line["error.stack_trace"]):
        assert "in record_of\n" in stack


def test_google_reads_a_line_as_an_entry_with_its_request(theirs: dict[str, Any]) -> None:
    plain, request = theirs["entries"]

    for entry in (plain, request):
        assert entry["jsonPayload"]["message"] == "Order failed"
        assert "ValueError: no ink left" in entry["jsonPayload"]["stack_trace"]
        assert (entry["severity"], entry["spanId"]) == ("ERROR", SPAN_ID)
        assert entry["timestamp"] == "2026-09-21T14:13:20.250Z"
        assert entry["trace"] == f"projects/shop/traces/{TRACE_ID}"
    assert "httpRequest" not in plain
    assert request["httpRequest"]["responseSize"] == "21"
    assert request["httpRequest"]["latency"] == "0.012345s"


def test_datadog_is_what_its_tracer_adds_to_a_line(theirs: dict[str, Any]) -> None:
    line, written = ours("datadog")[0], theirs["datadog"]
    expected = {key: value for key, value in written.items() if key.startswith("dd.")}

    assert len(expected) == 5
    assert differing(line, expected, "-") == {}
    assert (line["status"], line["logger.name"]) == (written["levelname"], written["name"])
    assert line["error.stack"].splitlines()[-1] == written["exc_info"].splitlines()[-1]
