"""The least that a call can do: a dict, the time, orjson and one write; nothing else is kept."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from scenes import EVENT, MESSAGE, OPERATION

bound: dict[str, Any] = {}
second = 0
shown = ""


def setup() -> None:
    """Nothing."""


@contextmanager
def context(**fields: object) -> Iterator[None]:
    global bound
    bound = fields
    yield


def moment() -> str:
    """The time to the millisecond; its seconds are written once in each."""
    global second, shown
    now = time.time()
    if int(now) != second:
        second = int(now)
        shown = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
    return f"{shown}.{int(now * 1000) % 1000:03d}Z"


def constant(duration_ms: float) -> None:
    record = {
        "timestamp": moment(),
        "level": "INFO",
        "logger": "orders.transcripts",
        "message": MESSAGE,
        **bound,
        "event": EVENT,
        "operation": OPERATION,
        "duration_ms": duration_ms,
    }
    os.write(1, orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))


def fresh(transcript_id: str, duration_ms: float) -> None:
    record = {
        "timestamp": moment(),
        "level": "INFO",
        "logger": "orders.transcripts",
        "message": MESSAGE,
        **bound,
        "event": EVENT,
        "transcript_id": transcript_id,
        "duration_ms": duration_ms,
    }
    os.write(1, orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
