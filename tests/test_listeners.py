"""Who listens to a service's logging, Sentry and OpenTelemetry, is told of each line, whole.

With the code of the pages about them each is told once, and of no secret.
"""

import gzip
import http.server
import json
import secrets
import threading
from pathlib import Path
from typing import ClassVar

import interpreters
import pages
import pytest
import servers
from commands import run
from releases import ROOT
from services import Service
from sharing import Workshop

pytestmark = pytest.mark.installs

BEGIN = """
import json, sys, warnings
def log():
    from orders.observability import configure_logging, get_logger
    configure_logging()
    return get_logger("seen")
def call(logger):
    logger.info("Order placed", order_id="o-17")
    logger.error("Order failed", order_id="o-18")
"""

SENTRY = """
import sentry_sdk
from sentry_sdk.transport import Transport
class Kept(Transport):
    def __init__(self):
        super().__init__()
        self.events = []
    def capture_envelope(self, envelope):
        self.events += filter(None, [envelope.get_event()])
kept = Kept()
def listen():
    sentry_sdk.init(dsn="http://key@localhost/1", transport=kept)
"""

TELL_SENTRY = """
(failed,) = kept.events
(placed,) = failed["breadcrumbs"]["values"]
told = [(placed["message"], placed["data"]["order_id"])]
told += [(failed["logentry"]["message"], failed["extra"]["order_id"])]
print(json.dumps(told), file=sys.stderr)
"""

OPENTELEMETRY = """
import logging
warnings.simplefilter("ignore", DeprecationWarning)
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
exporter = InMemoryLogRecordExporter()
def listen():
    provider = LoggerProvider()
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    logging.getLogger().addHandler(LoggingHandler(logger_provider=provider))
"""

TELL_OPENTELEMETRY = """
records = [each.log_record for each in exporter.get_finished_logs()]
told = [(record.body, record.attributes["order_id"]) for record in records]
print(json.dumps(told), file=sys.stderr)
"""

LISTENERS = {
    "Sentry": (SENTRY, TELL_SENTRY),
    "OpenTelemetry": (OPENTELEMETRY, TELL_OPENTELEMETRY),
}

TIMES = {
    "first": "listen()\ncall(log())\n",
    "last": "logger = log()\nlogger.info('Before')\nlisten()\ncall(logger)\n",
}
"""Who is set up when."""


@pytest.fixture(scope="module")
def service(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Service:
    made = workshop.copied(tmp_path_factory.mktemp("heard") / "orders", framework="fastapi")
    made.install(next(iter(interpreters.available().values())))
    made.add("sentry-sdk", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http")
    return made


@pytest.mark.parametrize("when", TIMES)
@pytest.mark.parametrize("who", LISTENERS)
def test_each_line_is_told_to(service: Service, who: str, when: str) -> None:
    listener, tell = LISTENERS[who]
    code = BEGIN + listener + TIMES[when] + tell
    done = run(service.python, "-c", code, cwd=service.path, ENVIRONMENT="production")

    assert json.loads(done.stderr) == [["Order placed", "o-17"], ["Order failed", "o-18"]]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    written = [(line["message"], line["order_id"]) for line in lines if "order_id" in line]
    assert written == [("Order placed", "o-17"), ("Order failed", "o-18")]


SECRET = f"horse-{secrets.token_hex(6)}-staple"
PAGES_OF = {"Sentry": "sentry.md", "OpenTelemetry": "opentelemetry.md"}

DECODE = """
import json, sys
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
for name in sys.argv[1:]:
    request = ExportLogsServiceRequest()
    request.ParseFromString(open(name, "rb").read())
    for scope in request.resource_logs[0].scope_logs:
        for record in scope.log_records:
            named = {each.key: each.value.string_value for each in record.attributes}
            said = record.body.string_value, named.get("request_id"), record.event_name
            print(json.dumps(said))
"""


class Sink(http.server.BaseHTTPRequestHandler):
    """A server in the place of Sentry's, or of a collector: it keeps what it is sent."""

    bodies: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        packed = self.headers.get("Content-Encoding") == "gzip"
        self.bodies.append(gzip.decompress(body) if packed else body)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


def failing(service: Service, who: str) -> tuple[list[servers.Record], list[bytes]]:
    """Two requests that fail in a service with the page's code: its lines, and what was sent."""
    app = service.source / "app.py"
    before = app.read_text(encoding="utf-8")
    module, call = pages.examples(ROOT / "docs" / "how-to" / PAGES_OF[who])
    assert (service.path / call.file) == app
    (service.path / module.file).write_text(module.code, encoding="utf-8")
    for command in (("check",), ("format", "--check")):
        run(service.python, "-m", "ruff", *command, module.file, cwd=service.path)
    app.write_text(call.code + before, encoding="utf-8")
    kept: list[bytes] = []
    sink = type("KeptSink", (Sink,), {"bodies": kept})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), sink) as server:
        threading.Thread(target=server.serve_forever).start()
        address = f"127.0.0.1:{server.server_port}"
        given = {"SENTRY_DSN": f"http://key@{address}/1"}
        if who == "OpenTelemetry":
            given = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{address}"}
        launch = servers.LAUNCH.replace("probe:app", "orders.app:app")
        served = servers.Served(service, servers.Command(who, launch, tuple(given.items())))
        try:
            for name in ("first-request", "second-request"):
                path = f"/failure?reason=password={SECRET}"
                assert served.request(path, name)[0] == 500
            served.process.terminate()
            assert served.process.wait(servers.HANG_S) == 0
            assert not served.err.read_text(encoding="utf-8")
            return served.records(), kept
        finally:
            served.close()
            server.shutdown()
            app.write_text(before, encoding="utf-8")


