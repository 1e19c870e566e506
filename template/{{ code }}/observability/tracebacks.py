# Managed by the template: edits here are merged on update.
"""An exception as bounded, folded, redacted text. Values of locals are never read."""

import linecache
import sys
import sysconfig
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from textwrap import indent
from traceback import walk_tb

from .redaction import clean_text, safe_str

MAX_MESSAGE = 1024  # characters of an exception's own text
MAX_FRAMES, MAX_MEMBERS, MAX_DEPTH = 40, 10, 3  # of an exception, of a group, of groups in it

CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"

_LIBRARIES = "site-packages", "dist-packages", sysconfig.get_path("stdlib"), "<"  # generated code


def error_of(exc_info: object) -> BaseException | None:
    """Return the exception that `exc_info` of a call gives or, as a flag, asks for."""
    parts = exc_info if isinstance(exc_info, tuple) else (exc_info,)
    given = next((part for part in parts if isinstance(part, BaseException)), None)
    return given if given or isinstance(exc_info, tuple) or not exc_info else sys.exc_info()[1]


def error_type(error: BaseException) -> str:
    """Return the qualified class name, without a module for built-in classes."""
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")


def mark_logged(error: BaseException) -> None:
    """Note on the exception that its traceback is written."""
    error.__dict__["_logged"] = True


def is_logged(error: BaseException | None) -> bool:
    """Whether the traceback of the exception is written already."""
    return "_logged" in getattr(error, "__dict__", ())


def error_fields(error: BaseException) -> dict[str, str]:
    """Return the type and the text of an exception; its traceback too, but only once."""
    text = clean_text(safe_str(error), MAX_MESSAGE)
    fields = {"error_type": error_type(error), "error_message": text}
    return fields if is_logged(error) else {**fields, "exception": format_exception(error)}


def format_exception(error: BaseException, depth: int = 0) -> str:
    """Return the traceback of the chain in Python's order, the cause first; mark all as logged."""
    chain: list[BaseException] = []
    before: BaseException | None = error
    while before is not None and not is_logged(before):
        mark_logged(before)
        chain.append(before)
        before = before.__cause__ if before.__suppress_context__ else before.__context__
    parts: list[str] = []
    for one in reversed(chain):
        if parts:
            parts.append(CONTEXT if one.__cause__ is None else CAUSE)
        parts += _frames(one)
        notes = getattr(one, "__notes__", [])[:MAX_MEMBERS]
        text, *more = (clean_text(safe_str(said), MAX_MESSAGE) for said in (one, *notes))
        parts.append("\n".join([f"{error_type(one)}: {text}".removesuffix(": "), *more, ""]))
        if isinstance(one, BaseExceptionGroup) and depth < MAX_DEPTH:
            for place, member in enumerate(one.exceptions[:MAX_MEMBERS], start=1):
                parts.append(f"  +--- {place} of {len(one.exceptions)}: {error_type(member)}\n")
                parts.append(indent(format_exception(member, depth + 1), "  | ", bool))
    return "".join(parts).encode(errors="backslashreplace").decode()  # a path may be no UTF-8


def _frames(error: BaseException) -> Iterator[str]:
    """Yield own frames and the innermost one; frames of libraries, and outer ones, are counted."""
    frames, folded = [*walk_tb(error.__traceback__)], 0
    if frames:
        yield "Traceback (most recent call last):\n"
    for place, (frame, line) in enumerate(frames, start=1):
        file = frame.f_code.co_filename
        is_outer = place <= len(frames) - MAX_FRAMES
        if is_outer or (place < len(frames) and not is_own(file)):
            folded += 1
            continue
        if folded:
            yield f"  ... {folded} more frames ...\n"
            folded = 0
        yield f'  File "{file}", line {line}, in {frame.f_code.co_name}\n'
        if source := linecache.getline(file, line, frame.f_globals).strip():
            yield f"    {clean_text(source, MAX_MESSAGE)}\n"


@lru_cache(1024)
def is_own(filename: str) -> bool:
    """Whether a file is the service's: no library, no generated code, not this package."""
    here = Path(__file__).parent  # in a service, which in a container lies in site-packages itself
    inside = filename.removeprefix(str(here.parent))
    return not filename.startswith(str(here)) and not any(part in inside for part in _LIBRARIES)
