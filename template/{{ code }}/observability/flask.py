# Managed by the template: edits here are merged on update.
"""Flask: the middleware around the application, its route templates, its exceptions."""

import logging
from typing import Any

from flask import Flask, got_request_exception, request, request_started
from flask.logging import default_handler
from werkzeug.exceptions import HTTPException

from .config import configure_logging
from .record import is_logged, mark_logged
from .wsgi import REQUEST, ROUTE, LoggingMiddleware


def instrument(app: Flask) -> None:
    """Configure logging, and log each request of `app`.

    Call it once, before the application serves and after others are mounted on `app.wsgi_app`:
    the routes and exceptions of mounted Flask applications are logged too.
    """
    configure_logging()
    app.logger.removeHandler(default_handler)  # from a use before this call
    request_started.connect(_keep_route)
    got_request_exception.connect(_keep_failure)
    handle = app.handle_user_exception

    def keep_and_handle(error: Exception) -> Any:
        _keep_handled(error)
        return handle(error)

    app.handle_user_exception = keep_and_handle  # type: ignore[assignment, method-assign]
    app.wsgi_app = LoggingMiddleware(app.wsgi_app)  # type: ignore[method-assign]


def _keep_route(app: Flask, **signal: Any) -> None:
    if request.url_rule is not None:
        request.environ[ROUTE] = request.url_rule.rule


def _keep_handled(error: Exception) -> None:
    """Keep what an error handler answers, and the cause of `abort(500)`: neither has a signal."""
    cause = error.__cause__ or error.__context__
    if REQUEST in request.environ and (cause or not isinstance(error, HTTPException)):
        request.environ[REQUEST].failure = error
        if isinstance(error, HTTPException) and is_logged(cause):
            mark_logged(error)  # its traceback would repeat that of its cause


def _keep_failure(app: Flask, exception: BaseException, **signal: Any) -> None:
    """Leave the exception that Flask answers by an error page to the request's own line."""
    if REQUEST in request.environ:
        log = request.environ[REQUEST]
        log.failure, log.outcome = exception, "error"
        app.logger.addFilter(_is_new)


def _is_new(record: logging.LogRecord) -> bool:
    """Drop Flask's own line of an exception, of `Flask.log_exception`: it repeats ours."""
    return not (record.exc_info and str(record.msg).startswith("Exception on "))
