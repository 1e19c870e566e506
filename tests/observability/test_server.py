"""Start, stop and health of a service on a real server."""

import asyncio
import json
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, suppress
from pathlib import Path

import pytest
from asgi_server import APPS, Server, serve
from observability.server import health, lifespan

APPLICATIONS = {
    "fastapi": "from fastapi import FastAPI\napp = FastAPI(lifespan=own)",
    "starlette": "from starlette.applications import Starlette\napp = Starlette(lifespan=own)",
    "litestar": "import litestar\napp = litestar.Litestar([], lifespan=[own], logging_config=None)",
}
POOLS = """
import sys
from contextlib import asynccontextmanager
from observability.logger import get_logger
from observability.middleware import run
from observability.server import lifespan, resources

logger = get_logger("orders")

@asynccontextmanager
async def pool(name):
    logger.info(f"{name} opened")
    if name == "second" and "fails" in sys.argv:
        raise ConnectionRefusedError("no database")
    if name == "second" and "exits" in sys.argv:
        raise SystemExit("no database")
    yield
    logger.info(f"{name} closed")

async def is_reachable():
    return "down" not in sys.argv

resources["first"] = (lambda: pool("first")), is_reachable

@asynccontextmanager
async def own(app):
    async with lifespan(app), pool("second"):
        yield
"""


def serve_pools(
    framework: str, folder: Path, *arguments: str, **variables: str
) -> AbstractContextManager[Server]:
    """A service with two resources of its own; an argument: fails, exits or down."""
    instrument = f"from observability.{framework} import instrument\ninstrument(app)\n"
    begin = "if __name__ == '__main__':\n    sys.path.insert(0, '.')\n    run('service:app')\n"
    (folder / "service.py").write_text(f"{POOLS}\n{APPLICATIONS[framework]}\n{instrument}\n{begin}")
    return serve("service.py", *arguments, folder=folder, **variables)


