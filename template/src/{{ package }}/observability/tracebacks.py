# Managed by the service template: change it there, or expect a merge on update.
"""Tracebacks as text, like Python's own, without values of locals: redacted, within a line's room.

Library frames are counted, not shown, but for the innermost one; frames.py knows each frame's text.
"""

import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

from .encoding import dumps
from .fields import TEXTS
from .frames import MAX_PART, frames_of, outline
from .pieces import is_plain, orjson
from .rules.judged import is_known, remember
from .values import clean

MAX_TRACEBACK = TEXTS["exception"]
"""Characters of a whole chain of tracebacks."""

LEAST_OF_ONE = 70
"""Characters that each exception of a chain has at the very least: those of the link."""

REPEATS = 3
"""Equal frames, one behind the other, that are shown before they are counted."""

_HEADING = "Traceback (most recent call last):\n"
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"

Pair = tuple[traceback.TracebackException, BaseException]


def traceback_of(error: BaseException, room: int = MAX_TRACEBACK) -> tuple[str, bool]:
    """The traceback of the whole chain, and whether some of its middle is left out.

    `room` is what it may take of a line of JSON, in bytes; its last part is there in any case.
    """
    room = max(0, min(room, MAX_TRACEBACK))
    # Without frames, whose reading takes nearly all of the time.
    whole = traceback.TracebackException(
        type(error), error, error.__traceback__, limit=0, compact=True
    )
    chain = _chain(whole, error)
    if any(part.exceptions is not None for part, _ in chain):
        return _within(room, _group(whole, error))
    parts: list[str] = []
    for number, (part, one) in enumerate(chain):
        if number:
            parts.append(_CAUSE if part.__cause__ else _CONTEXT)
        if frames := folded(one.__traceback__):
            parts += [_HEADING, *frames]
        # Those in the middle of a long chain have no room, and are not redacted for nothing.
        if min(number, len(chain) - 1 - number) * LEAST_OF_ONE <= room:
            parts += _said(part)
    return _within(room, parts)


def folded(trace: TracebackType | None) -> list[str]:
    """The texts of its frames; library frames are counted, and so are repeats."""
    frames = frames_of(trace)
    lines: list[str] = []
    before, count = "", 0
    for number, (_, text, own) in enumerate(frames, start=1):
        shown = text if own or number == len(frames) else ""
        if shown != before:
            if count > (REPEATS if before else 0):
                lines.append(_counted(before, count))
            before, count = shown, 0
        count += 1
        if shown and count <= REPEATS:
            lines.append(shown)
    return [*lines, _counted(before, count)] if count > REPEATS else lines


def _counted(text: str, count: int) -> str:
    if not text:
        return f"  ... {count} library frames\n"
    more = count - REPEATS
    return f"  [Previous line repeated {more} more time{'s' if more > 1 else ''}]\n"


def _chain(part: traceback.TracebackException, error: BaseException) -> list[Pair]:
    """The exception and those that led to it, the last one last."""
    chain = [(part, error)]
    while before := part.__cause__ or part.__context__:
        cause = error.__cause__ if part.__cause__ else error.__context__
        if cause is None:  # another thread has changed it
            break
        part, error = before, cause
        chain.append((part, error))
    return chain[::-1]


def _said(part: traceback.TracebackException) -> list[str]:
    """The lines that the exception itself says, with its notes: redacted as one text."""
    said = part.format_exception_only()
    text = "".join(line if len(line) <= MAX_PART else outline(line) for line in said)
    if not is_known((None, text)):
        shown = clean(text, MAX_TRACEBACK)
        if shown != text:
            return shown.splitlines(keepends=True)
        remember(None, text)
    return text.splitlines(keepends=True)


def _group(whole: traceback.TracebackException, error: BaseException) -> list[str]:
    """What Python says of a group, whose members are indented: redacted as one text."""
    pending = [(whole, error)]
    while pending:
        for part, one in _chain(*pending.pop()):
            part.stack = FoldedStack(folded(one.__traceback__))
            if isinstance(one, BaseExceptionGroup):
                pending += zip(part.exceptions or (), one.exceptions, strict=False)
    parts = [part if len(part) <= MAX_PART else outline(part) for part in whole.format()]
    text, _ = _within(MAX_TRACEBACK, parts, len)
    return clean(text, MAX_TRACEBACK).splitlines(keepends=True)


class FoldedStack(traceback.StackSummary):
    """A stack whose frames are text already."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines

    def __bool__(self) -> bool:
        return bool(self.lines)

    def format(self, **kwargs: Any) -> list[str]:
        return self.lines


def _size(text: str) -> int:
    """The bytes of a text in a line of JSON."""
    if orjson is not None and is_plain(encoded := orjson.dumps(text)):
        return len(encoded) - 2
    return len(dumps(text).encode()) - 2


def _within(room: int, parts: list[str], size: Callable[[str], int] = _size) -> tuple[str, bool]:
    """The parts, less those in the middle that have no room: none is cut itself."""
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
