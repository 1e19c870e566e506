"""What is logged in each scene: fresh values for each call, and the fields its line must carry.

The context is three fields for ten records. A contender has a function of the scene's name, which
gets the values and logs them by the means of its library.
"""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MESSAGE = "Transcript published"
EVENT = "transcript_published"
OPERATION = "publish"
FAILURE = "Transcript lost"
RETRY = "Retrying %s in %.2f s"

Values = tuple[Any, ...]
Fields = dict[str, Any]

RECORDS_OF_A_CONTEXT = 10
LARGE = 100_000
FRAMES = 20
DEPTH = 8

SAID = "Speaker two asks whether the draft of chapter four was sent on to Lisbon before May"
WORDS = SAID.split()
TEXT = " ".join(random.choice(WORDS) for _ in range(LARGE))


def context() -> Fields:
    """The fields that are bound: those of a request, new for every ten records."""
    return {
        "request_id": uuid.uuid4().hex,
        "tenant_id": f"tenant-{random.randrange(100)}",
        "session_id": uuid.uuid4().hex,
    }


def duration_ms() -> float:
    return random.randrange(1, 100_000) / 100


def words(characters: int) -> str:
    """A text that was not there before, of words."""
    begin = random.randrange(LARGE)
    return TEXT[begin : begin + characters - 1] + "."


def failure(frames: int = FRAMES) -> Exception:
    """An exception with a traceback of that many frames."""

    def sink(left: int) -> None:
        if left == 1:
            raise ConnectionError("the queue was closed by its other side")
        sink(left - 1)

    try:
        sink(frames - 1)  # and the frame of this function
    except ConnectionError as error:
        return error
    raise AssertionError("sink always raises")


def nested(depth: int = DEPTH) -> Fields:
    value: Fields = {"length": random.randrange(10_000), "language": "en"}
    return value if depth == 1 else value | {"part": nested(depth - 1)}


def fifty() -> Fields:
    numbers = {f"count_{number}": random.randrange(10_000) for number in range(25)}
    return numbers | {f"state_{number}": random.choice(WORDS) for number in range(25)}


def six(duration: float) -> Fields:
    return {"message": MESSAGE, "event": EVENT, "operation": OPERATION, "duration_ms": duration}


@dataclass(frozen=True)
class Scene:
    """`contenders` are timed; `values` makes those of one call, `carried` what its line shows."""

    title: str
    contenders: tuple[str, ...]
    values: Callable[[], Values]
    carried: Callable[..., Fields]
    threads: int = 1
    least_calls: int = RECORDS_OF_A_CONTEXT
    bound: bool = True
    """Whether there is a context, which its line carries."""
    silent: bool = False
    """Whether no line is to be written."""


ALL = ("ours", "structlog", "python_json_logger", "standard", "loguru", "least")
STANDARD_API = ("ours", "python_json_logger", "standard")

SCENES = {
    "constant": Scene(
        "INFO, six fields, constant event and operation", ALL, lambda: (duration_ms(),), six
    ),
    "fresh": Scene(
        "INFO, six fields, a fresh id in each call",
        ALL,
        lambda: (str(uuid.uuid4()), duration_ms()),
        lambda fresh_id, duration: {
            "message": MESSAGE,
            "event": EVENT,
            "transcript_id": fresh_id,
            "duration_ms": duration,
        },
    ),
    "text": Scene(
        "INFO, a fresh text of 60 characters in each call",
        ("ours", "structlog", "python_json_logger", "standard"),
        lambda: (words(60), duration_ms()),
        lambda text, duration: {
            "message": MESSAGE,
            "event": EVENT,
            "excerpt": text,
            "duration_ms": duration,
        },
    ),
    "extra": Scene(
        "plain `logging.getLogger` with `extra=`",
        ("ours", "python_json_logger"),
        lambda: (duration_ms(),),
        six,
    ),
    "foreign": Scene(
        "a library's record with %-arguments",
        ("ours", "python_json_logger"),
        lambda: (f"replica-{random.randrange(100)}.example.com", duration_ms() / 100),
        lambda host, delay: {"message": RETRY % (host, delay)},
    ),
    "debug": Scene(
        "a DEBUG call that is disabled, three fields",
        ("ours", "structlog", "standard", "loguru"),
        lambda: (duration_ms(),),
        lambda duration: {},
        bound=False,
        silent=True,
    ),
    "error": Scene(
        f"ERROR, a traceback of {FRAMES} frames",
        ("ours", "structlog", "python_json_logger", "standard"),
        lambda: (failure(),),
        lambda error: {"message": FAILURE, "failure": "ConnectionError"},
    ),
    "large": Scene(
        "INFO, a message of 100 KB",
        ("ours", "structlog", "python_json_logger", "standard"),
        lambda: (words(LARGE),),
        lambda text: {"message": text},
    ),
    "fields": Scene(
        "INFO, fifty fields in the call",
        ("ours", "structlog", "python_json_logger"),
        lambda: (fifty(),),
        lambda fields: {"message": MESSAGE, **fields},
    ),
    "nested": Scene(
        f"INFO, a field {DEPTH} levels deep",
        ("ours", "structlog", "python_json_logger"),
        lambda: (nested(), duration_ms()),
        lambda value, duration: {"message": MESSAGE, "result": value, "duration_ms": duration},
    ),
    "threads": Scene(
        "INFO, six fields, 32 threads",
        ("ours", "structlog", "python_json_logger"),
        lambda: (duration_ms(),),
        six,
        threads=32,
        least_calls=32 * 5 * RECORDS_OF_A_CONTEXT,
    ),
}
