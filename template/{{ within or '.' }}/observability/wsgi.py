# Managed by the service template: change it there, or expect a merge on update.
"""The middleware around a WSGI application: outermost, one line per request in every ending."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from .addresses import shown_address
from .correlation import HEADERS, correlation_ids
from .lifecycle import health, start
from .proxies import client_address
from .requests import RequestLog
from .responder import Responder

REQUEST = "observability.request"
"""Where in `environ` the RequestLog is, for an adapter to leave a failure on."""

ROUTE = "observability.route"
"""Where in `environ` an adapter leaves the template of the route that matched."""

_READ = {f"HTTP_{name.upper().replace('-', '_')}": name for name in HEADERS}


class LoggingMiddleware:
    """Wrap an application; health checks are answered here, before any rule of its own."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start()
        headers = {name: environ[key] for key, name in _READ.items() if key in environ}
        peer = client_address(environ.get("REMOTE_ADDR"), headers.get("x-forwarded-for", ""))
        root = environ.get("SCRIPT_NAME", "")
        # A path comes as bytes that were decoded as Latin-1 (PEP 3333, Unicode Issues).
        raw = (root + environ.get("PATH_INFO", "")).encode("latin-1", "replace")
        path = raw.decode("utf-8", "replace")

        def route() -> str | None:
            # What dispatches to a mounted application moves its prefix into SCRIPT_NAME.
            template: str | None = environ.get(ROUTE)
            return template and environ.get("SCRIPT_NAME", "").removeprefix(root) + template

        log = RequestLog(environ["REQUEST_METHOD"], path, shown_address(peer), route)
        environ[REQUEST] = log
        health_check = environ.get("PATH_INFO") in {"/health/live", "/health/ready"}
        response = Responder(log, correlation_ids(headers), start_response)
        response.begin(_answer_health if health_check else self.app, environ)
        return response


def _answer_health(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    environ[ROUTE] = environ["PATH_INFO"]
    status, answer = health(environ["PATH_INFO"])
    body = json.dumps(answer).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [body]
