"""One contract for every framework, kept by real processes over real sockets."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from asgi_server import Server
from children import Child
from rendered import FRAMEWORKS, Workshop, clean_environment

pytestmark = pytest.mark.installs

WEB = [framework for framework in FRAMEWORKS if framework != "none"]
EVERY_WEB_FRAMEWORK = pytest.mark.parametrize("framework", WEB)

START = ["application_starting", "environment", "application_ready"]
STOP = ["application_shutting_down", "application_stopped"]
LIFE = [*START, *STOP]


class Running(Server):
    """A service in production."""

    connection: http.client.HTTPConnection
    """One for all requests: a failure must not close it without a word."""

    def __init__(self, workshop: Workshop, framework: str) -> None:
        given = {"ENVIRONMENT": "production", "PORT": "0", "SECRET_KEY": "x" * 50}
        given |= {"ALLOWED_HOSTS": "127.0.0.1", "GUNICORN_CMD_ARGS": "--keep-alive 60"}
        service, env = workshop.installed(framework), clean_environment(**given)
        Child.__init__(self, service.python, "-m", "orders", folder=service.path, env=env)

    def exchange(
        self, method: str, path: str, body: str = "", **headers: str
    ) -> tuple[int, dict[str, str]]:
        """Return the status and the headers, in lower case, of an answer that is read."""
        given = {name.replace("_", "-"): text for name, text in headers.items()}
        self.connection.request(method, path, body or None, given)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status, {name.lower(): text for name, text in answer.getheaders()}


@contextmanager
def running(workshop: Workshop, framework: str) -> Iterator[Running]:
    """A service that is ready; at the end each line is a record, and stderr is empty."""
    with closing(Running(workshop, framework)) as service:
        service.wait_for(event="application_ready")
        with closing(service.connect()) as service.connection:
            yield service
        assert len(service.records()) == len(service.lines), service.output
        assert service.errors == []


@pytest.mark.long
@EVERY_WEB_FRAMEWORK
def test_a_service_logs_each_request_once_and_starts_and_stops_in_order(
    workshop: Workshop, framework: str
) -> None:
    with running(workshop, framework) as service:
        assert service.exchange("GET", "/health/ready")[0] == 200
        answers = {
            "success-1": service.exchange("GET", "/transcripts/t-1", X_Request_ID="success-1"),
            "missing-1": service.exchange("GET", "/nowhere", X_Request_ID="missing-1"),
            "failure-1": service.exchange(
                "GET", "/failure?reason=password=hunter2-secret", X_Request_ID="failure-1"
            ),
            "created-1": service.exchange(
                "POST",
                "/transcripts",
                json.dumps({"session_id": "s-1", "text": "between us"}),
                Content_Type="application/json",
                X_Request_ID="created-1",
            ),
        }
        invalid = service.exchange("GET", "/transcripts/t-2", X_Request_ID="not an id")
        assert service.stop() == 0, service.output

    statuses = {"success-1": 200, "missing-1": 404, "failure-1": 500, "created-1": 201}
    assert {name: status for name, (status, _) in answers.items()} == statuses
    assert {headers["x-request-id"] for _, headers in answers.values()} == set(statuses)
    assert len(invalid[1]["x-request-id"]) == 32

    records = service.records()
    requests = [record for record in records if record.get("event") == "request_completed"]
    lines = {record["request_id"]: record for record in requests}
    assert len(requests) == len(lines) == 5, "one line per request, none of the health check"
    assert {name: lines[name]["status"] for name in statuses} == statuses
    assert lines["success-1"]["route"] == "/transcripts/{transcript_id}"
    assert lines["success-1"]["transcript_id"] == "t-1"
    assert lines["missing-1"]["route"] is None
    assert lines["failure-1"]["level"] == "ERROR"
    assert lines["failure-1"]["error_type"] == "RuntimeError"
    assert all(record["duration_ms"] >= 0 and record["ip"] == "127.0.0.0" for record in requests)
    published = next(record for record in records if record.get("length") == 10)
    assert (published["request_id"], published["session_id"]) == ("created-1", "s-1")

    tracebacks = [record for record in records if "exception" in record]
    assert tracebacks == [lines["failure-1"]]
    assert [record["event"] for record in records if record.get("event") in LIFE] == LIFE
    assert "hunter2" not in service.output
    assert "between us" not in service.output


def test_a_worker_logs_each_job_once_and_starts_and_stops_in_order(workshop: Workshop) -> None:
    with running(workshop, "none") as service:
        assert service.exchange("GET", "/health/ready")[0] == 200
        service.wait_for(event="job_completed", job_id=3)
        assert service.stop() == 0, service.output

    records = service.records()
    jobs = [record for record in records if record.get("event") == "job_completed"]
    outcomes = {record["job_id"]: record["outcome"] for record in jobs}
    assert (len(jobs), outcomes) == (3, {1: "success", 2: "error", 3: "success"})
    assert [record["job_id"] for record in records if "exception" in record] == [2]
    assert [record["event"] for record in records if record.get("event") in LIFE] == LIFE