@pytest.mark.parametrize("framework", APPLICATIONS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_own_resources_are_open_before_the_service_is_ready_and_no_signal_loses_the_stop(
    framework: str, number: int, tmp_path: Path
) -> None:
    with serve_pools(framework, tmp_path, ENVIRONMENT="staging") as server:
        server.wait_for(message="Application ready")
        assert server.stop(number) == 0

    messages = [r["message"] for r in server.records() if not r["logger"].startswith("uvicorn")]
    assert messages == [
        *("Application starting", "Environment", "first opened", "second opened"),
        *("Application ready", "Application shutting down", "second closed", "first closed"),
        "Application stopped",
    ]
    assert server.records(message="Environment", environment_name="staging", log_level="INFO")


@pytest.mark.parametrize("framework", APPLICATIONS)
@pytest.mark.parametrize(
    ("how", "error"), [("fails", "ConnectionRefusedError"), ("exits", "SystemExit")]
)
def test_a_start_that_fails_has_one_critical_record(
    how: str, error: str, framework: str, tmp_path: Path
) -> None:
    with serve_pools(framework, tmp_path, how) as server:
        assert server.wait() != 0

    (failed,) = server.records(level="CRITICAL")
    assert (failed["event"], failed["phase"]) == ("application_failed", "starting")
    assert (failed["error_type"], failed["error_message"]) == (error, "no database")
    assert "service.py" in failed["exception"]
    assert server.output.count("Traceback") == 1, server.output
    assert not server.records(message="Application ready")
    assert server.records(message="Application stopped")


def test_a_resource_that_fails_its_check_makes_the_service_unready(tmp_path: Path) -> None:
    with serve_pools("starlette", tmp_path, "down") as server:
        assert server.request("/health/live")[0] == 200
        status, _, body, _ = server.request("/health/ready", request_id="unready-request")
        assert (status, body) == (503, b'{"status": "unavailable", "failing": "first"}')
        line = server.wait_for(request_id="unready-request")

    assert (line["level"], line["route"], line["outcome"]) == ("ERROR", "/health/ready", "error")


def test_around_a_main_loop_the_service_is_ready_inside_the_block() -> None:
    async def main() -> list[int]:
        statuses = [(await health("/health/ready"))[0]]
        with suppress(RuntimeError):
            async with lifespan():
                statuses.append((await health("/health/ready"))[0])
                raise RuntimeError("failed while running")
        statuses.append((await health("/health/ready"))[0])
        return statuses

    assert asyncio.run(main()) == [503, 200, 503]


def test_a_running_request_is_cut_after_the_grace_and_says_so(tmp_path: Path) -> None:
    with (
        serve(APPS, "fastapi", folder=tmp_path, SHUTDOWN_GRACE_S="0") as server,
        ThreadPoolExecutor(1) as client,
    ):
        cut = client.submit(server.request, "/hold", request_id="held-request")
        server.wait_for(message="Holding")
        assert server.stop() == 0
        status, headers, *_ = cut.result()

    (line,) = server.records(message="request_completed")
    assert (line["status"], line["outcome"]) == (status, "cancelled") == (503, "cancelled")
    assert headers["x-request-id"] == "held-request"
    assert "Traceback" not in server.output, server.output
    assert server.records(message="Application stopped")


@pytest.mark.parametrize("framework", APPLICATIONS)
def test_a_second_signal_ends_the_server_at_once_and_is_no_failure(
    framework: str, tmp_path: Path
) -> None:
    with serve(APPS, framework, folder=tmp_path) as server, ThreadPoolExecutor(1) as client:
        cut = client.submit(server.request, "/hold", request_id="held-request")
        server.wait_for(message="Holding")
        server.process.send_signal(signal.SIGINT)
        server.wait_for(message="Shutting down")
        assert server.stop(signal.SIGINT) == 0
        assert cut.result()[0] == 503

    assert not server.records(level="CRITICAL")
    assert "Traceback" not in server.output, server.output
    assert server.records(message="Application stopped")


def test_each_process_of_web_concurrency_logs_by_the_standard(tmp_path: Path) -> None:
    with serve(APPS, "starlette", folder=tmp_path, WEB_CONCURRENCY="2") as server:
        server.wait_for("Application ready", 2)
        assert server.request("/plain", request_id="plain-request")[0] == 200
        server.wait_for(request_id="plain-request", message="request_completed")

    assert len(server.records(message="Application stopped")) == 2
    assert not [line for line in server.lines if not line.startswith("{")]


@pytest.mark.parametrize("processes", ["1", "2"])
def test_an_import_that_fails_is_one_critical_record(tmp_path: Path, processes: str) -> None:
    (tmp_path / "broken.py").write_text("raise RuntimeError('broken at import')")
    load = "import sys; sys.path[:0] = ['.']; from observability.middleware import run"
    code = f"{load}; run('broken:a')"
    with serve("-c", code, folder=tmp_path, WEB_CONCURRENCY=processes) as server:
        assert server.wait() == 1

    (failed,) = server.records(level="CRITICAL")
    assert failed["error_message"] == "broken at import"
    assert server.output.count("Traceback") == 1


def test_workers_of_uvicorn_that_cannot_import_the_application_show_no_secret(
    tmp_path: Path,
) -> None:
    config: dict[str, object] = {"version": 1, "disable_existing_loggers": False}
    config["handlers"] = {"stdout": {"()": "observability.config.configure_logging"}}
    (tmp_path / "log-config.json").write_text(json.dumps(config))
    (tmp_path / "broken.py").write_text("raise RuntimeError('password=hunter2-canary')")
    command = ["-m", "uvicorn", "--workers=2", "--log-config=log-config.json", "broken:app"]
    with closing(Server([*command, "--port=0"], tmp_path)) as server:
        server.wait_for("Unhandled exception in process", 2)

    assert "canary" not in server.output
    assert "Traceback" not in "".join(server.errors)
