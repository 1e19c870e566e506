"""What an application does its own way changes nothing: routes, answers, dependencies, handlers."""

import shutil
from pathlib import Path

import observability.fastapi
import pytest
from children import run
from fastapi import APIRouter, Depends, FastAPI, HTTPException
from fastapi.testclient import TestClient
from observability.fastapi import instrument
from observability.server import lifespan
from observability.testing import Logs


def refuse() -> None:
    raise HTTPException(401)


def test_fastapi_may_have_conventions_of_its_own(logs: Logs) -> None:
    app = FastAPI(
        lifespan=lifespan,
        generate_unique_id_function=lambda route: f"{route.tags[0]}-{route.name}",
        dependencies=[Depends(refuse)],
    )
    router = APIRouter(prefix="/api/v1", tags=["books"])
    router.get("/books/{book}")(lambda book: book)
    app.include_router(router, prefix="/library")
    app.get("/health", tags=["own"])(lambda: "own")
    instrument(app)
    with TestClient(app, root_path="/behind/proxy") as client:
        for path in ("/health/live", "/health/ready"):
            assert client.get(path).json() == {"status": "ok"}, "a dependency of the application"
            assert client.get(f"/behind/proxy{path}").status_code == 200
        assert client.get("/health").status_code == 401
        app.dependency_overrides[refuse] = lambda: None
        assert client.get("/health").json() == "own"
        assert client.get("/library/api/v1/books/ink").json() == "ink"
        assert client.get("/openapi.json").status_code == 200

    lines = [(line["route"], line["status"]) for line in logs.events("request_completed")]
    route = "/library/api/v1/books/{book}"
    assert lines[:3] == [("/health", 401), ("/health", 200), (route, 200)]
    assert len(lines) == 4, "a request without a line, or with two"


def test_middleware_of_the_service_hides_no_cause_and_no_route(logs: Logs) -> None:
    app = FastAPI()
    app.middleware("http")(lambda request, call_next: call_next(request))

    @app.get("/books/{book}")
    def find(book: str) -> None:
        try:
            dict[str, str]()[book]
        except KeyError as error:
            raise HTTPException(500) from error

    instrument(app)
    TestClient(app).get("/books/ink")

    line = logs.assert_event("request_completed", route="/books/{book}", status=500)
    assert line["error_type"] == "fastapi.exceptions.HTTPException"
    assert "KeyError: 'ink'" in line["exception"]


FLASK = """
from flask import Blueprint, Flask, abort
from observability.flask import instrument

app = Flask(__name__)
app.before_request(lambda: abort(401))
books = Blueprint("books", __name__, url_prefix="/api")
books.get("/books/<book>")(lambda book: book)
app.register_blueprint(books, url_prefix="/v1/api")
instrument(app)
client = app.test_client()
assert client.get("/health/ready").json == {"status": "ok"}
assert client.get("/v1/api/books/ink").status_code == 401

logger = logging.getLogger("werkzeug")
logger.info(" * Running on %s", "http://127.0.0.1:5000")
logger.info(" * Debugger PIN: %s", "123-456-789")
logger.info('127.0.0.1 - - [29/Nov/2026 12:00:00] "%s" %s %s', "GET /?token=canary", 200, "-")
"""


@pytest.mark.parametrize("environment", ["development", "production"])
def test_flask_may_refuse_each_request_and_its_server_shows_its_address_and_in_development_the_pin(
    environment: str, tmp_path: Path
) -> None:
    done = run(FLASK, folder=tmp_path, ENVIRONMENT=environment, LOG_FORMAT="json")

    lines = [r for r in done.records if r["message"] == "request_completed"]
    assert [(r["route"], r["status"]) for r in lines] == [("/v1/api/books/{book}", 401)]
    assert "Running on http://127.0.0.1:5000" in done.output
    assert ("PIN: 123-456-789" in done.errors) == (environment == "development")
    assert "PIN: 123" not in done.output
    assert "canary" not in done.output + done.errors
    assert "GET /" not in done.output, "a line that repeats request_completed"


