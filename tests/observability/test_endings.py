"""One line per request in every ending: each framework on its real server."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from asgi_server import APPS, Record, serve
from web_apps import CONCURRENT

WSGI = ("flask", "django")

Requests = dict[str, tuple[str, int, str | None, str, str]]
"""By name: target, status, route, level, outcome."""

REQUESTS: Requests = {
    "plain": ("/plain?token=hunter2-canary", 200, "/plain", "INFO", "success"),
    "item": ("/items/i-7", 200, "/items/{item_id}", "INFO", "success"),
    "mounted": ("/mounted/items/i-9", 200, "/mounted/items/{item_id}", "INFO", "success"),
    "unknown": ("/nowhere?password=hunter2-canary", 404, None, "INFO", "client_error"),
    "failure": ("/failure", 500, "/failure", "ERROR", "error"),
    "logged": ("/logged", 500, "/logged", "ERROR", "error"),
    "misplaced": ("/misplaced", 500, "/misplaced", "ERROR", "error"),
    "unavailable": ("/unavailable", 503, "/unavailable", "ERROR", "error"),
    "stream": ("/stream", 200, "/stream", "INFO", "success"),
    "cut": ("/cut", 200, "/cut", "ERROR", "error"),
}
CAUSED: Requests = {
    "caused": ("/caused", 500, "/caused", "ERROR", "error"),
    "logged-cause": ("/logged-cause", 500, "/logged-cause", "ERROR", "error"),
}
ASGI: Requests = {
    "background": ("/background", 200, "/background", "INFO", "success"),
    "parameter": ("/of/acme/items/i-10", 200, "/of/{tenant}/items/{item_id}", "INFO", "success"),
}
TYPED: Requests = {
    "number": ("/numbers/7", 200, "/numbers/{number}", "INFO", "success"),
    "wrong-value": ("/numbers/seven", 404, None, "INFO", "client_error"),
}
ONLY: dict[str, Requests] = {
    **dict.fromkeys(("fastapi", "starlette", "litestar"), CAUSED | ASGI),
    "flask": CAUSED | TYPED,
    "django": TYPED,
}
"""What a framework has beside REQUESTS."""

RAISED = {
    "failure": ("RuntimeError", "failed on purpose"),
    "logged": ("RuntimeError", "failed on purpose"),
    "misplaced": ("LookupError", "no such shelf"),  # an error handler answers it in Flask
    "cut": ("RuntimeError", "failed in mid-stream"),
}


class Exchanges:
    """What the clients of one framework got, and what its server wrote."""

    def __init__(self, framework: str, folder: Path) -> None:
        self.framework = framework
        self.requests = REQUESTS | ONLY[framework]
        with serve(APPS, framework, folder=folder) as server:
            self.replies = {
                name: server.request(target, request_id=name + "-request")
                for name, (target, *_) in self.requests.items()
            }
            paths = ("live", "ready", "ready?verbose=1")
            self.health = [server.request(f"/health/{path}") for path in paths]
            server.leave("/endless", "left-request")
            server.wait_for(request_id="left-request", message="request_completed")
            if framework not in WSGI:
                server.abort("/upload", "aborted-request")
                server.wait_for(request_id="aborted-request", message="request_completed")
            with ThreadPoolExecutor(CONCURRENT) as clients:
                targets = [f"/together/{number}" for number in range(CONCURRENT)]
                self.together = [body for _, _, body, _ in clients.map(server.request, targets)]
        self.output = server.output
        self.records = server.records()

    def line(self, name: str) -> Record:
        """The one `request_completed` of that request."""
        wanted = {"request_id": name + "-request", "message": "request_completed"}
        lines = [record for record in self.records if wanted.items() <= record.items()]
        assert len(lines) == 1, f"{len(lines)} lines for {name}:\n{self.output}"
        return lines[0]


@pytest.fixture(scope="module", params=ONLY)
def exchanges(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Exchanges:
    return Exchanges(request.param, tmp_path_factory.mktemp(request.param))


def test_each_request_has_one_line_with_what_was_sent(exchanges: Exchanges) -> None:
    for name, (target, status, route, level, outcome) in exchanges.requests.items():
        line = exchanges.line(name)
        replied, headers, body, _ = exchanges.replies[name]
        assert line["status"] == replied == status, name
        assert (line["method"], line["path"]) == ("GET", target.partition("?")[0])
        assert line["route"] == route, name
        assert line["bytes_sent"] == len(body), name
        assert headers["x-request-id"] == name + "-request"
        assert line["ip"] == "127.0.0.0"
        assert (line["level"], line["outcome"]) == (level, outcome), name
    assert "canary" not in exchanges.output, "a secret of a query string is in the output"


def test_a_client_that_leaves_is_no_failure(exchanges: Exchanges) -> None:
    for name in ("left",) if exchanges.framework in WSGI else ("left", "aborted"):
        line = exchanges.line(name)
        assert (line["level"], line["outcome"]) == ("INFO", "client_disconnected"), name


def test_the_duration_runs_to_the_last_byte(exchanges: Exchanges) -> None:
    """The stream waits for 0.1 s after each of three chunks; clocks may differ a little."""
    assert exchanges.line("stream")["duration_ms"] >= 290


def test_each_failure_has_one_traceback(exchanges: Exchanges) -> None:
    """Frameworks and servers repeat the exception that they see."""
    found = Counter(r["request_id"] for r in exchanges.records if "exception" in r)
    names = {"failure", "logged", "misplaced", "cut"}
    names |= {"background", *CAUSED} & exchanges.requests.keys()
    if exchanges.framework != "django":  # which has no exception for a status
        names.add("unavailable")

    # What is raised from a logged exception has a traceback of its own, without that of its cause.
    assert found == {f"{name}-request": 1 + (name == "logged-cause") for name in names}
    for of_server in ("Exception in ASGI", "Error handling", "Exception on", "Server Error: /"):
        assert of_server not in exchanges.output


def test_the_line_of_a_failure_says_what_was_raised(exchanges: Exchanges) -> None:
    for name, raised in RAISED.items():
        line = exchanges.line(name)
        assert (line["error_type"], line["error_message"]) == raised, name
    assert "exception" not in exchanges.line("logged"), "it is on the service's own line"
    assert exchanges.replies["cut"][3], "the client got a whole response"


def test_an_http_exception_with_a_cause_says_both(exchanges: Exchanges) -> None:
    if exchanges.framework == "django":
        return  # it has none
    line = exchanges.line("caused")

    assert line["error_type"].endswith(("HTTPException", "InternalServerError"))
    assert "RuntimeError: failed on purpose" in line["exception"], "the cause is missing"
    assert "web_apps.py" in line["exception"], "the frame that raised is missing"
    assert exchanges.line("logged-cause")["exception"].count("Traceback") == 1


def test_a_handler_has_the_ids_of_the_request_and_the_summary_what_it_binds(
    exchanges: Exchanges,
) -> None:
    inside = next(record for record in exchanges.records if record["message"] == "In the handler")
    summary = exchanges.line("plain")

    assert inside["request_id"] == "plain-request"
    assert (inside["trace_id"], inside["span_id"]) == (summary["trace_id"], summary["span_id"])
    assert exchanges.line("item")["item_id"] == "i-7"


def test_health_checks_are_answered_before_the_framework_and_have_no_line(
    exchanges: Exchanges,
) -> None:
    for status, headers, body, cut in exchanges.health:
        assert (status, body, cut) == (200, b'{"status": "ok"}', False)
        assert headers["content-type"] == "application/json"
        assert headers["x-request-id"]
    assert not [r for r in exchanges.records if str(r.get("path", "")).startswith("/health")]


def test_concurrent_requests_never_mix_their_fields(exchanges: Exchanges) -> None:
    """All of them wait inside the handler until the last one has arrived."""
    lines = [record for record in exchanges.records if "bound" in record]
    numbers = [str(number) for number in range(CONCURRENT)]

    assert exchanges.together == [number.encode() for number in numbers]
    assert Counter(line["bound"] for line in lines) == dict.fromkeys(numbers, 2)
    assert all(line.get("number", line["bound"]) == line["bound"] for line in lines)
    assert len({line["trace_id"] for line in lines}) == CONCURRENT


def test_the_server_adds_no_line_of_its_own_to_a_request(exchanges: Exchanges) -> None:
    loggers = {record["logger"] for record in exchanges.records if "request_id" in record}

    assert loggers <= {"observability.requests", "web_apps"}
