"""One line per request in every ending, by hand: ASGI, and WSGI as PEP 3333 asks of servers."""

import asyncio
import gc
import io
import logging
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from threading import Thread
from typing import Any
from wsgiref.simple_server import demo_app
from wsgiref.util import FileWrapper, setup_testing_defaults
from wsgiref.validate import validator

import pytest
from children import Record, SetEnvironment, captured
from observability import middleware, wsgi
from observability.context import bind, log_context
from observability.logger import get_logger
from observability.wsgi import REQUEST, keep, running

Step = int | bytes | BaseException | Callable[[], object]
"""What an application does: it starts with a status, sends a chunk, raises, or calls."""

OWN_HEADERS = {"Content-Type": "text/plain", "X-Request-ID": "theirs-1", "X-Other": "kept"}

logger = get_logger("tests.middleware")


@pytest.fixture
def lines() -> Iterator[list[Record]]:
    """The events of the package and of the test, while the application lives."""
    with wsgi.lifespan(), captured("observability", logger.name) as found:
        yield found


class ClientDisconnected(OSError):
    """Named as uvicorn names its own."""


class Client:
    """What the client of one request got, and what the server saw."""

    def __init__(self, method: str = "GET", path: str = "/raw", **environ: Any) -> None:
        self.scope: Any = {"type": "http", "method": method, "path": path}
        self.scope["headers"] = [(b"x-request-id", b"raw-request")]
        self.environ: Any = {"REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": ""}
        self.environ |= {"HTTP_X_REQUEST_ID": "raw-request"} | environ
        setup_testing_defaults(self.environ)
        self.starts: list[tuple[int, list[tuple[str, str]]]] = []
        self.sent: list[bytes] = []
        self.has_left = False
        self.raised: BaseException | None = None

    def leave(self) -> None:
        self.has_left = True

    @property
    def ids(self) -> list[str]:
        pairs = [pair for _, headers in self.starts for pair in headers]
        return [text for name, text in pairs if name.lower() == "x-request-id"]


class Asgi(Client):
    @staticmethod
    def wrap(app: Any) -> Any:
        return middleware.LoggingMiddleware(app, lambda scope: None)

    @staticmethod
    def application(*steps: Step) -> Any:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            for step in steps:
                if isinstance(step, int):
                    headers = [(name.encode(), text.encode()) for name, text in OWN_HEADERS.items()]
                    start = {"type": "http.response.start", "status": step, "headers": headers}
                    await send(start)
                elif isinstance(step, bytes):
                    more = step is not steps[-1]
                    await send({"type": "http.response.body", "body": step, "more_body": more})
                elif isinstance(step, BaseException):
                    raise step
                else:
                    step()

        return app

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if self.has_left:
            raise ClientDisconnected
        if message["type"] == "http.response.start":
            pairs = [(name.decode(), text.decode()) for name, text in message["headers"]]
            self.starts.append((message["status"], pairs))
        self.sent.append(message.get("body", b""))

    def serve(self, app: Any) -> None:
        try:
            asyncio.run(app(self.scope, None, self._send))
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.raised = error

    def log(self) -> Any:
        return self.scope["observability"]


class Wsgi(Client):
    wrap = wsgi.LoggingMiddleware
    response: Any = ()

    @staticmethod
    def application(*steps: Step) -> Any:
        def app(environ: Any, start_response: Any) -> Iterator[bytes]:
            for step in steps:
                if isinstance(step, int):
                    start_response(f"{step} As Said", list(OWN_HEADERS.items()))
                elif isinstance(step, bytes):
                    yield step
                elif isinstance(step, BaseException):
                    raise step
                else:
                    step()

        return app

    def start_response(self, status: str, headers: Any, exc_info: Any = None, /) -> Any:
        if exc_info and any(self.sent):
            raise exc_info[1]
        assert exc_info or not self.starts, "started twice"
        self.starts.append((int(status[:3]), headers))
        return self.write

    def write(self, data: bytes) -> None:
        if self.has_left:
            raise ClientDisconnected
        self.sent.append(data)

    def call(self, app: Any) -> None:
        self.response = wsgi.LoggingMiddleware(app)(self.environ, self.start_response)

    def serve(self, app: Any) -> None:
        """Serve the request as far as its client lets it."""
        self.response = app(self.environ, self.start_response)
        try:
            for chunk in self.response:
                self.write(chunk)
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.raised = error
        finally:
            self.response.close()

    def run(self, app: Any) -> None:
        self.serve(wsgi.LoggingMiddleware(app))
        assert not running

    def log(self) -> Any:
        return self.environ[REQUEST]


