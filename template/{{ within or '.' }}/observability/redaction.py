# Managed by the service template: change it there, or expect a merge on update.
"""What never leaves the process: secrets and personal data, by name and by text."""

from .rules.assigned import redact_assigned
from .rules.inert import LONGEST, is_inert, learn
from .rules.names import is_sensitive, names_a_vendor, stems
from .rules.own import own_patterns, redact_also
from .rules.personal import redact_personal
from .rules.places import REDACTED, marks_of, tried
from .rules.shapes import BY_SIGN, SPACED

__all__ = ["REDACTED", "is_sensitive", "redact", "redact_also", "shorten"]

OVERLAP = 512
"""Characters beyond the place of a cut that redaction sees, so that it knows what is cut there."""

SPLIT = 4096
"""Characters: a longer text is not looked at word by word."""

_HEX = b"0123456789abcdef-"
_MOMENT = b"0123456789-:.+TZ "
_BREAKS = bytes.maketrans(b"/:,;=|&?\\\"'(){}[]<>", b" " * 19)
_GAPS = bytes.maketrans(b"\\\"'()[]<>", b" " * 9)
"""What is in no secret that is known by its shape."""


def redact(text: str) -> str:
    """`text` without what the tables know; idempotent, linear in its length."""
    if (patterns := own_patterns()) or not is_inert(text):
        given = text
        for pattern in patterns:
            text = pattern.sub(REDACTED, text)
        text = _by_the_tables(text)
        if text == given:
            learn(text)
    return text


def _by_the_tables(text: str) -> str:
    raw = text.encode(errors="replace")  # whose translate() takes a tenth of the time of text's
    if not raw.translate(None, _MOMENT):
        return redact_personal(text)
    long = len(raw) > LONGEST
    if long and len(raw) < SPLIT:
        long = max(map(len, raw.translate(_BREAKS).split()), default=0) > LONGEST
    if long:
        if not raw.translate(None, _HEX):
            return text
        words = [word for word in raw.translate(_GAPS).split() if len(word) > LONGEST]
        suspects = b" ".join(words).decode()
        for sign, prefixes in BY_SIGN:
            if sign in suspects:
                for prefix, shape in prefixes:
                    if prefix in suspects:
                        text = shape.pattern.sub(REDACTED, text)
        for prefix, shape in SPACED:
            if prefix in text:
                text = shape.pattern.sub(REDACTED, text)
    lowered = text.lower()
    found = tried(marks_of(raw))
    for hint, place in found.places:
        if hint in lowered:
            text = place.redact(text)
    if found.assigning or " -" in text or "--" in text or "set " in lowered or "env " in lowered:
        for stem in stems():
            if stem in lowered:
                text = redact_assigned(text)
                break
        else:
            if long and names_a_vendor(lowered):
                text = redact_assigned(text)
    return redact_personal(text) if found.personal else text


def shorten(text: str, limit: int) -> str:
    """`text` redacted and at most `limit` characters; what crosses the cut was seen whole."""
    if len(text) <= limit + OVERLAP:
        return redact(text)[:limit]
    return redact(text[: limit + OVERLAP])[:-OVERLAP][:limit]
