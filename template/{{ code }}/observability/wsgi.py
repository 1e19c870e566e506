# Managed by the template: edits here are merged on update.
"""WSGI: the middleware that logs each request, outermost, and the life of a process."""

import atexit
import sys
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import copy_context
from threading import Lock
from typing import Any, Self
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from . import server
from .context import begin_unit
from .requests import HEADERS, RequestLog, client_address, correlation_ids

REQUEST = "observability.request"
"""The key of `environ` under which adapters find the RequestLog."""

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
        path_info = environ.get("PATH_INFO", "")
        raw = (environ.get("SCRIPT_NAME", "") + path_info).encode("latin-1", "replace")  # PEP 3333
        method, path = environ["REQUEST_METHOD"], raw.decode("utf-8", "replace")
        environ[REQUEST] = RequestLog(method, path, ip, correlation_ids(headers))
        app = _answer_health if path_info in server.HEALTH_PATHS else self.app
        return Response(app, environ, start_response)


def keep(environ: WSGIEnvironment, **known: object) -> None:
    """Set attributes of the RequestLog, unless the request has passed by the middleware."""
    if REQUEST in environ:
        environ[REQUEST].__dict__.update(known)


def _answer_health(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    keep(environ, route=environ["PATH_INFO"])
    status, body = _finish(server.health(environ["PATH_INFO"]))
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("200 OK" if status == 200 else "503 Service Unavailable", headers)
    return [body]


class Response:
    """The response of one request: the iterable that the server reads and closes.

    All its steps run in one context: what they bind never reaches the thread's next request.
    """

    def __init__(self, app: WSGIApplication, environ: Any, start_response: StartResponse) -> None:
        self.log: RequestLog = environ[REQUEST]
        self.start_response = start_response
        self.context = copy_context()
        self.context.run(begin_unit, self.log.ids)
        # Flask's test client and werkzeug's debugger, both around this, show the exception.
        self.is_watched = "werkzeug.debug.preserve_context" in environ
        self.body: Iterable[bytes] = ()
        running.add(self)
        try:
            self.body = self.context.run(app, environ, self.start)
            self.chunks = iter(self.body)
        except BaseException as error:  # noqa: BLE001 - `fail` raises it where it has to be
            self.chunks = iter([self.fail(error)])

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        """Stand in for `start_response`: add the request id, note the status."""
        headers = [pair for pair in headers if pair[0].lower() != "x-request-id"]
        headers.append(("X-Request-ID", self.log.ids["request_id"]))
        write = self.start_response(status, headers, exc_info)
        self.log.status = int(status[:3])
        if exc_info:
            self.log.failure = exc_info[1]
        return write

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = self.context.run(next, self.chunks)
        except StopIteration:
            self.context.run(self.log.complete)
            raise
        except BaseException as error:  # noqa: BLE001 - `fail` raises it where it has to be
            self.chunks = iter(())
            chunk = self.fail(error)
        self.log.bytes_sent += len(chunk)
        return chunk

    def close(self) -> None:
        """End the request, whether the server has read all of the body or has lost its client."""
        running.discard(self)
        if self.log.method != "HEAD":  # whose body a server need not read
            self.log.outcome = self.log.outcome or "client_disconnected"
        close, self.body = getattr(self.body, "close", tuple), ()
        try:
            self.context.run(close)
        except BaseException as error:  # noqa: BLE001 - `fail` raises it
            self.fail(error)
        finally:
            self.context.run(self.log.complete)

    def fail(self, error: BaseException) -> bytes:
        """Return the body of a 500, or log the failure and raise it where that is too late."""
        failure = error if isinstance(error, Exception) else None
        if failure is None:  # the process ends
            self.log.outcome = self.log.outcome or "cancelled"
        elif self in running and not self.log.bytes_sent and not self.is_watched:
            headers = [("Content-Type", "text/plain"), ("Content-Length", "12")]
            with suppress(Exception):  # the server refuses if the headers are on the wire
                self.context.run(self.start, "500 Internal Server Error", headers, sys.exc_info())
                return b"Server error"
        running.discard(self)
        self.context.run(self.log.complete, failure)
        raise error


def _finish(step: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine without an event loop: what a WSGI service opens and checks never awaits."""
    try:
        step.send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("a resource of a WSGI service is asynchronous; use its synchronous client")


_life, _starting = ExitStack(), Lock()
stop = _life.close


@contextmanager
def lifespan(app: Any = None) -> Iterator[None]:
    """The life of the application in this process, which a test runs around its client."""
    life = server.lifespan()
    _finish(life.__aenter__())
    try:
        yield
    finally:
        _finish(life.__aexit__(None, None, None))


def start() -> None:
    """Begin the life of this process unless it has begun: a worker of gunicorn, or a request."""
    with _starting:
        if not server.life.since:
            _life.enter_context(lifespan())
            atexit.register(stop)


def run(app: str) -> None:
    """Serve `app`, an import string such as `orders.app:app`, until SIGTERM or SIGINT.

    gunicorn_conf.py has the settings, and the variable GUNICORN_CMD_ARGS overrides them.
    """
    from gunicorn.app.wsgiapp import WSGIApplication  # here: no test of a service needs it

    sys.argv[1:] = ["--config", f"python:{__package__}.gunicorn_conf", app]
    WSGIApplication().run()
