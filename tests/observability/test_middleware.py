"""One line per request in every ending, by hand: ASGI, and WSGI as PEP 3333 asks of servers."""

import asyncio
import gc
import io
import logging
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from functools import partial
from threading import Thread
from typing import Any
from wsgiref.util import FileWrapper, setup_testing_defaults
from wsgiref.validate import validator

import pytest
from children import Record, SetEnvironment, captured
from observability import middleware, wsgi
from observability.context import bind, log_context
from observability.logger import get_logger
from observability.wsgi import REQUEST, keep, running

Step = int | bytes | Callable[[], object]
"""What an application does: it starts with a status, sends a chunk, or calls."""

OWN_HEADERS = {"Content-Type": "text/plain", "X-Request-ID": "theirs-1", "X-Other": "kept"}

logger = get_logger("tests.middleware")


@pytest.fixture
def lines() -> Iterator[list[Record]]:
    """The events of the package and of the test, while the application lives."""
    with wsgi.lifespan(), captured("observability", logger.name) as found:
        yield found


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
        self.raised: BaseException | None = None

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
                else:
                    step()

        return app

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(message.get("body", b""))
        if message["type"] == "http.response.start":
            pairs = [(name.decode(), text.decode()) for name, text in message["headers"]]
            self.starts.append((message["status"], pairs))

    def serve(self, app: Any) -> None:
        try:
            asyncio.run(self.wrap(app)(self.scope, None, self._send))
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.raised = error


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
                else:
                    step()

        return app

    def start_response(self, status: str, headers: Any, exc_info: Any = None, /) -> Any:
        if exc_info and any(self.sent):
            raise exc_info[1]
        assert exc_info or not self.starts, "started twice"
        self.starts.append((int(status[:3]), headers))
        return self.sent.append

    def call(self, app: Any) -> None:
        self.response = wsgi.LoggingMiddleware(app)(self.environ, self.start_response)

    def serve(self, app: Any) -> None:
        """Serve the request as far as its client lets it."""
        self.call(app)
        try:
            self.sent.extend(self.response)
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.raised = error
        finally:
            self.response.close()
        assert not running


def fail(error: type[BaseException] = RuntimeError) -> None:
    raise error("failed on purpose")


@pytest.fixture(params=[Asgi, Wsgi])
def client(request: pytest.FixtureRequest) -> Any:
    return request.param()


def served(client: Any, *steps: Step) -> None:
    client.serve(client.application(*steps))


def test_a_request_without_a_response_is_an_error_without_a_status(
    client: Any, lines: list[Record]
) -> None:
    served(client)

    (line,) = lines
    assert (line["level"], line["status"], line["outcome"]) == ("ERROR", None, "error")


def log_failure() -> None:
    try:
        fail()
    except RuntimeError:
        logger.exception("Seen by the service")


@pytest.mark.parametrize(("status", "named"), [(503, "RuntimeError"), (404, None)])
def test_a_failure_that_the_service_logs_and_answers_is_named_on_the_summary(
    status: int, named: str | None, client: Any, lines: list[Record]
) -> None:
    served(client, log_failure, status, b"sorry")

    seen, summary = lines
    assert (seen["error_type"], summary.get("error_type")) == ("RuntimeError", named)
    assert ("exception" in seen, "exception" in summary) == (True, False)


def test_an_instrumented_application_in_another_adds_no_line_and_no_second_id(
    client: Any, lines: list[Record]
) -> None:
    client.serve(client.wrap(client.application(200, b"body")))

    assert len(lines) == 1
    assert client.ids == ["raw-request"], "an id of the application's own stays"
    assert ("X-Other", "kept") in client.starts[0][1]


@pytest.mark.parametrize("steps", [(200, b"body"), (fail,)])
def test_a_request_that_is_over_leaves_nothing_to_the_collector(
    steps: tuple[Step, ...], client: Any, environment: SetEnvironment
) -> None:
    """Else memory grows until it comes, and it stops every thread."""
    environment(ENVIRONMENT="production", REDIS_URL="redis://h")  # asyncio keeps what is raised
    logging.disable(logging.CRITICAL)  # pytest keeps what is logged
    gc.disable()
    try:
        served(client, *steps)
        log = weakref.ref(client.scope.get("observability") or client.environ[REQUEST])
        vars(client).clear()

        assert log() is None
    finally:
        gc.enable()


def test_a_server_that_takes_no_answer_any_more_does_not_hold_up_the_end(
    lines: list[Record],
) -> None:
    client = Asgi()

    async def never_sends(message: Any) -> None:
        await asyncio.Event().wait()

    client._send = never_sends  # type: ignore[method-assign]
    served(client, partial(fail, asyncio.CancelledError))

    (line,) = lines
    assert isinstance(client.raised, asyncio.CancelledError)
    assert (line["outcome"], line["status"]) == ("cancelled", None)


