"""One line per request in every ending: PEP 3333 by hand; the life of a process of gunicorn."""

import gc
import io
import signal
import socket
import sys
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import demo_app
from wsgiref.util import FileWrapper, setup_testing_defaults
from wsgiref.validate import validator

import pytest
from asgi_server import Record, Server, serve
from children import captured
from observability.context import bind, log_context
from observability.logger import get_logger
from observability.wsgi import REQUEST, LoggingMiddleware, keep, lifespan, running

Headers = list[tuple[str, str]]
START = ["Application starting", "Environment", "Application ready"]
STOP = ["Application shutting down", "Application stopped"]
APPS = Path(__file__).with_name("web_apps.py")

logger = get_logger("tests.wsgi")


@pytest.fixture
def lines() -> Iterator[list[Record]]:
    """The events of the test, while the application lives."""
    with lifespan(), captured("observability", logger.name) as found:
        yield found


class Request:
    """The server's side of one request, which does what PEP 3333 asks of servers."""

    def __init__(self, method: str = "GET", path: str = "/raw", **environ: Any) -> None:
        self.environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": ""}
        self.environ |= {"HTTP_X_REQUEST_ID": "raw-request"} | environ
        setup_testing_defaults(self.environ)
        self.starts: list[tuple[str, Headers]] = []
        self.sent: list[bytes] = []
        self.client_left = False
        self.response: Any = ()

    def start_response(
        self, status: str, headers: Headers, exc_info: Any = None, /
    ) -> Callable[[bytes], None]:
        if exc_info and any(self.sent):
            raise exc_info[1]
        assert exc_info or not self.starts, "started twice"
        self.starts.append((status, headers))
        return self.write

    def write(self, data: bytes) -> None:
        if self.client_left:
            raise BrokenPipeError("the client has left")
        self.sent.append(data)

    def call(self, app: Any) -> None:
        self.response = LoggingMiddleware(app)(self.environ, self.start_response)

    def run(self, app: Any) -> None:
        """Serve the request as far as its client lets it."""
        self.call(app)
        try:
            for chunk in self.response:
                self.write(chunk)
        except BrokenPipeError:
            assert self.client_left
        finally:
            self.response.close()

    @property
    def ids(self) -> list[str]:
        pairs = [pair for _, headers in self.starts for pair in headers]
        return [text for name, text in pairs if name.lower() == "x-request-id"]


class Body:
    """An iterable that is no iterator, and counts how often it is closed."""

    def __init__(self, *chunks: bytes, fails: bool = False) -> None:
        self.chunks = chunks
        self.fails = fails
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.chunks)

    def close(self) -> None:
        self.closed += 1
        logger.info("Closed")
        if self.fails:
            raise RuntimeError("failed on purpose")


def answering(body: Any, status: str = "200 OK", *headers: tuple[str, str]) -> Any:
    def app(environ: Any, start_response: Any) -> Any:
        start_response(status, [("Content-Type", "text/plain"), *headers])
        return body

    return app


def failing_after(*chunks: bytes, error: BaseException | None = None) -> Iterator[bytes]:
    yield from chunks
    raise error or RuntimeError("failed on purpose")


def raising(error: BaseException) -> Any:
    def app(environ: Any, start_response: Any) -> Any:
        raise error

    return app


@pytest.mark.parametrize(
    "body",
    [
        *([b"one", b"two"], (b"onetwo",), (chunk for chunk in (b"one", b"two"))),
        *(Body(b"one", b"", b"two"), [b"", b"onetwo", b""], FileWrapper(io.BytesIO(b"onetwo"), 3)),
    ],
    ids=lambda body: type(body).__name__,
)
def test_a_body_of_any_kind_arrives_whole(body: Iterable[bytes], lines: list[Record]) -> None:
    request = Request()
    request.run(answering(body))

    assert b"".join(request.sent) == b"onetwo"
    line = lines[0]
    assert (line["status"], line["outcome"], line["bytes_sent"]) == (200, "success", 6)
    assert (line["method"], line["path"], line["route"]) == ("GET", "/raw", None)


