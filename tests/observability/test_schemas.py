"""LOG_SCHEMA: each vendor's keys with the types it documents, and the promises of every line."""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from children import Record, run
from observability.formatters import MAX_LINE_BYTES
from observability.schemas import TABLE

ROOT = Path(__file__).parents[2]
VENDORS = ("ecs", "gcp", "datadog")
EVERY_VENDOR = pytest.mark.parametrize("schema", VENDORS)

TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
KEY = "k" * 32

LINES = f"""
from observability.requests import RequestLog
request = RequestLog("GET", "/items/7", "192.0.2.77", {{
    "traceparent": "00-{TRACE_ID}-{SPAN_ID}-01", "x-request-id": "request-0001",
}})
with unit_of_work(**request.ids):
    logger.info("Item added", article="ink")
    request.status, request.route, request.bytes_sent = 200, "/items/{{item}}", 512
    request.complete()
    try:
        raise ValueError("no ink left, password=hunter2")
    except ValueError:
        logger.exception("Order failed")
    audit_logger.info("Logged in", event="authn_login_success", actor_id="a-1")
"""


@cache
def lines(schema: str) -> dict[str, Record]:
    """What one process writes, by message."""
    done = run(LINES, LOG_SCHEMA=schema, GOOGLE_CLOUD_PROJECT="shop", AUDIT_KEY=KEY)
    assert done.errors == ""
    return {record["message"]: record for record in done.records}


def is_date(value: Any) -> bool:
    return re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value) is not None


def is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def is_stack(value: Any) -> bool:
    return value.startswith("Traceback (most recent call last):\n") and "ValueError" in value


def is_long(value: Any) -> bool:
    return type(value) is int and value >= 0


def is_latency(value: Any) -> bool:
    return re.fullmatch(r"\d+\.\d{6}s", value) is not None


NANOSECONDS, DECIMAL_SPAN = is_long, str(int(SPAN_ID, 16))
NAME = f"projects/shop/traces/{TRACE_ID}"
SERVICE = {"service": "service", "version": "0+uninstalled"}

# What a key has to be: a value, or what its documented type allows.
ALWAYS: dict[str, dict[str, object]] = {
    "ecs": {
        "@timestamp": is_date,
        "log.level": "info",
        "ecs.version": "8.11.0",
        "log.logger": is_text,
        "event.action": is_text,
        "service.name": "service",
        "service.version": "0+uninstalled",
        "service.environment": "production",
    },
    "gcp": {"time": is_date, "severity": "INFO", "serviceContext": SERVICE},
    "datadog": {
        "status": "INFO",
        "timestamp": is_date,
        "service": "service",
        "dd.service": "service",
        "dd.version": "0+uninstalled",
        "dd.env": "production",
        "logger.name": is_text,
    },
}
OF_A_TRACE: dict[str, dict[str, object]] = {
    "ecs": {"trace.id": TRACE_ID, "span.id": SPAN_ID, "http.request.id": "request-0001"},
    "gcp": {"logging.googleapis.com/trace": NAME, "logging.googleapis.com/spanId": SPAN_ID},
    "datadog": {
        "dd.trace_id": TRACE_ID,
        "dd.span_id": DECIMAL_SPAN,
        "http.request_id": "request-0001",
    },
}
OF_A_REQUEST: dict[str, dict[str, object]] = {
    "ecs": {
        "http.request.method": "GET",
        "url.path": "/items/7",
        "http.response.status_code": 200,
        "http.response.body.bytes": 512,
        "client.ip": "192.0.2.0",
        "event.duration": NANOSECONDS,
    },
    "gcp": {
        "httpRequest:requestMethod": "GET",
        "httpRequest:requestUrl": "/items/7",
        "httpRequest:status": 200,
        "httpRequest:responseSize": 512,
        "httpRequest:remoteIp": "192.0.2.0",
        "httpRequest:latency": is_latency,
    },
    "datadog": {
        "http.method": "GET",
        "http.url_details.path": "/items/7",
        "http.status_code": 200,
        "network.bytes_written": 512,
        "network.client.ip": "192.0.2.0",
        "duration": NANOSECONDS,
    },
}
OF_AN_ERROR: dict[str, dict[str, object]] = {
    "ecs": {
        "log.level": "error",
        "error.type": "ValueError",
        "error.message": "no ink left, password=[redacted]",
        "error.stack_trace": is_stack,
    },
    "gcp": {"severity": "ERROR", "stack_trace": is_stack},
    "datadog": {
        "status": "ERROR",
        "error.kind": "ValueError",
        "error.message": "no ink left, password=[redacted]",
        "error.stack": is_stack,
    },
}
MOVED = {
    "ecs": {"service", "event", "exception"},
    "gcp": {"exception"},
    "datadog": {"logger", "status", "exception"},
}
"""The standard's keys that a vendor's key stands for; every other one stays."""


