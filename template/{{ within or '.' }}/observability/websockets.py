# Managed by the service template: change it there, or expect a merge on update.
"""One WebSocket session: its id, what went each way, and one summary; no line per chunk."""

import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from typing import Any, cast

from .audit import AuditError, audit_logger
from .context import Fields
from .errors import mark_logged
from .logger import get_logger

logger = get_logger(__name__)

COUNTS = ("chunks_received", "chunks_sent", "bytes_received", "bytes_sent")

Message = MutableMapping[str, Any]

NO_CODE, ABNORMAL_CLOSURE = 1005, 1006
"""Of a close frame without a code, and of no closing handshake (RFC 6455, section 7.4.1)."""


def websocket_session(scope: Mapping[str, object]) -> "Session":
    """The session of a WebSocket's ASGI scope, in any framework: `websocket_session(ws.scope)`."""
    return cast(Session, scope["observability.session"])


class Session:
    """Counts what passes and logs the standard's lines; `session_id` is made here, no credential.

    Chunks are messages; bytes are those of their payload, text as UTF-8. `failure` is where an
    adapter puts an exception that its framework answers by itself and keeps from us.
    """

    def __init__(self, unit: Fields, path: str, ip: str | None, receive: Any, send: Any) -> None:
        self.session_id = unit["session_id"] = uuid.uuid4().hex
        self.unit = unit
        self.path = path
        self.ip = ip
        self._receive: Callable[[], Awaitable[Message]] = receive
        self._send: Callable[[Message], Awaitable[None]] = send
        self.started = time.perf_counter()
        self.accepted = False
        self.failure: Exception | None = None
        self.close_code: int | None = None
        self.gone: OSError | None = None
        self.chunks_received = self.chunks_sent = self.bytes_received = self.bytes_sent = 0

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "websocket.receive":
            self.chunks_received += 1
            self.bytes_received += _size(message)
        elif message["type"] == "websocket.disconnect":
            code = message.get("code", ABNORMAL_CLOSURE)
            # Of a broken connection uvicorn says "no code" too, but then it knows no reason either.
            broken = code == NO_CODE and "reason" not in message
            self._closed(ABNORMAL_CLOSURE if broken else code)
        return message

    async def send(self, message: Message) -> None:
        try:
            await self._send(message)
        except OSError as gone:  # the client is, told the way of ASGI 2.4
            self.gone = gone
            self._closed(ABNORMAL_CLOSURE)
            raise
        if message["type"] == "websocket.send":
            self.chunks_sent += 1
            self.bytes_sent += _size(message)
        elif message["type"] == "websocket.accept":
            self.accepted = True
            logger.info("WebSocket connection established", path=self.path, ip=self.ip)
            await self._audit("Session created", outcome="success")
        elif message["type"] == "websocket.close":
            self._closed(message.get("code", 1000))

    def _closed(self, code: int) -> None:
        # Once: some frameworks close a session that its client has closed.
        if self.close_code is None:
            self.close_code = code

    async def run(self, app: Any, scope: MutableMapping[str, Any]) -> None:
        scope["observability.session"] = self
        outcome: str = "cancelled"
        failure: Exception | None = None
        try:
            await app(scope, self.receive, self.send)
            outcome, failure = "error" if self.failure else "success", self.failure
        except Exception as error:
            # A handler that waits for the next chunk, or sends one, learns of a close by these.
            closed = error is self.gone or type(error).__name__ == "WebSocketDisconnect"
            if self.close_code is None or not closed:
                outcome, failure = "error", error
                raise
            outcome = "success"
        finally:
            broken = outcome == "success" and self.close_code == ABNORMAL_CLOSURE
            await self.finish("client_disconnected" if broken else outcome, failure)

    async def finish(self, outcome: str, failure: BaseException | None) -> None:
        """Write the lines of the end; the summary carries the failure and its traceback."""
        duration_ms = (time.perf_counter() - self.started) * 1000
        ended: dict[str, Any] = {"duration_ms": duration_ms, "outcome": outcome}
        write = logger.error if failure else logger.info
        if self.accepted:
            ended |= {name: getattr(self, name) for name in COUNTS}
            code = self.close_code
            logger.info("WebSocket disconnected", close_code=code, duration_ms=duration_ms)
            write("Session complete", **ended, exc_info=failure)
        else:
            write("WebSocket rejected", path=self.path, ip=self.ip, **ended, exc_info=failure)
        if failure is not None:
            mark_logged(failure)
        if self.accepted:
            with suppress(AuditError):  # nobody is left who could refuse the session
                await self._audit("Session ended", **ended)

    async def _audit(self, message: str, **fields: Any) -> None:
        actor = self.unit.get("actor_id", "anonymous")
        await audit_logger.info_from_thread(message, actor_id=actor, ip=self.ip, **fields)


def _size(message: Message) -> int:
    data = message.get("bytes")
    return len(data) if data is not None else len((message.get("text") or "").encode())
