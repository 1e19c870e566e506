# Managed by the service template: change it there, or expect a merge on update.
"""The parts of a traceback, and which of them have room in a line."""

from collections.abc import Callable

from .encoding import dumps
from .fields import TEXTS
from .pieces import is_plain, orjson
from .redaction import shorten
from .values import MAX_NAME

MAX_PART = 2048
MAX_TRACEBACK = TEXTS["exception"]
"""Characters of one part, and of all."""


def bounded(part: str) -> str:
    """The part; of one that is too long the beginning, and how long it is."""
    if len(part) <= MAX_PART:
        return part
    return f"{shorten(part.partition(':')[0], MAX_NAME)}: <{len(part)} characters>\n"


def size(text: str) -> int:
    """The bytes of a text in a line of JSON."""
    if orjson is not None and is_plain(encoded := orjson.dumps(text)):
        return len(encoded) - 2
    return len(dumps(text).encode()) - 2


def within(room: int, parts: list[str], size: Callable[[str], int] = size) -> tuple[str, bool]:
    """The parts, less those in the middle that have no room, and whether there are any.

    None is cut itself, and the last one is there in any case.
    """
    text = "".join(parts)
    if len(text) <= room and size(text) <= room:
        return text.rstrip(), False
    # The last part says what happened; of the others both ends are filled in turn.
    first, last = 0, 1
    room -= size(parts[-1]) + size("  ... 1000000 more\n")
    while first + last < len(parts):
        at_first = first < last
        room -= size(parts[first] if at_first else parts[-1 - last])
        if room < 0:
            break
        first, last = first + at_first, last + (not at_first)
    left_out = f"  ... {len(parts) - first - last} more\n"
    return "".join([*parts[:first], left_out, *parts[-last:]]).rstrip(), True
