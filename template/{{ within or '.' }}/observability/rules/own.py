# Managed by the service template: change it there, or expect a merge on update.
"""redact_also(): the names, patterns and exceptions that a service adds in its own settings."""

import re
import time
from collections.abc import Iterable

from .judged import forget
from .names import MAX_SEGMENTS, certainty, segments_of, stems
from .words import KEPT, SECRET

PROBE_MS = 50
"""Milliseconds of processor time that one try of a pattern may take on a hostile text."""

_patterns: tuple[re.Pattern[str], ...] = ()


def own_patterns() -> tuple[re.Pattern[str], ...]:
    """The patterns that the service has added."""
    return _patterns


def redact_also(
    *, names: Iterable[str] = (), patterns: Iterable[str] = (), keep: Iterable[str] = ()
) -> None:
    """Redact more, and keep what is no secret here: for this process, from now on.

    `names` are sensitive in any case style and anywhere in a field's name; `keep` are names, or
    ends of names, that are not, whatever else says so. All of what a pattern matches is replaced.
    Raise ValueError for a name of none or more than 4 words, and for a pattern that does not
    compile, that matches nothing at all or that takes too long; then nothing is added.
    """
    global _patterns  # noqa: PLW0603 - the process has one redaction
    added = tuple(map(_checked, patterns))
    secret, kept = [set(map(_joined, given)) for given in (names, keep)]
    SECRET.update(secret)
    KEPT.update(kept)
    _patterns += added
    certainty.cache_clear()
    stems.cache_clear()
    forget()


def _joined(name: str) -> str:
    segments = segments_of(name)
    if not 0 < len(segments) <= MAX_SEGMENTS:
        raise ValueError(f"{name!r} is no name to redact or keep; use 1 to {MAX_SEGMENTS} words")
    return "-".join(segments)


def _checked(pattern: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no pattern: {error}; use Python's re") from None
    if compiled.search(""):
        raise ValueError(f"{pattern!r} matches the empty text; use + for *, {{1,}} for {{0,}}")
    for character in sorted({*pattern, *"aA0 -_"}):
        # What doubles with each character shows at a few; what grows with the square, at thousands.
        for length in (*range(8, 32, 2), 512, 2048, 8192):
            started = time.thread_time()
            compiled.search(character * length + "\0")
            if (time.thread_time() - started) * 1000 > PROBE_MS:
                raise ValueError(
                    f"{pattern!r} takes too long on {character!r} repeated; bound what it repeats"
                )
    return compiled
