# Managed by the service template: change it there, or expect a merge on update.
"""What Flask needs: the middleware around all of it, the health routes, its exceptions."""

from types import TracebackType
from typing import Any
from wsgiref.types import WSGIEnvironment

from flask import Flask, request
from flask.logging import default_handler

from .lifecycle import health
from .setup import configure_logging
from .wsgi import LoggingMiddleware

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def instrument(app: Flask) -> None:
    """Configure logging, and log each request of `app`; call it once, before it serves."""
    configure_logging()
    app.logger.removeHandler(default_handler)
    # Flask answers an exception by itself; this is where it would log it.
    app.log_exception = _keep_failure  # type: ignore[assignment,method-assign]
    # First of all, for a function that answers a request ends the row of them.
    app.before_request_funcs.setdefault(None, []).insert(0, _keep_route)
    app.wsgi_app = LoggingMiddleware(app.wsgi_app, route_template)  # type: ignore[method-assign]
    for path in ("/health/live", "/health/ready"):
        app.add_url_rule(path, path, _health)


def route_template(environ: WSGIEnvironment) -> str | None:
    """`/api/v1/users/{user_id}`: with its blueprint, without values; None if no route matched."""
    rule: str | None = environ.get("observability.route")
    return rule


def _keep_route() -> None:
    if request.url_rule is not None:
        request.environ["observability.route"] = request.url_rule.rule


def _keep_failure(exc_info: ExcInfo | tuple[None, None, None]) -> None:
    request.environ["observability.request"].failure = exc_info[1]


def _health() -> tuple[dict[str, Any], int]:
    status, body = health(request.path)
    return dict(body), status
