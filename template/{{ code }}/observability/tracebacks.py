# Managed by the template: edits here are merged on update.
"""An exception as bounded, folded, redacted text. Values of locals are never read."""

import linecache
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import TracebackType

from .redaction import clean_text, safe_str

MAX_MESSAGE = 1024
"""Characters of an exception's own text."""

MAX_CHAIN, MAX_FRAMES, MAX_MEMBERS, MAX_DEPTH = 10, 40, 10, 3
"""Exceptions of a chain, frames of each, members of a group, groups inside groups."""

HEADING = "Traceback (most recent call last):\n"
CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"

_STANDARD = str(Path(__file__).parent)
_SERVICE = str(Path(__file__).parent.parent)
_PYTHON = sysconfig.get_path("stdlib")


def error_of(exc_info: object) -> BaseException | None:
    """Return the exception that `exc_info` of a call gives or, as a flag, asks for."""
    parts = exc_info if isinstance(exc_info, tuple) else (exc_info,)
    given = next((part for part in parts if isinstance(part, BaseException)), None)
    return given if given or isinstance(exc_info, tuple) or not exc_info else sys.exc_info()[1]


def error_type(error: BaseException) -> str:
    """Return the qualified class name, without a module for built-in classes."""
    kind = type(error)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{module}{kind.__qualname__}"


def error_message(error: BaseException) -> str:
    """Return the exception's text, redacted."""
    return clean_text(safe_str(error), MAX_MESSAGE)


def mark_logged(error: BaseException) -> None:
    """Note on the exception that its traceback is written."""
    with suppress(AttributeError):  # a class with __slots__: a second traceback is the lesser evil
        error.__dict__["_logged"] = True


def is_logged(error: BaseException | None) -> bool:
    """Whether the traceback of the exception is written already."""
    return "_logged" in getattr(error, "__dict__", ())


def format_exception(error: BaseException, depth: int = 0) -> str:
    """Return the traceback of the whole chain in Python's order: the cause comes first."""
    chain = _chain(error)
    parts = []
    for number, (one, link) in enumerate(chain):
        if MAX_CHAIN // 2 <= number < len(chain) - MAX_CHAIN // 2:
            continue  # first and last are enough of a long chain
        if len(chain) > MAX_CHAIN and number == len(chain) - MAX_CHAIN // 2:
            parts.append(f"\n... {len(chain) - MAX_CHAIN} more exceptions ...\n")
        parts += [link, *_frames(one.__traceback__), _last_line(one)]
        if isinstance(one, BaseExceptionGroup) and depth < MAX_DEPTH:
            parts += _members(one, depth)
    return "".join(parts)


def _chain(error: BaseException) -> list[tuple[BaseException, str]]:
    """Return the exceptions that led to the last one, each with the link to the one before."""
    chain: list[tuple[BaseException, str]] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        before = current.__cause__
        link = CAUSE
        if before is None and not current.__suppress_context__:
            before, link = current.__context__, CONTEXT
        chain.append((current, link if before is not None else ""))
        current = before
    return chain[::-1]


def _frames(trace: TracebackType | None) -> Iterator[str]:
    """Yield own frames and the innermost one; frames of libraries between them are counted."""
    places = []
    while trace is not None:
        places.append((trace.tb_frame.f_code, trace.tb_lineno, trace.tb_frame.f_globals))
        trace = trace.tb_next
    if places:
        yield HEADING
    outer, folded = len(places) - MAX_FRAMES, 0
    if outer > 0:
        yield f"  ... {outer} outer frames ...\n"
    for code, line, module in places[-MAX_FRAMES:]:
        name = code.co_filename
        innermost = code is places[-1][0] and line == places[-1][1]
        if not innermost and not is_own(name):
            folded += 1
            continue
        if folded:
            yield f"  ... {folded} library frames ...\n"
            folded = 0
        source = linecache.getline(name, line, module).strip()
        yield f'  File "{name}", line {line}, in {code.co_name}\n'
        if source:
            yield f"    {clean_text(source, MAX_MESSAGE)}\n"


@lru_cache(1024)
def is_own(filename: str) -> bool:
    """Whether a file is the service's: no library, no generated code, not this package.

    In a container the service itself lies in site-packages.
    """
    inside = filename.removeprefix(_SERVICE)
    library = "site-packages" in inside or "dist-packages" in inside
    return not (library or inside.startswith((_PYTHON, "<")) or filename.startswith(_STANDARD))


def _last_line(error: BaseException) -> str:
    """Return type, text and notes; Python's own way to them costs more than the whole line."""
    message = error_message(error)
    notes = getattr(error, "__notes__", ())
    lines = [f"{error_type(error)}: {message}" if message else error_type(error)]
    if isinstance(notes, list):
        lines += [clean_text(safe_str(note), MAX_MESSAGE) for note in notes[:MAX_MEMBERS]]
    return "\n".join(lines) + "\n"


def _members(group: BaseExceptionGroup[BaseException], depth: int) -> Iterator[str]:
    count = len(group.exceptions)
    for number, member in enumerate(group.exceptions[:MAX_MEMBERS], start=1):
        yield f"  +---------------- {number} of {count}\n"
        for line in format_exception(member, depth + 1).splitlines(keepends=True):
            yield f"  | {line}"
