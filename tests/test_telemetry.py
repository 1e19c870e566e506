"""Lines carry the ids of OpenTelemetry's current span, and its SDK tells of no failure again."""

import http.client
import json
from contextlib import closing
from dataclasses import dataclass

import interpreters
import pytest
import servers
from services import Service
from sharing import Workshop

pytestmark = pytest.mark.installs

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
"""What the client says: its trace, and its own span of it."""

SDK = """
from opentelemetry import _logs, trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import ConsoleLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

def as_line(exported):
    return exported.to_json(indent=None) + "\\n"

spans, logs = (open(name, "a", encoding="utf-8") for name in ("spans.jsonl", "logs.jsonl"))
tracers = TracerProvider()
tracers.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=spans, formatter=as_line)))
trace.set_tracer_provider(tracers)
loggers = LoggerProvider()
exporter = ConsoleLogRecordExporter(out=logs, formatter=as_line)
loggers.add_log_record_processor(SimpleLogRecordProcessor(exporter))
_logs.set_logger_provider(loggers)

from orders.app import app
"""

INSTRUMENTED = {
    "fastapi": SDK,  # has its own telemetry, which uses the providers that it finds
    "litestar": SDK
    + "from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware\n"
    + "app = OpenTelemetryMiddleware(app)\n",
}
"""An application that is traced, as users of each framework do it."""


@dataclass(frozen=True)
class Seen:
    """What a request that fails has left behind."""

    inside: servers.Record
    summary: servers.Record
    output: str
    spans: list[servers.Record]
    logs: str


@pytest.fixture(scope="module", params=INSTRUMENTED)
def service(
    workshop: Workshop, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Service:
    framework: str = request.param
    path = tmp_path_factory.mktemp("traced") / framework
    made = workshop.copied(path, framework=framework)
    made.install(next(iter(interpreters.available().values())))
    made.add("opentelemetry-sdk", "opentelemetry-instrumentation-asgi")
    (made.path / "traced.py").write_text(INSTRUMENTED[framework], encoding="utf-8")
    return made


def fail(service: Service, app: str) -> Seen:
    """A request that fails, to that application of the service behind its own server."""
    spans, logs = (service.path / name for name in ("spans.jsonl", "logs.jsonl"))
    for exports in (spans, logs):
        exports.unlink(missing_ok=True)
    launch = servers.LAUNCH.replace("probe:app", app)
    served = servers.Served(service, servers.Command(app, launch))
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", served.port)) as client:
            client.request("GET", "/failure", headers={"traceparent": f"00-{TRACE}-{SPAN}-01"})
            assert client.getresponse().status == 500
        served.wait_until(lambda: served.said("request_completed"))
        served.process.terminate()
        assert served.process.wait(servers.HANG_S) == 0
        output = "\n".join([*served.lines, served.err.read_text(encoding="utf-8")])
        (summary,) = served.said("request_completed")
        (inside,) = (record for record in served.records(level="WARNING"))
    finally:
        served.close()
    exported = spans.read_text(encoding="utf-8").splitlines() if spans.exists() else []
    told = logs.read_text(encoding="utf-8") if logs.exists() else ""
    return Seen(inside, summary, output, [json.loads(line) for line in exported], told)


def test_lines_carry_the_ids_of_the_span_that_is_current(service: Service) -> None:
    seen = fail(service, "traced:app")
    made = {span["context"]["span_id"].removeprefix("0x"): span for span in seen.spans}

    assert seen.summary["trace_id"] == seen.inside["trace_id"] == TRACE
    assert seen.inside["span_id"] in made, f"not of {', '.join(made)}"
    assert made[seen.summary["span_id"]]["kind"] == "SpanKind.SERVER"
    assert seen.output.count("Traceback (most recent call last)") == 1, seen.output
    assert "exception" in seen.summary
    assert not seen.logs, f"OpenTelemetry tells of the failure too:\n{seen.logs}"


def test_without_the_sdk_set_up_the_ids_are_those_of_the_client(service: Service) -> None:
    seen = fail(service, "orders.app:app")

    ids = {(record["trace_id"], record["span_id"]) for record in (seen.inside, seen.summary)}
    assert ids == {(TRACE, SPAN)}
    assert not seen.spans
