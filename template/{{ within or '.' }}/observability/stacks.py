# Managed by the service template: change it there, or expect a merge on update.
"""The lines of a traceback's frames; a stack that comes again is not put together again."""

from types import TracebackType

from .frames import Frame, Source, frames_of, source_of
from .rules import judged

MAX_FRAMES = 40
"""Frames of each traceback that are looked at, the innermost ones."""

MOST_STACKS = 256
"""Stacks that are remembered: some 1 MB, beside their frames."""

REPEATS = 3
"""Frames of one place, one behind the other, that are shown before they are counted."""

Stack = tuple[list[str], set[Source]]
"""The lines, and the files that they were read from."""


def folded(trace: TracebackType | None) -> list[str]:
    """The texts of the frames; those of libraries are counted, and so are repeats."""
    traces: list[TracebackType] = []
    while trace is not None:
        traces.append(trace)
        trace = trace.tb_next
    outer = len(traces) - MAX_FRAMES
    traces = traces[-MAX_FRAMES:]
    # Equal codes can be of two files, and a traceback that somebody made has a line of its own.
    keys = tuple([(id(one.tb_frame.f_code), one.tb_lasti, one.tb_lineno) for one in traces])
    known = judged.stacks
    stack: Stack | None = known.get(keys)
    if stack is None or any(source != source_of(source[0]) for source in stack[1]):
        if len(known) >= MOST_STACKS:
            known.clear()
        stack = known[keys] = _fold(frames_of(keys, traces))
    return [f"  ... {outer} outer frames\n", *stack[0]] if outer > 0 else stack[0]


def _fold(frames: list[Frame]) -> Stack:
    lines: list[str] = []
    before, count = None, 0
    for frame in frames:
        if frame.place != before:
            lines += _counted(before, count)
            before, count = frame.place, 0
        count += 1
        if frame.place and count <= REPEATS:
            lines.append(frame.text)
    lines += _counted(before, count)
    return lines, {frame.source for frame in frames if frame.place}


def _counted(place: object, count: int) -> list[str]:
    """What is told of so many frames of one place, beside those that are shown."""
    if place is None:
        return [f"  ... {count} library frames\n"] if count else []
    if (more := count - REPEATS) <= 0:
        return []
    return [f"  [Previous line repeated {more} more time{'s' if more > 1 else ''}]\n"]
