# Managed by the service template: change it there, or expect a merge on update.
"""What a LogRecord says, whoever made it: as an entry, or as a line of pieces that are known."""

import logging
from typing import NamedTuple

from . import settings
from .arguments import message_of, text_from
from .context import Shown, shown_context
from .encoding import line_of
from .errors import describe_exception
from .fields import Entry, show
from .pieces import is_plain, orjson, piece_of
from .record import Seal, beginning, describe, unreadable
from .rules import judged
from .tracebacks import traceback_of

_OWN = vars(logging.makeLogRecord({}))
# What a LogRecord has by itself, what we hang on it, and what servers hang on it for a terminal.
NOT_FIELDS = frozenset(_OWN) | {
    "message", "asctime", "taskName", "_context", "_seal", "color_message",
}  # fmt: skip
_IN_PLACE = frozenset({"event", "exception"})
_OF_TRACEBACK = len(',"exception":"","truncated":true')


def entry_of(record: logging.LogRecord) -> Entry:
    """The entry of a record; one that cannot be read yields a fixed entry.

    Redaction fails closed: nothing of a record on which it failed is written.
    """
    try:
        entry = _entry(_said_by(record))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a log call never raises into its caller
        entry = unreadable(error)
    seal = vars(record).get("_seal")
    return entry | (seal if isinstance(seal, Seal) else {})


def line_of_record(record: logging.LogRecord) -> bytes:
    """The line of that entry, with its newline."""
    if orjson is None or "_seal" in vars(record):
        return line_of(entry_of(record))
    try:
        said = _said_by(record)
        return _of_pieces(said) or line_of(_entry(said))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a log call never raises into its caller
        return line_of(unreadable(error))


class _Said(NamedTuple):
    created: float
    level: str
    logger: str
    message: str
    context: Shown
    fields: Entry
    error: BaseException | None


def _said_by(record: logging.LogRecord) -> _Said:
    attributes = vars(record)
    given = attributes.get("_context")
    if isinstance(given, BaseException):  # redaction failed when the record was made
        raise given
    context = shown_context()
    if given is not None and given is not context.entry:  # another thread's, say
        context = Shown(given)
    fields: Entry = {}
    # Most records of libraries have none, which is told in a third of the time.
    if len(attributes) > len(_OWN) or not attributes.keys() <= NOT_FIELDS:
        fields = {name: value for name, value in attributes.items() if name not in NOT_FIELDS}
        if "exception" in fields:  # the name of tracebacks only
            fields["exception_"] = fields.pop("exception")
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        fields |= describe_exception(error) | {
            name: fields[name] for name in ("error_type", "error_message") if name in fields
        }
    if record.stack_info:
        fields["stack"] = record.stack_info
    level, logger = text_from(record.levelname), text_from(record.name)
    return _Said(record.created, level, logger, message_of(record), context, fields, error)


def _entry(said: _Said) -> Entry:
    entry = describe(*said[:4], said.context.entry, said.fields)
    if said.error is None:
        return entry
    return entry | _traceback(said.error, len(line_of(entry)))


def _traceback(error: BaseException, size: int) -> Entry:
    """As much of the traceback as there is room for in a line of that many bytes without it."""
    room = settings.current().log_max_line_bytes - size - _OF_TRACEBACK
    text, cut = traceback_of(error, room)
    return {"exception": text, "truncated": True} if cut else {"exception": text}


def _of_pieces(said: _Said) -> bytes:
    """The line of a message that was there before, if nothing in it takes another's place."""
    created, level, logger, message, context, fields, error = said
    event = fields.get("event", "")
    if type(event) is not str or (not event and "event" in fields):
        return b""
    head = judged.beginnings.get((message, event, logger, level))
    if head is None and not (head := _beginning(level, logger, message, event)):
        return b""
    shown = show({name: value for name, value in fields.items() if name != "event"})
    if not (context.names.isdisjoint(shown) and context.names.isdisjoint(_IN_PLACE)):
        return b""
    pieces = [beginning(created), head, context.piece, piece_of(shown)]
    if error is not None:
        pieces.append(piece_of(_traceback(error, sum(map(len, pieces)) + len("}\n"))))
    line = b"".join([*pieces, b"}\n"])
    whole = is_plain(line) and len(line) <= settings.current().log_max_line_bytes
    return line if whole else b""


def _beginning(level: str, logger: str, message: str, event: str) -> bytes:
    """What follows the time in a line with that message, from its second time on; else nothing."""
    if not judged.is_known((None, message)):
        return b""
    known = judged.beginnings
    entry = describe(0, level, logger, message, {}, {"event": event} if event else {})
    if (entry["logger"], entry["message"], entry.get("event", "")) != (logger, message, event):
        return b""
    del entry["timestamp"]
    if len(known) >= judged.MOST_BEGINNINGS:
        known.clear()
    piece = known[message, event, logger, level] = b'"' + piece_of(entry)
    return piece
