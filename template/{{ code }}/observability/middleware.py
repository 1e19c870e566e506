# Managed by the template: edits here are merged on update.
"""ASGI: the outermost middleware, which logs each request and session; the server."""

import asyncio
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module

from .config import configure_logging
from .context import unit_of_work
from .requests import ENDS, RequestLog, outcome_of
from .server import HEALTH_PATHS, health, watch_lifespan, watch_stop
from .settings import get_settings
from .websockets import App, Message, Receive, Scope, Send, Session


@dataclass
class LoggingMiddleware:
    """Wrap an ASGI application; `route_of(scope)` gives the template of the route that matched."""

    app: App
    route_of: Callable[[Scope], str | None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "observability" in scope:  # inside: mounted, or behind middleware of the service
            await self.app(scope, receive, partial(keep_failure, scope["observability"], send))
            return
        if scope["type"] == "lifespan":
            scope["observability"] = None
            await self.app(scope, partial(watch_stop, receive), partial(watch_lifespan, send))
            return
        headers = {name.decode("latin1"): text.decode("latin1") for name, text in scope["headers"]}
        peer = (scope.get("client") or (None,))[0]
        kind = Session if scope["type"] == "websocket" else RequestLog
        log = scope["observability"] = kind(scope.get("method", ""), scope["path"], peer, headers)
        with unit_of_work(**log.ids):
            if isinstance(log, Session):
                await log.run(self.app, scope, receive, send)
            else:
                sending = partial(self.send, log, scope, send)
                await self.answer(log, scope, receive, partial(keep_failure, log, sending))

    async def answer(self, log: RequestLog, scope: Scope, receive: Receive, send: Send) -> None:
        path = log.path.removeprefix(scope.get("root_path", ""))
        try:
            if path in HEALTH_PATHS:
                log.route = path
                await respond(send, *await health(path))
            else:
                await self.app(scope, receive, send)
            log.outcome = "client_disconnected" if log.status else ""  # before the last byte
        except BaseException as error:
            if log.status is None:
                status = 500 if outcome_of(error) == "error" else 503
                with suppress(TimeoutError):  # hypercorn may end HTTP/2 before this is sent
                    async with asyncio.timeout(1):
                        await respond(send, status, b'{"status": "error"}')
            is_whole = log.written and not isinstance(error, ENDS)
            log.complete(error)
            # A server that sees an exception closes the connection under the client's next
            # request, so it sees only that of a response that it has to cut. Tests see each.
            if not is_whole or get_settings().environment == "test":
                raise
        finally:
            log.complete()

    async def send(self, log: RequestLog, scope: Scope, onward: Send, message: Message) -> None:
        if message["type"] == "http.response.start":
            given = message.get("headers", ())
            headers = [pair for pair in given if pair[0].lower() != b"x-request-id"]
            headers.append((b"x-request-id", log.ids["request_id"].encode()))
            message = {**message, "headers": headers}
            log.route = log.route or self.route_of(scope)
        await onward(message)
        log.status = message.get("status", log.status)
        log.bytes_sent += len(message.get("body", b""))
        is_body = message["type"] in {"http.response.body", "http.response.pathsend"}
        if is_body and not message.get("more_body", False):
            log.complete()


async def keep_failure(log: RequestLog, onward: Send, message: Message) -> None:
    """Keep the exception that the framework is about to answer, for the line."""
    if message["type"] == "http.response.start":
        log.failure = sys.exc_info()[1] if log.failure is None else log.failure
    await onward(message)


async def respond(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def run(app: str) -> None:
    """Serve `app`, such as `orders.app:app`, until SIGTERM or SIGINT and SHUTDOWN_GRACE_S."""
    import uvicorn  # here: no test of a service needs it

    configure_logging()
    settings = get_settings()
    import_module(app.partition(":")[0])  # further processes that cannot would begin for ever
    # uvicorn raises the signal again once it has stopped: this makes it a normal exit.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        workers=settings.web_concurrency,
        log_config=None,
        timeout_graceful_shutdown=settings.shutdown_grace_s,
    )