def wrong(record: Record, expected: dict[str, object]) -> dict[str, object]:
    """The keys that are missing, or whose value is not the documented one."""
    found: dict[str, object] = {}
    for key, value in expected.items():
        group, _, member = key.rpartition(":")
        given = (record[group] if group else record).get(member, "(missing)")
        fits: Callable[[Any], bool] | bool = value if callable(value) else given == value
        if not (fits(given) if callable(fits) else fits):
            found[key] = given
    return found


@EVERY_VENDOR
def test_a_line_has_the_keys_that_the_collector_reads(schema: str) -> None:
    record = lines(schema)["Item added"]

    assert wrong(record, ALWAYS[schema] | OF_A_TRACE[schema] | {"article": "ink"}) == {}
    assert not record.keys() & {key.partition(":")[0] for key in OF_A_REQUEST[schema]}


@EVERY_VENDOR
def test_a_request_has_the_keys_of_http(schema: str) -> None:
    record = lines(schema)["request_completed"]

    assert wrong(record, ALWAYS[schema] | OF_A_TRACE[schema] | OF_A_REQUEST[schema]) == {}
    nanoseconds = record.get("event.duration", record.get("duration"))
    assert nanoseconds in (None, round(record["duration_ms"] * 1_000_000))


@EVERY_VENDOR
def test_an_exception_has_type_message_and_its_one_stack(schema: str) -> None:
    record = lines(schema)["Order failed"]

    assert wrong(record, ALWAYS[schema] | OF_A_TRACE[schema] | OF_AN_ERROR[schema]) == {}
    text = json.dumps(record)
    assert text.count("Traceback (most recent call last)") == 1
    assert "hunter2" not in text


@EVERY_VENDOR
def test_an_audit_record_has_the_keys_of_its_schema_and_verifies(schema: str) -> None:
    shown = dict(lines(schema)["Logged in"])
    assert wrong(shown, ALWAYS[schema] | OF_A_TRACE[schema] | {"actor_id": "a-1"}) == {}

    records = [record for record in lines(schema).values() if "audit_hash" in record]
    for edited, code in ((None, 0), ("a-2", 1)):
        records[1]["actor_id"] = edited or "a-1"
        stdin = "".join(f"{json.dumps(record)}\n" for record in records)
        done = run(
            "import sys; from observability.__main__ import main; sys.exit(main())",
            *("verify", "-"),
            begin="",
            stdin=stdin,
            AUDIT_KEY=KEY,
        )
        assert (done.code, "3 records, with a stop record" in done.output) == (code, True)
    records[1]["actor_id"] = "a-1"


@EVERY_VENDOR
def test_the_keys_of_the_standard_stay_where_they_do_not_collide(schema: str) -> None:
    for message, record in lines("standard").items():
        missing = record.keys() - lines(schema)[message].keys()
        on_every_line = {"status"} if "status" in lines(schema)[message] else set[str]()
        assert missing == (MOVED[schema] & record.keys()) - on_every_line, message


@EVERY_VENDOR
def test_what_took_time_is_no_request(schema: str) -> None:
    [record] = run("logger.info('Slow', duration_ms=1.5, path='/tmp/x')", LOG_SCHEMA=schema).records

    duration = {"ecs": {"event.duration": 1_500_000}, "datadog": {"duration": 1_500_000}}
    assert wrong(record, ALWAYS[schema] | duration.get(schema, {}) | {"path": "/tmp/x"}) == {}
    assert not [key for key in record if key.startswith(("http", "url"))]


def test_the_documented_table_is_the_one_in_use() -> None:
    page = (ROOT / "docs" / "how-to" / "logs.md").read_text(encoding="utf-8")
    section = page.partition("### Elastic, Google Cloud, Datadog")[2].partition("###")[0]
    documented = [
        [re.findall("`(.+?)`", cell) for cell in line.split("|")[1:-1]]
        for line in section.splitlines()
        if line.startswith("| `")
    ]

    in_use: dict[str, list[list[str]]] = {}
    for name, *keys in TABLE:
        cells = in_use.setdefault(name, [[name], [], [], []])
        for cell, key in zip(cells[1:], keys, strict=True):
            cell.extend([key.replace(":", ".")] if key else [])
    assert documented == [*in_use.values()]


