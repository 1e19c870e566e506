"""Who listens to a service's logging, Sentry and OpenTelemetry, is told of each line, whole."""

import json

import interpreters
import pytest
from commands import run
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
    made = workshop.copied(tmp_path_factory.mktemp("heard") / "orders", framework="none")
    made.install(next(iter(interpreters.available().values())))
    made.add("sentry-sdk", "opentelemetry-sdk")
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
