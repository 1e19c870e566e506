# Managed by the service template: change it there, or expect a merge on update.
"""Parts of a line of JSON as bytes, to be put together; the whole line is of encoding.py."""

from .fields import Entry

try:
    import orjson as orjson
except ImportError:  # a slower line, not a missing one
    orjson = None  # type: ignore[assignment]


def is_plain(line: bytes) -> bool:
    """Whether a line of orjson's needs no escapes of ours: of ASCII it leaves only DEL."""
    return line.isascii() and 0x7F not in line


def piece_of(entry: Entry) -> bytes:
    """The fields of a line as bytes, each before a comma; nothing without orjson."""
    return orjson.dumps(entry)[1:-1] + b"," if orjson is not None and entry else b""


def joined(beginning: bytes, head: bytes, context: bytes, entry: Entry) -> bytes:
    """A line of its pieces; `entry` has the last fields of it."""
    if not entry:
        return b"".join((beginning, head, context))[:-1] + b"}\n"
    ending = orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE)[1:]
    return b"".join((beginning, head, context, ending))
