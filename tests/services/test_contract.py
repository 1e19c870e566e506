"""One contract for every framework, kept by real processes over real sockets."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rendered import FRAMEWORKS, Workshop, clean_environment

pytestmark = pytest.mark.installs

WEB = [framework for framework in FRAMEWORKS if framework != "none"]
EVERY_WEB_FRAMEWORK = pytest.mark.parametrize("framework", WEB)

START = ["application_starting", "environment", "application_ready"]
STOP = ["application_shutting_down", "application_stopped"]
LIFE = [*START, *STOP]

Record = dict[str, Any]


class Running:
    """A service in production, with its log in a file."""

    def __init__(self, folder: Path, python: Path, log: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port = found.getsockname()[1]
        # One connection for all requests: a failure must not close it without a word.
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self.log, self.errors = log, log.with_suffix(".err")
        variables = {"ENVIRONMENT": "production", "PORT": str(self.port), "SECRET_KEY": "x" * 50}
        with self.log.open("wb") as out, self.errors.open("wb") as err:
            self.process = subprocess.Popen(
                [python, "-m", "orders"],
                cwd=folder,
                env=clean_environment(**variables, ALLOWED_HOSTS="127.0.0.1"),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def records(self) -> list[Record]:
        """Return the lines so far; each of them is JSON."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    def wait_for(self, **fields: Any) -> Record:
        """Return the first record with these fields."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            for record in self.records():
                if fields.items() <= record.items():
                    return record
            time.sleep(0.02)
        raise AssertionError(f"no line has {fields}:\n{self.said()}")

    def connect(self) -> None:
        """Wait for the server, which listens some milliseconds after it is ready."""
        deadline = time.monotonic() + 60
        while True:
            try:
                return self.connection.connect()
            except ConnectionRefusedError:
                assert time.monotonic() < deadline, self.said()
                time.sleep(0.01)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8") + self.errors.read_text(encoding="utf-8")

    def request(
        self, method: str, path: str, body: str = "", **headers: str
    ) -> tuple[int, dict[str, str]]:
        """Return the status and the headers, in lower case, of an answer that is read."""
        given = {name.replace("_", "-"): text for name, text in headers.items()}
        self.connection.request(method, path, body or None, given)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status, {name.lower(): text for name, text in answer.getheaders()}

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@contextmanager
def running(workshop: Workshop, framework: str, log: Path) -> Iterator[Running]:
    installed = workshop.installed(framework)
    service = Running(installed.path, installed.python, log)
    try:
        service.wait_for(event="application_ready")
        service.connect()
        yield service
    finally:
        if service.process.poll() is None:
            os.kill(service.process.pid, signal.SIGKILL)
            service.process.wait(10)
        service.connection.close()


@pytest.mark.long
@EVERY_WEB_FRAMEWORK
def test_a_service_logs_each_request_once_and_starts_and_stops_in_order(
    workshop: Workshop, framework: str, tmp_path: Path
) -> None:
    with running(workshop, framework, tmp_path / "log") as service:
        assert service.request("GET", "/health/ready")[0] == 200
        answers = {
            "success-1": service.request("GET", "/transcripts/t-1", X_Request_ID="success-1"),
            "missing-1": service.request("GET", "/nowhere", X_Request_ID="missing-1"),
            "failure-1": service.request(
                "GET", "/failure?reason=password=hunter2-secret", X_Request_ID="failure-1"
            ),
            "created-1": service.request(
                "POST",
                "/transcripts",
                json.dumps({"session_id": "s-1", "text": "between us"}),
                Content_Type="application/json",
                X_Request_ID="created-1",
            ),
        }
        invalid = service.request("GET", "/transcripts/t-2", X_Request_ID="not an id")
        assert service.stop() == 0, service.said()

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
    assert "hunter2" not in service.said()
    assert "between us" not in service.said()
    assert service.errors.read_text(encoding="utf-8") == ""


def test_a_worker_logs_each_job_once_and_starts_and_stops_in_order(
    workshop: Workshop, tmp_path: Path
) -> None:
    with running(workshop, "none", tmp_path / "log") as service:
        service.wait_for(event="job_completed", job_id=3)
        assert service.request("GET", "/health/ready")[0] == 200
        assert service.stop() == 0, service.said()

    records = service.records()
    jobs = [record for record in records if record.get("event") == "job_completed"]
    outcomes = {record["job_id"]: record["outcome"] for record in jobs}
    assert (len(jobs), outcomes) == (3, {1: "success", 2: "error", 3: "success"})
    assert [record["job_id"] for record in records if "exception" in record] == [2]
    assert [record["event"] for record in records if record.get("event") in LIFE] == LIFE
    assert service.errors.read_text(encoding="utf-8") == ""
