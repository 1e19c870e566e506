# Managed by the template: edits here are merged on update.
"""Flask: the middleware around the application, its route templates, its exceptions."""

import logging
import sys
from typing import Any

from flask import Flask, request, request_started
from flask.logging import default_handler

from .config import configure_logging
from .settings import get_settings
from .wsgi import LoggingMiddleware, keep


def instrument(app: Flask) -> None:
    """Configure logging, and log each request of `app` and of what is mounted on its `wsgi_app`."""
    configure_logging()
    default_handler.setStream(sys.stderr)  # not that of a request: its lines are ours then
    logging.getLogger("werkzeug").addFilter(_show_pin)
    request_started.connect(_keep_route)
    handle = app.handle_user_exception

    def keep_and_handle(error: Exception) -> Any:
        keep(request.environ, failure=error)
        return handle(error)

    app.handle_user_exception = keep_and_handle  # type: ignore[assignment, method-assign]

    def keep_and_log(exc_info: Any) -> None:
        keep(request.environ, failure=exc_info[1])
        given = {"exc_info": exc_info, "extra": {"_repeated": True}}  # for handlers of others
        app.logger.error("Exception on %s [%s]", request.path, request.method, **given)

    app.log_exception = keep_and_log  # type: ignore[method-assign]
    app.wsgi_app = LoggingMiddleware(app.wsgi_app)  # type: ignore[method-assign]


def _keep_route(app: Flask, **signal: Any) -> None:
    if request.url_rule is not None:
        keep(request.environ, route=request.root_path + request.url_rule.rule)


def _show_pin(record: logging.LogRecord) -> bool:
    if record.msg == " * Debugger PIN: %s" and get_settings().environment == "development":
        print(record.getMessage(), file=sys.stderr)  # noqa: T201 - the line has it redacted
    return True
