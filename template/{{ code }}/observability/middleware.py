# Managed by the template: edits here are merged on update.
"""ASGI: the outermost middleware, which logs each request and session; the server."""

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module

from .config import configure_logging
from .context import unit_of_work
from .requests import RequestLog
from .server import HEALTH_PATHS, health, watch_lifespan
from .settings import get_settings
from .tracebacks import mark_logged
from .websockets import DISCONNECTS, App, Message, Receive, Scope, Send, Session

ID_HEADER = b"x-request-id"


@dataclass
class LoggingMiddleware:
    """Wrap an ASGI application; `route_of(scope)` gives the template of the route that matched."""

    app: App
    route_of: Callable[[Scope], str | None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await watch_lifespan(partial(self.app, scope), receive, send)
            return
        if "observability" in scope:  # mounted in an application that is instrumented too
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin1"): text.decode("latin1") for name, text in scope["headers"]}
        peer = (scope.get("client") or (None,))[0]
        log = RequestLog(scope.get("method", "GET"), scope["path"], peer, headers)
        with unit_of_work(**log.ids):
            if scope["type"] == "websocket":
                await Session(scope, receive, send, log.ip).run(self.app)
            else:
                scope["observability"] = log
                await Exchange(scope, send, self.route_of, log).run(self.app, receive)


@dataclass
class Exchange:
    """One request and its response on their way through the middleware."""

    scope: Scope
    server_send: Send
    route_of: Callable[[Scope], str | None]
    log: RequestLog

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [pair for pair in message.get("headers", ()) if pair[0].lower() != ID_HEADER]
            headers.append((ID_HEADER, self.log.ids["request_id"].encode()))
            error = sys.exc_info()[1]  # which the framework is about to answer
            self.log.failure = error if isinstance(error, Exception) else None
            message = {**message, "headers": headers}
        await self.server_send(message)
        self.log.status = message.get("status", self.log.status)
        self.log.bytes_sent += len(message.get("body", b""))
        is_body = message["type"] in {"http.response.body", "http.response.pathsend"}
        if is_body and not message.get("more_body", False):
            self._complete()

    def _complete(self, failure: Exception | None = None) -> None:
        self.log.route = self.log.route or self.route_of(self.scope)
        self.log.complete(failure)

    async def run(self, app: App, receive: Receive) -> None:
        path = self.log.path.removeprefix(self.scope.get("root_path", ""))
        failure = None
        try:
            if path in HEALTH_PATHS:
                self.log.route = path
                await self._respond(*await health(path), b"application/json")
            else:
                await app(self.scope, receive, self.send)
            self.log.outcome = "client_disconnected" if self.log.status else ""  # before its end
        except BaseException as error:
            is_left = type(error).__name__ in DISCONNECTS
            if isinstance(error, Exception) and not is_left:
                failure = error
            else:  # the client or the server has ended it, so the server has nothing to log
                self.log.outcome = "client_disconnected" if is_left else "cancelled"
                mark_logged(error)
            if self.log.status is None and self.log.outcome != "client_disconnected":
                await self._respond(500 if failure else 503, b"Server error", b"text/plain")
            # A server that sees an exception closes the connection under the client's next
            # request, so it sees only that of a response that it has to cut. Tests see each.
            if not (failure and self.log.written) or get_settings().environment == "test":
                raise
        finally:
            self._complete(failure)
            failure = None  # its frames have this one: only the collector would end them

    async def _respond(self, status: int, body: bytes, content_type: bytes) -> None:
        headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


def run(app: str) -> None:
    """Serve `app`, such as `orders.app:app`, until SIGTERM or SIGINT and SHUTDOWN_GRACE_S."""
    import uvicorn  # here: no test of a service needs it

    configure_logging()
    settings = get_settings()
    if settings.web_concurrency > 1:  # a process that cannot import it would begin for ever
        import_module(app.partition(":")[0])
    # uvicorn raises the signal again once it has stopped: this makes it a normal exit.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        workers=settings.web_concurrency,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=settings.shutdown_grace_s,
    )
