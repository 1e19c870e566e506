# Managed by the template: edits here are merged on update.
"""Redaction of texts and of values: one verdict, whatever carries the secret."""

import math
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from itertools import islice, pairwise
from typing import Any

from ahocorasick_rs import AhoCorasick, Implementation

from .names import caches, own_patterns, secret_of
from .names import is_sensitive as is_sensitive
from .names import redact_also as redact_also
from .names import safe_str as safe_str
from .patterns import CARD, IBAN, ROWS, SSN, checked, has_number

REDACTED = "[redacted]"
CUT = "[cut]"  # the end of a text that was cut
MAX_TEXT, MAX_NAME = 3328, 128  # characters; a text and the standard's keys fill a line
MAX_ITEMS, MAX_ROOM = 100, 2047  # of a container, which its items share, halved at least
_NAMED = "value", "input", "default"  # what a sibling may name
MAX_NUMBER = 1e12  # what is smaller is no number of a card
OVERLAP = 512  # characters scanned beyond a cut, so that a secret which it divides is recognised

_clean: set[str] = set()  # short texts, which may come again, that were found clean
_plain: set[str] = set()  # names of fields that are neither secret nor name a sibling
caches += [_clean.clear, _plain.clear]
_ID = re.compile("[0-9a-f]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")  # no row finds one
_ASSIGNED = re.compile(r"(?:-[\w-]{1,64}=)?(?:\w{1,64}=\w{0,64},)?([\w.-]{1,256})=")
_compiled = cache(re.compile)  # a row at the first text that holds its hint
_ROWS_OF: dict[str, set[int]] = defaultdict(set)
for _number, _row in enumerate(ROWS):
    for _hint in _row[0]:
        _ROWS_OF[_hint].add(_number)
_ROWS_OF |= {f"{_number:03}": set() for _number in range(1000)}  # a hint of each number
_DOTTED = _ROWS_OF.pop(".")  # a token with two dots: the hint alone is in most texts
# One scan for the hints of all rows tells which rows to try.
_scan = AhoCorasick(_ROWS_OF, implementation=Implementation.DFA).find_matches_as_strings


def redact(text: str) -> str:
    """`text` as UTF-8 without secrets and personal data; idempotent, linear in its length."""
    shown = text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
    for own in own_patterns:
        shown = own.sub(REDACTED, shown)
    if len(shown) in (32, 36) and _ID.fullmatch(shown):
        return shown
    hints = _scan(shown.lower(), overlapping=True)
    dotted = _DOTTED if "." in text[24:-34] else ()
    if hints or dotted:
        for number in sorted(set(dotted).union(*map(_ROWS_OF.__getitem__, hints))):
            shown = _replace(shown, *ROWS[number][1:])
        if len(hints) > 2 and has_number(shown):  # three hints are in 000-00-0000
            shown = SSN.sub(REDACTED, CARD.sub(checked, IBAN.sub(checked, shown)))
    if len(text) < (256 if hints else 40) and shown == text and text.isascii():
        if len(_clean) >= 4096:
            _clean.clear()
        _clean.add(text)
    return shown


def _replace(text: str, expression: str, marker: str = REDACTED) -> str:
    pattern, parts, done, place = _compiled(expression), [], 0, 0
    while found := pattern.search(text, place):
        first, last, quote = secret_of(found)
        place = max(last, place + 1)
        if last > first:
            parts += [text[done:first], quote, marker, quote]
            done = last
    return "".join([*parts, text[done:]]) if parts else text


def clean_text(text: str, limit: int) -> str:
    """`text` redacted, valid UTF-8 and at most `limit` characters, CUT at the cut."""
    if len(text) < 256 and len(text) <= limit and text in _clean:
        return text
    shown = redact(text[: limit + OVERLAP])
    if len(text) > limit + OVERLAP:
        shown = shown[:-OVERLAP]  # where a secret may begin that is not recognised without its end
    elif len(shown) <= limit:
        return shown
    return shown[: limit - len(CUT)] + CUT


