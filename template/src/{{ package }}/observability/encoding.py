# Managed by the service template: change it there, or expect a merge on update.
"""One entry becomes one bounded line of JSON."""

import json
import re

from .record import IDS, Entry

try:
    import orjson
except ImportError:  # a slower line, not a missing one
    orjson = None  # type: ignore[assignment]

MAX_LINE_BYTES = 4096
"""With the newline. PIPE_BUF on Linux: longer lines of several processes tear (pipe(7))."""

LEAST = 64
"""Characters that stay of a text that is shortened."""

WHOLE = IDS | {"timestamp", "level", "logger", "event", "service", "version", "environment"}

# Characters that end a line, or hide or reorder text for whoever reads it (CWE-117, CWE-150).
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def escape(text: str) -> str:
    """`text` on one line: control, separator and bidirectional characters as their \\u form."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def dumps(value: object) -> str:
    """Strict JSON on one line; only what is unsafe to print is escaped."""
    if orjson is not None:
        return escape(orjson.dumps(value).decode())
    return escape(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def encode(entry: Entry, limit: int = MAX_LINE_BYTES) -> str:
    """The line, at most `limit` bytes with its newline; ids and the standard's keys stay whole.

    What is too long is shortened, `exception` first, then the longest; `truncated` says so.
    """
    line = dumps(entry)
    if len(line.encode()) < limit:
        return line
    entry = {**entry, "truncated": True}

    def excess() -> int:
        return len(dumps(entry).encode()) + 1 - limit

    sizes = {name: len(dumps(value)) for name, value in entry.items() if name not in WHOLE}
    for name in sorted(sizes, key=lambda name: (name != "exception", -sizes[name])):
        if (surplus := excess()) > 0 and sizes[name] > LEAST:
            text = entry[name] if isinstance(entry[name], str) else dumps(entry[name])
            half = max(LEAST, len(text) - surplus - 3) // 2
            entry[name] = f"{text[:half]}…{text[-half:]}"
    for name in reversed(sizes):  # thousands of small fields
        if excess() > 0 and name not in {"message", "truncated"}:
            del entry[name]
    return dumps(entry)
