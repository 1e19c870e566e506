"""The same application in Flask and Django, with each ending of a request."""

import sys
import time
from collections.abc import Iterator
from threading import Barrier
from typing import Any, NoReturn

from observability.context import bind
from observability.logger import get_logger
from observability.wsgi import run

CONCURRENT = 8
"""Requests that one gunicorn worker handles at the same time."""

logger = get_logger(__name__)
everybody = Barrier(CONCURRENT)


def plain() -> str:
    logger.info("In the handler")
    return "plain"


def item(item_id: str) -> str:
    bind(item_id=item_id)
    return item_id


def number(number: int) -> str:
    return str(number)


def fail() -> NoReturn:
    raise RuntimeError("failed on purpose")


def log_and_fail() -> NoReturn:
    try:
        fail()
    except RuntimeError:
        logger.exception("Seen by the service")
        raise


def misplaced() -> NoReturn:
    raise LookupError("no such shelf")


def hold(seconds: str) -> str:
    logger.info("Holding")
    time.sleep(float(seconds))
    return "held"


def together(number: int) -> str:
    bind(bound=number)
    everybody.wait()
    logger.info("Together", number=number)
    return str(number)


VIEWS: dict[str, Any] = {
    "plain": plain,
    "items/<{str}item_id>": item,
    "numbers/<int:number>": number,
    "failure": fail,
    "logged": log_and_fail,
    "misplaced": misplaced,
    "hold/<{str}seconds>": hold,
    "together/<int:number>": together,
}
"""Views by path; `{str}` is how a framework writes a text."""


def three_chunks() -> Iterator[bytes]:
    for chunk in (b"one", b"two", b"three"):
        yield chunk
        time.sleep(0.1)


def broken_chunks() -> Iterator[bytes]:
    yield b"first"
    raise RuntimeError("failed in mid-stream")


def endless_chunks() -> Iterator[bytes]:
    while True:
        yield b"more"
        time.sleep(0.01)


STREAMS = {"stream": three_chunks, "cut": broken_chunks, "endless": endless_chunks}


def fail_later() -> NoReturn:
    raise RuntimeError("failed after the response")


def make_flask() -> Any:
    """Flask, whose logger was used before it is instrumented."""
    from flask import Flask, Response, abort
    from flask.logging import default_handler
    from observability.flask import instrument
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    app, mounted = Flask("flask_app"), Flask("mounted_app")
    app.logger.addHandler(default_handler)

    def caused(log: str = "") -> NoReturn:
        try:
            log_and_fail() if log else fail()
        except RuntimeError:
            abort(500)
        raise AssertionError("the failure did not fail")

    def closing() -> Response:
        response = Response("answered")
        response.call_on_close(fail_later)
        return response

    views = {path.format(str=""): view for path, view in VIEWS.items()} | {
        "unavailable": lambda: abort(503),
        "background": closing,
        "caused": caused,
        "caused/<log>": caused,
    }
    for path, view in views.items():
        app.add_url_rule(f"/{path}", path, view)
    for path, chunks in STREAMS.items():
        app.add_url_rule(f"/{path}", path, lambda chunks=chunks: Response(chunks()))
    mounted.add_url_rule("/items/<item_id>", view_func=item)
    app.register_error_handler(LookupError, lambda error: ("handled", 500))
    app.register_error_handler(404, lambda error: ("not here", 404))
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/mounted": mounted})  # type: ignore[method-assign]
    instrument(app)
    return app


def make_django() -> Any:
    """Django in its debug mode, with a handler of the owner's own in LOGGING."""
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpResponse, StreamingHttpResponse
    from django.urls import include, path, re_path
    from observability.django import instrument

    class Closing(HttpResponse):
        def close(self) -> None:
            super().close()
            fail_later()

    def answering(view: Any) -> Any:
        return lambda request, **arguments: HttpResponse(view(**arguments))

    def streaming(chunks: Any) -> Any:
        return lambda request: StreamingHttpResponse(chunks())

    nested = [re_path(r"^items/(?P<item_id>[^/]+)$", answering(item))]
    settings.configure(
        ALLOWED_HOSTS=["localhost", "127.0.0.1"],
        DEBUG=True,
        LOGGING={
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"own": {"class": "logging.FileHandler", "filename": "own.log"}},
            "loggers": {"wsgi_apps": {"handlers": ["own"]}},
        },
        ROOT_URLCONF=(
            *(path(route.format(str="str:"), answering(view)) for route, view in VIEWS.items()),
            *(path(route, streaming(chunks)) for route, chunks in STREAMS.items()),
            path("mounted/", include(nested)),
            path("unavailable", lambda request: HttpResponse(status=503)),
            path("background", lambda request: Closing("answered")),
        ),
        SECRET_KEY="of no service",
    )
    return instrument(get_wsgi_application())


MAKERS = {"flask": make_flask, "django": make_django}


def __getattr__(name: str) -> Any:
    """Make the application of an import string, such as `wsgi_apps:flask`."""
    if name in MAKERS:
        return MAKERS[name]()
    raise AttributeError(name)


if __name__ == "__main__":
    run(f"wsgi_apps:{sys.argv[1]}")
