# Managed by the service template: change it there, or expect a merge on update.
"""Tracebacks as text, like Python's own: without values of locals, redacted, within a line's room.

Library frames are counted, not shown, but for the innermost one; frames.py knows each frame's text.
"""

import traceback
from typing import Any

from .parts import MAX_TRACEBACK, bounded, within
from .rules.judged import is_known, remember
from .stacks import folded
from .values import clean

LEAST_OF_ONE = 70
"""Characters that each exception of a chain has at the very least: those of the link."""

_HEADING = "Traceback (most recent call last):\n"
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"

_MORE_THAN_TEXT = (SyntaxError, ImportError, NameError, AttributeError, BaseExceptionGroup)
"""Exceptions of which Python says more than their text: a place, a suggestion, others."""

Pair = tuple[traceback.TracebackException, BaseException]


def traceback_of(error: BaseException, room: int = MAX_TRACEBACK) -> tuple[str, bool]:
    """The traceback of the whole chain, and whether some of its middle is left out.

    `room` is what it may take of a line of JSON, in bytes; its last part is there in any case.
    """
    room = max(0, min(room, MAX_TRACEBACK))
    if text := _text_alone(error):
        return within(room, [*_stack(error), *_redacted(text)])
    # Without frames, whose reading takes nearly all of the time.
    whole = traceback.TracebackException(
        type(error), error, error.__traceback__, limit=0, compact=True
    )
    chain = _chain(whole, error)
    if any(part.exceptions is not None for part, _ in chain):
        return within(room, _group(whole, error))
    parts: list[str] = []
    for number, (part, one) in enumerate(chain):
        if number:
            parts.append(_CAUSE if part.__cause__ else _CONTEXT)
        parts += _stack(one)
        # Those in the middle of a long chain have no room, and are not redacted for nothing.
        if min(number, len(chain) - 1 - number) * LEAST_OF_ONE <= room:
            parts += _redacted("".join(map(bounded, part.format_exception_only())))
    return within(room, parts)


def _text_alone(error: BaseException) -> str:
    """What Python says of an exception that has no more than its type and its text; else nothing.

    Most have no more, and Python's own way to it takes as long as all the rest.
    """
    try:
        if (
            error.__cause__ is not None
            or (error.__context__ is not None and not error.__suppress_context__)
            or isinstance(error, _MORE_THAN_TEXT)
            or hasattr(error, "__notes__")
        ):
            return ""
        text = str(error)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - Python has a word for a text that cannot be had
        return ""
    kind = type(error)
    module = "" if kind.__module__ in {"builtins", "__main__"} else f"{kind.__module__}."
    said = f"{module}{kind.__qualname__}: {text}" if text else f"{module}{kind.__qualname__}"
    return bounded(f"{said}\n")


def _stack(error: BaseException) -> list[str]:
    frames = folded(error.__traceback__)
    return [_HEADING, *frames] if frames else frames


def _redacted(text: str) -> list[str]:
    """The lines of what an exception says with its notes: redacted as one text."""
    if not is_known(None, text):
        shown = clean(text, MAX_TRACEBACK)
        if shown == text:
            remember(None, text)
        text = shown
    return text.splitlines(keepends=True)


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


def _group(whole: traceback.TracebackException, error: BaseException) -> list[str]:
    """What Python says of a group, whose members are indented: redacted as one text."""
    pending = [(whole, error)]
    while pending:
        for part, one in _chain(*pending.pop()):
            part.stack = FoldedStack(folded(one.__traceback__))
            if isinstance(one, BaseExceptionGroup):
                pending += zip(part.exceptions or (), one.exceptions, strict=False)
    text, _ = within(MAX_TRACEBACK, [bounded(part) for part in whole.format()], len)
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
