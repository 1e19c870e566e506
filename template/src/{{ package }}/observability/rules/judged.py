# Managed by the service template: change it there, or expect a merge on update.
"""What was judged clean already: constant messages and recurring values are scanned once."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..frames import Frame

MOST = 4096
LONGEST = 256
"""Texts that are remembered, and the characters of each: some 1.5 MB at the very most."""

_clean: set[tuple[str | None, str | None]] = set()

is_known = _clean.__contains__
"""Whether it was remembered that the text stands as it is in the field of that name.

`(None, text)` is a message or a logger's name, `(name, None)` any small number in that field.
"""


heads: dict[tuple[str, str | None, str, int], bytes] = {}
"""Beginnings of lines, made of nothing but what is known: see direct.py."""

MOST_BEGINNINGS = 1024

beginnings: dict[tuple[str, str, str, str], bytes] = {}
"""The same of records, by message, event, logger and level: see entries.py."""

MOST_FRAMES = 2048

frames: dict[tuple[int, int, int], "Frame"] = {}
"""Frames of tracebacks as they are shown, by code, instruction and line: see frames.py."""


def remember(name: str | None, text: str | None) -> None:
    """Keep what the full scan has left as it was; nothing that it changed may ever come here."""
    if len(text or "") + len(name or "") <= LONGEST:
        if len(_clean) >= MOST:
            _begin_anew()
        _clean.add((name, text))


def forget() -> None:
    """Judge everything anew, because the rules have changed."""
    # What somebody is just redacting by the old rules goes into the old ones.
    global beginnings, frames  # noqa: PLW0603
    _begin_anew()
    beginnings, frames = {}, {}


def _begin_anew() -> None:
    _clean.clear()
    heads.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget)  # a beginning names its process