def test_both_sides_keep_to_the_protocol(lines: list[Record]) -> None:
    """A validator on either side of the middleware raises what breaks the rules."""
    request = Request(QUERY_STRING="a=1")
    app = validator(LoggingMiddleware(validator(demo_app)))
    response = app(request.environ, request.start_response)
    body = b"".join(response)
    response.close()  # type: ignore[attr-defined]

    assert body.startswith(b"Hello world!")
    assert lines[-1]["bytes_sent"] == len(body)


def test_an_id_of_the_application_is_replaced_by_ours() -> None:
    request = Request()
    request.run(answering([], "200 OK", ("X-REQUEST-id", "theirs-1"), ("X-Other", "kept")))

    assert request.ids == ["raw-request"]
    assert ("X-Other", "kept") in request.starts[0][1]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("read", [True, False])
def test_the_body_is_closed_once_whether_read_or_not(
    read: bool, method: str, lines: list[Record]
) -> None:
    """A server need not read the body of a HEAD response."""
    body = Body(b"one", b"two")
    request = Request(method)
    request.call(answering(body))
    assert next(request.response) == b"one"
    if read:
        assert list(request.response) == [b"two"]
        assert body.closed == 0, "the server closes, after the last byte"
    request.response.close()

    assert body.closed == 1
    (line,) = (line for line in lines if line["message"] == "request_completed")
    outcome = "success" if read or method == "HEAD" else "client_disconnected"
    assert (line["outcome"], line["level"]) == (outcome, "INFO")
    assert line["bytes_sent"] == (0 if method == "HEAD" else 6 if read else 3)


def test_a_client_that_leaves_is_no_failure(lines: list[Record]) -> None:
    ended: list[str] = []

    def chunks() -> Iterator[bytes]:
        try:
            while True:
                yield b"more"
                request.client_left = True
        finally:
            ended.append("body")

    request = Request()
    request.run(answering(chunks()))

    (line,) = lines
    assert ended == ["body"]
    assert (line["status"], line["outcome"], line["level"]) == (200, "client_disconnected", "INFO")
    assert "exception" not in line
    assert not running


@pytest.mark.parametrize("left", [True, False])
def test_a_failure_while_closing_is_logged_and_not_answered(
    left: bool, lines: list[Record]
) -> None:
    request = Request()
    request.call(answering(Body(b"all", fails=True)))
    assert next(request.response) == b"all"
    if not left:
        assert not list(request.response)
    with pytest.raises(RuntimeError, match="failed on purpose"):
        request.response.close()

    summary, _, failed = sorted(lines, key=lambda line: line["level"] == "ERROR")
    assert [status for status, _ in request.starts] == ["200 OK"]
    assert summary["outcome"] == ("client_disconnected" if left else "success")
    assert (failed["message"], failed["level"]) == ("Failure after the response", "ERROR")
    assert failed["request_id"] == "raw-request"
    assert "Traceback" in failed["exception"]


FAILING = {
    "in the call": raising(RuntimeError("failed on purpose")),
    "before the first chunk": answering(failing_after()),
    "after empty chunks": answering(failing_after(b"", b"")),
    "a body that is not iterable": answering(None),
}


@pytest.mark.parametrize("app", FAILING.values(), ids=FAILING)
def test_a_failure_before_the_first_byte_has_an_answer_with_the_id(
    app: Any, lines: list[Record]
) -> None:
    request = Request()
    request.run(app)

    status, headers = request.starts[-1]
    assert status == "500 Internal Server Error"
    assert ("X-Request-ID", "raw-request") in headers
    assert b"".join(request.sent) == b"Server error"
    (line,) = lines
    assert (line["status"], line["outcome"], line["bytes_sent"]) == (500, "error", 12)
    assert line["exception"].count("Traceback") == 1
    assert not running


