# Managed by the template: edits here are merged on update.
"""One event becomes one line: JSON, key=value or text for the console; truncation."""

import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime

import orjson

from .context import Fields
from .record import IDS, PROCESS, RESERVED, Event, event_of, parts_of
from .redaction import CUT
from .tracebacks import MAX_MESSAGE, is_own

MAX_LINE_BYTES = 4096  # with the newline: a shared pipe never tears such lines (PIPE_BUF)
MIN_TEXT = 64  # characters that remain of a truncated text
KEPT = RESERVED - {"message"} | {"event"} | IDS  # which are never shortened

# Characters that end a line, or hide or reorder text for its reader (CWE-117, CWE-150).
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_UNSAFE_IN_NAME = re.compile(r"[^\w.-]")


def escape(text: str) -> str:
    """Return the text on one line: control, separator and bidirectional characters as \\u."""
    if text.isprintable():
        return text
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def dumps(value: object) -> str:
    """Return strict JSON on one line."""
    line = orjson.dumps(value)
    return line.decode() if line.isascii() and 127 not in line else escape(line.decode())


def to_line(stamp: Fields, head: Fields, shared: Fields, own: Event) -> bytes:
    """Return an event as one line of JSON, at most MAX_LINE_BYTES with its newline."""
    head_json, shared_json = head.json or _members(head), shared.json or _members(shared)
    own_json = b"," + orjson.dumps(own)[1:] if own else b"}"
    line = b"".join((stamp.json, head_json, shared_json, own_json, b"\n"))
    if len(line) > MAX_MESSAGE and b"]" in line and CUT.encode() in line:  # one byte is found fast
        line = line[:-2] + b',"truncated":true}\n'
    if len(line) <= MAX_LINE_BYTES and line.isascii() and 127 not in line:
        return line
    return f"{truncate({**stamp, **head, **shared, **own}, dumps)}\n".encode()


def _members(part: Fields) -> bytes:
    """Return the members of a JSON object, a comma before each, and keep them with it."""
    part.json = b"," + orjson.dumps(part)[1:-1] if part else b""
    return part.json


def truncate(event: Event, render: Callable[[Event], str]) -> str:
    """Return what `render` makes of the event, in MAX_LINE_BYTES with a newline.

    The middles of the longest values go, so that these become equally long; then fields go from the
    end, ids last. The standard's keys stay whole; `truncated` says it, and that redaction cut.
    """
    line = render(event)
    if CUT not in line and len(line.encode()) < MAX_LINE_BYTES:
        return line
    shown, share = {**event, "truncated": True}, MAX_LINE_BYTES
    line = render(shown)
    sizes = {name: len(dumps(event[name]).encode()) for name in event if name not in KEPT}
    droppable = [*filter(IDS.__contains__, event), *(name for name in sizes if name != "message")]
    while len(line.encode()) >= MAX_LINE_BYTES:
        share = share * 7 // 8
        if share > MIN_TEXT:
            long = [name for name in sizes if sizes[name] > share]
            shown |= {name: _shorten(event[name], share) for name in long}
        else:
            del shown[droppable.pop()]
        line = render(shown)
    return line


def _shorten(value: object, size: int) -> object:
    """Return both ends of the value, of about `size` bytes and at least MIN_TEXT characters."""
    text = value.removesuffix(CUT) if isinstance(value, str) else dumps(value).replace('"', "'")
    half = max(MIN_TEXT, len(text) * size // len(dumps(text).encode())) // 2
    return f"{text[:half]}...{text[-half:]}" if len(text) > 2 * half + len("...") else value


class JSONFormatter(logging.Formatter):
    """One line of JSON per record."""

    def format(self, record: logging.LogRecord) -> str:
        return to_line(*parts_of(record))[:-1].decode()


def pair(name: str, value: object) -> str:
    """Return `name=value`, quoted like JSON where a space, a quote or `=` would break it."""
    text = value if isinstance(value, str) else dumps(value)
    bare = text and text.isprintable() and not set(text) & set(' ="\\')
    return f"{_UNSAFE_IN_NAME.sub('_', name)}={text if bare else dumps(text)}"


class KeyValueFormatter(logging.Formatter):
    """One line of `key=value` pairs (logfmt), without those of the process."""

    def format(self, record: logging.LogRecord) -> str:
        return truncate(event_of(record), self.to_pairs)

    def to_pairs(self, event: Event) -> str:
        return " ".join(pair(name, value) for name, value in event.items() if name not in PROCESS)


COLOURS = {"DEBUG": "36", "INFO": "32", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}
BOLD, DIM = "1", "2"
_REQUEST = "method", "path", "status", "duration_ms"
_HIDDEN = RESERVED | {"event", "exception", "trace_id", "span_id", "ip", "bytes_sent", "delivery"}
_OWN_LOGGER = re.compile(rf"^({__package__}|{__package__.partition('.')[0]})\.")
_FRAME = re.compile(r'(?:  \| )*(?:  (?:File "(?P<file>.+)", line |\.\.\.|\+-)|(?P<text>\S))')


class ConsoleFormatter(logging.Formatter):
    """Text for people: time, level, message, then fields; a traceback below it, own frames bold."""

    def __init__(self) -> None:
        super().__init__()
        terminal = os.environ.get("FORCE_COLOR") or (sys.stdout and sys.stdout.isatty())
        self.colour = bool(terminal) and not os.environ.get("NO_COLOR")

    def format(self, record: logging.LogRecord) -> str:
        return self.to_text(event_of(record))

    def to_text(self, event: Event) -> str:
        """Return the text of an event, which may come from a line of JSON."""
        clock = datetime.fromisoformat(event["timestamp"]).astimezone().strftime("%H:%M:%S.%f")
        level = COLOURS.get(event["level"], "0")
        parts = [
            self._paint(DIM, clock[:-3]),
            self._paint(level, escape(event["level"]).ljust(8)),
            self._paint(BOLD, escape(event["message"]).ljust(20)),
            *self._fields({name: event[name] for name in event if name not in _HIDDEN}),
            self._paint(DIM, f"[{escape(_OWN_LOGGER.sub('', event.get('logger', '')))}]"),
        ]
        return "\n    ".join([" ".join(parts), *self._traceback(event.get("exception", ""), level)])

    def _fields(self, fields: Event) -> Iterator[str]:
        """Yield what a request was, then other fields, then the ends of ids."""
        if fields.keys() >= set(_REQUEST):
            method, path, status, took = map(fields.pop, _REQUEST)
            path = fields.pop("route", None) or path
            yield f"{escape(f'{method} {path} {status}')} {took:.1f} ms"
        for name in sorted(fields, key=IDS.__contains__):
            value = fields[name]
            if name not in IDS:
                yield pair(name, value)
            elif isinstance(value, str):  # ids of RFC 9562, version 7, begin alike: show the end
                yield self._paint(DIM, pair(name, value[-8:] if len(value) > 16 else value))

    def _traceback(self, text: str, level: str) -> Iterator[str]:
        colour = level
        for line in text.splitlines():
            if found := _FRAME.match(line):
                is_bold = found["file"] and is_own(found["file"])
                colour = BOLD if is_bold else level if found["text"] else DIM
            yield self._paint(colour, escape(line))

    def _paint(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self.colour and text else text
