# Managed by the template: edits here are merged on update.
"""ASGI: the outermost middleware, which logs each request and session; the server."""

import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from .config import configure_logging, stdout_handler
from .context import begin_unit, end_unit
from .requests import HEADERS, RequestLog, client_address, correlation_ids
from .server import HEALTH_PATHS, health, watch_lifespan
from .settings import get_settings
from .tracebacks import mark_logged
from .websockets import Message, Receive, Scope, Send, Session

App = Callable[[Scope, Receive, Send], Awaitable[None]]
RouteOf = Callable[[Scope], str | None]

_HEADERS = {name.encode(): name for name in HEADERS}


class LoggingMiddleware:
    """Wrap an ASGI application; `route_of(scope)` gives the template of the route that matched."""

    def __init__(self, app: App, route_of: RouteOf) -> None:
        self.app = app
        self.route_of = route_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "lifespan":
            await watch_lifespan(partial(self.app, scope), receive, send)
            return
        # What is mounted in an instrumented application may be instrumented itself.
        if kind not in {"http", "websocket"} or "observability" in scope:
            await self.app(scope, receive, send)
            return
        headers = {
            _HEADERS[name]: value.decode("latin-1")
            for name, value in scope["headers"]
            if name in _HEADERS
        }
        peer = (scope.get("client") or (None,))[0]
        ip = client_address(peer, headers.get("x-forwarded-for", ""))
        ids = correlation_ids(headers)
        token = begin_unit(ids)
        try:
            if kind == "websocket":
                await Session(scope, ip, receive, send).run(self.app)
            else:
                scope["observability"] = RequestLog(scope["method"], scope["path"], ip, ids)
                await Exchange(scope, receive, send, self.route_of).run(self.app)
        finally:
            end_unit(token)


class Exchange:
    """One request and its response on their way through the middleware."""

    lost_client: OSError | None = None

    def __init__(self, scope: Scope, receive: Receive, send: Send, route_of: RouteOf) -> None:
        self.scope = scope
        self.log: RequestLog = scope["observability"]
        self._receive = receive
        self._send = send
        self.route_of = route_of

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect" and not self.log.written:
            self.log.outcome = "client_disconnected"
        return message

    async def send(self, message: Message) -> None:
        is_start = message["type"] == "http.response.start"
        try:
            await self._send(self._start(message) if is_start else message)
        except OSError as error:  # ASGI 2.4: the client has disconnected
            self.log.outcome, self.lost_client = "client_disconnected", error
            raise
        if is_start:
            self.log.status = message["status"]
        elif message["type"] == "http.response.body":
            self.log.bytes_sent += len(message.get("body", b""))
            if not message.get("more_body", False):
                self.log.complete()

    def _start(self, message: Message) -> Message:
        self.log.route = self.log.route or self.route_of(self.scope)
        error = sys.exc_info()[1]  # which the framework is about to answer
        self.log.failure = error if isinstance(error, Exception) else None
        headers = [
            pair for pair in message.get("headers", ()) if pair[0].lower() != b"x-request-id"
        ]
        headers.append((b"x-request-id", self.log.ids["request_id"].encode()))
        return {**message, "headers": headers}

    async def run(self, app: App) -> None:
        path = self.log.path.removeprefix(self.scope.get("root_path", ""))
        failure = None
        try:
            if path in HEALTH_PATHS:
                self.log.route = path
                await self._respond(*await health(path), b"application/json")
            else:
                await app(self.scope, self.receive, self.send)
        except BaseException as error:
            left = error is self.lost_client or type(error).__name__ == "ClientDisconnect"
            if isinstance(error, Exception) and not left:
                failure = error
            else:  # the client or the server has ended it, so the server has nothing to log
                self.log.outcome = self.log.outcome or "cancelled"
                mark_logged(error)
            if self.log.status is None and self.log.outcome != "client_disconnected":
                with suppress(OSError):  # the server's own answer would be without the id
                    await self._respond(500 if failure else 503, b"Server error", b"text/plain")
            # A server that sees an exception closes the connection under the client's next
            # request, so it sees only that of a response that it has to cut. Tests see each.
            if not (failure and self.log.written) or get_settings().environment == "test":
                raise
        finally:
            self.log.route = self.log.route or self.route_of(self.scope)
            self.log.complete(failure)

    async def _respond(self, status: int, body: bytes, content_type: bytes) -> None:
        headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


def run(app: str) -> None:
    """Serve `app`, an import string such as `orders.app:app`, until SIGTERM or SIGINT.

    Running requests may finish within SHUTDOWN_GRACE_S; the exit code is 0.
    """
    import uvicorn  # here: no test of a service needs it

    configure_logging()
    settings = get_settings()
    # uvicorn raises the signal again once it has stopped: this makes it a normal exit.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        workers=settings.web_concurrency,
        forwarded_allow_ips=[str(network) for network in settings.forwarded_allow_ips],
        log_config={
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"stdout": {"()": stdout_handler}},  # in each process, before the import
        },
        access_log=False,
        timeout_graceful_shutdown=settings.shutdown_grace_s,
    )