def failures(lines: list[servers.Record]) -> list[tuple[str, str]]:
    return [
        (line["message"], line["request_id"])
        for line in lines
        if str(line.get("request_id", "")).endswith("-request")
    ]


def test_sentry_has_one_redacted_event_of_each_failure(service: Service) -> None:
    lines, sent = failing(service, "Sentry")
    items = [json.loads(line) for body in sent for line in body.splitlines() if line]
    events = [item for item in items if "event_id" in item and "exception" in item]

    assert [event["extra"]["request_id"] for event in events] == ["first-request", "second-request"]
    assert len([item for item in items if item.get("type") == "event"]) == 2
    for event in events:
        crumbs = event["breadcrumbs"]["values"]
        own = event["extra"]["request_id"]
        assert [c["data"]["request_id"] for c in crumbs if "request_id" in c["data"]] == [own]
        assert event["logentry"]["message"] == "request_completed"
        (error,) = event["exception"]["values"]
        assert error["type"] == "RuntimeError"
        assert error["value"] == "failed password=[redacted]"
        assert not any(frame.get("vars") for frame in error["stacktrace"]["frames"])
        assert "request" not in event
    assert SECRET.encode() not in b"".join(sent)
    assert SECRET not in json.dumps(lines)
    assert len(failures(lines)) == 4


def test_opentelemetry_has_each_line_once_and_redacted(service: Service, tmp_path: Path) -> None:
    lines, sent = failing(service, "OpenTelemetry")
    files = [tmp_path / str(number) for number in range(len(sent))]
    for path, body in zip(files, sent, strict=True):
        path.write_bytes(body)
    decoded = run(service.python, "-c", DECODE, *files, cwd=tmp_path).stdout.splitlines()
    told = [json.loads(line) for line in decoded]

    assert [(body, of) for body, of, _ in told if of] == failures(lines)
    assert len(failures(lines)) == 4
    written = [(line["message"], line.get("event", "")) for line in lines]
    exported = [(body, event) for body, _, event in told]
    assert exported == [line for line in written if line in exported]
    assert ("Application starting", "application_starting") in exported
    assert ("Application stopped", "application_stopped") in exported
    assert SECRET.encode() not in b"".join(sent)


def test_each_block_that_is_a_part_of_a_file_is_of_a_page_above() -> None:
    found = {page.name for page in pages.PAGES for one in pages.examples(page) if one.file}

    assert found == set(PAGES_OF.values())
