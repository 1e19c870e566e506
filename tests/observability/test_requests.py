"""Ids, client address and line of one request."""

import re

import pytest
from children import SetEnvironment
from observability.requests import RequestLog, client_address, correlation_ids
from observability.testing import Logs

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("headers", "request_id"),
    [
        ({"x-request-id": "Ab0._-12", "x-railway-request-id": "railway-1"}, "Ab0._-12"),
        ({"x-request-id": "no good", "x-railway-request-id": "railway-1"}, "railway-1"),
        ({"x-request-id": "a" * 64}, "a" * 64),
        *(({"x-request-id": text}, None) for text in ("", "short-7", "a" * 65, "new\nline1")),
    ],
)
def test_the_first_valid_inbound_request_id_is_used_and_none_is_replaced(
    headers: dict[str, str], request_id: str | None
) -> None:
    used = correlation_ids(headers)["request_id"]

    assert used == request_id or (request_id is None and re.fullmatch("[0-9a-f]{32}", used)), used


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
    policy: str, address: str | None, shown: str | None, environment: SetEnvironment
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
    peer: str | None, forwarded_for: str, client: str | None, environment: SetEnvironment
) -> None:
    environment(FORWARDED_ALLOW_IPS="10.0.0.0/8, 192.0.2.7", LOG_IP_POLICY="full")

    assert client_address(peer, forwarded_for) == client


@pytest.mark.parametrize(
    ("status", "level", "outcome"),
    [
        *((200, "INFO", "success"), (302, "INFO", "success"), (404, "INFO", "client_error")),
        *((500, "ERROR", "error"), (None, "ERROR", "error")),
    ],
)
def test_level_and_outcome_follow_the_status(
    logs: Logs, status: int | None, level: str, outcome: str
) -> None:
    log = RequestLog("GET", "/a", "192.0.2.0", {})
    log.route = "/<int:number>/{name}/{path:path}"
    log.status, log.bytes_sent = status, 7
    log.complete()
    log.complete()

    (line,) = logs.entries
    assert (line["level"], line["outcome"], line["status"]) == (level, outcome, status)
    assert line["route"] == "/{number}/{name}/{path}"
    assert (line["method"], line["path"], line["bytes_sent"]) == ("GET", "/a", 7)
    assert line["duration_ms"] >= 0


def test_a_quiet_path_is_silent_while_it_passes(logs: Logs, environment: SetEnvironment) -> None:
    environment(LOG_QUIET_PATHS="/quiet")
    for status in (200, 404, 503):
        log = RequestLog("GET", "/quiet", None, {})
        log.status = status
        log.complete()

    assert [line["status"] for line in logs.entries] == [404, 503]
