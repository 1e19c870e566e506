# Managed by the template: edits here are merged on update.
"""One WebSocket session: its id, counts each way, one summary, its audit records."""

import asyncio
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, cast

from .audit import audit_logger
from .context import bind, current_fields
from .logger import get_logger

logger = get_logger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# An application learns by these exceptions of its framework or server that its client has left.
DISCONNECTS = {"ClientDisconnect", "ClientDisconnected", "WebSocketDisconnect"}
COUNTS = ("chunks_received", "chunks_sent", "bytes_received", "bytes_sent")
ABNORMAL = 1006  # the close code of an end without a handshake (RFC 6455, section 7.4.1)


def websocket_session(scope: Mapping[str, Any]) -> "Session":
    """Return the session of a WebSocket's ASGI scope: `websocket_session(websocket.scope)`."""
    return cast("Session", scope["observability"])


@dataclass
class Session:
    """Counts messages as chunks and bytes of payload; `session_id` is no credential."""

    scope: Scope
    server_receive: Receive
    server_send: Send
    ip: str | None
    accepted = False
    close_code: int | None = None  # the first one: some frameworks close a second time
    failure: BaseException | None = None

    async def receive(self) -> Message:
        message = await self.server_receive()
        if message["type"] == "websocket.receive":
            self._count(message, "received")
        elif message["type"] == "websocket.disconnect":
            # uvicorn reports a broken connection as 1005, "no code", but without a reason.
            is_broken = message["code"] == 1005 and "reason" not in message
            self.close_code = self.close_code or (ABNORMAL if is_broken else message["code"])
        return message

    async def send(self, message: Message) -> None:
        try:
            await self.server_send(message)
        except OSError:
            self.close_code = self.close_code or ABNORMAL
            raise
        if message["type"] == "websocket.send":
            self._count(message, "sent")
        elif message["type"] == "websocket.accept":
            self.accepted = True
            logger.info("WebSocket connection established", path=self.scope["path"], ip=self.ip)
            await self._audit("Session created", outcome="success")
        elif message["type"] == "websocket.close" and not self.close_code:
            self.close_code = message.get("code", 1000)
            answered = sys.exc_info()[1]  # by 4500 in Litestar, which does so for a 404 too
            if self.close_code in {1011, 4500} and getattr(answered, "status_code", 500) == 500:
                self.failure = answered

    def _count(self, message: Message, way: str) -> None:
        payload = message.get("bytes") or (message.get("text") or "").encode()
        vars(self)[f"chunks_{way}"] += 1
        vars(self)[f"bytes_{way}"] += len(payload)

    async def run(self, app: App) -> None:
        self.scope["observability"] = self
        self.session_id = uuid.uuid4().hex
        self.chunks_received = self.chunks_sent = self.bytes_received = self.bytes_sent = 0
        bind(session_id=self.session_id)
        started, outcome = time.perf_counter(), "cancelled"
        try:
            await app(self.scope, self.receive, self.send)
            outcome = "success"
        except Exception as error:
            outcome = "success"
            if type(error).__name__ not in DISCONNECTS:
                self.failure = error
                raise
        finally:
            if self.failure:
                outcome = "error"
            elif outcome == "success" and self.close_code == ABNORMAL:
                outcome = "client_disconnected"
            took: dict[str, Any] = {"duration_ms": (time.perf_counter() - started) * 1000}
            ended = {**took, "outcome": outcome, "ip": self.ip}
            write = logger.error if self.failure else logger.info
            if self.accepted:
                ended |= {name: getattr(self, name) for name in COUNTS}
                logger.info("WebSocket disconnected", close_code=self.close_code, **took)
                write("Session complete", exc_info=self.failure, **ended)
                await self._audit("Session ended", **ended)
            else:
                path = self.scope["path"]
                write("WebSocket rejected", exc_info=self.failure, path=path, **ended)

    async def _audit(self, message: str, **fields: Any) -> None:
        """Write an audit record while the event loop goes on; cancelling does not lose it."""
        fields |= {"actor_id": current_fields().get("actor_id", "anonymous"), "ip": self.ip}
        await asyncio.shield(asyncio.to_thread(audit_logger.info, message, **fields))
