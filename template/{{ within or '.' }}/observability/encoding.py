# Managed by the service template: change it there, or expect a merge on update.
"""One entry becomes one bounded line of JSON."""

import json
import re
from collections.abc import Callable

from . import settings
from .fields import IDS, REQUIRED, SEALED, Entry
from .pieces import is_plain, orjson

LEAST = 64
"""Characters that stay of a text that is shortened."""

KEPT = REQUIRED | SEALED
WHOLE = IDS | KEPT - {"message"} | {"event"}

# Characters that end a line, or hide or reorder text for whoever reads it (CWE-117, CWE-150).
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def escape(text: str) -> str:
    """`text` on one line: control, separator and bidirectional characters as their \\u form."""
    if text.isprintable():  # none of them is, and to look for them takes longer
        return text
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def dumps(value: object) -> str:
    """Strict JSON on one line; only what is unsafe to print is escaped."""
    if orjson is not None:
        line = orjson.dumps(value)
        return line.decode() if is_plain(line) else escape(line.decode())
    return escape(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def line_of(entry: Entry) -> bytes:
    """The line with its newline, as `encode` makes it; one that is short and plain at less cost."""
    if orjson is not None:
        line = orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE)
        if is_plain(line) and len(line) <= settings.current().log_max_line_bytes:
            return line
    return f"{encode(entry)}\n".encode()


def encode(entry: Entry, limit: int | None = None) -> str:
    """The line, at most `limit` bytes with its newline; ids and the standard's keys stay whole.

    The limit is LOG_MAX_LINE_BYTES: on Linux, lines beyond PIPE_BUF (4,096 bytes) of processes that
    share a pipe may tear (pipe(7)).
    """
    return fit(entry, dumps, limit)


def fit(entry: Entry, shape: Callable[[Entry], str], limit: int | None = None) -> str:
    """What `shape` makes of the entry, at most `limit` bytes long with its newline."""
    limit = limit or settings.current().log_max_line_bytes
    # First to what JSON would need: the same field may take twice as much in another shape.
    for measure in (dumps, shape, shape):
        line = shape(entry)
        if len(line.encode()) < limit:
            return line
        entry = shortened(entry, len(measure(entry).encode()) + 1 - limit)
    return shape(entry).encode()[: limit - 1].decode(errors="ignore")


def shortened(entry: Entry, surplus: int) -> Entry:
    """The entry, shorter by `surplus` bytes of JSON.

    `exception` is shortened first, then the longest; `truncated` says so. Of thousands of fields
    the last ones go, and before a line is too long even ids do.
    """
    entry = {**entry, "truncated": True}
    sizes = {name: _size(name, value) for name, value in entry.items()}
    surplus += sizes["truncated"]
    longest = sorted(sizes.keys() - WHOLE, key=lambda name: (-sizes[name], name))
    for name in sorted(longest, key="exception".__ne__):
        value = entry[name]
        text = value if isinstance(value, str) else dumps(value).replace('"', "'")
        if surplus > 0 and len(text) > LEAST:
            half = max(LEAST, len(text) - surplus - 3) // 2
            entry[name] = f"{text[:half]}…{text[-half:]}"
            surplus += _size(name, entry[name]) - sizes[name]
            sizes[name] = _size(name, entry[name])
    for name in sorted(reversed(sizes), key=IDS.__contains__):
        if surplus > 0 and name not in KEPT:
            del entry[name]
            surplus -= sizes[name]
    return entry


def _size(name: str, value: object) -> int:
    """The bytes of a field in a line, with its comma."""
    return len(dumps({name: value}).encode()) - 1
