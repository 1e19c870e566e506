"""What an event says: the standard's keys first, typed keys, JSON types, and nothing forged."""

import logging
import math
import tracemalloc
from collections import UserDict
from datetime import UTC, datetime
from itertools import islice, permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from children import run
from observability.logger import get_logger
from observability.record import IDS, RESERVED, event_of
from observability.redaction import MAX_NAME
from observability.testing import Logs

logger = get_logger(__name__)

FIRST = ["timestamp", "level", "logger", "message", "event"]
FIRST += ["service", "version", "environment", "instance_id", "pid"]


def logged(logs: Logs, **fields: Any) -> dict[str, Any]:
    logger.info("Logged", **fields)
    return logs.entries[-1]


def test_the_standard_s_keys_come_first_and_always(logs: Logs) -> None:
    entry = logged(logs, zebra=1, session_id="s")

    assert list(entry)[: len(FIRST)] == FIRST
    assert (entry["service"], entry["environment"]) == ("service", "test")
    assert list(entry)[len(FIRST) :] == ["zebra", "session_id"]


@pytest.mark.parametrize("fraction", [0.0, 0.0005, 0.007, 0.0074, 0.9989, 0.999999])
def test_the_timestamp_is_rfc_3339_in_utc_to_the_millisecond(fraction: float) -> None:
    second = datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC).timestamp()
    made = logging.makeLogRecord({"created": second + fraction, "msg": "Then"})

    shown = event_of(made)["timestamp"]
    assert shown == f"2024-02-29T23:59:59.{int(fraction * 1000):03d}Z"


@pytest.mark.parametrize(
    ("message", "arguments", "event"),
    [
        ("WebSocket connection-established", (), "websocket_connection_established"),
        ("request_completed", (), "request_completed"),
        ("Order %s placed", ("seven",), None),
        ("Authorization Bearer abcdefghijklmnopqrstuvwxyz", (), None),
        *((varying, (), None) for varying in ("", "item 7", "a=b", "x" * 81, "Ünï", "ends\n", 7)),
    ],
)
def test_the_event_is_a_constant_message_and_no_other(
    logs: Logs, message: object, arguments: tuple[object, ...], event: str | None
) -> None:
    logger.info(message, *arguments)
    logging.getLogger("library").info(message, *arguments)

    assert [entry.get("event") for entry in logs.entries] == [event, event]


def test_an_event_that_is_given_wins(logs: Logs) -> None:
    assert logged(logs, event="named.event")["event"] == "named.event"
    wrong = logged(logs, event="Not An Event")
    assert (wrong["event_"], wrong["event"]) == ("Not An Event", "logged")


@pytest.mark.parametrize("name", sorted(IDS))
@pytest.mark.parametrize("value", ["s-1", 7, UUID(int=7), Path("seven")])
def test_ids_are_text_whatever_is_given(logs: Logs, name: str, value: object) -> None:
    assert logged(logs, **{name: value})[name] == str(value)


@pytest.mark.parametrize("given", [12.34567, 5, 0])
def test_duration_ms_is_a_number_of_milliseconds(logs: Logs, given: float) -> None:
    assert logged(logs, duration_ms=given)["duration_ms"] == given


@pytest.mark.parametrize(
    ("name", "given"),
    [
        *(("session_id", given) for given in (True, 1.5, ["a"], {"a": 1})),
        *(("duration_ms", given) for given in ("12", True, math.nan, math.inf, [1], b"1")),
    ],
)
def test_what_has_not_the_type_of_its_key_is_kept_under_another(
    logs: Logs, name: str, given: Any
) -> None:
    entry = logged(logs, **{name: given})

    assert name not in entry
    assert f"{name}_" in entry


@pytest.mark.parametrize("name", sorted({*RESERVED, "exception"}))
def test_no_field_can_forge_a_key_of_the_record(logs: Logs, name: str) -> None:
    given: dict[str, Any] = {name: "forged"}
    logger.info("Given", **given)
    logging.getLogger("plain").info("Given", extra={} if name == "message" else {name: "forged"})

    first, second = logs.entries
    assert first[f"{name}_"] == "forged"
    assert "forged" not in (first.get(name), second.get(name))


def test_a_record_on_which_redaction_raises_leaves_a_fixed_one_and_is_counted(logs: Logs) -> None:
    class Hostile(UserDict[str, int]):
        def items(self) -> Any:
            raise RuntimeError("the raw text")

    for _ in range(2):
        logger.info("The raw message", given=Hostile(a=1))

    first, second = logs.events("record_unreadable")
    assert (first["level"], first["error_type"]) == ("ERROR", "RuntimeError")
    assert second["unreadable_count"] == first["unreadable_count"] + 1
    assert "raw" not in "".join(logs.lines)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_an_interruption_is_no_value(error: BaseException) -> None:
    class Interrupting:
        def __str__(self) -> str:
            raise error

    for given in ({"msg": "A", "a": Interrupting()}, {"msg": "%s", "args": (Interrupting(),)}):
        with pytest.raises(type(error)):
            event_of(logging.makeLogRecord(given))


def test_messages_that_vary_keep_no_memory() -> None:
    tracemalloc.start()
    for letters in islice(permutations("abcdefgh"), 10_000):
        event_of(logging.makeLogRecord({"msg": f"Order {''.join(letters)} placed"}))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 4_000_000, "each message keeps hundreds of bytes"


def test_a_pattern_of_the_service_holds_for_messages_that_were_written_before() -> None:
    code = """
from observability.redaction import redact_also
for _ in range(2):
    logger.info("Badge blue-cat seen", badge="blue-dog")
    redact_also(patterns=["blue-[a-z]+"])
"""
    before, after = run(code).records

    assert (before["message"], before["badge"]) == ("Badge blue-cat seen", "blue-dog")
    assert (after["message"], after["badge"]) == ("Badge [redacted] seen", "[redacted]")


def test_long_names_of_loggers_and_levels_are_bounded() -> None:
    made = logging.makeLogRecord({"name": "n" * 9000, "levelname": "L" * 9000, "msg": "Long"})

    event = event_of(made)
    assert (len(event["logger"]), len(event["level"])) == (MAX_NAME, MAX_NAME)


def test_stack_info_is_a_field(logs: Logs) -> None:
    logger.info("Where", stack_info=True)

    assert "test_stack_info_is_a_field" in logs.assert_event("where")["stack"]


@pytest.mark.parametrize(
    ("template", "arguments", "message"),
    [
        ("%s of %d", ("one", 2), "one of 2"),
        ("%(a)s", ({"a": 1},), "1"),
        ("%5d|%-5s|%.2f|%05d %%", (1, "a", 3.14159, 7), "    1|a    |3.14|00007 %"),
        ("100% %s", (), "100% %s"),
        *((f"{wrong}", (1,), wrong) for wrong in ("%d of %d", "%(a)s", "%")),
    ],
)
def test_arguments_are_filled_in_where_they_fit(
    template: str, arguments: tuple[object, ...], message: str
) -> None:
    made = logging.LogRecord("a", logging.INFO, "", 0, template, arguments, None)

    assert event_of(made)["message"] == message


def test_the_instance_is_railway_s_replica_where_there_is_one() -> None:
    (entry,) = run("logger.info('Hello')", RAILWAY_REPLICA_ID="replica-7").records

    assert entry["instance_id"] == "replica-7"
