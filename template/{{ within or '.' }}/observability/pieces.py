# Managed by the service template: change it there, or expect a merge on update.
"""Parts of a line of JSON as bytes, to be put together; the whole line is of encoding.py.

Each is plain: it needs no escapes of ours, since of ASCII orjson leaves only DEL as it is.
"""

from .fields import Entry

try:
    import orjson as orjson
except ImportError:  # a slower line, not a missing one
    orjson = None  # type: ignore[assignment]


def is_plain(line: bytes) -> bool:
    """Whether a line of orjson's needs no escapes of ours."""
    return line.isascii() and 0x7F not in line


def piece_of(entry: Entry) -> bytes | None:
    """Fields within a line, each behind a comma; None where there is no such piece."""
    if not entry:
        return b""
    piece = b"," + orjson.dumps(entry)[1:-1] if orjson is not None else b""
    return piece if piece and is_plain(piece) else None


def joined(beginning: bytes, head: bytes, context: bytes, entry: Entry) -> bytes | None:
    """A line of its pieces and its last fields; None where it cannot be made so."""
    if not entry:
        return b"".join((beginning, head, context, b"}\n"))
    last = orjson.dumps(entry, None, orjson.OPT_APPEND_NEWLINE)
    if last.isascii() and 0x7F not in last:
        return b"".join((beginning, head, context, b",", last[1:]))
    return None