def test_a_test_client_and_a_debugger_see_the_failure_itself(lines: list[Record]) -> None:
    request = Request(**{"werkzeug.debug.preserve_context": print})  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="failed on purpose"):
        request.run(raising(RuntimeError("failed on purpose")))

    (line,) = lines
    assert not request.starts, "the debugger could not start its own response"
    assert (line["outcome"], line["error_message"]) == ("error", "failed on purpose")
    assert not running


def test_a_failure_in_mid_stream_breaks_the_response_off(lines: list[Record]) -> None:
    """The server has to see it, or its client takes the part for the whole."""
    request = Request()
    with pytest.raises(RuntimeError, match="failed on purpose"):
        request.run(answering(failing_after(b"", b"part", b"")))

    (line,) = lines
    assert (request.sent, len(request.starts)) == ([b"", b"part", b""], 1)
    assert (line["status"], line["outcome"], line["bytes_sent"]) == (200, "error", 4)


@pytest.mark.parametrize("end", [SystemExit(3), KeyboardInterrupt()])
def test_the_end_of_the_process_is_no_failure_of_the_request(
    end: BaseException, lines: list[Record]
) -> None:
    request = Request()
    with pytest.raises(type(end)):
        request.run(raising(end))

    (line,) = lines
    assert not request.starts
    assert (line["status"], line["outcome"], "exception" in line) == (None, "cancelled", False)
    assert not running


def test_an_exception_that_the_application_answers_is_on_the_line(lines: list[Record]) -> None:
    """It starts the response again, with `exc_info`, as PEP 3333 lets it."""

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        try:
            raise LookupError("no shelf has ink")
        except LookupError:
            start_response("500 Out Of Ink", [], sys.exc_info())
        return [b"sorry"]

    request = Request()
    request.run(app)

    (line,) = lines
    assert request.ids == ["raw-request", "raw-request"]
    assert (line["status"], line["error_message"]) == (500, "no shelf has ink")


def test_a_request_without_a_response_is_an_error_without_a_status(lines: list[Record]) -> None:
    Request().run(lambda environ, start_response: [])

    assert (lines[0]["status"], lines[0]["outcome"], lines[0]["level"]) == (None, "error", "ERROR")


def test_what_a_request_binds_reaches_its_last_line_and_not_the_next_request(
    lines: list[Record],
) -> None:
    block = log_context(step="open")

    def app(environ: Any, start_response: Any) -> Any:
        bind(tenant_id="acme")
        block.__enter__()
        start_response("200 OK", [])
        return Body(b"body")

    Request().run(app)
    logger.info("Between")
    Request().run(answering([b"body"]))

    summary, closed, between, second = lines
    for line in (summary, closed):
        assert (line["tenant_id"], line["request_id"]) == ("acme", "raw-request")
        assert line["step"] == "open"
    assert not {"request_id", "tenant_id", "step"} & between.keys()
    assert not {"tenant_id", "step"} & second.keys()


def test_a_server_may_go_on_in_another_thread(lines: list[Record]) -> None:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        with log_context(step="streaming"):
            yield b"one"
            logger.info("Between the chunks")
            yield b"two"

    request = Request()
    request.call(app)
    assert next(request.response) == b"one"

    def read_on() -> None:
        request.sent.extend(request.response)
        request.response.close()

    other = Thread(target=read_on)
    other.start()
    other.join()

    between, summary = lines
    assert (between["step"], between["request_id"]) == ("streaming", "raw-request")
    assert (summary["outcome"], summary["bytes_sent"]) == ("success", 6)


