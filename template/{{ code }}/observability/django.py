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
from .wsgi import REQUEST, ROUTE, LoggingMiddleware


def instrument(handler: WSGIHandler) -> LoggingMiddleware:
    """Configure logging, and return the application that logs each request of `handler`.

    `app = instrument(get_wsgi_application())`. A middleware of Django's own sees neither what goes
    on the wire nor a response that breaks off.
    """
    configure_logging()
    got_request_exception.connect(_keep_failure)
    resolve = handler.resolve_request

    def resolve_and_keep(request: HttpRequest) -> ResolverMatch:
        match = resolve(request)
        request.META[ROUTE] = simplify_regex(match.route)
        return match

    vars(handler)["resolve_request"] = resolve_and_keep
    return LoggingMiddleware(handler)


def _keep_failure(request: HttpRequest, **signal: Any) -> None:
    # Django answers the exception itself; `django.request`, which would log it, is silent.
    if REQUEST in request.META:
        log = request.META[REQUEST]
        log.failure, log.outcome = sys.exc_info()[1], "error"
