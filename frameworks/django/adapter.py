# Managed by the service template: change it there, or expect a merge on update.
"""What Django needs: the middleware around all of it, the route's template, its exceptions."""

import sys
from typing import Any

from django.contrib.admindocs.views import simplify_regex
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import got_request_exception
from django.http import HttpRequest
from django.urls import ResolverMatch

from .setup import configure_logging
from .wsgi import REQUEST, ROUTE, LoggingMiddleware


def instrument(handler: WSGIHandler) -> LoggingMiddleware:
    """Configure logging, and log each request of the application that this returns.

    `app = instrument(get_wsgi_application())`. Django's own middleware would see neither what
    goes on the wire nor a response that breaks off, hence the one around the handler.
    """
    configure_logging()
    got_request_exception.connect(_keep_failure)
    resolve = handler.resolve_request

    def resolve_kept(request: HttpRequest) -> ResolverMatch:
        match = resolve(request)
        request.META[ROUTE] = simplify_regex(match.route)
        return match

    handler.resolve_request = resolve_kept  # type: ignore[method-assign]
    return LoggingMiddleware(handler)


def _keep_failure(request: HttpRequest, **signal: Any) -> None:
    # Django answers an exception by itself; `django.request`, which would log it, is silent.
    if REQUEST in request.META:
        request.META[REQUEST].failure = sys.exc_info()[1]
