"""One event is one line of strict JSON or of key=value pairs, at most 4,096 bytes long."""

import json
import logging
import secrets
from typing import Any

import pytest
from observability import formatters
from observability.context import EMPTY, Fields
from observability.formatters import MAX_LINE_BYTES, JSONFormatter, KeyValueFormatter, pair
from observability.record import IDS, RESERVED, event_of
from observability.redaction import CUT, MAX_TEXT
from observability.testing import Logs

UNSAFE = [*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F)]
UNSAFE += [*range(0x2066, 0x206A), 0xFEFF]
CHARACTERS = ["x", "é", "🐢", '"', "\\", "\n", "\x00", "\u202e"]


def event_with(**fields: Any) -> dict[str, Any]:
    return event_of(logging.makeLogRecord({"msg": "Encoded", "name": "formatters", **fields}))


def to_line(event: dict[str, Any]) -> bytes:
    head = Fields(event)
    stamp = Fields(timestamp=head.pop("timestamp"))
    stamp.json = formatters.dumps(stamp)[:-1].encode()
    return formatters.to_line(stamp, head, EMPTY, {})


def read(line: bytes) -> dict[str, Any]:
    """The line as JSON, which has no NaN and is within the bound."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    assert len(line) <= MAX_LINE_BYTES == 4096, "a pipe might tear it"
    assert (line[-1:], line.count(b"\n")) == (b"\n", 1)
    loaded: dict[str, Any] = json.loads(line, parse_constant=refuse)
    return loaded


def test_a_line_is_the_event_as_strict_json() -> None:
    event = event_with(number=1.5, nothing=None, text='"\\ żółw 🐢', nested={"a": [1, True]})

    assert read(to_line(event)) == event
    assert "żółw 🐢" in to_line(event).decode(), "what is safe to print is escaped"
    record = logging.makeLogRecord({"msg": "Formatted", "created": 1.0})
    assert json.loads(JSONFormatter().format(record)) == event_of(record)


@pytest.mark.parametrize("code", UNSAFE, ids=hex)
def test_no_control_separator_or_bidirectional_character_is_raw(code: int) -> None:
    event = event_with() | {f"key{chr(code)}": f"a{chr(code)}b", "text": chr(code)}

    line = to_line(event)

    assert chr(code) not in line[:-1].decode(), f"U+{code:04X} is raw"
    assert read(line) == event
    assert chr(code) not in pair("name", chr(code))


@pytest.mark.parametrize("character", CHARACTERS)
@pytest.mark.parametrize("where", ["msg", "field", "nested", "key", "session_id", "event", "ids"])
def test_a_line_never_exceeds_its_bound(logs: Logs, where: str, character: str) -> None:
    long = character * 20_000
    special: dict[str, dict[str, Any]] = {
        "nested": {"nested": {"list": [long[:9000]] * 50}},
        "key": {"key": {long: long}},
        "ids": dict.fromkeys(IDS - {"tenant_id"}, long),
    }
    given = special.get(where, {where: long[:8000] if where == "event" else long})
    logs.handle(logging.makeLogRecord({"msg": "Encoded", "tenant_id": "kept", **given}))
    event = {**logs.entries[0], "exception": "e" * 5000}

    shown = read(to_line(event))

    assert shown["tenant_id"] == "kept"
    assert RESERVED & shown.keys() >= RESERVED & event.keys()


@pytest.mark.parametrize(
    "given",
    [
        {"msg": "t" * (MAX_TEXT + 1)},
        {"detail": f"password={'x' * 1000} {'words ' * 700}"},
        {"details": ["short", "t" * MAX_TEXT]},
        {"nested": {"deep": {"detail": "t" * (MAX_TEXT + 1)}}},
        {"exc_info": (ValueError, ValueError("t" * 1025), None)},
    ],
    ids=lambda given: next(iter(given)),
)
def test_a_short_line_says_that_a_text_of_it_was_cut(given: dict[str, Any]) -> None:
    record = logging.makeLogRecord({"msg": "Encoded", **given})

    for formatter in (JSONFormatter(), KeyValueFormatter()):
        text = formatter.format(record)
        assert CUT in text
        assert "truncated" in text
    for text in ("It's … fine", "t" * MAX_TEXT):
        assert "truncated" not in event_with(msg=text, detail=text)


@pytest.mark.parametrize("begin", ["x", "é"])
def test_a_line_that_fits_exactly_is_whole(begin: str) -> None:
    event = event_with(text=begin)
    room = MAX_LINE_BYTES - len(to_line(event))

    fits = to_line(event | {"text": begin + "x" * room})
    over = read(to_line(event | {"text": begin + "x" * (room + 1)}))

    assert len(fits) == MAX_LINE_BYTES
    assert "truncated" not in read(fits)
    assert over["truncated"] is True


def test_the_longest_value_is_cut_first_and_keeps_both_ends() -> None:
    trace = f"begin{'t' * 5000}end"

    shown = read(to_line(event_with(msg="m" * 1000) | {"exception": trace, "error_type": "E"}))

    assert shown["message"] == "m" * 1000
    assert 2000 < len(shown["exception"]) < 3000, "it is cut more than it must be"
    assert shown["exception"].startswith("begin")
    assert shown["exception"].endswith("end")
    assert "..." in shown["exception"]


def test_ids_and_the_standard_s_keys_are_never_cut() -> None:
    ids = {name: secrets.token_hex(64) for name in IDS}
    event = event_with(msg="m" * 9000) | ids | {f"field{number}": "x" * 200 for number in range(99)}

    shown = read(to_line(event))

    assert {name: shown[name] for name in IDS} == ids
    for name in RESERVED & event.keys() - {"message"}:
        assert shown[name] == event[name], f"{name} was cut"


def test_thousands_of_fields_leave_a_line_with_the_first_of_them() -> None:
    event = event_with() | {f"f{number}": number for number in range(5000)}

    line = to_line(event)

    assert len(line) > MAX_LINE_BYTES - 200, "more was dropped than had to be"
    assert {"f0", "f1", "pid"} <= read(line).keys()
    assert "f4999" not in read(line)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("key", "bare", "key=bare"),
        ("key", "", 'key=""'),
        ("key", "two words", 'key="two words"'),
        ("key", "a=b", 'key="a=b"'),
        ("key", 'say "so"', 'key="say \\"so\\""'),
        ("key", "line\nbreak", 'key="line\\nbreak"'),
        ("key", 1.5, "key=1.5"),
        ("key", None, "key=null"),
        ("key", [1, "a b"], 'key="[1,\\"a b\\"]"'),
        ("two words", 1, "two_words=1"),
    ],
)
def test_a_value_that_would_break_a_pair_is_quoted(name: str, value: object, shown: str) -> None:
    assert pair(name, value) == shown


def test_a_line_of_pairs_is_bounded_and_leaves_the_process_to_json() -> None:
    given = {"msg": "Long\nFORGED status=404", "text": "é" * 9000, "session_id": "s-1"}

    line = KeyValueFormatter().format(logging.makeLogRecord(given))

    assert len(line.encode()) < MAX_LINE_BYTES
    assert line.isprintable(), "it is more than one line"
    assert "session_id=s-1" in line
    assert "pid=" not in line
