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
ABNORMAL = 1006  # the close code of an end without a handshake (RFC 6455, section 7.4.1)


def websocket_session(scope: Mapping[str, Any]) -> "Session":
    """Return the session of a WebSocket's ASGI scope: `websocket_session(websocket.scope)`."""
    session: Session = scope["observability"]
    return session


class Session:
    """Counts messages as chunks and bytes of payload; `session_id` is no credential."""

    accepted = False
    close_code: int | None = None  # the first one: some frameworks close a second time
    failure: BaseException | None = None
    lost_client: OSError | None = None
    chunks_received = chunks_sent = bytes_received = bytes_sent = 0

    def __init__(self, scope: Scope, ip: str | None, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.ip = ip
        self._receive = receive
        self._send = send
        self.session_id = uuid.uuid4().hex

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "websocket.receive":
            self.chunks_received += 1
            self.bytes_received += _size(message)
        elif message["type"] == "websocket.disconnect":
            # uvicorn reports a broken connection as 1005, "no code", but without a reason.
            is_broken = message["code"] == 1005 and "reason" not in message
            self.close_code = self.close_code or (ABNORMAL if is_broken else message["code"])
        return message

    async def send(self, message: Message) -> None:
        try:
            await self._send(message)
        except OSError as error:  # ASGI 2.4: the client has disconnected
            self.close_code, self.lost_client = self.close_code or ABNORMAL, error
            raise
        if message["type"] == "websocket.send":
            self.chunks_sent += 1
            self.bytes_sent += _size(message)
        elif message["type"] == "websocket.accept":
            self.accepted = True
            logger.info("WebSocket connection established", path=self.scope["path"], ip=self.ip)
            await self._audit("Session created", outcome="success")
        elif message["type"] == "websocket.close":
            answered = sys.exc_info()[1]  # Litestar answers it by 4500
            is_failure = message.get("code") in {1011, 4500} and not self.close_code
            if is_failure and getattr(answered, "status_code", 500) == 500:
                self.failure = answered
            self.close_code = self.close_code or message.get("code", 1000)

    async def run(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.scope["observability"] = self
        bind(session_id=self.session_id)
        started, outcome = time.perf_counter(), "cancelled"
        try:
            await app(self.scope, self.receive, self.send)
            outcome = "success"
        except Exception as error:
            # A handler that waits for the next chunk, or sends one, learns of the end by these.
            if error is not self.lost_client and type(error).__name__ != "WebSocketDisconnect":
                self.failure = error
                raise
            outcome = "success"
        finally:
            if outcome == "success" and self.close_code == ABNORMAL:
                outcome = "client_disconnected"
            await self._finish("error" if self.failure else outcome, started)

    async def _finish(self, outcome: str, started: float) -> None:
        duration_ms = (time.perf_counter() - started) * 1000
        ended: dict[str, Any] = {"duration_ms": duration_ms, "outcome": outcome, "ip": self.ip}
        write = logger.error if self.failure else logger.info
        if not self.accepted:
            ended["path"] = self.scope["path"]
            write("WebSocket rejected", exc_info=self.failure, **ended)
            return
        ended |= {name: getattr(self, name) for name in COUNTS}
        logger.info("WebSocket disconnected", close_code=self.close_code, duration_ms=duration_ms)
        write("Session complete", exc_info=self.failure, **ended)
        await self._audit("Session ended", **ended)

    async def _audit(self, message: str, **fields: Any) -> None:
        """Write an audit record while the event loop goes on; cancelling does not lose it."""
        fields |= {"actor_id": current_fields().get("actor_id", "anonymous"), "ip": self.ip}
        await asyncio.shield(asyncio.to_thread(audit_logger.info, message, **fields))


def _size(message: Message) -> int:
    return len(message.get("bytes") or (message.get("text") or "").encode())
