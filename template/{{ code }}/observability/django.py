# Managed by the template: edits here are merged on update.
"""Django: the middleware around its WSGI handler, its route templates, its exceptions."""

import sys
from typing import Any

from django.contrib.admindocs.views import simplify_regex
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import got_request_exception
from django.http import HttpRequest
from django.urls import ResolverMatch

from .config import configure_logging
from .wsgi import LoggingMiddleware, keep


def instrument(handler: WSGIHandler) -> LoggingMiddleware:
    """Configure logging, and return the application: `app = instrument(get_wsgi_application())`."""
    configure_logging()
    got_request_exception.connect(_keep_failure)
    resolve = handler.resolve_request

    def resolve_and_keep(request: HttpRequest) -> ResolverMatch:
        match = resolve(request)
        keep(request.META, route=request.META["SCRIPT_NAME"] + simplify_regex(match.route))
        return match

    vars(handler)["resolve_request"] = resolve_and_keep
    return LoggingMiddleware(handler)


def _keep_failure(request: HttpRequest, **signal: Any) -> None:
    keep(request.META, failure=sys.exc_info()[1])  # which Django answers, and logs nowhere else
