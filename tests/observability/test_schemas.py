"""LOG_SCHEMA: each vendor's keys with the types it documents, and the promises of every line."""

import json
import re
from functools import cache
from pathlib import Path

import pytest
from children import Record, run
from observability.formatters import MAX_LINE_BYTES
from observability.schemas import TABLE

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "logs.md"
EVERY_VENDOR = pytest.mark.parametrize("schema", ["ecs", "gcp", "datadog"])
KEY = "k" * 32
COMMAND = "import runpy; runpy.run_module('observability', run_name='__main__')"
IDS = {
    "request_id": "request-0001",
    "trace_id": "0af7651916cd43dd8448eb211c80319c",
    "span_id": "b7ad6b7169203331",
}

LINES = f"""
from observability.requests import RequestLog
with unit_of_work(**{IDS}):
    logger.info("Item added", article="ink")
    request = RequestLog("GET", "/items/7", "192.0.2.77", {{}})
    request.status, request.bytes_sent = 500, 21
    request.complete(ValueError("password=hunter2"))
    audit_logger.info("Logged in", event="authn_login_success", actor_id="a-1")
"""

# The vendor's keys of a request that failed. What differs from run to run is shown by its form.
REQUEST: dict[str, Record] = {
    "ecs": json.loads("""{
        "@timestamp": "TIME", "log.level": "error", "log.logger": "observability.requests",
        "ecs.version": "8.11.0", "event.action": "request_completed", "event.duration": "INTEGER",
        "service.name": "service", "service.version": "0+uninstalled", "client.ip": "192.0.2.0",
        "service.environment": "production", "trace.id": "0af7651916cd43dd8448eb211c80319c",
        "span.id": "b7ad6b7169203331", "http.request.id": "request-0001", "url.path": "/items/7",
        "http.request.method": "GET", "http.response.status_code": 500,
        "http.response.body.bytes": 21, "error.type": "ValueError",
        "error.message": "password=[redacted]", "error.stack_trace": "STACK"}"""),
    "gcp": json.loads("""{
        "time": "TIME", "severity": "ERROR", "stack_trace": "STACK",
        "serviceContext": {"service": "service", "version": "0+uninstalled"},
        "logging.googleapis.com/trace": "projects/shop/traces/0af7651916cd43dd8448eb211c80319c",
        "logging.googleapis.com/spanId": "b7ad6b7169203331",
        "httpRequest": {"requestMethod": "GET", "requestUrl": "/items/7", "status": 500,
            "responseSize": 21, "remoteIp": "192.0.2.0", "latency": "SECONDS"}}"""),
    "datadog": json.loads("""{
        "status": "ERROR", "logger.name": "observability.requests", "service": "service",
        "dd.service": "service", "dd.version": "0+uninstalled", "dd.env": "production",
        "dd.trace_id": "0af7651916cd43dd8448eb211c80319c", "dd.span_id": "13235353014750950193",
        "http.request_id": "request-0001", "http.method": "GET", "http.status_code": 500,
        "http.url_details.path": "/items/7", "network.bytes_written": 21,
        "network.client.ip": "192.0.2.0", "duration": "INTEGER", "error.kind": "ValueError",
        "error.message": "password=[redacted]", "error.stack": "STACK"}"""),
}
FORMS = {
    r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"': '"TIME"',
    r'(?<=duration": )\d+(?=,)': '"INTEGER"',
    r'(?<=latency": )"\d+\.\d{6}s"': '"SECONDS"',
    r'"ValueError: password[^"]*"(?=[,}])': '"STACK"',
}
MOVED = {"ecs": {"service", "event"}, "gcp": set[str](), "datadog": {"logger"}}
"""The standard's keys that would be an object or another key of the vendor."""


@cache
def lines(schema: str) -> dict[str, Record]:
    """What one process writes, by message."""
    done = run(LINES, LOG_SCHEMA=schema, GOOGLE_CLOUD_PROJECT="shop", AUDIT_KEY=KEY)
    assert done.errors == ""
    return {record["message"]: record for record in done.records}


def wrong(record: Record, expected: Record) -> Record:
    """The keys that are missing, or whose value is not the expected one."""
    text = json.dumps(record)
    for form, name in FORMS.items():
        text = re.sub(form, name, text)
    shown = json.loads(text)
    found = {key: shown.get(key, "(missing)") for key in expected}
    return {key: value for key, value in found.items() if value != expected[key]}


@EVERY_VENDOR
def test_a_line_has_the_keys_that_the_collector_reads_and_loses_none(schema: str) -> None:
    request, plain = lines(schema)["request_completed"], lines(schema)["Item added"]

    assert wrong(request, REQUEST[schema]) == {}
    assert "hunter2" not in json.dumps(request)
    assert "exception" not in request, "the traceback is there twice"
    of_requests = {key.split(":")[0] for row in TABLE[-6:] for key in row[1:]} - {""}
    assert not plain.keys() & (of_requests - {"event.duration", "duration"})
    assert lines("standard")["Item added"].keys() - plain.keys() == MOVED[schema]