DJANGO = """
import io
from logging.handlers import BufferingHandler
from django.conf import settings

class Table(BufferingHandler):
    "In the place of a table of a database."

    def __init__(self):
        super().__init__(1000)

settings.configure(
    DEBUG=sys.argv[1] == "debug",
    SECRET_KEY="of this test",
    ALLOWED_HOSTS=["testserver"],
    ROOT_URLCONF="__main__",
    LOGGING={
        "version": 1,
        "handlers": {
            "table": {"()": Table},
            "console": {"class": "logging.StreamHandler"},
            "mail_admins": {"level": "ERROR", "()": Table},
        },
        "root": {"level": "WARNING", "handlers": ["console"]},
        "loggers": {
            "django": {"handlers": ["mail_admins", "console"], "level": "INFO"},
            "library": {"handlers": ["table", "console"], "level": "DEBUG", "propagate": True},
        },
    },
)
configure_logging()  # at the end of settings.py, before Django configures what LOGGING says

from django.core.wsgi import get_wsgi_application
from django.urls import path
from observability.django import instrument

def fail(request):
    logging.getLogger("library.loans").info("Loan begun")
    raise LookupError("password=hunter2-canary")

urlpatterns = [path("failure", fail)]
environ = {"PATH_INFO": "/failure", "REQUEST_METHOD": "GET", "SERVER_NAME": "testserver",
           "SERVER_PORT": "80", "wsgi.input": io.BytesIO()}
b"".join(instrument(get_wsgi_application())(environ, lambda *_: None))
for name in ("django", "library"):
    (kept,) = [h for h in logging.getLogger(name).handlers if isinstance(h, Table)]
    os.write(2, repr([record.getMessage() for record in kept.buffer]).encode())
"""


@pytest.mark.parametrize("debug", ["debug", "no debug"])
def test_handlers_of_djangos_logging_stay_but_for_those_of_the_console(debug: str) -> None:
    done = run(DJANGO, debug)

    messages = [record["message"] for record in done.records]
    assert messages.count("request_completed") == messages.count("Loan begun") == 1, messages
    assert done.errors == "['Internal Server Error: /failure']['Loan begun']"
    assert done.output.count("Traceback") == 1, done.output
    assert "canary" not in done.output


@pytest.mark.parametrize("name", ["watchfiles.main", "watchdog.observers.inotify_buffer"])
def test_a_reloader_that_sees_the_log_file_does_not_change_it_again(name: str) -> None:
    assert not run(f"logging.getLogger({name!r}).info('1 change detected')").output


def test_the_level_of_the_code_around_the_package_is_not_for_its_lines() -> None:
    done = run("logging.getLogger().setLevel('ERROR'); get_logger('observability.a').info('Kept')")

    assert [record["message"] for record in done.records] == ["Kept"]


HANDLERS = """
import json, logging, sys
from flask import Flask
from orders.observability.flask import instrument

class Mails(logging.Handler):
    def emit(self, record):
        print(record.name, record.levelname, bool(record.exc_info), file=sys.stderr)

app = Flask("orders", root_path=".")
app.get("/fail")(lambda: 1 / 0)
app.logger.addHandler(Mails())  # which is the logger `orders`
instrument(app)
logging.getLogger("orders.books").info("Of the service")
assert app.test_client().get("/fail").status_code == 500
"""


def test_handlers_of_the_service_get_its_lines_and_flask_s_and_none_of_the_package(
    tmp_path: Path,
) -> None:
    here = Path(observability.fastapi.__file__).parent
    shutil.copytree(here, tmp_path / "orders" / "observability")

    done = run(HANDLERS, begin="", PYTHONPATH=str(tmp_path))

    assert done.errors.splitlines() == ["orders.books INFO False", "orders ERROR True"]
    (line,) = [r for r in done.records if r["message"] == "request_completed"]
    assert (line["status"], line["error_type"]) == (500, "ZeroDivisionError")
    assert done.output.count("Traceback") == 1
