"""The life of a process that serves WSGI: gunicorn's workers, its own command, other servers."""

import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from asgi_server import APPS, Server, serve
from children import run

START = ["Application starting", "Environment", "Application ready"]
STOP = ["Application shutting down", "Application stopped"]


def lives(server: Server) -> list[list[str]]:
    """The lines that each process has of its start and stop."""
    found: dict[int, list[str]] = {}
    for record in server.records(logger="observability.server"):
        found.setdefault(record["pid"], []).append(record["message"])
    return list(found.values())


def test_each_process_starts_and_stops_once_and_finishes_its_requests(tmp_path: Path) -> None:
    with (
        serve(APPS, "flask", folder=tmp_path, WEB_CONCURRENCY="2") as server,
        ThreadPoolExecutor(12) as clients,
    ):
        server.wait_for("Application ready", 2)
        assert server.request("/cut")[3]  # gunicorn counts this connection twice at its end
        held = [clients.submit(server.request, "/hold/0.5") for _ in range(12)]
        server.wait_for("Holding", 12)
        assert server.stop() == 0
        assert {reply.result()[2] for reply in held} == {b"held"}, "a running request was cut"

    assert lives(server) == [START + STOP] * 2
    lines = server.records(message="request_completed", path="/hold/0.5")
    assert Counter(line["outcome"] for line in lines) == {"success": 12}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_that_outlasts_the_stop_has_its_line(number: int, tmp_path: Path) -> None:
    """SIGINT has no grace; SIGTERM has SHUTDOWN_GRACE_S."""
    with (
        serve(APPS, "flask", folder=tmp_path, SHUTDOWN_GRACE_S="1") as server,
        ThreadPoolExecutor(1) as client,
    ):
        cut = client.submit(server.request, "/hold/60", "GET", "held-request")
        server.wait_for(message="Holding")
        assert server.stop(number) == 0
        assert isinstance(cut.exception(), OSError)

    (line,) = server.records(message="request_completed", request_id="held-request")
    assert (line["outcome"], line["status"]) == ("cancelled", None)
    assert line["route"] == "/hold/{seconds}"
    assert lives(server) == [START + STOP]
    assert "SIGKILL" not in server.output


def test_gunicorn_s_own_command_logs_as_run_does(tmp_path: Path) -> None:
    (tmp_path / "gunicorn.conf.py").write_text("from observability.wsgi import *\n")
    with serve("-m", "gunicorn", "--workers", "2", "web_apps:flask", folder=tmp_path) as server:
        server.wait_for("Application ready", 2)
        assert server.request("/failure")[0] == 500

    assert lives(server) == [START + STOP] * 2
    (line,) = server.records(message="request_completed")
    assert (line["status"], line["error_message"]) == (500, "failed on purpose")
    assert not [line for line in server.lines if not line.startswith("{")]


WITHOUT_HOOKS = """
from wsgiref.simple_server import WSGIRequestHandler, make_server
from observability.logger import get_logger
from web_apps import make_flask

class Silent(WSGIRequestHandler):
    def log_message(self, *args):
        pass

app = make_flask()
with make_server("127.0.0.1", 0, app, handler_class=Silent) as server:
    get_logger("script").info("Listening", host="127.0.0.1", port=server.server_port)
    for _ in range(3):
        server.handle_request()
"""


def test_on_any_other_server_the_first_request_begins_the_life(tmp_path: Path) -> None:
    """The end of the interpreter ends it."""
    with serve("-c", WITHOUT_HOOKS, folder=tmp_path) as server:
        assert server.port
        assert not server.records(message="Application starting")
        assert server.request("/health/ready")[0] == 200
        assert server.request("/failure")[0] == 500
        assert server.request("/stream")[2] == b"onetwothree"
        assert server.wait() == 0

    assert lives(server) == [START + STOP]
    lines = server.records(message="request_completed")
    assert [line["status"] for line in lines] == [500, 200], "one of them is a health check's"
    assert server.records()[-1]["message"] == "Application stopped"


def test_an_application_that_cannot_be_loaded_ends_the_process_with_one_line(
    tmp_path: Path,
) -> None:
    (tmp_path / "broken.py").write_text("raise RuntimeError('password=hunter2-canary')")
    start = "from observability.wsgi import run; run('broken:app')"
    with serve("-c", start, folder=tmp_path) as server:
        assert server.wait() == 4

    (failed,) = server.records(level="CRITICAL")
    assert failed["message"] == "Application failed"
    assert failed["error_type"] == "RuntimeError"
    assert "canary" not in server.output, "a secret of the exception is in the output"


def test_a_number_of_processes_that_is_not_allowed_ends_the_start_with_one_sentence() -> None:
    """gunicorn reads it while it is imported, and would raise."""
    start = "from observability.wsgi import run; run('nothing:app')"
    ended = run(start, begin="", WEB_CONCURRENCY="many")

    (line,) = ended.errors.splitlines()
    assert (ended.code, ended.output) == (2, "")
    assert line.startswith('WEB_CONCURRENCY="many" is not allowed')