@pytest.mark.parametrize(
    ("root", "path", "mount", "shown"),
    [
        ("", "/caf\xc3\xa9", "", "/café"),  # PEP 3333 hands bytes over as Latin-1
        ("", "/broken\xff", "", "/broken\N{REPLACEMENT CHARACTER}"),
        ("/shop", "/items", "", "/shop/items"),
        ("/shop", "/mounted/items", "/mounted", "/shop/mounted/items"),
    ],
)
def test_the_path_has_its_root_and_the_route_its_mount(
    root: str, path: str, mount: str, shown: str, lines: list[Record]
) -> None:
    """The root is where the service is; a mount is a part of it, to which it dispatches."""

    def app(environ: Any, start_response: Any) -> Any:
        environ["SCRIPT_NAME"] += mount
        keep(environ, route=environ["SCRIPT_NAME"] + "/items/<int:number>")
        return answering([])(environ, start_response)

    Request(path=path, SCRIPT_NAME=root).run(app)

    assert (lines[0]["path"], lines[0]["route"]) == (shown, root + mount + "/items/{number}")


def test_an_application_in_an_instrumented_one_adds_no_line(lines: list[Record]) -> None:
    Request().run(LoggingMiddleware(answering([b"body"])))

    assert len(lines) == 1


def test_a_request_that_is_over_leaves_nothing_to_the_collector() -> None:
    """Else memory grows until it comes, and it stops every thread."""
    request = Request()
    gc.disable()
    try:
        request.run(answering([b"body"]))
        log = weakref.ref(request.environ[REQUEST])
        request.response = ()
        del request

        assert log() is None
    finally:
        gc.enable()


def lives(server: Server) -> list[list[str]]:
    """The lines that each process has of its start and stop."""
    found: dict[int, list[str]] = {}
    for record in server.records(logger="observability.server"):
        found.setdefault(record["pid"], []).append(record["message"])
    return list(found.values())


def wait_for(server: Server, count: int, message: str) -> None:
    with server.changed:
        server.changed.wait_for(lambda: len(server.records(message=message)) >= count, 60)
    assert len(server.records(message=message)) >= count, server.output


def test_each_process_starts_and_stops_once_and_finishes_its_requests(tmp_path: Path) -> None:
    with (
        serve(str(APPS), "flask", folder=tmp_path, WEB_CONCURRENCY="2") as server,
        ThreadPoolExecutor(12) as clients,
    ):
        wait_for(server, 2, "Application ready")
        assert server.request("/cut")[3]  # gunicorn counts this connection twice at its end
        held = [clients.submit(server.request, "/hold/0.5") for _ in range(12)]
        wait_for(server, 12, "Holding")
        assert server.stop() == 0
        assert {reply.result()[2] for reply in held} == {b"held"}, "a running request was cut"

    assert lives(server) == [START + STOP] * 2
    lines = server.records(message="request_completed", path="/hold/0.5")
    assert Counter(line["outcome"] for line in lines) == {"success": 12}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_that_outlasts_the_stop_has_its_line(number: int, tmp_path: Path) -> None:
    """SIGINT has no grace; SIGTERM has SHUTDOWN_GRACE_S."""
    with (
        serve(str(APPS), "flask", folder=tmp_path, SHUTDOWN_GRACE_S="1") as server,
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
        wait_for(server, 2, "Application ready")
        assert server.request("/failure")[0] == 500
        assert server.stop() == 0

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
    assert [(line["path"], line["status"]) for line in lines] == [
        ("/failure", 500),
        ("/stream", 200),
    ]
    assert server.records()[-1]["message"] == "Application stopped"


def test_gunicorn_without_our_settings_logs_requests_by_the_standard(tmp_path: Path) -> None:
    """`instrument` does it in each worker; what the master writes before stays text."""
    address = tmp_path / "socket"
    log = str(tmp_path / "gunicorn.log")
    command = ("-m", "gunicorn", "--bind", f"unix:{address}", "--error-logfile", log)
    with serve(*command, "web_apps:flask", folder=tmp_path) as server:
        while not address.exists():
            assert server.process.poll() is None, server.output
            time.sleep(0.05)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(address))
            client.sendall(b"GET /failure HTTP/1.0\r\n\r\n")
            assert b" 500 " in client.recv(1024)
        assert server.stop() == 0

    assert lives(server) == [START + STOP]
    (line,) = server.records(message="request_completed")
    assert line["error_message"] == "failed on purpose"


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