def failure() -> RuntimeError:
    return RuntimeError("failed on purpose")


def fail() -> None:
    raise failure()


@pytest.fixture(params=[Asgi, Wsgi])
def client(request: pytest.FixtureRequest) -> Any:
    return request.param()


def served(client: Any, *steps: Step) -> None:
    client.serve(client.wrap(client.application(*steps)))


def test_a_request_without_a_response_is_an_error_without_a_status(
    client: Any, lines: list[Record]
) -> None:
    served(client)

    (line,) = lines
    assert (line["level"], line["status"], line["outcome"]) == ("ERROR", None, "error")


def test_a_failure_without_a_response_gets_a_500_with_the_id(
    client: Any, lines: list[Record]
) -> None:
    served(client, failure())

    assert ([status for status, _ in client.starts], client.ids) == ([500], ["raw-request"])
    assert b"".join(client.sent) == b"Server error"
    (line,) = lines
    assert (line["status"], line["outcome"], line["bytes_sent"]) == (500, "error", 12)
    assert line["error_message"] == "failed on purpose"
    assert line["exception"].count("Traceback") == 1


def test_a_client_that_leaves_is_no_failure(client: Any, lines: list[Record]) -> None:
    served(client, 200, b"part", client.leave, b"more", b"rest")

    (line,) = lines
    assert isinstance(client.raised, ClientDisconnected)
    assert (line["level"], line["outcome"]) == ("INFO", "client_disconnected")
    assert (line["status"], "exception" in line) == (200, False)


def test_an_id_of_the_application_is_replaced_by_ours(client: Any, lines: list[Record]) -> None:
    served(client, 200, b"")

    assert client.ids == ["raw-request"]
    assert ("X-Other", "kept") in client.starts[0][1]


def test_an_application_in_an_instrumented_one_adds_no_line(
    client: Any, lines: list[Record]
) -> None:
    client.serve(client.wrap(client.wrap(client.application(200, b"body"))))

    assert len(lines) == 1


@pytest.mark.parametrize("steps", [(200, b"body"), (fail,)])
def test_a_request_that_is_over_leaves_nothing_to_the_collector(
    steps: tuple[Step, ...], client: Any, environment: SetEnvironment
) -> None:
    """Else memory grows until it comes, and it stops every thread."""
    # asyncio keeps what is raised in a test; the URL is for the settings of other tests' modules.
    environment(ENVIRONMENT="production", REDIS_URL="redis://127.0.0.1:6379/0")
    logging.disable(logging.CRITICAL)  # pytest keeps what is logged
    gc.disable()
    try:
        served(client, *steps)
        log = weakref.ref(client.log())
        vars(client).clear()

        assert log() is None
    finally:
        gc.enable()


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


def answering(body: Any) -> Any:
    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return body

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
    request = Wsgi()
    request.run(answering(body))

    assert b"".join(request.sent) == b"onetwo"
    line = lines[0]
    assert (line["status"], line["outcome"], line["bytes_sent"]) == (200, "success", 6)
    assert (line["method"], line["path"], line["route"]) == ("GET", "/raw", None)


