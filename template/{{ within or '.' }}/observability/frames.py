# Managed by the service template: change it there, or expect a merge on update.
"""What a traceback shows of its frames: each is read, redacted and judged once."""

import linecache
import os
import traceback
from collections.abc import Sequence
from types import CodeType, TracebackType
from typing import NamedTuple
from weakref import ref

from .parts import MAX_PART, bounded
from .rules import judged
from .values import clean

MOST_FRAMES = 2048
"""Frames that are remembered: some 1 MB."""

_LIBRARIES = (os.path.dirname(traceback.__file__), "<frozen ")

_SERVICE = os.path.dirname(os.path.dirname(__file__))
if _SERVICE.endswith("site-packages"):  # `observability` is at the top: what else is there?
    _SERVICE = "\0"

Key = tuple[int, int, int]
"""Code, by its id, instruction and line."""

Source = tuple[str, object]
"""The name of a file, and what tells its contents from those that it had before."""


class Frame(NamedTuple):
    """A frame as it is shown."""

    text: str
    place: tuple[str, int, str] | None
    """File, line and function of the service's own code; None in a library."""
    source: Source
    code: ref[CodeType]
    """Has the frame forgotten with its code, whose id another one may get then."""


def frames_of(keys: Sequence[Key], traces: Sequence[TracebackType]) -> list[Frame]:
    """The frames of tracebacks, whose keys are these; those of a file that changed are read anew.

    The last one is shown even if it is a library's, for there it happened.
    """
    frames: list[Frame] = []
    now: dict[str, Source] = {}
    for key, trace in zip(keys, traces, strict=True):
        frame: Frame | None = judged.frames.get(key)
        name = trace.tb_frame.f_code.co_filename
        if frame is None or frame.source != (now.get(name) or source_of(name)):
            frame = _read(key, trace)
        now[name] = frame.source
        frames.append(frame)
    if frames and frames[-1].place is None:
        frames[-1] = frames[-1]._replace(place=("", 0, ""))
    return frames


def source_of(name: str) -> Source:
    """That of a file as it is now: like Python's own traceback, ours shows no other."""
    linecache.checkcache(name)
    entry = linecache.cache.get(name, ())
    if len(entry) > 1:
        return name, entry[:2]  # size and time
    return name, None if name.startswith("<") else object()  # a file that is missing may come yet


def _read(key: Key, trace: TracebackType) -> Frame:
    code, known, stacks = trace.tb_frame.f_code, judged.frames, judged.stacks
    name = code.co_filename
    text = bounded("".join(traceback.format_tb(trace, limit=1)))
    place = None if _is_library(name) else (name, trace.tb_lineno, code.co_name)

    def forget(_: object) -> None:
        known.pop(key, None)
        stacks.clear()

    if len(known) >= MOST_FRAMES:
        known.clear()
        stacks.clear()
    frame = known[key] = Frame(clean(text, MAX_PART), place, source_of(name), ref(code, forget))
    return frame


def _is_library(name: str) -> bool:
    """Whether a file is not the service's, whose package lies among libraries in a container."""
    inside = name.removeprefix(_SERVICE)
    return "site-packages" in inside or inside.startswith(_LIBRARIES)
