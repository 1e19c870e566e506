# Managed by the service template: change it there, or expect a merge on update.
"""A Django application with each ending that a request can have.

The tests of the standard drive it; {% if start == "new" %}of the service's own it has the settings, less the middleware{% else %}it needs nothing of your own{% endif %}.
"""

{% if start == "new" -%}
import os
{% endif -%}
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Barrier
from typing import Any, NoReturn
from wsgiref.types import WSGIApplication

import django
from django.conf import global_settings, settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test.utils import override_settings
from django.urls import include, path, re_path
from django.utils.log import configure_logging
from django.views.decorators.http import require_safe

from {{ observability }} import (
    bind,
    get_logger,
    instrument,
    lifespan,
)

ROUTE_OF_WRONG_METHOD = "/plain"
"""The route of a 405: Django has matched it by its path."""

WRONG_VALUE = (404, None)
"""Status and route of a value that the route's parameter cannot have."""

STATUS_OF_HEAD = 200
"""The status of a HEAD request for a GET route: Django runs the view."""

CONCURRENT = 8
"""Requests that the server handles at the same time: one in each of its threads."""

logger = get_logger(__name__)
logger.info("Probe imported")

everybody = Barrier(CONCURRENT)


@require_safe
def plain(request: HttpRequest) -> HttpResponse:
    logger.info("In the handler")
    return HttpResponse("plain")


def bind_from_dependency() -> None:
    bind(dependency="seen")


def item_in_thread(request: HttpRequest, item_id: str) -> HttpResponse:
    bind_from_dependency()
    bind(item_id=item_id)
    logger.info("In the thread")
    return HttpResponse(item_id)


def item(request: HttpRequest, item_id: str, tenant: str = "") -> HttpResponse:
    bind(item_id=item_id)
    return HttpResponse(item_id)


def number(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(str(number))


def failure(request: HttpRequest) -> NoReturn:
    raise RuntimeError("failed on purpose")


def unavailable(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=503)


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def chunks() -> Iterator[bytes]:
        for chunk in (b"one", b"two", b"three"):
            yield chunk
            time.sleep(0.1)

    return StreamingHttpResponse(chunks())


def cut(request: HttpRequest) -> StreamingHttpResponse:
    def chunks() -> Iterator[bytes]:
        yield b"first"
        raise RuntimeError("failed in mid-stream")

    return StreamingHttpResponse(chunks())


def endless(request: HttpRequest) -> StreamingHttpResponse:
    def chunks() -> Iterator[bytes]:
        while True:
            yield b"more"
            time.sleep(0.01)

    return StreamingHttpResponse(chunks())


class Failing(HttpResponse):
    def close(self) -> None:
        super().close()
        raise RuntimeError("failed after the response")


def background(request: HttpRequest) -> HttpResponse:
    return Failing("answered")


def hold(request: HttpRequest, seconds: str) -> HttpResponse:
    logger.info("Holding")
    time.sleep(float(seconds))
    return HttpResponse("held")


def together(request: HttpRequest, number: int) -> HttpResponse:
    bind(bound=number)
    everybody.wait()
    logger.info("Together", number=number)
    return HttpResponse(str(number))


nested = [path("items/<str:item_id>", item)]
mounted = [re_path(r"^items/(?P<item_id>[^/]+)$", item)]
routes = (
    path("plain", plain),
    path("items/<str:item_id>", item_in_thread),
    path("api/v1/", include(nested)),
    path("of/<str:tenant>/", include(nested)),
    path("mounted/", include(mounted)),
    path("numbers/<int:number>", number),
    path("failure", failure),
    path("unavailable", unavailable),
    path("stream", stream),
    path("cut", cut),
    path("endless", endless),
    path("background", background),
    path("hold/<str:seconds>", hold),
    path("together/<int:number>", together),
)


class Handler(WSGIHandler):
    """Django with these routes in the place of the service's own."""

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        request.urlconf = routes  # type: ignore[assignment]
        return super().get_response(request)


{% if start == "existing" -%}
if not settings.configured:  # else they are those of your own tests
    settings.configure(
        ALLOWED_HOSTS=["*"],
        LOGGING_CONFIG=None,
        ROOT_URLCONF="",  # each request brings its own
        SECRET_KEY="of no service",
        USE_TZ=True,
    )
{%- else -%}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{{ package }}.settings")
{%- endif %}
django.setup()
with override_settings(MIDDLEWARE=[]):
    app = instrument(Handler())


def make_default_app() -> WSGIApplication:
    """An application with the framework's default logging, in its debug mode."""
    settings.DEBUG = True
    configure_logging(global_settings.LOGGING_CONFIG, global_settings.LOGGING)
    return instrument(Handler())


@contextmanager
def open_client(app: WSGIApplication = app) -> Iterator[Any]:
    """A client of all of it, with the application's life running."""
    from httpx2 import Client, WSGITransport

    transport = WSGITransport(app, raise_app_exceptions=False)
    with lifespan(), Client(transport=transport, base_url="http://localhost") as client:
        yield client
