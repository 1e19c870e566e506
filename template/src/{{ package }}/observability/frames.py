# Managed by the service template: change it there, or expect a merge on update.
"""What a traceback shows of one frame: read, redacted and judged once, for it never changes."""

import sysconfig
import traceback
from types import CodeType, TracebackType
from typing import NamedTuple

from .parts import MAX_PART, outline
from .rules import judged
from .values import clean

MAX_FRAMES = 40
"""Frames of each traceback that are looked at, the innermost ones."""

REPEATS = 3
"""Equal frames, one behind the other, that are shown before they are counted."""

_LIBRARIES = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), "<frozen ")


class Frame(NamedTuple):
    """A frame as it is shown. The code is kept so that no other one gets its id."""

    code: CodeType
    text: str
    own: bool
    """Whether it is the service's own code, not a library's."""


def frames_of(trace: TracebackType | None) -> list[Frame]:
    """The innermost MAX_FRAMES of a traceback.

    A module that is loaded anew has new code, and its lines are read anew. Until then a frame keeps
    the line that was read for it, whatever becomes of the file.
    """
    traces: list[TracebackType] = []
    while trace is not None:
        traces.append(trace)
        trace = trace.tb_next
    known, frames = judged.frames, []
    for each in traces[-MAX_FRAMES:]:
        # Codes of two files can be equal, and a traceback that somebody made has a line of its own.
        key = id(each.tb_frame.f_code), each.tb_lasti, each.tb_lineno
        frame = known.get(key)
        if frame is None:
            if len(known) >= judged.MOST_FRAMES:
                known.clear()
            frame = known[key] = _read(each)
        frames.append(frame)
    return frames


def _read(trace: TracebackType) -> Frame:
    code = trace.tb_frame.f_code
    text = "".join(traceback.format_tb(trace, limit=1))
    text = text if len(text) <= MAX_PART else outline(text)
    library = "site-packages" in code.co_filename or code.co_filename.startswith(_LIBRARIES)
    return Frame(code, clean(text, MAX_PART), not library)


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
