"""One line per request in every ending: ASGI by hand, and each framework on a real server."""

import asyncio
import gc
import socket
import weakref
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from asgi_server import Record, serve
from children import captured
from observability.middleware import LoggingMiddleware
from observability.tracebacks import is_logged

Message = MutableMapping[str, Any]
App = Callable[..., Awaitable[None]]

START: Message = {"type": "http.response.start", "status": 200, "headers": []}
PART: Message = {"type": "http.response.body", "body": b"part", "more_body": True}
END: Message = {"type": "http.response.body", "body": b"end"}
DISCONNECT: Message = {"type": "http.disconnect"}


@pytest.fixture
def lines() -> Iterator[list[Record]]:
    """The events of the package, as they are written."""
    with captured("observability") as found:
        yield found


class ClientDisconnected(OSError):
    """Named as uvicorn names its own."""


class Connection:
    """The server's side of one request: what it sends, and whether its client has left."""

    def __init__(self, method: str = "GET") -> None:
        headers = [(b"x-request-id", b"raw-request")]
        self.scope: Message = {"type": "http", "method": method, "path": "/raw", "headers": headers}
        self.sent: list[Message] = []
        self.client_left = False

    async def receive(self) -> Message:
        return DISCONNECT

    async def send(self, message: Message) -> None:
        if self.client_left:
            raise ClientDisconnected
        self.sent.append(message)

    async def run(self, app: App) -> None:
        await LoggingMiddleware(app, lambda scope: None)(self.scope, self.receive, self.send)

    def ids(self) -> list[bytes]:
        pairs = [pair for message in self.sent for pair in message.get("headers", ())]
        return [value for name, value in pairs if name.lower() == b"x-request-id"]


def sending(*messages: Message, error: BaseException | None = None) -> App:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)
        if error:
            raise error

    return app


def test_a_request_without_a_response_is_an_error_without_a_status(lines: list[Record]) -> None:
    asyncio.run(Connection().run(sending()))

    (line,) = lines
    assert (line["level"], line["status"], line["outcome"]) == ("ERROR", None, "error")


def test_a_failure_without_a_response_gets_a_500_with_the_id(lines: list[Record]) -> None:
    connection = Connection()
    with pytest.raises(RuntimeError):
        asyncio.run(connection.run(sending(error=RuntimeError("failed on purpose"))))

    assert [message.get("status") for message in connection.sent] == [500, None]
    assert connection.ids() == [b"raw-request"]
    (line,) = lines
    assert (line["status"], line["error_message"]) == (500, "failed on purpose")


@pytest.mark.parametrize("ended", [True, False])
def test_a_failure_that_the_server_sees_is_logged_once(ended: bool, lines: list[Record]) -> None:
    """A response that has ended has its line already; one that has not is cut by the server."""
    app = sending(START, END if ended else PART, error=RuntimeError("failed on purpose"))
    with pytest.raises(RuntimeError) as failure:
        asyncio.run(Connection().run(app))

    (line,) = (line for line in lines if line["level"] == "ERROR")
    assert line["message"] == ("Failure after the response" if ended else "request_completed")
    assert Counter(line["message"] for line in lines)["request_completed"] == 1
    assert is_logged(failure.value), "the server would log it once more"


def test_a_client_that_leaves_is_no_failure(lines: list[Record]) -> None:
    connection = Connection()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        connection.client_left = True
        await send(PART)

    with pytest.raises(ClientDisconnected):
        asyncio.run(connection.run(app))

    (line,) = lines
    assert (line["level"], line["outcome"]) == ("INFO", "client_disconnected")
    assert (line["status"], line["bytes_sent"], "exception" in line) == (200, 0, False)


