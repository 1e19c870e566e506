"""A session: one summary in every ending, no line per chunk, an audit record at both ends."""

import asyncio
import logging
import socket
import struct
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from asgi_server import Record, Server, serve
from children import HANG_S, captured
from observability.audit import audit_logger
from observability.middleware import LoggingMiddleware
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect


def talk(client: ClientConnection) -> None:
    assert len(client.recv()) == 32, "the first message is not the session's id"
    for _ in range(50):
        client.send(b"x" * 320)
        assert client.recv() == b"x" * 320


def leave(client: ClientConnection) -> None:
    """End as a browser's tab does, with an empty close frame (RFC 6455, section 5.5.1)."""
    client.recv()
    client.socket.sendall(b"\x88\x80" + bytes(4))
    be_closed(client)


def vanish(client: ClientConnection) -> None:
    """End as a phone in a tunnel does: a reset, and no closing handshake."""
    client.recv()
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.socket.shutdown(socket.SHUT_RDWR)


def provoke(client: ClientConnection) -> None:
    client.send(b"one")
    be_closed(client)


def be_closed(client: ClientConnection) -> None:
    with suppress(ConnectionClosed):
        while True:
            client.recv()


SESSIONS: dict[str, tuple[str, Callable[[ClientConnection], None], int | None, str]] = {
    "echo": ("/echo", talk, 1000, "success"),
    "tab-closed": ("/echo", leave, 1005, "success"),
    "vanished": ("/echo", vanish, 1006, "client_disconnected"),
    "failing": ("/failing", provoke, None, "error"),
}
REFUSED = {"rejected": "/reject", "unknown": "/nowhere?token=hunter2-canary"}


class Sessions:
    """What the server of one framework wrote of its sessions."""

    def __init__(self, framework: str, folder: Path) -> None:
        self.framework = framework
        command = str(Path(__file__).with_name("web_apps.py")), framework
        with serve(*command, folder=folder) as server:
            for name, (path, act, *_) in SESSIONS.items():
                with self._connect(server, path, name) as client:
                    act(client)
                server.wait_for(request_id="session-" + name, message="Session ended")
            for name, path in REFUSED.items():
                with pytest.raises(InvalidStatus) as refused, self._connect(server, path, name):
                    pass
                assert refused.value.response.status_code == 403
                server.wait_for(request_id="session-" + name, message="WebSocket rejected")
        self.records, self.output = server.records(), server.output

    @staticmethod
    def _connect(server: Server, path: str, name: str) -> ClientConnection:
        headers = {"X-Request-ID": "session-" + name}
        url = f"ws://127.0.0.1:{server.port}{path}"
        return connect(url, additional_headers=headers, open_timeout=HANG_S, close_timeout=HANG_S)

    def of(self, name: str, **fields: object) -> list[Record]:
        fields["request_id"] = "session-" + name
        return [record for record in self.records if fields.items() <= record.items()]

    def line(self, name: str, message: str) -> Record:
        (line,) = self.of(name, message=message)
        return line


