# Managed by the template: edits here are merged on update.
"""One WebSocket session: its id, counts each way, one summary, its audit records."""

import sys
import time
import uuid
from asyncio import Future, get_running_loop, shield
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextvars import copy_context
from functools import partial
from typing import Any, cast

from .audit import audit_logger
from .context import bind
from .logger import get_logger
from .requests import RequestLog, outcome_of

logger = get_logger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

FIELDS = "duration_ms outcome ip chunks_received chunks_sent bytes_received bytes_sent".split()
# By close code (RFC 6455, section 7.4.1); all others are a success.
OUTCOMES: dict[int | None, str] = {1006: "client_disconnected", 1011: "error"}


def websocket_session(scope: Mapping[str, Any]) -> "Session":
    """Return the session of a WebSocket's ASGI scope: `websocket_session(websocket.scope)`."""
    return cast("Session", scope["observability"])


class Session(RequestLog):
    """Counts messages as chunks and bytes of payload; `session_id` is no credential."""

    close_code: int | None = None  # the first one: some frameworks close a second time
    chunks_received = chunks_sent = bytes_received = 0

    async def run(self, app: App, scope: Scope, receive: Receive, send: Send) -> None:
        self.session_id = uuid.uuid4().hex
        bind(session_id=self.session_id, actor_id="anonymous")
        try:
            await app(scope, partial(self.receive, receive), partial(self.send, send))
        except BaseException as error:
            if (ending := outcome_of(error)) != "client_disconnected":
                self.outcome, self.failure = ending, error if ending == "error" else None
                raise
        finally:
            await self.end()

    async def receive(self, server_receive: Receive) -> Message:
        message = await server_receive()
        if message["type"] == "websocket.receive":
            self.chunks_received += 1
            self.bytes_received += payload_size(message)
        elif message["type"] == "websocket.disconnect":
            # uvicorn reports a broken connection as 1005, "no code", but without a reason.
            is_broken = message["code"] == 1005 and "reason" not in message
            self.close_code = self.close_code or (1006 if is_broken else message["code"])
        return message

    async def send(self, server_send: Send, message: Message) -> None:
        try:
            await server_send(message)
        except OSError:  # the client has left, as the ASGI specification says
            self.close_code = self.close_code or 1006
            raise
        if message["type"] == "websocket.send":
            self.chunks_sent += 1
            self.bytes_sent += payload_size(message)
        elif message["type"] == "websocket.accept":
            self.status = 101
            logger.info("WebSocket connection established", path=self.path, ip=self.ip)
            await shield(audit("Session created", outcome="success", ip=self.ip))
        elif message["type"] in {"websocket.close", "websocket.http.response.start"}:
            self.close_code = self.close_code or message.get("code", 1000)
            self.status = self.status or message.get("status", 403)
            answered = sys.exc_info()[1]
            is_refusal = getattr(answered, "status_code", 500) in range(500)
            # Litestar closes by 4500, whatever the status of the exception.
            has_failed = self.status >= 500 or (self.close_code in {1011, 4500} and not is_refusal)
            if has_failed and answered is not None and outcome_of(answered) == "error":
                self.outcome, self.failure = "error", answered

    async def end(self) -> None:
        duration_ms = self.duration_ms = round((time.perf_counter() - self.started) * 1000, 3)
        by_status = "client_error" if self.status in range(500) else "error"
        by_code = OUTCOMES.get(self.close_code, "success" if self.status == 101 else by_status)
        self.outcome = self.outcome or by_code
        failure, self.failure = self.failure, None  # whose frames have this: a cycle
        ended = {name: getattr(self, name) for name in FIELDS}
        write = logger.error if self.outcome == "error" else logger.info
        if self.status != 101:
            ended |= {"path": self.path, "status": self.status}
            write("WebSocket rejected", exc_info=failure, **ended)
            return
        logger.info("WebSocket disconnected", close_code=self.close_code, duration_ms=duration_ms)
        write("Session complete", exc_info=failure, **ended)
        written = audit("Session ended", **ended)
        if self.outcome != "cancelled":  # else a server that stops may cancel this too
            await shield(written)


def audit(message: str, **fields: Any) -> Future[None]:
    """Write an audit record in a thread, not in a task, which the end of the loop would cancel."""
    write = partial(copy_context().run, audit_logger.info, message, **fields)
    return get_running_loop().run_in_executor(None, write)


def payload_size(message: Message) -> int:
    return len(message.get("bytes") or (message.get("text") or "").encode())