@pytest.mark.parametrize(("method", "size"), [("GET", 3), ("HEAD", 0)])
def test_a_disconnect_after_the_response_does_not_count(
    method: str, size: int, lines: list[Record]
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await sending({**START, "status": 500}, END)(scope, receive, send)
        await receive()

    asyncio.run(Connection(method).run(app))

    (line,) = lines
    assert (line["outcome"], line["bytes_sent"]) == ("error", size)


def test_a_cancelled_request_has_its_answer_and_its_line(lines: list[Record]) -> None:
    connection = Connection()
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(connection.run(sending(error=asyncio.CancelledError())))

    (line,) = lines
    assert connection.ids() == [b"raw-request"]
    assert (line["status"], line["outcome"], line["level"]) == (503, "cancelled", "INFO")


def test_an_id_of_the_application_is_replaced_by_ours() -> None:
    connection = Connection()
    theirs = {**START, "headers": [(b"X-Request-ID", b"theirs-1"), (b"x-other", b"kept")]}
    asyncio.run(connection.run(sending(theirs, END)))

    assert connection.ids() == [b"raw-request"]
    assert (b"x-other", b"kept") in connection.sent[0]["headers"]


@pytest.mark.parametrize("status", [500, 502])
def test_middleware_that_answers_an_exception_does_not_hide_it(
    status: int, lines: list[Record]
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            raise RuntimeError("failed on purpose")
        except RuntimeError:
            await sending({**START, "status": status}, END)(scope, receive, send)

    asyncio.run(Connection().run(app))

    (line,) = lines
    assert (line["status"], line["error_message"]) == (status, "failed on purpose")
    assert "test_middleware.py" in line["exception"]


def test_an_application_in_an_instrumented_one_adds_no_line(lines: list[Record]) -> None:
    inner = LoggingMiddleware(sending(START, END), lambda scope: None)
    asyncio.run(Connection().run(inner))

    assert len(lines) == 1


def test_a_request_that_is_over_leaves_nothing_to_the_collector() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await sending(error=LookupError("no such item"))(scope, receive, send)
        except LookupError as error:
            await sending({**START, "status": 404}, END)(scope, receive, send)
            error.__traceback__ = None  # as Starlette does

    connection = Connection()
    gc.disable()
    try:
        asyncio.run(connection.run(app))
        log = weakref.ref(connection.scope["observability"])
        del connection

        assert log() is None
    finally:
        gc.enable()


REQUESTS = {
    "plain": ("GET", "/plain?token=hunter2-canary", 200, "/plain"),
    "thread": ("GET", "/threads/i-7", 200, "/threads/{item_id}"),
    "nested": ("GET", "/api/v1/items/i-8", 200, "/api/v1/items/{item_id}"),
    "mounted": ("GET", "/mounted/items/i-9", 200, "/mounted/items/{item_id}"),
    "parameter": ("GET", "/of/acme/items/i-10", 200, "/of/{tenant}/items/{item_id}"),
    "unknown": ("GET", "/nowhere?password=hunter2-canary", 404, None),
    "failure": ("GET", "/failure", 500, "/failure"),
    "logged": ("GET", "/logged", 500, "/logged"),
    "caused": ("GET", "/caused", 500, "/caused"),
    "logged-cause": ("GET", "/logged-cause", 500, "/logged-cause"),
    "unavailable": ("GET", "/unavailable", 503, "/unavailable"),
    "stream": ("GET", "/stream", 200, "/stream"),
    "cut": ("GET", "/cut", 200, "/cut"),
    "background": ("GET", "/background", 200, "/background"),
}


class Exchanges:
    """What the clients of one framework got, and what its server wrote."""

    def __init__(self, framework: str, folder: Path) -> None:
        self.framework = framework
        command = str(Path(__file__).with_name("asgi_apps.py")), framework
        with serve(*command, folder=folder) as server:
            self.replies = {
                name: server.request(target, method, name + "-request")
                for name, (method, target, *_) in REQUESTS.items()
            }
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.sendall(
                    b"GET /endless HTTP/1.1\r\nHost: x\r\nX-Request-ID: left-request\r\n\r\n"
                )
                assert client.recv(1024).startswith(b"HTTP/1.1 200")
            server.wait_for(request_id="left-request", message="request_completed")
            self.code = server.stop()
        self.output = server.output
        self.records = server.records()

    def line(self, name: str) -> Record:
        """The one `request_completed` of that request."""
        lines = [
            record
            for record in self.records
            if record.get("request_id") == name + "-request"
            and record["message"] == "request_completed"
        ]
        assert len(lines) == 1, f"{len(lines)} lines for {name}:\n{self.output}"
        return lines[0]


@pytest.fixture(scope="module", params=["fastapi", "starlette", "litestar"])
def exchanges(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Exchanges:
    return Exchanges(request.param, tmp_path_factory.mktemp(request.param))


def test_each_request_has_one_line_with_what_was_sent(exchanges: Exchanges) -> None:
    for name, (method, target, status, route) in REQUESTS.items():
        line = exchanges.line(name)
        replied, headers, body, _ = exchanges.replies[name]
        assert line["status"] == replied == status, name
        assert (line["method"], line["path"]) == (method, target.partition("?")[0])
        assert line["route"] == route, name
        assert line["bytes_sent"] == len(body), name
        assert headers["x-request-id"] == name + "-request"
        assert line["ip"] == "127.0.0.0"
        assert line["duration_ms"] >= 0
    assert "canary" not in exchanges.output, "a secret of a query string is in the output"


@pytest.mark.parametrize(
    ("name", "level", "outcome"),
    [
        *(("plain", "INFO", "success"), ("unknown", "INFO", "client_error")),
        *(("failure", "ERROR", "error"), ("unavailable", "ERROR", "error")),
        *(("cut", "ERROR", "error"), ("left", "INFO", "client_disconnected")),
        ("background", "INFO", "success"),
    ],
)
def test_level_and_outcome_say_how_it_ended(
    exchanges: Exchanges, name: str, level: str, outcome: str
) -> None:
    line = exchanges.line(name)

    assert (line["level"], line["outcome"]) == (level, outcome)


def test_each_failure_has_one_traceback(exchanges: Exchanges) -> None:
    """Frameworks and servers repeat the exception that they see."""
    found = Counter(r["request_id"] for r in exchanges.records if "exception" in r)
    names = ("failure", "logged", "caused", "logged-cause", "unavailable", "cut", "background")

    # What is raised from a logged exception has a traceback of its own, without that of its cause.
    assert found == {f"{name}-request": 1 + (name == "logged-cause") for name in names}
    assert exchanges.line("logged-cause")["exception"].count("Traceback") == 1
    assert "Exception in ASGI application" not in exchanges.output


def test_a_failure_that_is_logged_by_the_service_is_named_on_the_summary(
    exchanges: Exchanges,
) -> None:
    line = exchanges.line("logged")

    assert (line["error_type"], line["error_message"]) == ("RuntimeError", "failed on purpose")
    assert "exception" not in line


def test_an_http_exception_with_a_cause_says_both(exchanges: Exchanges) -> None:
    line = exchanges.line("caused")

    assert line["error_type"].endswith("HTTPException")
    assert line["error_message"].startswith("500: ")
    assert "RuntimeError: failed on purpose" in line["exception"], "the cause is missing"
    assert "asgi_apps.py" in line["exception"], "the frame that raised is missing"


def test_a_failure_in_mid_stream_cuts_the_response(exchanges: Exchanges) -> None:
    *_, cut = exchanges.replies["cut"]
    line = exchanges.line("cut")

    assert cut, "the client got a whole response"
    assert (line["error_type"], line["error_message"]) == ("RuntimeError", "failed in mid-stream")


def test_what_a_handler_in_a_thread_binds_is_on_the_summary(exchanges: Exchanges) -> None:
    assert exchanges.line("thread")["item_id"] == "i-7"


def test_lines_of_a_handler_carry_the_ids_of_the_request(exchanges: Exchanges) -> None:
    (inside,) = (
        record
        for record in exchanges.records
        if record["message"] == "In the handler" and record["request_id"] == "plain-request"
    )
    summary = exchanges.line("plain")

    assert (inside["trace_id"], inside["span_id"]) == (summary["trace_id"], summary["span_id"])
