# Managed by the service template: change it there, or expect a merge on update.
"""What Django needs: the middleware around all of it, the health paths, its exceptions."""

import sys
from typing import Any
from wsgiref.types import WSGIEnvironment

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from .lifecycle import health
from .setup import configure_logging
from .wsgi import LoggingMiddleware

HEALTH = ("/health/live", "/health/ready")


def instrument(handler: WSGIHandler) -> LoggingMiddleware:
    """Configure logging, and log each request of the application that this returns.

    `app = instrument(get_wsgi_application())`. Health paths are answered here, before Django
    looks at the host or redirects: a platform's checks come by an address and without TLS.
    """
    configure_logging()
    respond = handler.get_response

    def respond_watched(request: HttpRequest) -> HttpResponseBase:
        if request.path in HEALTH:
            request.META["observability.route"] = request.path
            status, body = health(request.path)
            return JsonResponse(body, status=status)
        response: HttpResponseBase = respond(request)
        if request.resolver_match:
            request.META["observability.route"] = f"/{request.resolver_match.route}"
        return response

    handler.get_response = respond_watched
    # Django answers an exception by itself, and tells it to whoever asks.
    got_request_exception.connect(_keep_failure)
    return LoggingMiddleware(handler, route_template)


def route_template(environ: WSGIEnvironment) -> str | None:
    """`/api/v1/users/{user_id}`: with its includes, without values; None if no route matched."""
    route: str | None = environ.get("observability.route")
    return route


def _keep_failure(request: HttpRequest, **signal: Any) -> None:
    request.META["observability.request"].failure = sys.exc_info()[1]
