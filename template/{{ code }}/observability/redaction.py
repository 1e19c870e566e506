# Managed by the template: edits here are merged on update.
"""Redaction of texts and of values: one verdict, whatever carries the secret.

One scan for the literals of all rows (patterns.py, providers.py) tells which rows to try.
"""

import ast
import math
import re
from collections.abc import Mapping
from functools import cache
from itertools import islice
from typing import Any

from .names import certainty, is_sensitive
from .patterns import BRACKETS, DIGITS, HARMLESS, NUMBERS, PLACES, SEVERAL, VALUE
from .providers import PROVIDERS

__all__ = ["REDACTED", "clean_text", "is_sensitive", "redact", "redact_also", "redact_value"]

REDACTED = "[redacted]"
MAX_TEXT = 8192  # characters
MAX_NAME = 128
MAX_DEPTH = 8
MAX_ITEMS = 100
OVERLAP = 512  # characters scanned beyond a cut, so that a secret which it divides is recognised

_own: tuple[re.Pattern[str], ...] = ()
_clean: set[str] = set()  # short texts that were scanned and found clean


def _token(prefix: str, body: str, lead: str = "") -> str:
    prefix = re.escape(prefix)
    if lead:
        return rf"(?<![A-Za-z0-9])(?P<secret>{lead}{prefix}{body})"
    # The prefix first: `re` finds a literal fast, and then looks at what precedes it.
    before = ("![A-Za-z0-9]", r"=\\[nrt]", "=%[0-9A-Fa-f][0-9A-Fa-f]")
    return f"(?P<secret>{prefix}(?:{'|'.join(f'(?<{each}{prefix})' for each in before)}){body})"


# Of each row: its hints, its pattern, the marker.
_ROWS = [
    *((hints.split("|"), f"(?ix){pattern}", *marker) for _, hints, pattern, *marker in PLACES),
    *(
        ([prefix.lower()], f"(?a){_token(prefix, *body)}")
        for _, prefixes, *body in PROVIDERS
        for prefix in prefixes.split()
    ),
]
_compiled = cache(re.compile)
_ROWS_OF: dict[str, set[int]] = {}
for _number, (_hints, *_) in enumerate(_ROWS):
    for _hint in _hints:
        _ROWS_OF.setdefault(_hint, set()).add(_number)
_HINTS = list(_ROWS_OF)

try:
    from ahocorasick_rs import AhoCorasick, Implementation

    _find = AhoCorasick(_HINTS, implementation=Implementation.DFA).find_matches_as_strings

    def _hints_in(lowered: str) -> list[str]:
        return _find(lowered, overlapping=True)
except ImportError:  # no wheel for this platform

    def _hints_in(lowered: str) -> list[str]:
        return [hint for hint in _HINTS if hint in lowered]


def redact(text: str) -> str:
    """`text` without secrets and personal data; idempotent, linear in its length."""
    if text in _clean:
        return text
    shown = text
    for own in _own:
        shown = own.sub(REDACTED, shown)
    if hints := _hints_in(shown.lower()):
        for number in sorted(set().union(*map(_ROWS_OF.__getitem__, hints))):
            shown = _replace(_compiled(_ROWS[number][1]), shown, *_ROWS[number][2:])
    if DIGITS.search(shown):
        for pattern, check in NUMBERS:
            shown = pattern.sub(check, shown)
    if shown == text and len(text) <= 256:
        if len(_clean) >= 4096:
            _clean.clear()
        _clean.add(text)
    return shown


def _replace(pattern: re.Pattern[str], text: str, marker: str = REDACTED) -> str:
    parts, done, place = [], 0, 0
    while found := pattern.search(text, place):
        first, last, quote = _secret_of(found, found.groupdict())
        place = max(found.end(), last, place + 1)
        if last > first:
            parts += [text[done:first], quote, marker, quote]
            done = last
    return "".join([*parts, text[done:]]) if parts else text


def _secret_of(found: re.Match[str], groups: dict[str, str]) -> tuple[int, int, str]:
    """Start and end of the secret, and the quotation mark that JSON needs around the marker."""
    text, start, sure = found.string, found.end(), 2
    if "name" in groups:
        names = re.split(r"[^\w.$ -]+", groups["name"]) + [groups.get("index") or ""]
        if text[max(0, found.start("name") - 1)] == "\\":
            names.append(groups["name"][1:])  # the n of a written \n
        sure = max(map(certainty, names), default=0)
    if not sure or groups.get("secret"):
        return *(found.span("secret") if sure else (0, 0)), ""
    quote = groups.get("end") or ""
    value = VALUE.match(text, start)
    kind = value.lastgroup if value else None
    if groups.get("item") is not None and not quote:  # NAME=value in a list: to its end
        first, last = start, text.find(text[found.start("item") - 1], start)
        last = len(text) if last < 0 else last
    elif value and kind:
        first, last = value.span(kind)
    else:
        return 0, 0, ""
    if kind == "container":
        last = _closing(text, first)
        if not quote and (rest := VALUE.match(text, last)) and rest["bare"]:
            last = rest.end()
    prose = kind == "bare" and not quote and text[start - 2 : start] == ": "
    harmless = _is_harmless(text[first:last], sure, prose=prose, ends=last == len(text))
    return (0, 0, "") if harmless else (first, last, "" if kind == "quoted" else quote)


