# Managed by the service template: change it there, or expect a merge on update.
"""One request of a WSGI application: its response on the way to the server, and its endings."""

from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from typing import Any, Self
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from . import settings
from .context import Fields, begin_unit, unit_of_work
from .errors import mark_logged
from .logger import get_logger
from .requests import RequestLog
from .tracing import span_ids

logger = get_logger(__name__)

ID_HEADER = "X-Request-ID"

running: set["Responder"] = set()
"""The requests of this process that have not ended."""


class Responder:
    """One request and its response: the iterable that the server reads and closes.

    The application's steps share a context of their own, so that what it binds reaches its last
    line, and never the next request of the same thread.
    """

    def __init__(self, log: RequestLog, unit: Fields, start_response: StartResponse) -> None:
        self.log = log
        self.unit = unit
        self.start_response = start_response
        self.context = copy_context()
        self.context.run(begin_unit, unit)
        self.body: Iterable[bytes] = ()
        self.chunks: Iterator[bytes] = iter(())
        self.sent = self.ended = self.watched = False
        self.gone: OSError | None = None

    def begin(self, app: WSGIApplication, environ: WSGIEnvironment) -> None:
        """Call the application."""
        running.add(self)
        # Tests show what is raised, and so does werkzeug's debugger, which stands around this.
        test = settings.current().environment == "test"
        self.watched = test or "werkzeug.debug.preserve_context" in environ
        try:
            self.body = self.context.run(app, environ, self.start)
            self.chunks = iter(self.body)
        except BaseException as error:  # noqa: BLE001 - `fail` knows which are to be raised
            try:
                self.chunks = iter([self.fail(error)])
            except BaseException:
                self.close()  # the server has nothing to close
                raise

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        """Take the place of `start_response`, and add the request's id."""
        self.unit.add(span_ids())  # of the span that ends inside, for the summary outside it
        kept = [pair for pair in headers if pair[0].lower() != ID_HEADER.lower()]
        own = (ID_HEADER, self.unit["request_id"])
        write = self.start_response(status, [*kept, own], exc_info)
        self.log.status = int(status[:3])
        if exc_info:  # the application answers an exception by itself
            self.log.failure = exc_info[1]

        def write_counted(data: bytes) -> None:
            try:
                write(data)
            except OSError as gone:  # the client is
                self.log.outcome, self.gone = "client_disconnected", gone
                raise
            self.sent = self.sent or bool(data)
            self.log.sent(len(data), last=False)

        return write_counted

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = self.context.run(next, self.chunks)
        except StopIteration:
            self.ended = True
            self.log.sent(0, last=True)
            self.context.run(self.log.complete)
            raise
        except BaseException as error:  # noqa: BLE001 - `fail` knows which are to be raised
            self.chunks = iter(())
            chunk = self.fail(error)
        self.sent = self.sent or bool(chunk)
        self.log.sent(len(chunk), last=False)
        return chunk

    def close(self) -> None:
        """End, whether the server has read all of it or has lost its client before."""
        running.discard(self)
        if not self.ended and self.log.method != "HEAD":
            self.log.outcome = self.log.outcome or "client_disconnected"
        self.sent = True  # or never will be: it is too late for another answer
        close, self.body = getattr(self.body, "close", tuple), ()
        try:
            self.context.run(close)
        except BaseException as error:  # noqa: BLE001 - `fail` knows which are to be raised
            self.fail(error)
        finally:
            self.context.run(self.log.complete)

    def cut(self) -> None:
        """Write the line of a request that goes on when its process ends."""
        self.log.outcome = "cancelled"
        with unit_of_work(**self.unit):  # not in self.context, which its thread is in
            self.log.complete()

    def fail(self, error: BaseException) -> bytes:
        """Give a failure its one line and its client an answer, and return that answer's body.

        Raise it where a response is to be cut short, a process to end, or somebody to see it.
        """
        answer = b""
        try:
            if error is self.gone or not isinstance(error, Exception):
                self.log.outcome = self.log.outcome or "cancelled"
                self.context.run(self.log.complete)
            elif self.log.written:
                self.context.run(logger.error, "Failure after the response", exc_info=error)
            elif not self.sent:
                answer = self.apologise(error)
        finally:
            over = self.watched or not (answer or self.ended)
            if over:
                self.context.run(self.log.complete, error)
            mark_logged(error)
        if over:
            raise error
        return answer

    def apologise(self, error: Exception) -> bytes:
        """Start the response to a failure, in the place of one that nothing was sent of."""
        text = b"Server error"
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))]
        again = self.log.status is not None
        exc_info = (type(error), error, error.__traceback__) if again else None
        self.start("500 Internal Server Error", headers, exc_info)
        self.log.failure = error
        return text
