"""Ids, client address and line of one request."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from children import captured
from observability.requests import RequestLog, client_address, correlation_ids
from observability.settings import get_settings

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def change(**variables: str) -> None:
        for name, text in variables.items():
            monkeypatch.setenv(name, text)
        get_settings.cache_clear()

    yield change
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.mark.parametrize(
    ("headers", "request_id"),
    [
        ({"x-request-id": "inbound-1"}, "inbound-1"),
        ({"x-railway-request-id": "railway-1"}, "railway-1"),
        ({"x-request-id": "inbound-1", "x-railway-request-id": "railway-1"}, "inbound-1"),
        ({"x-request-id": "no good", "x-railway-request-id": "railway-1"}, "railway-1"),
        ({"x-request-id": "a" * 64}, "a" * 64),
        ({"x-request-id": "Ab0._-12"}, "Ab0._-12"),
    ],
)
def test_the_first_valid_inbound_request_id_is_used(
    headers: dict[str, str], request_id: str
) -> None:
    assert correlation_ids(headers)["request_id"] == request_id


@pytest.mark.parametrize(
    "given", ["", "short-7", "a" * 65, "a b c d e", "semi;colon", "new\nline1"]
)
def test_an_invalid_request_id_is_replaced(given: str) -> None:
    made = correlation_ids({"x-request-id": given})["request_id"]

    assert re.fullmatch("[0-9a-f]{32}", made), made


@pytest.mark.parametrize("rest", ["01", "00", "01-what-the-future-brings"])
def test_a_trace_is_continued(rest: str) -> None:
    version = "cc" if len(rest) > 2 else "00"
    ids = correlation_ids({"traceparent": f"{version}-{TRACE}-{SPAN}-{rest}"})

    assert (ids["trace_id"], ids["span_id"]) == (TRACE, SPAN)


@pytest.mark.parametrize(
    "given",
    [
        *("", "nonsense", f"ff-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-01-future"),
        *(f"00-{TRACE.upper()}-{SPAN}-01", f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01"),
        *(f"00-{TRACE[:-1]}-{SPAN}-01", f"00-{TRACE}-{SPAN}"),
    ],
)
def test_an_invalid_traceparent_starts_a_new_trace(given: str) -> None:
    made = correlation_ids({"traceparent": given})

    assert re.fullmatch("[0-9a-f]{32}", made["trace_id"]), made
    assert re.fullmatch("[0-9a-f]{16}", made["span_id"]), made
    assert TRACE not in made.values()
    assert SPAN not in made.values()


@pytest.mark.parametrize(
    ("policy", "address", "shown"),
    [
        ("truncate", "203.0.113.77", "203.0.113.0"),
        ("truncate", "2001:db8:85a3:8d3:1319:8a2e:370:7348", "2001:db8:85a3::"),
        ("truncate", "::ffff:203.0.113.77", "203.0.113.0"),
        ("full", "203.0.113.77", "203.0.113.77"),
        ("full", "2001:DB8::1", "2001:db8::1"),
        ("truncate", "unix:/run/socket", None),
        ("full", "password=hunter2", None),
        ("truncate", None, None),
        ("full", "fe80::1%" + "a" * 64, None),
    ],
)
def test_an_address_is_shown_as_the_policy_allows(
    policy: str, address: str | None, shown: str | None, environment: Any
) -> None:
    environment(LOG_IP_POLICY=policy)

    assert client_address(address, "") == shown


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 192.0.2.7", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("10.0.0.1", "not an address", None),
        ("10.0.0.1", " , ", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2, " * 100_000, None),
        (None, "198.51.100.1", None),
    ],
)
def test_a_forwarded_address_counts_only_from_trusted_proxies(
    peer: str | None, forwarded_for: str, client: str | None, environment: Any
) -> None:
    environment(FORWARDED_ALLOW_IPS="10.0.0.0/8, 192.0.2.7", LOG_IP_POLICY="full")

    assert client_address(peer, forwarded_for) == client


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """The events of this logger, as they are written."""
    with captured("observability.requests") as found:
        yield found


@pytest.mark.parametrize(
    ("status", "level", "outcome"),
    [
        *((200, "INFO", "success"), (302, "INFO", "success"), (404, "INFO", "client_error")),
        *((500, "ERROR", "error"), (None, "ERROR", "error")),
    ],
)
def test_level_and_outcome_follow_the_status(
    status: int | None, level: str, outcome: str, lines: list[dict[str, Any]]
) -> None:
    log = RequestLog("GET", "/a", "192.0.2.0", {})
    log.route = "/<int:number>/{name}/{path:path}"
    log.status, log.bytes_sent = status, 7
    log.complete()
    log.complete()

    (line,) = lines
    assert (line["level"], line["outcome"], line["status"]) == (level, outcome, status)
    assert line["route"] == "/{number}/{name}/{path}"
    assert (line["method"], line["path"], line["bytes_sent"]) == ("GET", "/a", 7)
    assert line["duration_ms"] >= 0


def test_a_quiet_path_is_silent_while_it_passes(
    lines: list[dict[str, Any]], environment: Any
) -> None:
    environment(LOG_QUIET_PATHS="/quiet")
    for status in (200, 404, 503):
        log = RequestLog("GET", "/quiet", None, {})
        log.status = status
        log.complete()

    assert [line["status"] for line in lines] == [404, 503]


def test_an_exception_that_the_service_has_logged_has_one_traceback(
    lines: list[dict[str, Any]],
) -> None:
    log = RequestLog("GET", "/a", None, {})
    try:
        raise RuntimeError("failed on purpose")
    except RuntimeError as error:
        logging.getLogger("observability.requests").exception("Order failed")
        failure = error
    log.status = 500
    log.complete(failure)

    assert ["exception" in line for line in lines] == [True, False]
    assert (lines[1]["error_type"], lines[1]["error_message"]) == (
        "RuntimeError",
        "failed on purpose",
    )