def _is_harmless(shown: str, sure: int, *, prose: bool, ends: bool) -> bool:
    if len(shown) > 256:
        return False
    if not shown or HARMLESS.fullmatch(shown) or (ends and REDACTED.startswith(shown)):
        return True
    if sure > 1:
        return len(shown) < 3 and shown.isdigit()  # a count
    few = len(shown) < 3 or (prose and not any(map(str.isdigit, shown)))
    return few or bool(SEVERAL.search(shown))


def _closing(text: str, start: int) -> int:
    """Where the first bracket is closed; the end of the text where it is not, as after a cut."""
    depth = 0
    for found in BRACKETS.finditer(text, start):
        if found["quote"] is None:
            depth += 1 if found[0] in "[({" else -1
            if not depth:
                return found.end()
    return len(text)


def redact_also(pattern: str | re.Pattern[str]) -> None:
    """Redact all of what `pattern` matches, from now on, in this process.

    Raise ValueError for what Python's `re` does not compile and for what matches an empty text.
    """
    global _own
    try:
        compiled = re.compile(pattern)
        empty = compiled.search("")
    except (re.error, TypeError) as error:
        raise ValueError(f"{pattern!r} is not a pattern of Python's re: {error}") from None
    if empty:
        raise ValueError(f"{pattern!r} matches an empty text; use + for *, {{1,}} for {{0,}}")
    _own = (*_own, compiled)
    _clean.clear()


def safe_str(value: object) -> str:
    """`str(value)`, or its type and the error where that raises."""
    try:
        return str(value)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a foreign __str__ may raise anything
        return f"<{type(value).__name__}: {type(error).__name__} in __str__>"


def clean_text(text: str, limit: int) -> str:
    """`text` redacted, valid UTF-8 and at most `limit` characters, an ellipsis at the cut."""
    if len(text) <= limit and text in _clean:
        return text
    window = text[: limit + OVERLAP]
    if not window.isascii():
        window = window.encode("utf-8", "backslashreplace").decode()[: limit + OVERLAP]
    shown = redact(window)
    if len(text) > limit + OVERLAP:
        shown = shown[:-OVERLAP]  # where a secret may begin that is not recognised without its end
    elif len(shown) <= limit:
        return shown
    return shown[: limit - 1] + "…"


def redact_value(value: object, name: str = "", depth: int = 0) -> Any:
    """`value` as redacted JSON: depth 8, 100 items of a container, 8,192 characters of a text.

    A value under a secret name is redacted whole, whatever its type; None and booleans are shown.
    """
    kind = type(value)
    if value is None or kind is bool:
        return value
    if name and is_sensitive(name):
        return REDACTED
    if isinstance(value, str):
        return _text(value if kind is str else str.__str__(value), name)
    if isinstance(value, int) and int.bit_length(value) < 64:
        number = int.__pos__(value)
        digits = "" if -(10**12) < number < 10**12 else str(number)
        return number if _text(digits, name) == digits else REDACTED
    if isinstance(value, float) and math.isfinite(real := float.__pos__(value)):
        return real
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if not isinstance(value, Mapping | list | tuple | set | frozenset):
        return _text(safe_str(value), name)
    if depth == MAX_DEPTH:
        return f"<{kind.__name__}>"
    return redact_fields(value, depth + 1) if isinstance(value, Mapping) else _items(value, depth + 1)


def redact_fields(fields: Mapping[Any, object], depth: int = 0) -> dict[str, Any]:
    """The fields of a call, or a mapping, as `redact_value` gives each; names are redacted too."""
    pairs = [(_name_of(key), value) for key, value in islice(fields.items(), MAX_ITEMS)]
    named = any(name in _NAMING and _names_secret(value) for name, value in pairs)
    return {
        clean_text(name, MAX_NAME): redact_value(
            value, "secret" if named and name in _HOLDING else name, depth
        )
        for name, value in pairs
    }


_NAMING = frozenset(("name", "key", "header", "loc", "field"))
_HOLDING = frozenset(("value", "input", "default"))


def _items(values: Any, depth: int) -> list[Any]:
    items = list(islice(values, MAX_ITEMS))
    if len(items) == 2 and isinstance(values, list | tuple) and _names_secret(items[0]):
        return [clean_text(_name_of(items[0]), MAX_NAME), redact_value(items[1], "secret")]
    if len(items) < 2 or not all(type(item) is str for item in items):
        return [redact_value(item, "", depth) for item in items]
    # Strings are judged together: they may be the arguments of a command.
    shown = [clean_text(item, MAX_TEXT // len(items)) for item in items]
    joined = repr(shown)
    try:
        return shown if (judged := redact(joined)) == joined else ast.literal_eval(judged)
    except (ValueError, SyntaxError):
        return [judged]


def _name_of(key: object) -> str:
    return key.decode("latin-1") if isinstance(key, bytes) else safe_str(key)


def _names_secret(value: object) -> bool:
    parts = value if isinstance(value, list | tuple) else (value,)
    return any(isinstance(part, str | bytes) and is_sensitive(_name_of(part)) for part in parts)


def _text(text: str, name: str) -> str:
    if text.isdigit() and name[-2:].lower() == "id" and len(text) <= MAX_NAME:
        return text  # the digits of an id are no card, whatever their check digit says
    return clean_text(text, MAX_TEXT)
