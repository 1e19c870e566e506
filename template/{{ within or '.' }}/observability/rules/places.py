# Managed by the service template: change it there, or expect a merge on update.
"""The table of places where a secret of any shape stands: URLs, headers, commands, sentences."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from . import commands, headers, sentences

REDACTED = "[redacted]"


@dataclass(eq=False, repr=False)
class Place:
    """A place, and the standard or program that it is from; the group `secret` is replaced.

    The pattern is tried where one of the marks is in the text, if there are any (0 is each digit),
    and one of the hints in lower case.
    """

    name: str
    source: str
    marks: str
    hints: tuple[str, ...]
    expression: str
    marker: str = REDACTED

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled where a hint is met: all of them would make every start slower."""
        return re.compile(self.expression, re.I | re.X)

    def redact(self, text: str) -> str:
        """`text` with the marker where a secret stands."""
        return self.pattern.sub(self._replace, text)

    def _replace(self, found: re.Match[str]) -> str:
        whole, start = found[0], found.start()
        first, last = found.span("secret")
        return whole[: first - start] + self.marker + whole[last - start :]


PLACES = tuple(Place(*row) for row in (*headers.ROWS, *commands.ROWS, *sentences.ROWS))

ASSIGNING = b"=:,>%|"
"""One of these stands between a name and its value, if no option or word sets it."""

_MARKS = {*ASSIGNING, *"".join(place.marks for place in PLACES).encode()}
_AS_MARK = bytes(ord("0") if chr(byte).isdigit() else byte for byte in range(256))
_NO_MARK = bytes(byte for byte in range(256) if _AS_MARK[byte] not in _MARKS)


def marks_of(raw: bytes) -> frozenset[int]:
    """The marks that the text holds; of its digits there is one, 0."""
    return frozenset(raw.translate(_AS_MARK, _NO_MARK))


class Tried(NamedTuple):
    """What is tried of a text: whether there may be an assignment, personal data; places."""

    assigning: bool
    personal: bool
    places: tuple[tuple[str, Place], ...]


@lru_cache(maxsize=1024)
def tried(marks: frozenset[int]) -> Tried:
    """What a text with these marks may hold; each place comes with one of its hints."""
    places = [place for place in PLACES if not place.marks or marks & {*place.marks.encode()}]
    hints = tuple((hint, place) for place in places for hint in place.hints)
    return Tried(bool(marks & {*ASSIGNING}), bool(marks & {*b"@%0"}), hints)
