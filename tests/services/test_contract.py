"""Rendered services of every framework: real processes over real sockets, and their own tests."""

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from asgi_server import Server
from children import Child
from rendered import FRAMEWORKS, Workshop, clean_environment, run

pytestmark = pytest.mark.installs

WEB = [framework for framework in FRAMEWORKS if framework != "none"]
LIFE = ["application_starting", "environment", "application_ready"]
LIFE += ["application_shutting_down", "application_stopped"]


class Running(Server):
    connection: http.client.HTTPConnection
    """One for all requests: a failure must not close it without a word."""

    def __init__(self, workshop: Workshop, framework: str) -> None:
        given = {"ENVIRONMENT": "production", "PORT": "0", "SECRET_KEY": "x" * 50}
        given |= {"ALLOWED_HOSTS": "127.0.0.1", "GUNICORN_CMD_ARGS": "--keep-alive 60"}
        service, env = workshop.installed(framework), clean_environment(**given)
        Child.__init__(self, service.python, "-m", "orders", folder=service.path, env=env)

    def exchange(self, method: str, path: str, body: str = "", request_id: str = "") -> int:
        headers = {"Content-Type": "application/json", "X-Request-ID": request_id}
        self.connection.request(method, path, body or None, headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status


@contextmanager
def running(workshop: Workshop, framework: str) -> Iterator[Running]:
    """A service that is ready; at the end each line is a record, and stderr is empty."""
    with closing(Running(workshop, framework)) as service:
        service.wait_for(event="application_ready")
        with closing(service.connect()) as service.connection:
            yield service
        assert len(service.records()) == len(service.lines), service.output
        assert service.errors == []


def life_of(service: Running) -> list[str]:
    return [record["event"] for record in service.records() if record.get("event") in LIFE]


@pytest.mark.parametrize("framework", WEB)
def test_a_service_logs_each_request_once_and_starts_and_stops_in_order(
    workshop: Workshop, framework: str
) -> None:
    transcript = json.dumps({"session_id": "s-1", "text": "between us"})
    requests = {
        "success-1": ("GET", "/transcripts/t-1", "", 200, "/transcripts/{transcript_id}"),
        "missing-1": ("GET", "/nowhere", "", 404, None),
        "failure-1": ("GET", "/failure?reason=password=hunter2-secret", "", 500, "/failure"),
        "created-1": ("POST", "/transcripts", transcript, 201, "/transcripts"),
    }
    with running(workshop, framework) as service:
        assert service.exchange("GET", "/health/ready") == 200
        for name, (method, path, body, status, _) in requests.items():
            assert service.exchange(method, path, body, name) == status
        assert service.stop() == 0, service.output

    lines = service.records(event="request_completed")
    found = {line["request_id"]: (line["status"], line["route"]) for line in lines}
    assert found == {name: tuple(row[3:]) for name, row in requests.items()}
    assert len(lines) == len(requests), "one line per request, none of the health check"
    (failed,) = (record for record in service.records() if "exception" in record)
    assert (failed["request_id"], failed["error_type"]) == ("failure-1", "RuntimeError")
    assert service.records(length=10, request_id="created-1", session_id="s-1")
    assert life_of(service) == LIFE
    assert "hunter2" not in service.output
    assert "between us" not in service.output


def test_a_worker_logs_each_job_once_and_starts_and_stops_in_order(workshop: Workshop) -> None:
    with running(workshop, "none") as service:
        assert service.exchange("GET", "/health/ready") == 200
        service.wait_for(event="job_completed", job_id=3)
        assert service.stop() == 0, service.output

    jobs = [(line["job_id"], line["outcome"]) for line in service.records(event="job_completed")]
    assert jobs == [(1, "success"), (2, "error"), (3, "success")]
    assert [record["job_id"] for record in service.records() if "exception" in record] == [2]
    assert life_of(service) == LIFE


KINDS = [(framework, "none") for framework in FRAMEWORKS]
KINDS += [("fastapi", "streams"), ("django", "client"), ("flask", "streams"), ("none", "streams")]


@pytest.mark.parametrize(("framework", "redis"), KINDS)
def test_the_tests_of_a_new_service_pass_and_no_rule_fires_on_its_calls(
    workshop: Workshop, framework: str, redis: str
) -> None:
    service = workshop.installed(framework, redis)

    done = run(service.python, "-m", "pytest", "--quiet", cwd=service.path)
    ast_grep = service.python.with_name("ast-grep")
    run(ast_grep, "scan", "--error", "--rule", "logging-rules.yml", "src", cwd=service.path)

    passed = re.search(r"(\d+) passed", done)
    assert passed, done
    assert int(passed[1]) >= 8, f"so few tests prove nothing:\n{done}"
    assert "skipped" not in done, done
