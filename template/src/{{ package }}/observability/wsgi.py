# Managed by the service template: change it there, or expect a merge on update.
"""The middleware around a WSGI application: outermost, one line per request in every ending."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from typing import Any, Self, TypeVar
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from . import settings
from .addresses import shown_address
from .context import Fields, begin_unit
from .errors import mark_logged
from .lifecycle import start
from .logger import get_logger
from .proxies import client_address
from .requests import RequestLog, correlation_ids
from .tracing import span_ids

logger = get_logger(__name__)

R = TypeVar("R")

ID_HEADER = "X-Request-ID"

running: set["Responder"] = set()
"""The requests of this process that have not ended."""


class LoggingMiddleware:
    """Wrap an application; `route_of(environ)` gives the template of the route that matched."""

    def __init__(
        self, app: WSGIApplication, route_of: Callable[[WSGIEnvironment], str | None]
    ) -> None:
        self.app = app
        self.route_of = route_of

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start()
        headers = {
            name[5:].replace("_", "-").lower(): text
            for name, text in environ.items()
            if name.startswith("HTTP_")
        }
        peer = client_address(environ.get("REMOTE_ADDR"), headers.get("x-forwarded-for", ""))
        # A path comes as bytes that were decoded as Latin-1 (PEP 3333, Unicode Issues).
        raw = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        path = raw.encode("latin-1", "replace").decode("utf-8", "replace")
        log = RequestLog(
            environ["REQUEST_METHOD"], path, shown_address(peer), lambda: self.route_of(environ)
        )
        environ["observability.request"] = log
        return Responder(log, correlation_ids(headers), start_response).run(self.app, environ)


class Responder:
    """One request and its response, the iterable that the server reads and closes.

    A server may go on with it in another context than it began in, hence the own one: whatever the
    application does for this request sees the same fields.
    """

    def __init__(self, log: RequestLog, unit: Fields, start_response: StartResponse) -> None:
        self.log = log
        self.unit = unit
        self.start_response = start_response
        self.context = copy_context()
        self.context.run(begin_unit, unit)
        self.body: Iterable[bytes] = ()
        self.chunks: Iterator[bytes] = iter(())
        self.sent = self.ended = False

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        self.unit |= span_ids()  # of the span that ends inside, for the summary outside it
        self.log.status = int(status[:3])
        kept = [pair for pair in headers if pair[0].lower() != ID_HEADER.lower()]
        return self.start_response(
            status, [*kept, (ID_HEADER, self.unit["request_id"])], exc_info
        )

    def run(self, app: WSGIApplication, environ: WSGIEnvironment) -> Self:
        running.add(self)

        def begin() -> None:
            self.body = app(environ, self.start)
            self.chunks = iter(self.body)

        self.guarded(begin)
        return self

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        chunk = self.guarded(lambda: next(self.chunks, None))
        if chunk is None:
            self.log.sent(0, last=True)
            self.ended = True
            if (self.log.status or 0) < 500:  # a failure waits for its traceback
                self.context.run(self.log.complete)
            raise StopIteration
        self.sent = self.sent or bool(chunk)
        self.log.sent(len(chunk), last=False)
        return chunk

    def close(self) -> None:
        """End, whether the server has read all of it or has lost its client before."""
        if not self.ended and self.log.method != "HEAD":
            self.log.outcome = self.log.outcome or "client_disconnected"
        try:
            self.guarded(getattr(self.body, "close", lambda: None))
        finally:
            self.context.run(self.log.complete)
            running.discard(self)

    def cut(self) -> None:
        """Write the line of a request that goes on when its process ends."""
        self.log.outcome = "cancelled"
        self.context.run(self.log.complete)

    def guarded(self, step: Callable[[], R]) -> R | None:
        """Do a step of the application; its failure has one line, and its client an answer."""
        try:
            return self.context.run(step)
        except Exception as error:
            self.context.run(self.fail, error)
            mark_logged(error)
            # A server that sees the exception cuts the response short, which a complete one does
            # not need. Tests want to see it.
            if (self.sent and not self.ended) or settings.current().environment == "test":
                raise
            return None
        except BaseException as error:  # the process ends
            self.log.outcome = self.log.outcome or "cancelled"
            self.context.run(self.log.complete)
            mark_logged(error)
            raise

    def fail(self, error: Exception) -> None:
        if self.log.written:
            logger.error("Failure after the response", exc_info=error)
        elif not self.sent:
            text = b"Server error"
            headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))]
            self.start("500 Internal Server Error", headers, sys.exc_info())
            self.chunks = iter([text])
        self.log.failure = error
        if self.sent or settings.current().environment == "test":
            self.log.complete(error)