# A text under the name of an object makes Elasticsearch refuse the line; Datadog takes `host` and
# `status` for those of the line.
COLLISIONS = {
    "ecs": "host user file source error http labels log.level",
    "gcp": "severity time httpRequest serviceContext stack_trace",
    "datadog": "host hostname status source error http duration dd",
}


@EVERY_VENDOR
def test_a_field_forges_no_key_and_is_not_lost(schema: str) -> None:
    names = COLLISIONS[schema].split()
    code = "logger.info('Forged', **dict.fromkeys(sys.argv[1:], 'mine'))"

    [record] = run(code, *names, LOG_SCHEMA=schema).records

    assert wrong(record, ALWAYS[schema]) == {}
    assert {name: record.get(f"{name}_") for name in names} == dict.fromkeys(names, "mine")


def test_ids_of_datadogs_tracer_win() -> None:
    code = "plain.warning('Traced', extra={'dd.trace_id': '77', 'dd.env': 'eu', 'span_id': 'x'})"

    [record] = run(code, LOG_SCHEMA="datadog").records

    assert wrong(record, {"dd.trace_id": "77", "dd.env": "eu", "dd.span_id": "x"}) == {}


def test_a_trace_has_no_project_where_none_is_set() -> None:
    [record] = run("logger.info('Alone', trace_id='t-1', span_id=None)", LOG_SCHEMA="gcp").records

    assert record["logging.googleapis.com/trace"] == "t-1"
    assert "logging.googleapis.com/spanId" not in record


@EVERY_VENDOR
def test_a_request_without_a_status_is_a_request_still(schema: str) -> None:
    code = "logger.info('Gone', method='GET', path='/', status=None, duration_ms=1.5)"

    [record] = run(code, LOG_SCHEMA=schema).records

    method = {key: "GET" for key, value in OF_A_REQUEST[schema].items() if value == "GET"}
    assert wrong(record, ALWAYS[schema] | method) == {}


@EVERY_VENDOR
@pytest.mark.parametrize("logger", ["logger", "audit_logger"])
def test_a_long_line_is_cut_but_no_id_and_no_key_of_the_collector(schema: str, logger: str) -> None:
    code = f"""
with log_context(trace_id="{TRACE_ID}", span_id="{SPAN_ID}", request_id="request-0001"):
    try:
        raise ValueError("é\\u2028" * 3000)
    except ValueError:
        {logger}.exception("Long " * 2000, **{{f"field_{{n}}": "y" * 200 for n in range(40)}})
"""

    done = run(code, LOG_SCHEMA=schema, GOOGLE_CLOUD_PROJECT="shop")

    for line in done.output.splitlines():
        assert len(line.encode()) < MAX_LINE_BYTES
    [record] = [record for record in done.records if record.get("truncated")]
    level = {key: value for key, value in OF_AN_ERROR[schema].items() if value in LEVELS}
    ids = {"trace_id": TRACE_ID, "span_id": SPAN_ID, "request_id": "request-0001"}
    always = {key: value for key, value in ALWAYS[schema].items() if key != "event.action"}
    assert wrong(record, always | level | OF_A_TRACE[schema] | ids) == {}


LEVELS = ("error", "ERROR")


@EVERY_VENDOR
@pytest.mark.parametrize("shape", ["console", "logfmt"])
def test_the_console_and_logfmt_have_no_schema(schema: str, shape: str) -> None:
    code = "logger.info('Same', host='db', trace_id='t-1')"

    shown = [
        re.sub(
            r"\d\d:\d\d:\d\d\.\d{3}|timestamp=\S+",
            "",
            run(code, LOG_FORMAT=shape, LOG_SCHEMA=given).output,
        )
        for given in ("standard", schema)
    ]

    assert shown[0] == shown[1] != ""


@EVERY_VENDOR
def test_show_reads_lines_of_every_schema(schema: str) -> None:
    line = json.dumps(lines(schema)["Item added"])
    code = "from observability.__main__ import show; show(['-'])"

    shown = run(code, begin="", stdin=f"{line}\n").output

    assert re.match(r"\d\d:\d\d:\d\d\.\d{3} INFO     Item added", shown)
    assert "article=ink" in shown


@EVERY_VENDOR
def test_the_report_of_dropped_lines_has_the_schema_too(schema: str) -> None:
    code = "for number in range(9): logger.info('Burst')"

    records = run(code, LOG_SCHEMA=schema, LOG_MAX_LINES_PER_SECOND="2").records

    [report] = [record for record in records if "dropped" in record]
    warning = {key: value for key, value in ALWAYS[schema].items() if value not in ("info", "INFO")}
    assert wrong(report, warning) == {}
