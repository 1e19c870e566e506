# Managed by the service template: change it there, or expect a merge on update.
"""A Flask application with each ending that a request can have.

The tests of the standard drive it; it has nothing of the service's own routes.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Barrier
from typing import Any, NoReturn

from flask import Blueprint, Flask, Response, abort
from flask.logging import default_handler
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from {{ observability }} import (
    bind,
    get_logger,
    instrument,
    lifespan,
)

ROUTE_OF_WRONG_METHOD = None
"""The route of a 405: Flask has matched none."""

WRONG_VALUE = (404, None)
"""Status and route of a value that the route's parameter cannot have."""

STATUS_OF_HEAD = 200
"""The status of a HEAD request for a GET route: Flask adds HEAD."""

CONCURRENT = 8
"""Requests that the server handles at the same time: one in each of its threads."""

logger = get_logger(__name__)
logger.info("Probe imported")

app = Flask(__name__)
mounted = Flask("mounted")
items = Blueprint("items", __name__)
nested = Blueprint("nested", __name__)
everybody = Barrier(CONCURRENT)


@app.get("/plain")
def plain() -> str:
    logger.info("In the handler")
    return "plain"


@items.before_request
def bind_from_dependency() -> None:
    bind(dependency="seen")


@items.get("/items/<item_id>")
def item_in_thread(item_id: str) -> str:
    bind(item_id=item_id)
    logger.info("In the thread")
    return item_id


@nested.get("/items/<item_id>")
@mounted.get("/items/<item_id>")
def item(item_id: str, tenant: str = "") -> str:
    bind(item_id=item_id)
    return item_id


@app.get("/numbers/<int:number>")
def number(number: int) -> str:
    return str(number)


@app.get("/failure")
def failure() -> NoReturn:
    raise RuntimeError("failed on purpose")


@app.get("/unavailable")
def unavailable() -> NoReturn:
    abort(503)


@app.get("/stream")
def stream() -> Response:
    def chunks() -> Iterator[bytes]:
        for chunk in (b"one", b"two", b"three"):
            yield chunk
            time.sleep(0.1)

    return Response(chunks())


@app.get("/cut")
def cut() -> Response:
    def chunks() -> Iterator[bytes]:
        yield b"first"
        raise RuntimeError("failed in mid-stream")

    return Response(chunks())


@app.get("/endless")
def endless() -> Response:
    def chunks() -> Iterator[bytes]:
        while True:
            yield b"more"
            time.sleep(0.01)

    return Response(chunks())


@app.get("/background")
def background() -> Response:
    def fail() -> None:
        raise RuntimeError("failed after the response")

    response = Response("answered")
    response.call_on_close(fail)
    return response


@app.get("/hold/<seconds>")
def hold(seconds: str) -> str:
    logger.info("Holding")
    time.sleep(float(seconds))
    return "held"


@app.get("/together/<int:number>")
def together(number: int) -> str:
    bind(bound=number)
    everybody.wait()
    logger.info("Together", number=number)
    return str(number)


app.register_blueprint(items)
app.register_blueprint(nested, url_prefix="/api/v1")
app.register_blueprint(nested, url_prefix="/of/<tenant>", name="prefixed")
app.wsgi_app = DispatcherMiddleware(  # type: ignore[method-assign]
    app.wsgi_app, {"/mounted": mounted}
)
instrument(app)


def make_default_app() -> Flask:
    """An application in debug mode, with the handler of who logs before logging is set up."""
    default = Flask("flask")
    default.debug = True
    default.add_url_rule("/failure", view_func=failure)
    default.logger.addHandler(default_handler)
    instrument(default)
    return default


@contextmanager
def open_client(app: Flask = app) -> Iterator[Any]:
    """The framework's own test client, with the application's life running."""
    from flask.testing import FlaskClient

    class ReadingClient(FlaskClient):
        def open(self, *args: Any, **options: Any) -> Any:
            return super().open(*args, **{"buffered": True} | options)

    with lifespan():
        yield ReadingClient(app)
