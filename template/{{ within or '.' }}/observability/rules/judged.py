# Managed by the service template: change it there, or expect a merge on update.
"""What was judged clean already: constant messages and recurring values are scanned once."""

import os
from typing import Any

MOST = 4096
LONGEST = 256
"""Texts that are remembered twice over, and the characters of each: some 3 MB at the very most."""

known: set[tuple[str | None, str]] = set()
"""Pairs of a field's name and a text that stands in it as it is; only `remember` adds to them.

`(None, text)` is a message or a logger's name.
"""

names: set[str] = set()
"""Names of fields in which any small number stands as it is; only `remember_name` adds to them."""

_older: set[tuple[str | None, str]] = set()
"""The generation before: what is asked for again moves on, what was seen once goes."""

words: set[str] = set()
"""Words that say nothing to any rule: see inert.py."""

heads: dict[tuple[str | None, ...], bytes] = {}
"""Beginnings of lines, made of nothing but what is known: see direct.py and heads.py."""

frames: dict[tuple[int, int, int], Any] = {}
stacks: dict[tuple[tuple[int, int, int], ...], Any] = {}
"""Frames and stacks of tracebacks as they are shown: frames.py and stacks.py know their types."""


def is_known(name: str | None, text: str) -> bool:
    """Whether it was remembered that the text stands as it is in the field of that name."""
    if (name, text) in known:
        return True
    if (name, text) in _older:
        remember(name, text)
        return True
    return False


def remember(name: str | None, text: str) -> None:
    """Keep what the full scan has left as it was; nothing that it changed may ever come here."""
    if len(text) + len(name or "") <= LONGEST:
        if len(known) >= MOST:
            _older.clear()
            _older.update(known)
            known.clear()
        known.add((name, text))


def remember_name(name: str) -> None:
    """Keep a name of which nothing but the value matters."""
    if len(name) <= LONGEST:
        if len(names) >= MOST:
            names.clear()
        names.add(name)


def forget() -> None:
    """Judge everything anew, because the rules have changed."""
    # Who is just reading a frame by the old rules keeps it in the old ones.
    global frames, stacks  # noqa: PLW0603
    known.clear()
    _older.clear()
    names.clear()
    words.clear()
    heads.clear()
    frames, stacks = {}, {}


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=heads.clear)  # a beginning names its process
