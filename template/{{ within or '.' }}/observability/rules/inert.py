# Managed by the service template: change it there, or expect a merge on update.
"""Words that say nothing to any rule: a text of nothing else needs no other look."""

import re
from string import ascii_lowercase

from .judged import MOST, words
from .names import stems
from .places import PLACES

LONGEST = 13
"""Characters: no secret that is known by its shape alone is as short."""

_SIGNS = "(.,;:!?)\"'"
_WORD = re.compile(rf"[{_SIGNS}]?[A-Za-z]+(?:'[A-Za-z]+)?[{_SIGNS}]{{0,2}}")
"""Neither a digit nor an at sign is in it, without which there is no personal data either."""

_HINTS = frozenset(
    max(re.findall("[a-z]+", hint), key=len)
    for place in PLACES
    for hint in place.hints
    # Others hold a sign that no such word has, or need the mark of one.
    if hint and not hint.strip(f"{ascii_lowercase} {_SIGNS}")
)
"""A text without any of these has none of the hints."""


def is_inert(text: str) -> bool:
    """Whether all its words are known to be."""
    return words.issuperset(text.split())


def learn(text: str) -> None:
    """Remember the words of a text that stayed as it was; as many as there is room for."""
    for word in text.split():
        if word not in words and len(words) < MOST and _says_nothing(word):
            words.add(word)


def _says_nothing(word: str) -> bool:
    if len(word) > LONGEST or not _WORD.fullmatch(word):
        return False
    lowered = word.lower()
    return not any(stem in lowered for stem in (*stems(), *_HINTS))
