"""A worker: one summary for each job; a stop finishes the job at hand; health checks."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from asgi_server import JOBS, Record, Server, serve


def summary(server: Server, **fields: object) -> Record:
    (line,) = server.records(message="job_completed", **fields)
    return line


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A worker that has done its jobs and was stopped."""
    with serve(JOBS, "endings", folder=tmp_path_factory.mktemp("endings")) as server:
        server.wait_for(message="Between jobs")
        assert server.request("/health/live")[0] == server.request("/health/ready")[0] == 200
        assert server.request("/nowhere")[0] == 404
        assert server.stop() == 0
        yield server


def test_lines_of_a_job_carry_its_fields_and_the_summary_what_it_bound(worker: Server) -> None:
    (inside,) = worker.records(message="In the job")
    completed = summary(worker, job_id=1)
    fields = {"job_id": 1, "session_id": "session-1", "operation": "first_operation"}

    for line in (inside, completed):
        assert fields.items() <= line.items()
        assert line["tenant_id"] == "acme"
    assert (completed["level"], completed["outcome"]) == ("INFO", "success")
    assert completed["duration_ms"] >= 0


@pytest.mark.parametrize(
    ("job_id", "error", "message"),
    [(2, "RuntimeError", "failed on purpose"), (3, "LookupError", "no such job")],
)
def test_a_job_that_fails_is_one_error_with_one_traceback(
    job_id: int, error: str, message: str, worker: Server
) -> None:
    """The second one is logged by the service first, which has the traceback then."""
    line = summary(worker, job_id=job_id)
    tracebacks = [r for r in worker.records(job_id=job_id) if "exception" in r]

    assert (line["level"], line["outcome"]) == ("ERROR", "error")
    assert (line["error_type"], line["error_message"]) == (error, message)
    assert len(tracebacks) == 1, worker.output


def test_each_job_has_one_summary_and_knows_nothing_of_another(worker: Server) -> None:
    (between,) = worker.records(message="Between jobs")
    concurrent = worker.records(operation="concurrent_operation")

    assert len(worker.records(message="job_completed")) == 103, worker.output
    assert "tenant_id" not in summary(worker, job_id=2)
    assert not {"operation", "job_id", "tenant_id"} & between.keys()
    assert len(concurrent) == 200
    assert all(line["bound"] == line["number"] for line in concurrent)


def test_health_checks_that_pass_have_no_line_and_other_requests_one(worker: Server) -> None:
    (line,) = worker.records(message="request_completed")

    assert (line["status"], line["path"], line["route"]) == (404, "/nowhere", None)
    assert line["request_id"]


def test_a_stop_lets_the_job_at_hand_finish(tmp_path: Path) -> None:
    with serve(JOBS, "hold", folder=tmp_path) as server:
        server.wait_for(message="Holding")
        assert server.stop(signal.SIGINT) == 0

    assert [record["message"] for record in server.records()][-4:] == [
        *("Application shutting down", "Held", "job_completed", "Application stopped"),
    ]
    assert summary(server)["outcome"] == "success"


def test_a_job_that_exceeds_the_grace_is_cut_and_says_so(tmp_path: Path) -> None:
    with serve(JOBS, "endless", folder=tmp_path, SHUTDOWN_GRACE_S="0") as server:
        server.wait_for(message="Holding")

    (cut,) = server.records(message="Work cut off")
    assert (cut["level"], cut["grace_s"]) == ("WARNING", 0)
    assert summary(server)["outcome"] == "cancelled"
    assert server.records(message="Application stopped")


def test_a_main_loop_that_fails_ends_the_process_with_one_line(tmp_path: Path) -> None:
    with serve(JOBS, "broken", folder=tmp_path) as server:
        assert server.wait() == 1

    (failed,) = server.records(level="CRITICAL")
    assert failed["error_message"] == "the loop is broken"
    assert server.output.count("Traceback (most recent call last)") == 1
    assert server.records(message="Application stopped")


def test_a_job_that_ends_the_process_has_failed(tmp_path: Path) -> None:
    with serve(JOBS, "leaves", folder=tmp_path) as server:
        assert server.wait() == 3

    assert (summary(server)["outcome"], summary(server)["error_type"]) == ("error", "SystemExit")


def test_what_is_not_a_request_is_closed_without_a_line(tmp_path: Path) -> None:
    with serve(JOBS, "hold", folder=tmp_path) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(b"nonsense\r\n\r\n")
            assert client.recv(100) == b"", "what is not a request has an answer"
        status, _, body, _ = server.request("/health/ready", "HEAD")
        assert (status, body) == (200, b""), "the next request has none"

    assert not server.records(message="request_completed")
    assert {record["level"] for record in server.records()} == {"INFO"}, server.output