@pytest.fixture(scope="module", params=["fastapi", "starlette", "litestar"])
def sessions(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sessions:
    return Sessions(request.param, tmp_path_factory.mktemp(request.param))


def test_a_session_has_the_lines_of_its_start_and_end_and_none_between(sessions: Sessions) -> None:
    for name in SESSIONS:
        assert [line["message"] for line in sessions.of(name)] == [
            *("WebSocket connection established", "Session created"),
            *("WebSocket disconnected", "Session complete", "Session ended"),
        ], name
        assert len({line["session_id"] for line in sessions.of(name)}) == 1
        assert [line["logger"] for line in sessions.of(name)].count("audit") == 2


def test_the_end_says_how_and_with_which_code(sessions: Sessions) -> None:
    for name, (_, _, code, outcome) in SESSIONS.items():
        if (name, sessions.framework) == ("failing", "litestar"):
            code = 4500  # Litestar closes by itself
        assert sessions.line(name, "WebSocket disconnected")["close_code"] == code, name
        assert sessions.line(name, "Session complete")["outcome"] == outcome, name
        assert sessions.line(name, "Session ended")["outcome"] == outcome, name
        levels = {line["level"] for line in sessions.of(name)}
        assert levels == ({"INFO", "ERROR"} if name == "failing" else {"INFO"}), name


def test_chunks_and_bytes_are_counted_each_way(sessions: Sessions) -> None:
    line = sessions.line("echo", "Session complete")

    assert (line["chunks_received"], line["bytes_received"]) == (50, 50 * 320)
    assert (line["chunks_sent"], line["bytes_sent"]) == (51, 50 * 320 + 32)
    assert line["tenant_id"] == "acme", "what the handler binds is not on the summary"


def test_audit_records_say_who_from_where_with_what_result(sessions: Sessions) -> None:
    created, ended = sessions.of("echo", logger="audit")

    assert (created["event"], created["outcome"]) == ("session_created", "success")
    assert (ended["event"], ended["chunks_received"]) == ("session_ended", 50)
    assert {created["actor_id"], ended["actor_id"]} == {"user-7"}
    assert {created["ip"], ended["ip"]} == {"127.0.0.0"}
    assert sessions.of("failing", logger="audit")[0]["actor_id"] == "anonymous"


def test_a_failing_session_has_one_traceback(sessions: Sessions) -> None:
    (failed,) = (record for record in sessions.records if "exception" in record)

    assert (failed["message"], failed["error_message"]) == ("Session complete", "failed on purpose")
    assert "web_apps.py" in failed["exception"]
    assert sessions.output.count("Traceback") == 1, sessions.output


def test_a_refused_session_has_one_line_and_no_audit(sessions: Sessions) -> None:
    for name, path in REFUSED.items():
        (line,) = sessions.of(name)
        assert (line["message"], line["level"]) == ("WebSocket rejected", "INFO")
        assert line["path"] == path.partition("?")[0]
    assert "canary" not in sessions.output
    assert not [record for record in sessions.records if "WebSocket /" in record["message"]]


class WebSocketDisconnect(Exception):
    """Named as frameworks name theirs."""


class Lost(asyncio.Queue[Any]):
    """A client that has vanished, which a server may say by an OSError."""

    async def put(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "websocket.send":
            raise OSError


@pytest.fixture
def lines() -> Iterator[list[Record]]:
    """The events of the package and of the audit logger, as they are written."""
    others, audit_logger.handlers = audit_logger.handlers, []
    with captured("observability", audit_logger.name) as found:
        yield found
    audit_logger.handlers = others
    audit_logger.setLevel(logging.INFO)


def session(app: Any, *received: MutableMapping[str, Any]) -> Any:
    """One session by hand."""
    waiting = asyncio.Queue[Any]()
    for message in received:
        waiting.put_nowait(message)
    scope = {"type": "websocket", "path": "/raw", "headers": []}
    return LoggingMiddleware(app, lambda scope: None)(scope, waiting.get, Lost().put)


CLOSED = {"type": "websocket.disconnect", "code": 1000, "reason": ""}
ACCEPT = {"type": "websocket.accept"}
NEWS = {"type": "websocket.send", "text": "news"}


def close(code: int) -> dict[str, Any]:
    return {"type": "websocket.close", "code": code}


def refuse(status: int) -> dict[str, Any]:
    return {"type": "websocket.http.response.start", "status": status, "headers": []}


def does(*steps: Any) -> Any:
    """An application that sends messages, receives one where a step is None, and raises errors."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for step in steps:
            if isinstance(step, Exception):
                raise step
            await (receive() if step is None else send(step))

    return app


class Falsy(Exception):
    status_code = "unknown"

    def __bool__(self) -> bool:
        return False


def answers(
    *messages: MutableMapping[str, Any], error: type[Exception] = WebSocketDisconnect
) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            raise error("failed on purpose")
        except Exception:  # noqa: BLE001 - some frameworks answer any
            for message in messages:
                await send(message)

    return app


async def pushes(scope: Any, receive: Any, send: Any) -> None:
    """Starlette names the client that has left; no close was received."""
    try:
        await does(ACCEPT, NEWS)(scope, receive, send)
    except OSError:
        raise WebSocketDisconnect from None


async def pushes_until_its_client_leaves(scope: Any, receive: Any, send: Any) -> None:
    with suppress(WebSocketDisconnect):
        await pushes(scope, receive, send)


PUSHING = (pushes, pushes_until_its_client_leaves)


@pytest.mark.parametrize(
    ("app", "code", "level", "outcome"),
    [
        (does(ACCEPT, None, WebSocketDisconnect()), 1000, "INFO", "success"),
        (does(ACCEPT, None, RuntimeError("late")), 1000, "ERROR", "error"),
        (does(ACCEPT, None, Falsy("late")), 1000, "ERROR", "error"),
        (does(ACCEPT, None, close(4500)), 1000, "INFO", "success"),  # as some frameworks do
        (answers(ACCEPT, close(1011)), 1011, "ERROR", "error"),
        (answers(ACCEPT, close(1003), error=ValueError), 1003, "INFO", "success"),
        *((app, 1006, "INFO", "client_disconnected") for app in PUSHING),
    ],
)
def test_the_first_close_of_a_session_counts_and_an_exception_that_names_it_is_no_failure(
    app: Any, code: int, level: str, outcome: str, lines: list[Record]
) -> None:
    with suppress(RuntimeError, Falsy):
        asyncio.run(session(app, CLOSED))

    by_message = {line["message"]: line for line in lines}
    assert by_message["WebSocket disconnected"]["close_code"] == code
    summary = by_message["Session complete"]
    assert (summary["level"], summary["outcome"]) == (level, outcome)


@pytest.mark.parametrize("error", [Falsy, RuntimeError])
@pytest.mark.parametrize(
    "messages", [(ACCEPT, close(1011)), (ACCEPT, close(4500)), (close(4500),), (refuse(503),)]
)
def test_a_failure_that_is_answered_by_a_close_or_a_status_is_on_the_summary(
    messages: Any, error: type[Exception], lines: list[Record]
) -> None:
    asyncio.run(session(answers(*messages, error=error)))

    (line,) = (line for line in lines if line["level"] == "ERROR")
    assert (line["outcome"], line["error_message"]) == ("error", "failed on purpose")
    assert "exception" in line


@pytest.mark.parametrize(
    ("messages", "status", "outcome"),
    [
        *(((close(4401),), 403, "client_error"), ((refuse(401),), 401, "client_error")),
        *(((refuse(503),), 503, "error"), ((), None, "error")),
    ],
)
def test_a_refusal_has_the_status_that_its_client_got(
    messages: Any, status: int | None, outcome: str, lines: list[Record]
) -> None:
    """As of a request; an application that says nothing is a failure."""
    asyncio.run(session(answers(*messages)))

    (line,) = lines
    assert line["message"] == "WebSocket rejected"
    assert line["level"] == ("ERROR" if outcome == "error" else "INFO")
    assert (line["status"], line["outcome"]) == (status, outcome)


def test_a_session_that_is_cancelled_keeps_its_audit_record(lines: list[Record]) -> None:
    async def cancel() -> None:
        task = asyncio.ensure_future(session(does(ACCEPT, None)))  # it waits for a message
        while not any(line["message"] == "Session created" for line in lines):
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.sleep(0)  # the event loop ends meanwhile

    asyncio.run(cancel())

    assert [line["message"] for line in lines][-3:] == [
        *("WebSocket disconnected", "Session complete", "Session ended")
    ]
    assert lines[-1]["outcome"] == "cancelled"