def test_both_sides_keep_to_the_protocol(lines: list[Record]) -> None:
    """A validator on either side of the middleware raises what breaks the rules."""
    request = Wsgi(QUERY_STRING="a=1")
    app = validator(wsgi.LoggingMiddleware(validator(demo_app)))
    response = app(request.environ, request.start_response)
    body = b"".join(response)
    response.close()  # type: ignore[attr-defined]

    assert body.startswith(b"Hello world!")
    assert lines[-1]["bytes_sent"] == len(body)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("read", [True, False])
def test_the_body_is_closed_once_whether_read_or_not(
    read: bool, method: str, lines: list[Record]
) -> None:
    """A server need not read the body of a HEAD response."""
    body = Body(b"one", b"two")
    request = Wsgi(method)
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


@pytest.mark.parametrize("left", [True, False])
def test_a_failure_while_closing_is_logged_and_not_answered(
    left: bool, lines: list[Record]
) -> None:
    request = Wsgi()
    request.call(answering(Body(b"all", fails=True)))
    assert next(request.response) == b"all"
    if not left:
        assert not list(request.response)
    with pytest.raises(RuntimeError, match="failed on purpose"):
        request.response.close()

    summary, _, failed = sorted(lines, key=lambda line: line["level"] == "ERROR")
    assert [status for status, _ in request.starts] == [200]
    assert summary["outcome"] == ("client_disconnected" if left else "success")
    assert (failed["message"], failed["level"]) == ("Failure after the response", "ERROR")
    assert failed["request_id"] == "raw-request"
    assert "Traceback" in failed["exception"]


def test_a_response_that_fails_before_its_first_byte_becomes_a_500(lines: list[Record]) -> None:
    request = Wsgi()
    request.run(Wsgi.application(200, b"", failure()))

    assert [status for status, _ in request.starts] == [200, 500]
    assert request.ids == ["raw-request", "raw-request"]
    assert b"".join(request.sent) == b"Server error"
    assert (lines[0]["status"], lines[0]["outcome"]) == (500, "error")


def test_a_test_client_and_a_debugger_see_the_failure_itself(lines: list[Record]) -> None:
    request = Wsgi(**{"werkzeug.debug.preserve_context": print})  # type: ignore[arg-type]
    request.run(Wsgi.application(failure()))

    (line,) = lines
    assert isinstance(request.raised, RuntimeError)
    assert not request.starts, "the debugger could not start its own response"
    assert (line["outcome"], line["error_message"]) == ("error", "failed on purpose")


@pytest.mark.parametrize("end", [SystemExit(3), KeyboardInterrupt()])
def test_the_end_of_the_process_is_no_failure_of_the_request(
    end: BaseException, lines: list[Record]
) -> None:
    request = Wsgi()
    request.run(Wsgi.application(end))

    (line,) = lines
    assert (request.raised, request.starts) == (end, [])
    assert (line["status"], line["outcome"], "exception" in line) == (None, "cancelled", False)


def test_an_exception_that_the_application_answers_is_on_the_line(lines: list[Record]) -> None:
    """It starts the response again, with `exc_info`, as PEP 3333 lets it."""

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        try:
            raise LookupError("no shelf has ink")
        except LookupError:
            start_response("500 Out Of Ink", [], sys.exc_info())
        return [b"sorry"]

    request = Wsgi()
    request.run(app)

    (line,) = lines
    assert request.ids == ["raw-request", "raw-request"]
    assert (line["status"], line["error_message"]) == (500, "no shelf has ink")


def test_what_a_request_binds_reaches_its_last_line_and_not_the_next_request(
    lines: list[Record],
) -> None:
    block = log_context(step="open")

    def app(environ: Any, start_response: Any) -> Any:
        bind(tenant_id="acme")
        block.__enter__()
        start_response("200 OK", [])
        return Body(b"body")

    Wsgi().run(app)
    logger.info("Between")
    Wsgi().run(answering([b"body"]))

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

    request = Wsgi()
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

    Wsgi(path=path, SCRIPT_NAME=root).run(app)

    assert (lines[0]["path"], lines[0]["route"]) == (shown, root + mount + "/items/{number}")
