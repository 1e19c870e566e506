# Managed by the service template: change it there, or expect a merge on update.
"""The middleware: pure ASGI, outermost, one line per request or session in every ending."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from functools import partial
from typing import Any

from . import settings
from .addresses import shown_address
from .context import Fields, begin_unit, current_unit, end_unit
from .correlation import HEADERS, correlation_ids
from .errors import mark_logged
from .logger import get_logger
from .proxies import client_address
from .requests import RequestLog
from .tracing import span_ids
from .websockets import Session

logger = get_logger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ID_HEADER = b"x-request-id"

_READ = {name.encode(): name for name in HEADERS}


class LoggingMiddleware:
    """Wrap an ASGI application.

    `route_of(scope)` gives the template of the route that matched, `cause_of(error)` the failure
    itself of an exception that a framework has put around it.
    """

    def __init__(
        self,
        app: App,
        route_of: Callable[[Scope], str | None],
        cause_of: Callable[[Exception], Exception] = lambda error: error,
    ) -> None:
        self.app = app
        self.route_of = route_of
        self.cause_of = cause_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = {
            _READ[name]: value.decode("latin-1")
            for name, value in scope["headers"]
            if name in _READ
        }
        peer = (scope.get("client") or (None,))[0]
        ip = shown_address(client_address(peer, headers.get("x-forwarded-for", "")))
        unit = correlation_ids(headers)
        if outer := current_unit():
            unit = Fields({**outer, **unit})
        token = begin_unit(unit)
        try:
            if scope["type"] == "websocket":
                await Session(unit, scope["path"], ip, receive, send).run(self.app, scope)
            else:
                log = RequestLog(scope["method"], scope["path"], ip, partial(self.route_of, scope))
                scope["observability.request"] = log
                await Responder(log, unit, receive, send).run(self.app, scope, self.cause_of)
        finally:
            end_unit(token)


class Responder:
    """One request and its response, watched on their way through the middleware."""

    def __init__(self, log: RequestLog, unit: Fields, receive: Receive, send: Send) -> None:
        self.log = log
        self.unit = unit
        self.own_header = ID_HEADER, unit["request_id"].encode()
        self.receive = receive
        self.send = send
        self.ended = False
        self.gone: OSError | None = None

    async def receive_watched(self) -> Message:
        message = await self.receive()
        if message["type"] == "http.disconnect" and not self.ended:
            self.log.outcome = "client_disconnected"
        return message

    async def send_with_id(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            if span := span_ids():  # which ends inside, and the summary is written outside it
                self.unit.add(span)
            headers = [pair for pair in message.get("headers", ()) if pair[0].lower() != ID_HEADER]
            headers.append(self.own_header)
            message = {**message, "headers": headers}
        try:
            await self.send(message)
        except OSError as gone:  # the client is, told the way of ASGI 2.4
            self.log.outcome, self.gone = "client_disconnected", gone
            raise
        if kind == "http.response.start":
            self.log.status = message["status"]
        elif kind in {"http.response.body", "http.response.pathsend"}:
            self.ended = not message.get("more_body", False)
            self.log.sent(len(message.get("body", b"")), last=self.ended)
            if self.ended and (self.log.status or 0) < 500:  # a failure waits for its traceback
                self.log.complete()

    async def run(self, app: App, scope: Scope, cause_of: Callable[[Exception], Exception]) -> None:
        try:
            await app(scope, self.receive_watched, self.send_with_id)
        except Exception as error:
            await self.fail(cause_of(error))
            mark_logged(error)
            # A complete response has nothing left to cut, and a server that sees the exception
            # closes the connection under the client's next request. Tests want to see it.
            if not self.ended or settings.current().environment == "test":
                raise
        except BaseException as error:  # cancelled by the server, or the process ends
            self.log.outcome = self.log.outcome or "cancelled"
            mark_logged(error)
            if isinstance(error, asyncio.CancelledError):
                await self.answer(503, b"Service unavailable")
            raise
        finally:
            self.log.complete()

    async def fail(self, error: Exception) -> None:
        """Give the failure its one line, and its client an answer."""
        gone = error is self.gone or type(error).__name__ == "ClientDisconnect"
        if gone and self.log.outcome == "client_disconnected":
            return
        if self.log.written:
            logger.error("Failure after the response", exc_info=error)
        await self.answer(500, b"Server error")
        self.log.complete(error)

    async def answer(self, status: int, text: bytes) -> None:
        """Answer a client that has no answer yet; a server would, without id and unseen by us."""
        if self.log.status is None and self.log.outcome != "client_disconnected":
            with suppress(OSError):
                await self.send_with_id({"type": "http.response.start", "status": status})
                await self.send_with_id({"type": "http.response.body", "body": text})
