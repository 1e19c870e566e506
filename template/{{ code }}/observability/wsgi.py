# Managed by the template: edits here are merged on update.
"""WSGI: the outermost middleware, which logs each request; the life of a process; gunicorn."""

import atexit
import os
import signal
import sys
from collections.abc import Coroutine, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from threading import Lock
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from . import server
from .config import configure_logging
from .context import begin_unit
from .requests import ENDS, RequestLog
from .settings import get_settings

os.environ["WEB_CONCURRENCY"] = os.environ.get("WEB_CONCURRENCY") or "1"  # gunicorn reads it here
try:
    from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped,unused-ignore]
except (ImportError, ValueError):  # another server; a number that configure_logging refuses
    ThreadWorker = object

logger = server.logger

REQUEST = "observability.request"  # the key of `environ` under which adapters find the RequestLog
running: set["Response"] = set()  # what has not ended


class LoggingMiddleware:
    """Wrap a WSGI application. Health checks are answered here, before any rule of its own."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if REQUEST in environ:  # an instrumented application that is mounted in another one
            return self.app(environ, start_response)
        start()
        given = {key[5:]: text for key, text in environ.items() if key.startswith("HTTP_")}
        headers = {name.lower().replace("_", "-"): text for name, text in given.items()}
        path_info = environ.get("PATH_INFO", "")
        raw = (environ.get("SCRIPT_NAME", "") + path_info).encode("latin-1", "replace")  # PEP 3333
        method, path = environ["REQUEST_METHOD"], raw.decode("utf-8", "replace")
        environ[REQUEST] = RequestLog(method, path, environ.get("REMOTE_ADDR"), headers)
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


class Response(Iterator[bytes]):
    """The body that the server reads, in one context: no other request has what its steps bind."""

    def __init__(self, app: WSGIApplication, environ: Any, start_response: StartResponse) -> None:
        self.log: RequestLog = environ[REQUEST]
        self.start_response, self.context = start_response, copy_context()
        self.context.run(begin_unit, self.log.ids)
        self.body: Iterable[bytes] = ()
        self.chunks = self._read(app, environ)
        running.add(self)

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        """Stand in for `start_response`: add the request id, note the status."""
        headers = [pair for pair in headers if pair[0].lower() != "x-request-id"]
        headers.append(("X-Request-ID", self.log.ids["request_id"]))
        write = self.start_response(status, headers, exc_info)
        self.log.status = int(status[:3])
        self.log.failure = exc_info[1] if exc_info else self.log.failure
        return write

    def _read(self, app: WSGIApplication, environ: Any) -> Generator[bytes]:
        failure, self.log.outcome = None, "cancelled"  # if the process ends
        try:
            self.body = app(environ, self.start)
            for chunk in self.body:
                self.log.bytes_sent += len(chunk)
                yield chunk
            self.log.outcome = ""
        except BaseException as error:
            failure = None if isinstance(error, GeneratorExit) else error
            # Flask's test client and werkzeug's debugger, both around this, show the exception.
            if "werkzeug.debug.preserve_context" in environ:
                self.log.status = self.log.status or 500
                raise
            if self.log.bytes_sent or isinstance(error, ENDS):
                raise
            # If something is sent already, the server raises.
            self.start("500 Internal Server Error", [("Content-Length", "0")], sys.exc_info())
        finally:
            self.log.complete(failure)
            failure = None  # its frames have this one: only the collector would end them

    def __next__(self) -> bytes:
        return self.context.run(next, self.chunks)

    def close(self) -> None:
        """End the request; a server need not read the body for HEAD, nor for a lost client."""
        running.discard(self)
        self.log.outcome = "" if self.log.method == "HEAD" else "client_disconnected"
        self.context.run(self.chunks.close)
        self.context.run(getattr(self.body, "close", tuple))  # the server logs what that raises


def _finish(step: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine without an event loop: what a WSGI service opens and checks never awaits."""
    try:
        step.send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("a resource of a WSGI service is asynchronous; use its synchronous client")


_life, _starting = ExitStack(), Lock()


@contextmanager
def lifespan(app: Any = None) -> Iterator[None]:
    """The life of the application in this process; a test runs it around its client."""
    life = server.lifespan()
    _finish(life.__aenter__())
    try:
        yield
    finally:
        for response in list(running):
            response.context.copy().run(response.log.complete)  # its thread is in the context
        _finish(life.__aexit__(None, None, None))


def start(worker: Any = None) -> None:
    """Begin the life of this process unless it has begun: a worker of gunicorn, or a request."""
    with _starting:
        if server.life.phase == "loading":
            _life.enter_context(lifespan())
            atexit.register(_life.close)


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threads, with lines for the start and the stop, and a stop that loses none."""

    setup = staticmethod(configure_logging)  # gunicorn calls it once its own logger is set up

    def finish_request(self, *args: Any) -> None:
        # gunicorn counts a connection that it has closed itself as two, and would wait for too few.
        counted = self.nr_conns
        super().finish_request(*args)
        self.nr_conns: int = max(self.nr_conns, counted - 1)

    def init_process(self) -> None:
        """Load and run until the stop, then log the requests that outlast the grace."""
        self.cfg.set("graceful_timeout", get_settings().shutdown_grace_s)
        try:
            super().init_process()
        except Exception:
            logger.critical("Application failed", phase=server.life.phase, exc_info=True)
            # gunicorn would print it to stderr; after a 4 it starts no worker again.
            raise SystemExit(1 if self.booted else 4) from None
        finally:
            for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            _life.close()
            if running:  # the interpreter would wait for their threads, which cannot be stopped
                os._exit(0)


# What gunicorn reads by `--config python:<package>.observability.wsgi`.
bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or '8000'}"
worker_class, threads = f"{__name__}.Worker", 8  # older gunicorns need its name
post_worker_init = start
graceful_timeout = 3602  # of the master: a worker ends by itself after SHUTDOWN_GRACE_S
control_socket_disable = True  # its socket is a file in the home folder; a container may have none


def run(app: str) -> None:
    """Serve `app`, such as `orders.app:app`, until SIGTERM or SIGINT and SHUTDOWN_GRACE_S."""
    configure_logging()  # which refuses variables that gunicorn could not read
    from gunicorn.app.wsgiapp import WSGIApplication  # here: no test of a service needs it

    sys.argv[1:] = ["--config", f"python:{__name__}", app]
    WSGIApplication().run()
