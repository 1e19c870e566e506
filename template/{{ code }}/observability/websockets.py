# Managed by the template: edits here are merged on update.
"""One WebSocket session: its id, counts each way, one summary, its audit records."""

import asyncio
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from .audit import audit_logger
from .context import bind, current_fields
from .logger import get_logger

logger = get_logger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

COUNTS = ("chunks_received", "chunks_sent", "bytes_received", "bytes_sent")

NO_CODE, ABNORMAL = 1005, 1006
"""Close codes of a frame without one, and of no closing handshake (RFC 6455, section 7.4.1)."""

FAILED = (1011, 4500)
"""Of a failure of the server; the second one is Litestar's."""


def websocket_session(scope: Mapping[str, Any]) -> "Session":
    """Return the session of a WebSocket's ASGI scope: `websocket_session(websocket.scope)`."""
    session: Session = scope["observability"]
    return session


class Session:
    """Counts messages as chunks and bytes of payload, text as UTF-8.

    `session_id` is made here; it is no credential.
    """

    def __init__(self, path: str, ip: str | None, receive: Receive, send: Send) -> None:
        self.session_id = uuid.uuid4().hex
        self.path = path
        self.ip = ip
        self._receive = receive
        self._send = send
        self.started = time.perf_counter()
        self.accepted = False
        self.close_code: int | None = None
        self.failure: BaseException | None = None
        self.lost_client: OSError | None = None
        self.chunks_received = self.chunks_sent = self.bytes_received = self.bytes_sent = 0

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "websocket.receive":
            self.chunks_received += 1
            self.bytes_received += _size(message)
        elif message["type"] == "websocket.disconnect":
            code = message.get("code", ABNORMAL)
            # uvicorn reports a broken connection as "no code" too, but then without a reason.
            self._closed(ABNORMAL if code == NO_CODE and "reason" not in message else code)
        return message

    async def send(self, message: Message) -> None:
        try:
            await self._send(message)
        except OSError as error:  # ASGI 2.4: the client has disconnected
            self.lost_client = error
            self._closed(ABNORMAL)
            raise
        if message["type"] == "websocket.send":
            self.chunks_sent += 1
            self.bytes_sent += _size(message)
        elif message["type"] == "websocket.accept":
            self.accepted = True
            logger.info("WebSocket connection established", path=self.path, ip=self.ip)
            await self._audit("Session created", outcome="success")
        elif message["type"] == "websocket.close":
            handled = sys.exc_info()[1]
            is_answer = getattr(handled, "status_code", 500) != 500
            if message.get("code") in FAILED and self.close_code is None and not is_answer:
                self.failure = handled
            self._closed(message.get("code", 1000))

    def _closed(self, code: int) -> None:
        # The first close counts: some frameworks close a session that its client has closed.
        if self.close_code is None:
            self.close_code = code

    async def run(self, app: Any, scope: Scope) -> None:
        scope["observability"] = self
        bind(session_id=self.session_id)
        outcome = "cancelled"
        try:
            await app(scope, self.receive, self.send)
            outcome = "error" if self.failure else "success"
        except Exception as error:
            # A handler that waits for the next chunk, or sends one, learns of a close by these.
            is_close = error is self.lost_client or type(error).__name__ == "WebSocketDisconnect"
            if self.close_code is None or not is_close:
                outcome, self.failure = "error", error
                raise
            outcome = "success"
        finally:
            if outcome == "success" and self.close_code == ABNORMAL:
                outcome = "client_disconnected"
            await self._finish(outcome)

    async def _finish(self, outcome: str) -> None:
        """Write the lines of the end; the summary has the failure and its traceback."""
        duration_ms = (time.perf_counter() - self.started) * 1000
        ended: dict[str, Any] = {"duration_ms": duration_ms, "outcome": outcome}
        write = logger.error if self.failure else logger.info
        if not self.accepted:
            write("WebSocket rejected", path=self.path, ip=self.ip, **ended, exc_info=self.failure)
        else:
            ended |= {name: getattr(self, name) for name in COUNTS}
            code = self.close_code
            logger.info("WebSocket disconnected", close_code=code, duration_ms=duration_ms)
            write("Session complete", **ended, exc_info=self.failure)
            await self._audit("Session ended", **ended)

    async def _audit(self, message: str, **fields: Any) -> None:
        """Write an audit record while the event loop goes on; cancelling does not lose it."""
        actor = current_fields().get("actor_id", "anonymous")
        fields |= {"actor_id": actor, "ip": self.ip}
        await asyncio.shield(asyncio.to_thread(audit_logger.info, message, **fields))


def _size(message: Message) -> int:
    data = message.get("bytes")
    return len(data) if data is not None else len((message.get("text") or "").encode())
