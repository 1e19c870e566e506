# Managed by the service template: change it there, or expect a merge on update.
"""Heads of lines as bytes: what follows the time, from the level to the pid."""

import os
from functools import lru_cache

from . import settings
from .encoding import dumps
from .fields import Entry
from .pieces import piece_of
from .record import describe, entry_of_shown, shown_text
from .rules.judged import LONGEST, MOST, heads, is_known
from .values import MAX_NAME, MAX_TEXT

PROCESS = ("service", "version", "environment", "instance_id", "pid")
"""What every line says of the process that wrote it, in this order."""


def known_head(message: str, event: str, logger: str, level: str) -> bytes:
    """That of a message that was there before, if all of it stands as it is; else nothing.

    It is kept in `heads`, by these four, for whoever looks there first.
    """
    if len(message) > LONGEST or not is_known(None, message):
        return b""
    entry = describe(0, level, logger, message, {}, {"event": event} if event else {})
    if (entry["logger"], entry["message"], entry.get("event", "")) != (logger, message, event):
        return b""
    del entry["timestamp"]
    if len(heads) >= MOST:
        heads.clear()
    head = heads[message, event, logger, level] = b'"' + any_piece_of(entry)
    return head


def fresh_head(message: str, event: str, logger: str, level: str) -> bytes:
    """That of any message; the event is one that `show` has seen."""
    entry = {
        "level": level,
        "logger": shown_text(logger, MAX_NAME),
        "message": shown_text(message, MAX_TEXT),
    }
    if event:
        entry["event"] = event
    chosen = settings.current()
    process = _process(chosen.service_version, chosen.environment, os.getpid())
    return b'"' + any_piece_of(entry) + process


@lru_cache(maxsize=1)
def _process(version: str, environment: str, pid: int) -> bytes:
    entry = entry_of_shown(0, "", "", "", {}, {})
    return any_piece_of({name: entry[name] for name in PROCESS})


def any_piece_of(entry: Entry) -> bytes:
    """The fields as `piece_of` makes them, or with the escapes that they need."""
    piece = piece_of(entry)
    return b"," + dumps(entry)[1:-1].encode() if piece is None else piece
