# Managed by the service template: change it there, or expect a merge on update.
"""What Flask needs: the middleware around all of it, the route's template, its exceptions."""

import logging
from typing import Any

from flask import Flask, got_request_exception, request, request_started
from flask.logging import default_handler

from .errors import is_repeat, mark_logged
from .setup import configure_logging
from .wsgi import REQUEST, ROUTE, LoggingMiddleware


def instrument(app: Flask) -> None:
    """Configure logging, and log each request of `app`.

    Call it once, before the application serves, and after other applications are mounted on
    `app.wsgi_app`: what Flask tells of their requests is heard too.
    """
    configure_logging()
    app.logger.removeHandler(default_handler)  # which it got if it was used before
    request_started.connect(_keep_route)
    got_request_exception.connect(_keep_failure)
    app.wsgi_app = LoggingMiddleware(app.wsgi_app)  # type: ignore[method-assign]


def _keep_route(app: Flask, **signal: Any) -> None:
    if request.url_rule is not None:
        request.environ[ROUTE] = request.url_rule.rule


def _keep_failure(app: Flask, exception: BaseException, **signal: Any) -> None:
    """Leave what Flask answers by itself to the request's own line; it logs it right after this."""
    log = request.environ.get(REQUEST)
    if log is not None:
        log.failure = exception
        mark_logged(exception)
        app.logger.addFilter(_is_new)


def _is_new(record: logging.LogRecord) -> bool:
    return not is_repeat(record)
