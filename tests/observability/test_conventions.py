"""What an application does its own way changes nothing: routes, answers, dependencies, handlers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from children import run
from fastapi import APIRouter, Depends, FastAPI, HTTPException
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from observability.testing import Logs


class Shouting(APIRoute):
    """A route class, which wraps each handler."""

    def get_route_handler(self) -> Any:
        handle = super().get_route_handler()

        async def shout(request: Any) -> Any:
            response = await handle(request)
            response.body = bytes(response.body).upper()
            return response

        return shout


def refuse() -> None:
    raise HTTPException(401)


@pytest.fixture
def client() -> Iterator[TestClient]:
    from observability.fastapi import instrument
    from observability.server import lifespan

    app = FastAPI(
        lifespan=lifespan,
        generate_unique_id_function=lambda route: f"{route.tags[0]}-{route.name}",
        default_response_class=HTMLResponse,
        dependencies=[Depends(refuse)],
    )
    router = APIRouter(prefix="/api/v1", tags=["books"], route_class=Shouting)
    router.get("/books/{book}")(lambda book: book)
    app.include_router(router, prefix="/library")
    app.get("/health", tags=["own"])(lambda: "own")
    app.dependency_overrides[refuse] = lambda: None
    instrument(app)
    with TestClient(app, root_path="/behind/proxy") as client:
        yield client


def test_fastapi_may_have_conventions_of_its_own(client: TestClient, logs: Logs) -> None:
    assert client.get("/library/api/v1/books/ink").text == "INK"
    assert client.get("/health").text == "own"
    client.app.dependency_overrides.clear()  # type: ignore[attr-defined]
    assert client.get("/health").status_code == 401
    for path in ("/health/live", "/health/ready"):
        assert client.get(path).json() == {"status": "ok"}, "a dependency of the application"
        assert client.get(f"/behind/proxy{path}").status_code == 200
    assert client.get("/openapi.json").status_code == 200

    lines = [(e["route"], e["status"]) for e in logs.events("request_completed")]
    route = "/library/api/v1/books/{book}"
    assert lines[:3] == [(route, 200), ("/health", 200), ("/health", 401)]
    assert len(lines) == 4, "a request without a line, or with two"


FLASK = """
from flask import Blueprint, Flask, abort
from observability.flask import instrument

app = Flask(__name__)
app.before_request(lambda: abort(401))
books = Blueprint("books", __name__, url_prefix="/api")
books.get("/books/<book>")(lambda book: book)
app.register_blueprint(books, url_prefix="/v1/api")
app.get("/health")(lambda: "own")
instrument(app)
client = app.test_client()
assert client.get("/health/ready").json == {"status": "ok"}
assert client.get("/health").status_code == 401
assert client.get("/v1/api/books/ink").status_code == 401
"""

DJANGO = """
import io
import logging
from logging.handlers import BufferingHandler
from django.conf import settings

class Table(BufferingHandler):
    "In the place of a table of a database."

    def __init__(self):
        super().__init__(1000)

settings.configure(
    DEBUG=%s,
    SECRET_KEY="of this test",
    ALLOWED_HOSTS=["testserver"],
    ROOT_URLCONF="__main__",
    LOGGING={
        "version": 1,
        "handlers": {
            "table": {"()": Table},
            "other": {"()": Table},
            "console": {"class": "logging.StreamHandler"},
            "mail_admins": {"level": "ERROR", "()": Table},
        },
        "root": {"level": "WARNING", "handlers": ["console"]},
        "loggers": {
            "django": {"handlers": ["mail_admins", "console"], "level": "INFO"},
            "django.request": {"handlers": ["table"], "level": "ERROR"},
            "library": {"handlers": ["other", "console"], "level": "DEBUG", "propagate": True},
        },
    },
)
from observability.config import configure_logging
configure_logging()  # at the end of settings.py, before Django configures what LOGGING says

from django.core.wsgi import get_wsgi_application
from django.urls import path
from observability.django import instrument

def fail(request):
    logging.getLogger("library.loans").info("Loan begun")
    raise LookupError("password=hunter2-canary")

urlpatterns = [path("failure", fail)]
application = instrument(get_wsgi_application())

def get(target):
    environ = {"PATH_INFO": target, "REQUEST_METHOD": "GET", "SERVER_NAME": "testserver",
               "SERVER_PORT": "80", "wsgi.input": io.BytesIO()}
    return b"".join(application(environ, lambda *_: None))

assert get("/health/ready") == b'{"status": "ok"}'
get("/failure")
for name in ("django", "django.request", "library"):
    kept = [h for h in logging.getLogger(name).handlers if isinstance(h, Table)]
    print([name, [[r.getMessage() for r in handler.buffer] for handler in kept]].__repr__())
"""


def test_flask_may_refuse_each_request_and_is_still_healthy() -> None:
    done = run(FLASK, begin="", ENVIRONMENT="production")

    records = [json.loads(line) for line in done.output.splitlines()]
    lines = [(r["route"], r["status"]) for r in records if r["message"] == "request_completed"]
    assert sorted(lines) == [("/health", 401), ("/v1/api/books/{book}", 401)]


@pytest.mark.parametrize("debug", [False, True])
def test_handlers_of_djangos_logging_stay_but_for_those_of_the_console(debug: bool) -> None:
    done = run(DJANGO % debug, begin="", ENVIRONMENT="production")

    text = done.output + done.errors
    assert "canary" not in text
    lines = [line for line in done.output.splitlines() if line.startswith("{")]
    messages = [json.loads(line)["message"] for line in lines]
    assert messages.count("request_completed") == 1
    assert messages.count("Loan begun") == 1, text
    assert text.count("Traceback") == 1, text
    assert "['django', [['Internal Server Error: /failure']]]" in text
    assert "['django.request', [['Internal Server Error: /failure']]]" in text
    assert "['library', [['Loan begun']]]" in text


WERKZEUG = """
import logging
from flask import Flask
from observability.flask import instrument

instrument(Flask(__name__))
logger = logging.getLogger("werkzeug")
logger.info(" * Running on %s", "http://127.0.0.1:5000")
logger.info(" * Debugger PIN: %s", "123-456-789")
logger.info('127.0.0.1 - - [29/Nov/2026 12:00:00] "%s" %s %s', "GET /?token=canary", 200, "-")
"""


@pytest.mark.parametrize("environment", ["development", "production"])
def test_flasks_server_shows_its_address_and_in_development_the_pin(
    environment: str, tmp_path: Path
) -> None:
    done = run(WERKZEUG, begin="", ENVIRONMENT=environment, LOG_FILE="-")

    assert "Running on http://127.0.0.1:5000" in done.output
    assert ("PIN: 123-456-789" in done.errors) == (environment == "development")
    assert "PIN: 123" not in done.output
    assert "canary" not in done.output + done.errors
    assert "GET /" not in done.output, "a line that repeats request_completed"


@pytest.mark.parametrize("name", ["watchfiles.main", "watchdog.observers.inotify_buffer"])
def test_a_reloader_that_sees_the_log_file_does_not_change_it_again(name: str) -> None:
    done = run(
        f"import logging\nfrom observability.config import configure_logging\n"
        f"configure_logging()\nlogging.getLogger({name!r}).info('1 change detected')"
    )

    assert not done.output


def test_the_level_of_the_code_around_the_package_is_not_for_its_lines() -> None:
    done = run("logging.getLogger().setLevel('ERROR'); get_logger('observability.a').info('Kept')")

    assert [record["message"] for record in done.records] == ["Kept"]