@pytest.mark.parametrize("schema", ["standard", "ecs", "gcp", "datadog"])
@pytest.mark.parametrize(
    ("actor", "key", "code"), [("a-1", f" {KEY} ", 0), ("a-2", KEY, 1), ("a-1", "x" * 16, 1)]
)
def test_audit_records_verify_and_an_edit_or_another_key_is_found(
    schema: str, actor: str, key: str, code: int
) -> None:
    records = [dict(record) for record in lines(schema).values() if "audit_hash" in record]
    records[1]["actor_id"] = actor
    stdin = "".join(f"{json.dumps(record)}\n" for record in records)

    done = run(COMMAND, "verify", "-", begin="", stdin=stdin, AUDIT_KEY=key)

    assert "ends with record 3: Audit stopped" in done.output
    assert done.code == code, done.errors
    assert done.errors.count("another AUDIT_KEY\n") == (3 if key[0] == "x" else code)


@EVERY_VENDOR
@pytest.mark.parametrize(("ms", "ns"), [(1.5, 1_500_000), (-2, -2_000_000), (1e300, 9 * 10**18)])
def test_a_line_of_a_call_is_no_request_and_its_duration_fits(
    schema: str, ms: float, ns: int
) -> None:
    """A collector refuses an address that is none, and an integer of more than 64 bits."""
    code = f"logger.info('Slow', method='GET', status=200, ip='unknown', duration_ms={ms})"

    [slow] = run(code, LOG_SCHEMA=schema).records

    assert (slow["method"], slow["ip"]) == ("GET", "unknown")
    assert slow.get("event.duration", slow.get("duration", ns)) == ns
    assert not [key for key in slow if key.startswith(("http", "client", "network"))]


def test_the_documented_table_is_the_one_in_use() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("### Elastic, Google Cloud, Datadog")[2]
    documented = [
        [re.findall("`(.+?)`", cell) for cell in line.split("|")[1:-1]]
        for line in section.partition("###")[0].splitlines()
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
    "ecs": "host user file source error http labels email _id log.level",
    "gcp": "severity time httpRequest serviceContext stack_trace",
    "datadog": "host hostname status source error http duration dd",
}


@EVERY_VENDOR
def test_a_field_forges_no_key_and_is_not_lost(schema: str) -> None:
    names = COLLISIONS[schema].split()
    code = "logger.info('Forged', **dict.fromkeys(sys.argv[1:], 'mine'))"

    [record] = run(code, *names, LOG_SCHEMA=schema).records

    assert "mine" not in [record.get(name) for name in names]
    assert {name: record.get(f"{name}_") for name in names} == dict.fromkeys(names, "mine")


def test_ids_of_datadogs_tracer_win_and_a_trace_without_a_project_is_its_id() -> None:
    code = "plain.warning('Traced', extra={'dd.trace_id': '77', 'trace_id': 't', 'span_id': 'x'})"

    [datadog], [gcp] = (run(code, LOG_SCHEMA=schema).records for schema in ("datadog", "gcp"))

    assert wrong(datadog, {"dd.trace_id": "77", "dd.span_id": "x"}) == {}
    assert gcp["logging.googleapis.com/trace"] == "t"


@EVERY_VENDOR
@pytest.mark.parametrize("logger", ["logger", "audit_logger"])
def test_a_long_line_is_cut_but_no_id_and_no_key_of_the_collector(schema: str, logger: str) -> None:
    code = f"""
with log_context(**{IDS}):
    {logger}.error("Long " * 2000, exc_info=ValueError("é\\u2028" * 3000),
        **{{f"field_{{n}}": "y" * 200 for n in range(40)}})
"""
    done = run(code, LOG_SCHEMA=schema, GOOGLE_CLOUD_PROJECT="shop")

    assert max(len(line.encode()) for line in done.output.splitlines()) < MAX_LINE_BYTES
    [record] = [record for record in done.records if record.get("truncated")]
    always = REQUEST[schema].keys() & lines(schema)["Item added"].keys()
    always -= {"log.logger", "logger.name", "event.action"}
    assert wrong(record, {key: REQUEST[schema][key] for key in always} | IDS) == {}


@EVERY_VENDOR
def test_text_for_people_has_no_schema_and_show_reads_every_schema(schema: str) -> None:
    for shape in ("console", "logfmt"):
        text = run("logger.info('Same', host='db')", LOG_FORMAT=shape, LOG_SCHEMA=schema).output
        assert " host=db" in text

    line = json.dumps(lines(schema)["Item added"])
    shown = run(COMMAND, "show", "-", begin="", stdin=f"{line}\n").output.splitlines()
    assert re.match(r"\d\d:\d\d:\d\d\.\d{3} INFO     Item added.* article=ink", shown[0]), shown
