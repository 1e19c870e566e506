# Managed by the service template: change it there, or expect a merge on update.
"""Which names of fields say that their value is secret: judged by segments, in any case style."""

import re
from functools import lru_cache

from .words import (
    CODES,
    GLUED,
    HARMLESS_BEGINNINGS,
    HARMLESS_ENDINGS,
    KEPT,
    KEYS,
    LAST,
    SECRET,
    URLS,
    VENDORS,
)

MAX_SEGMENTS = 4
"""Of a name in the lists of words.py."""


@lru_cache(maxsize=1)
def stems() -> tuple[str, ...]:
    """Texts of which every sensitive name holds one: where none is, no name has to be judged."""
    told = {*SECRET, *GLUED, *LAST}
    words = {name for name in told if "-" not in name} | {"key", "code", "url", "uri", "session"}
    words |= {max(name.split("-"), key=len) for name in told if not any(w in name for w in words)}
    return tuple(w for w in words if not any(other in w for other in words - {w}))


def names_a_vendor(lowered: str) -> bool:
    """Whether one of the vendors is a word of the text, which is in lower case."""
    return not VENDORS.isdisjoint(re.findall("[a-z]{3,}", lowered))


_SEGMENT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def segments_of(name: str) -> list[str]:
    """`dbPassword2` as `["db", "password", "2"]`; of a name beyond 256 characters the last 256."""
    return [segment.lower() for segment in _SEGMENT.findall(name[-256:])]


@lru_cache(maxsize=2048)
def certainty(name: str) -> int:
    """How sure it is that the field is secret.

    3 in any text, 2 as a field or before `=`, 1 in a text, before what looks random, 0 not.
    """
    segments = segments_of(name)
    while segments and segments[-1].isdigit():
        segments.pop()
    ends = {"-".join(segments[-size:]) for size in range(1, MAX_SEGMENTS + 1)}
    if not segments or ends & KEPT:
        return 0
    last = segments[-1]
    if last in HARMLESS_ENDINGS or segments[0] in HARMLESS_BEGINNINGS:
        return 0
    spans = {
        "-".join(segments[start : start + size])
        for size in range(1, MAX_SEGMENTS + 1)
        for start in range(len(segments) - size + 1)
    }
    if spans & SECRET or any(segment.endswith(GLUED) for segment in segments):
        return 3
    pairs = list(zip(segments, segments[1:], strict=False))
    if any(
        second in {"key", "keys"} and (first in KEYS or _is_vendor(segments[:place]))
        for place, (first, second) in enumerate(pairs, 1)
    ):
        return 3
    codes = any(first in CODES and second in {"code", "codes"} for first, second in pairs)
    urls = any(first in URLS and second in {"url", "uri", "dsn"} for first, second in pairs)
    if codes or urls or ends & LAST or segments == ["session"]:
        return 2
    return int(_is_vendor(segments))


def _is_vendor(segments: list[str]) -> bool:
    return not VENDORS.isdisjoint({*segments[-1:], "".join(segments[-2:])})


def is_sensitive(name: str) -> bool:
    """Judge a field name: `dbPassword`, `X-Api-Key` and `refresh_token` are secret.

    A name that only describes a secret is not: `password_length`, `api_key_id`, `token_count`
    (standard: What NOT to Log).
    """
    return certainty(name) > 1
