# Managed by the service template: change it there, or expect a merge on update.
"""What becomes of a value in a record: plain JSON, redacted, bounded."""

import math
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from .redaction import OVERLAP, REDACTED, is_sensitive, shorten
from .rules.own import own_patterns

MAX_NAME = 128
MAX_TEXT = 8192
"""Characters: of a name or an id, and of any other text."""

MAX_DEPTH = 8
MAX_ITEMS = 100
MAX_ITEMS_IN_ALL = 1000

CARD_DIGITS = 13
"""No card has fewer."""


def is_hexadecimal(text: str) -> bool:
    """Whether it is a UUID, an id or a hash: hexadecimal digits, not all of them decimal.

    Nothing else is known of it, so that neither a card nor any provider's secret can be one.
    """
    if " " in text or len(text) > 64:
        return False
    digits = text.replace("-", "")
    if len(digits) % 2:
        digits += "0"
    try:
        # What comes back is lower case and has no blanks, which `fromhex` would pass over.
        return bytes.fromhex(digits).hex() == digits and not digits.isdecimal()
    except ValueError:
        return False


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """`text` redacted, valid UTF-8 and at most `limit` characters."""
    if is_hexadecimal(text) and not own_patterns():
        return text
    text = text[: limit + OVERLAP]
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode()[: limit + OVERLAP]
    return shorten(text, limit)


def text_of(value: object) -> str:
    """`str(value)`, or its type where that fails: a log call never raises for what it is given."""
    try:
        return str(value)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - whatever else a stranger's __str__ raises
        return f"<{type(value).__name__}: {type(error).__name__} in __str__>"


def plain(value: object, name: str = "", depth: int = 0, room: Iterator[int] | None = None) -> Any:
    """`value` as redacted JSON: bytes become their length, what JSON does not know its text.

    `room` yields once for each item that there is still room for, however they are nested.
    """
    if value is None or isinstance(value, bool):
        return value
    if is_sensitive(name):
        return REDACTED
    if type(value) is str:
        return value if is_id(name, value) else clean(value)
    # A subclass is not asked: its own methods may say, or raise, anything.
    if isinstance(value, int) and int.bit_length(value) < 64:
        number = int.__pos__(value)
        digits = str(number)
        shows = len(digits) < CARD_DIGITS or is_id(name, digits) or clean(digits) == digits
        return number if shows else REDACTED
    if isinstance(value, float) and math.isfinite(real := float.__pos__(value)):
        return real
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _members(value, depth, room or iter(range(MAX_ITEMS_IN_ALL)))
    text = text_of(value)
    return text if is_id(name, text) else clean(text)


def _members(value: Any, depth: int, room: Iterator[int]) -> Any:
    if depth == MAX_DEPTH:
        return f"<{type(value).__name__}>"
    if isinstance(value, Mapping):
        pairs = zip(islice(value.items(), MAX_ITEMS), room, strict=False)
        named = [(text_of(key), item) for (key, item), _ in pairs]
        return {clean(key, MAX_NAME): plain(item, key, depth + 1, room) for key, item in named}
    items = [item for item, _ in zip(islice(value, MAX_ITEMS), room, strict=False)]
    if isinstance(value, tuple) and len(items) == 2 and isinstance(items[0], str):
        return [clean(items[0]), plain(items[1], items[0], depth + 1, room)]  # a header, say
    return [plain(item, "", depth + 1, room) for item in items]


def is_id(name: str, text: str) -> bool:
    """Whether these are the digits of an id, which is no card whatever its check digit says."""
    return text.isdigit() and text.isascii() and len(text) <= 128 and name[-2:].lower() == "id"
