"""One line per request in every ending: ASGI by hand, for what no framework does."""

import asyncio
import gc
import weakref
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

import pytest
from children import Record, captured
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