class Body(list[bytes]):
    """A body that says when it is closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1
        logger.info("Closed")


def answering(body: Any) -> Any:
    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return body

    return app


@pytest.mark.parametrize(
    "body",
    [
        *((b"one", b"", b"two"), (chunk for chunk in (b"one", b"two"))),
        *([b"", b"onetwo", b""], FileWrapper(io.BytesIO(b"onetwo"), 3)),
    ],
    ids=lambda body: type(body).__name__,
)
def test_a_body_of_any_kind_arrives_whole_and_both_sides_keep_to_the_protocol(
    body: Iterable[bytes], lines: list[Record]
) -> None:
    """A validator on either side of the middleware raises what breaks the rules."""
    request = Wsgi(QUERY_STRING="a=1")
    app = validator(wsgi.LoggingMiddleware(validator(answering(body))))
    response = app(request.environ, request.start_response)

    assert b"".join(response) == b"onetwo"
    response.close()  # type: ignore[attr-defined]
    line = lines[0]
    assert (line["status"], line["outcome"], line["bytes_sent"]) == (200, "success", 6)
    assert (line["method"], line["path"], line["route"]) == ("GET", "/raw", None)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("read", [True, False])
def test_the_body_is_closed_once_whether_read_or_not(
    read: bool, method: str, lines: list[Record]
) -> None:
    """A server need not read the body of a HEAD response."""
    body = Body([b"one", b"two"])
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


def answers_its_failure(environ: Any, start_response: Any) -> Any:
    """Start the response again, with `exc_info`, as PEP 3333 lets it."""
    start_response("200 OK", [])
    try:
        fail()
    except RuntimeError:
        start_response("500 Sorry", [], sys.exc_info())
    return [b""]


@pytest.mark.parametrize("app", [answers_its_failure, Wsgi.application(200, b"", fail)])
def test_a_failure_before_the_first_byte_is_a_500_and_on_the_line(
    app: Any, lines: list[Record]
) -> None:
    request = Wsgi()
    request.serve(app)

    assert [status for status, _ in request.starts] == [200, 500]
    assert request.ids == ["raw-request", "raw-request"]
    assert not any(request.sent)
    (line,) = lines
    assert (line["status"], line["error_message"]) == (500, "failed on purpose")


class Falsy(Exception):
    def __bool__(self) -> bool:
        return False


class Panic(BaseException):
    """What extensions written in Rust raise."""


@pytest.mark.parametrize("error", [Falsy, Panic])
def test_a_failure_of_any_kind_is_a_500_with_its_traceback(
    error: type[BaseException], client: Any, lines: list[Record]
) -> None:
    served(client, partial(fail, error))

    (line,) = lines
    assert [status for status, _ in client.starts] == [500]
    assert (line["level"], line["outcome"], line["status"]) == ("ERROR", "error", 500)
    assert error.__name__ in line["exception"]


DEBUGGED = {"werkzeug.debug.preserve_context": print}


@pytest.mark.parametrize(
    ("error", "environ", "outcome"),
    [
        *((SystemExit, {}, "error"), (KeyboardInterrupt, {}, "cancelled")),
        (RuntimeError, DEBUGGED, "error"),
    ],
)
def test_the_end_of_the_process_and_what_a_debugger_shows_are_raised_to_the_server(
    error: type[BaseException], environ: Any, outcome: str, lines: list[Record]
) -> None:
    request = Wsgi(**environ)
    request.serve(Wsgi.application(partial(fail, error)))

    (line,) = lines
    assert isinstance(request.raised, error)
    assert not request.starts, "the debugger could not start its own response"
    assert (line["outcome"], "exception" in line) == (outcome, outcome == "error")


def test_what_a_request_binds_is_on_its_last_line_and_not_on_the_next_of_its_thread(
    lines: list[Record],
) -> None:
    Wsgi().serve(Wsgi.application(partial(bind, order_id="o-17"), 200, b"body"))
    Wsgi().serve(Wsgi.application(200, b"body"))

    assert [line.get("order_id") for line in lines] == ["o-17", None]


def test_a_server_may_go_on_in_another_thread(lines: list[Record]) -> None:
    block = log_context(step="streaming")
    between = partial(logger.info, "Between the chunks")
    leave = partial(block.__exit__, None, None, None)
    request = Wsgi()
    request.call(Wsgi.application(200, block.__enter__, b"one", between, leave, b"two"))
    assert next(request.response) == b"one"

    def read_on() -> None:
        request.sent.extend(request.response)
        request.response.close()

    other = Thread(target=read_on)
    other.start()
    other.join()

    inside, summary = lines
    assert (inside["step"], inside["request_id"]) == ("streaming", "raw-request")
    assert (summary["outcome"], summary["bytes_sent"]) == ("success", 6)


@pytest.mark.parametrize(
    ("root", "path", "mount", "shown"),
    [
        ("", "/caf\xc3\xa9", "", "/café"),  # PEP 3333 hands bytes over as Latin-1
        ("", "/broken\xff", "", "/broken\N{REPLACEMENT CHARACTER}"),
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

    Wsgi(path=path, SCRIPT_NAME=root).serve(app)

    assert (lines[0]["path"], lines[0]["route"]) == (shown, root + mount + "/items/{number}")