def redact_value(value: object, name: str = "", room: int = MAX_ROOM) -> Any:
    """`value` as bounded, redacted JSON; under a secret name it goes whole, whatever its type."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if name and is_sensitive(name):
        return REDACTED
    if kind is str:
        return _text(value, name)  # type: ignore[arg-type]
    if (kind is int or kind is float) and -MAX_NUMBER < value < MAX_NUMBER:  # type: ignore[operator]
        return value
    if isinstance(value, int) and int.bit_length(value) < 64:
        number = int.__pos__(value)
        is_card = abs(number) >= MAX_NUMBER and _text(str(number), name) == REDACTED
        return REDACTED if is_card else number
    if isinstance(value, float) and math.isfinite(real := float.__pos__(value)):
        return real
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"<{len(value)} bytes>"
    if not isinstance(value, (dict, list, tuple, set, frozenset, Mapping)):
        return _text(str.__str__(value) if isinstance(value, str) else safe_str(value), name)
    if not room:
        return f"<{kind.__name__}>"
    if hasattr(kind, "_asdict"):  # a named tuple
        value = kind._asdict(value)
    return redact_fields(value, room) if isinstance(value, Mapping) else _items(value, room)


def redact_fields(fields: Mapping[Any, Any], room: int = MAX_ROOM) -> dict[str, Any]:
    """The fields of a call, or a mapping, as `redact_value` gives each; names are redacted too."""
    if MAX_ITEMS >= len(fields) <= room and _plain.issuperset(fields):
        shown = dict(fields)
        for name, value in fields.items():
            kind = type(value)
            if kind is str:
                is_clean = len(value) < 256 and (  # the hash of a long text takes long
                    value in _clean or (value.isascii() and redact(value) == value)
                )
            else:
                is_clean = (kind is float or kind is int) and -MAX_NUMBER < value < MAX_NUMBER
            if not is_clean:
                shown[name] = redact_value(value, name, room // max(2, len(fields)))
        return shown
    shown = {}
    pairs = [(safe_str(key), value) for key, value in islice(fields.items(), min(room, MAX_ITEMS))]
    share = room // max(2, len(pairs))
    named = [key for key, _ in pairs if key.lower().endswith(_NAMED)]
    siblings = [value for key, value in pairs if key not in named]
    hidden = named if named and any(map(is_sensitive, siblings)) else ()  # `max_value` stays
    for key, value in pairs:
        shown_key = clean_text(key, MAX_NAME)
        shown[shown_key] = redact_value(value, f"{key}_secret" if key in hidden else key, share)
        is_plain = key is shown_key and key not in named and not is_sensitive(key)
        if is_plain and len(_plain) < 4096:
            _plain.add(key)
    return shown


def _items(values: Any, room: int) -> list[Any]:
    items = list(islice(values, min(room, MAX_ITEMS)))
    is_pair = len(items) == 2 and isinstance(values, (list, tuple))
    if is_pair and isinstance(items[0], (str, bytes)) and is_sensitive(items[0]):
        return [clean_text(safe_str(items[0]), MAX_NAME), redact_value(items[1], "secret")]
    if len(items) < 2 or not all(type(item) is str for item in items):
        return [redact_value(item, "", room // max(2, len(items))) for item in items]
    return [_argument(*pair, MAX_TEXT // len(items)) for pair in pairwise(["", *items])]


def _argument(before: str, item: str, limit: int) -> str:
    """An item of a list of texts: it may be an argument of a command, after its option."""
    is_user = before in ("-u", "--user") and ":" in item
    if is_user or (before.startswith("-") and is_sensitive(before)):
        return REDACTED
    if "=" in item and (found := _ASSIGNED.match(item)) and is_sensitive(found[1]):
        return found[0] + REDACTED
    return clean_text(item, limit)


def _text(text: str, name: str) -> str:
    # The digits of an id are no card, whatever their check digit says.
    is_id = text.isdigit() and name[-2:].lower() == "id" and len(text) <= MAX_NAME
    return text if is_id else clean_text(text, MAX_TEXT)
