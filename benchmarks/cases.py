"""The cases: what a call logs, what its line must carry, and the floors.

Three fields are bound as context, with new values every ten records; three are in the call.
"""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Values = tuple[Any, ...]
Fields = dict[str, Any]

MESSAGE = "Transcript published"
FAILURE = "Transcript lost"
LIBRARY = "Connection to %s:%d closed after %.2f s"
OPERATION = "publish"

RECORDS_PER_CONTEXT = 10
FRAMES = 20
LARGE_CHARACTERS = 100_000

_SENTENCE = "Speaker two asks whether the draft of chapter four was sent on to Lisbon in May"
_WORDS = _SENTENCE.split()
_TEXT = " ".join(random.choice(_WORDS) for _ in range(LARGE_CHARACTERS))


@dataclass(frozen=True)
class Case:
    """`method` of a contender gets `values()`; `carried(*values)` is what its line must show."""

    title: str
    method: str
    peers: tuple[str, ...]
    values: Callable[[], Values]
    carried: Callable[..., Fields]
    is_written: bool = True
    """False: the level is disabled, no line is due, and no context is bound."""


def context() -> Fields:
    return {
        "request_id": uuid.uuid4().hex,
        "tenant_id": f"tenant-{random.randrange(100)}",
        "session_id": uuid.uuid4().hex,
    }


def text(characters: int) -> str:
    begin = random.randrange(LARGE_CHARACTERS)
    return f"{_TEXT[begin : begin + characters - 1]}."


def nested() -> Fields:
    sizes = [random.randrange(10_000) for _ in range(5)]
    inner = {"language": "en", "speakers": [random.choice(_WORDS), "Lisbon"], "final": True}
    return {"sizes": sizes, "parts": [{"number": 1, "text": text(20)}, {"inner": inner}]}


def failure() -> Exception:
    """Return an exception with a traceback of FRAMES frames."""

    def sink(left: int) -> None:
        if left == 1:
            raise ConnectionError("the other side has closed the queue")
        sink(left - 1)

    try:
        sink(FRAMES - 1)  # and the frame of this function
    except ConnectionError as error:
        return error
    raise AssertionError("sink always raises")


def _detail(make: Callable[[], object]) -> Callable[[], Values]:
    return lambda: (make(), random.randrange(1, 100_000) / 100)


def _record(detail: object, duration_ms: float) -> Fields:
    fields = {"operation": OPERATION, "detail": detail, "duration_ms": duration_ms}
    return {"message": MESSAGE, **fields}


_PEERS = ("structlog", "python_json_logger")

CASES = {
    "constant": Case("constant texts", "info", _PEERS, _detail(lambda: "draft"), _record),
    "id": Case("a fresh id", "info", _PEERS, _detail(lambda: str(uuid.uuid4())), _record),
    "text": Case(
        "a fresh text of 60 characters", "info", _PEERS, _detail(lambda: text(60)), _record
    ),
    "library": Case(
        "a library's record with %-arguments",
        "library",
        ("python_json_logger",),
        lambda: (f"db-{random.randrange(100)}.example", 5432, random.random()),
        lambda *values: {"message": LIBRARY % values},
    ),
    "large": Case(
        "a text of 100 KB", "info", _PEERS, _detail(lambda: text(LARGE_CHARACTERS)), _record
    ),
    "nested": Case("a nested dict and list", "info", _PEERS, _detail(nested), _record),
    "error": Case(
        f"an exception with {FRAMES} frames",
        "error",
        _PEERS,
        lambda: (failure(),),
        lambda error: {"message": FAILURE, "failure": type(error).__name__},
    ),
    "debug": Case(
        "a disabled DEBUG call",
        "debug",
        ("structlog",),
        _detail(lambda: "draft"),
        lambda *values: {},
        is_written=False,
    ),
}

FLOORS = {
    ("constant", "python_json_logger"): 0.45,
    ("constant", "structlog"): 0.70,
    ("text", "python_json_logger"): 0.60,
    ("text", "structlog"): 0.95,
    ("library", "python_json_logger"): 1.3,
    ("large", "python_json_logger"): 0.8,
    ("error", "python_json_logger"): 0.2,
}
"""The most that our CPU time may be, as a multiple of the peer's."""

NAMES = {
    "ours": "this template",
    "structlog": "structlog, performance set-up",
    "python_json_logger": "python-json-logger, orjson",
}
