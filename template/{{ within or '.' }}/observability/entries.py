# Managed by the service template: change it there, or expect a merge on update.
"""What a LogRecord says, whoever made it: an entry, or its line put together from pieces."""

import logging

from . import settings
from .arguments import message_of
from .context import Shown, shown_context
from .encoding import line_of
from .errors import describe_exception
from .fields import Entry
from .heads import any_piece_of, fresh_head, known_head
from .pieces import orjson
from .record import Seal, beginning, entry_of_shown, unreadable
from .rules.judged import heads
from .shown import OF_RECORDS, show
from .tracebacks import traceback_of
from .values import text_of

_NOT_FIELDS = OF_RECORDS - {"exception", "extra", "stacklevel"}
"""What a LogRecord has by itself, what we hang on it, and servers hang on it for a terminal."""

_IN_PLACE = frozenset({"event", "exception"})
"""Fields whose place in a line does not depend on who gives them."""

_AROUND_A_TRACEBACK = len(',"exception":"","truncated":true')

_Said = tuple[float, str, str, str, Shown, Entry, BaseException | None]
"""What `describe` is given, and the exception; of the fields what `show` has made of them."""


def entry_of(record: logging.LogRecord) -> Entry:
    """The entry of a record, whoever made it; one that cannot be read yields a fixed entry.

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
        return _joined(said) or line_of(_entry(said))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a log call never raises into its caller
        return line_of(unreadable(error))


def _said_by(record: logging.LogRecord) -> _Said:
    attributes = vars(record)
    context, given = shown_context(), attributes.get("_context")
    if isinstance(given, BaseException):  # redaction failed when the record was made
        raise given
    if given is not None and given is not context.entry:  # but that of another thread, say
        context = Shown(given)
    fields = {name: value for name, value in attributes.items() if name not in _NOT_FIELDS}
    if "exception" in fields:  # the name of tracebacks only
        fields["exception_"] = fields.pop("exception")
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        fields |= describe_exception(error) | {
            name: fields[name] for name in ("error_type", "error_message") if name in fields
        }
    if record.stack_info:
        fields["stack"] = record.stack_info
    level, logger = text_of(record.levelname), text_of(record.name)
    return record.created, level, logger, message_of(record), context, show(fields), error


def _entry(said: _Said) -> Entry:
    created, level, logger, message, context, shown, error = said
    entry = entry_of_shown(created, level, logger, message, context.entry, shown)
    return entry if error is None else entry | _traceback(error, len(line_of(entry)))


def _traceback(error: BaseException, size: int) -> Entry:
    """As much of the traceback as there is room for in a line of that many bytes without it."""
    room = settings.current().log_max_line_bytes - size - _AROUND_A_TRACEBACK
    text, cut = traceback_of(error, room)
    return {"exception": text, "truncated": True} if cut else {"exception": text}


def _joined(said: _Said) -> bytes:
    """The line; nothing if it is too long, or if a field takes another's place in it."""
    created, level, logger, message, context, shown, error = said
    names, most = context.names, settings.current().log_max_line_bytes
    if len(message) > most or not (names.isdisjoint(shown) and names.isdisjoint(_IN_PLACE)):
        return b""
    rest = shown.copy()
    head = message, rest.pop("event", ""), logger, level
    line = b"".join(
        (
            beginning(created),
            heads.get(head) or known_head(*head) or fresh_head(*head),
            any_piece_of(context.entry) if context.piece is None else context.piece,
            any_piece_of(rest),
        )
    )
    if error is not None:
        line += any_piece_of(_traceback(error, len(line) + len("}\n")))
    return line + b"}\n" if len(line) + len("}\n") <= most else b""
