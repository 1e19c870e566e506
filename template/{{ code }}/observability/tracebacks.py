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

MAX_MESSAGE = 1024  # characters of an exception's own text
MAX_CHAIN, MAX_FRAMES, MAX_MEMBERS, MAX_DEPTH = 10, 40, 10, 3  # of a chain, an exception, a group

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
    chain, seen = [error], {id(error)}
    while (before := _before(chain[0])) is not None and id(before) not in seen:
        chain.insert(0, before)
        seen.add(id(before))
    half = MAX_CHAIN // 2
    if len(chain) > MAX_CHAIN:
        del chain[half:-half]
    parts = []
    for number, one in enumerate(chain):
        if number:
            parts.append(CONTEXT if one.__cause__ is None else CAUSE)
        if number == half and len(seen) > MAX_CHAIN:
            parts.append(f"... {len(seen) - MAX_CHAIN} more exceptions ...\n\n")
        parts += [*_frames(one.__traceback__), _last_line(one)]
        if isinstance(one, BaseExceptionGroup) and depth < MAX_DEPTH:
            parts += _members(one, depth)
    return "".join(parts)


def _before(error: BaseException) -> BaseException | None:
    is_final = error.__cause__ is not None or error.__suppress_context__
    before = error.__cause__ if is_final else error.__context__
    return None if is_logged(before) else before  # its traceback is written already


def _frames(trace: TracebackType | None) -> Iterator[str]:
    """Yield own frames and the innermost one; frames of libraries between them are counted."""
    places = []
    while trace is not None:
        places.append((trace.tb_frame.f_code, trace.tb_lineno, trace.tb_frame.f_globals))
        trace = trace.tb_next
    if places:
        yield "Traceback (most recent call last):\n"
    outer, folded = len(places) - MAX_FRAMES, 0
    if outer > 0:
        yield f"  ... {outer} outer frames ...\n"
    for code, line, module in places[-MAX_FRAMES:]:
        name, innermost = code.co_filename, (code, line) == places[-1][:2]
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
    notes = getattr(error, "__notes__", ())
    notes = notes[:MAX_MEMBERS] if isinstance(notes, list) else ()
    lines = [f"{error_type(error)}: {error_message(error)}".removesuffix(": ")]
    lines += [clean_text(safe_str(note), MAX_MESSAGE) for note in notes]
    return "\n".join(lines) + "\n"


def _members(group: BaseExceptionGroup[BaseException], depth: int) -> Iterator[str]:
    count = len(group.exceptions)
    for number, member in enumerate(group.exceptions[:MAX_MEMBERS], start=1):
        yield f"  +---------------- {number} of {count}\n"
        for line in format_exception(member, depth + 1).splitlines(keepends=True):
            yield f"  | {line}"
