# Managed by the template: edits here are merged on update.
"""WSGI: the middleware that logs each request, outermost, and the life of a process."""

import atexit
import json
import sys
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import copy_context
from http import HTTPStatus
from threading import Event, Lock
from typing import Any, Self
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from . import server
from .context import begin_unit, bind, current_fields
from .logger import get_logger
from .record import mark_logged
from .requests import HEADERS, RequestLog, client_address, correlation_ids

logger = get_logger(__name__)

# Keys of `environ`: the RequestLog, and what an adapter adds, the template of the route.
REQUEST, ROUTE = "observability.request", "observability.route"

running: set["Response"] = set()  # what has not ended

_HEADERS = {f"HTTP_{name.upper().replace('-', '_')}": name for name in HEADERS}


class LoggingMiddleware:
    """Wrap a WSGI application. Health checks are answered here, before any rule of its own."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if REQUEST in environ:  # an instrumented application that is mounted in another one
            return self.app(environ, start_response)
        start()
        headers = {name: environ[key] for key, name in _HEADERS.items() if key in environ}
        ip = client_address(environ.get("REMOTE_ADDR"), headers.get("x-forwarded-for", ""))
        root, path_info = environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
        raw = (root + path_info).encode("latin-1", "replace")  # PEP 3333
        path = raw.decode("utf-8", "replace")

        def route() -> str | None:
            # A dispatcher moves the prefix of a mounted application into SCRIPT_NAME.
            template: str | None = environ.get(ROUTE)
            return template and environ.get("SCRIPT_NAME", "").removeprefix(root) + template

        log = environ[REQUEST] = RequestLog(environ["REQUEST_METHOD"], path, ip, route)
        response = Response(log, correlation_ids(headers), start_response)
        response.begin(_answer_health if path_info in server.HEALTH_PATHS else self.app, environ)
        return response


def _answer_health(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    environ[ROUTE] = environ["PATH_INFO"]
    status, answer = _finish(server.health(environ["PATH_INFO"]))
    body = json.dumps(answer).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [body]


class Response:
    """The response of one request: the iterable that the server reads and closes.

    All its steps run in one context: what they bind never reaches the thread's next request.
    """

    def __init__(self, log: RequestLog, ids: dict[str, str], start_response: StartResponse) -> None:
        self.log = log
        self.ids = ids
        self.start_response = start_response
        self.context = copy_context()
        self.context.run(begin_unit, ids)
        self.body: Iterable[bytes] = ()
        self.chunks: Iterator[bytes] = iter(())
        self.sent = self.ended = self.reraise = False

    def begin(self, app: WSGIApplication, environ: WSGIEnvironment) -> None:
        running.add(self)
        # Flask's test client and werkzeug's debugger, both around this, show the exception.
        self.reraise = "werkzeug.debug.preserve_context" in environ
        try:
            self.body = self.context.run(app, environ, self.start)
            self.chunks = iter(self.body)
        except BaseException as error:  # noqa: BLE001 - `fail` raises it where it has to be
            self.chunks = iter([self.fail(error)])

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        """Stand in for `start_response`: add the request id, note the status."""
        fields = current_fields()
        if fields.get("span_id") != self.ids["span_id"]:  # OpenTelemetry's; it ends first
            bind(trace_id=fields.get("trace_id"), span_id=fields.get("span_id"))
        headers = [pair for pair in headers if pair[0].lower() != "x-request-id"]
        headers.append(("X-Request-ID", self.ids["request_id"]))
        write = self.start_response(status, headers, exc_info)
        self.log.status = int(status[:3])
        self.log.failure = exc_info[1] if exc_info else self.log.failure
        return write

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
        except BaseException as error:  # noqa: BLE001 - `fail` raises it where it has to be
            self.chunks = iter(())
            chunk = self.fail(error)
        self.sent = self.sent or bool(chunk)
        self.log.sent(len(chunk), last=False)
        return chunk

    def close(self) -> None:
        """End the request, whether the server has read all of the body or has lost its client."""
        running.discard(self)
        if not self.ended and self.log.method != "HEAD":
            self.log.outcome = self.log.outcome or "client_disconnected"
        self.sent = True  # it is too late for another answer
        close, self.body = getattr(self.body, "close", tuple), ()
        try:
            self.context.run(close)
        except BaseException as error:  # noqa: BLE001 - `fail` raises it where it has to be
            self.fail(error)
        finally:
            self.context.run(self.log.complete)

    def fail(self, error: BaseException) -> bytes:
        """Log a failure once; return the body of a 500, or raise where it is too late for one."""
        answer, failure = b"", error if isinstance(error, Exception) else None
        if failure is None:  # the process ends
            self.log.outcome = self.log.outcome or "cancelled"
        elif self.log.written:
            self.context.run(logger.error, "Failure after the response", exc_info=error)
        elif not self.sent and self.reraise:
            self.log.status = 500  # the debugger's answer
        elif not self.sent:
            headers = [("Content-Type", "text/plain"), ("Content-Length", "12")]
            with suppress(Exception):  # the server refuses if the headers are on the wire
                self.context.run(self.start, "500 Internal Server Error", headers, sys.exc_info())
                answer = b"Server error"
        if failure and not self.reraise and (answer or self.ended):
            return answer
        running.discard(self)
        self.context.run(self.log.complete, failure)
        mark_logged(error)
        raise error


def _finish(step: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine without an event loop: what a WSGI service opens and checks never awaits."""
    try:
        step.send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("a resource of a WSGI service is asynchronous; use its synchronous client")


_life, _starting, _started = ExitStack(), Lock(), Event()
stop = _life.close


@contextmanager
def lifespan(app: Any = None) -> Iterator[None]:
    """The life of the application in this process, which a test runs around its client."""
    _started.set()
    life = server.lifespan(app)
    _finish(life.__aenter__())
    try:
        yield
    finally:
        _finish(life.__aexit__(None, None, None))


def start() -> None:
    """Begin the life of this process unless it has begun: a worker of gunicorn, or a request."""
    with _starting:
        if not _started.is_set():
            _life.enter_context(lifespan())
            atexit.register(stop)


def run(app: str) -> None:
    """Serve `app`, an import string such as `orders.app:app`, until SIGTERM or SIGINT.

    gunicorn_conf.py has the settings, and the variable GUNICORN_CMD_ARGS overrides them.
    """
    from gunicorn.app.wsgiapp import WSGIApplication  # here: no test of a service needs it

    sys.argv[1:] = ["--config", f"python:{__package__}.gunicorn_conf", app]
    WSGIApplication().run()
