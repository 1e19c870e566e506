# Managed by the template: edits here are merged on update.
"""Redaction of texts and values: one verdict, whatever carries the secret.

A scan of the text for all literals of the tables tells which few patterns to try.
"""

import ast
import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from itertools import islice
from typing import Any

from .names import certainty, is_sensitive
from .patterns import CARD, DIGITS, IBAN, PLACES, SSN, Place
from .providers import PROVIDERS, Provider

__all__ = ["REDACTED", "clean_text", "is_sensitive", "redact", "redact_also", "redact_value", "safe_str"]

REDACTED = "[redacted]"
MAX_TEXT = 8192
"""Characters of a text in a record."""
MAX_NAME = 128
MAX_DEPTH = 8
MAX_ITEMS = 100
OVERLAP = 512
"""Characters beyond a cut that are scanned, so that what is cut there is recognised."""

_NO_SECRET = re.compile(
    r"""(?: null|none|nil|true|false|undefined|unset|empty|required|missing|invalid|expired|changed
    | incorrect|unknown|must|should|cannot|not|is|was|has|yes|no|on|off|enabled|disabled|str|string
    | ok|valid|denied|granted|failed|sent|accepted|rejected|refused|revoked|rotated|refreshed
    | provided|present|absent|loaded|field|option|flag|argument|to|for|and|or
    | \?|%s|:\w+|\$\d+ | \*{3,} | [\[<(]?(?:redacted|filtered|masked|hidden|secure|removed)[\]>)]?
    | [\[({](?:none|null|true|false|[,\s])*[\])}] ) (?![^\s,;&"'`<>)}\]\\])""",
    re.I | re.X,
)
_STRING_OF_MANY = re.compile(r"://|\b(?:password|pwd)\s{0,3}=", re.I)
_VALUE = re.compile(
    r"""
      (?:\w[\w.]{0,63}\()? b?(?P<quote>\\*["'`])
      (?P<quoted>(?:(?!(?P=quote))(?:\\.|[^\r\n])|(?P=quote){2})++)
    | (?P<open>(?!\[redacted\])[\[({])
    | (?P<bare> \[redacted\](?=\\[nrt])
              | (?: \[redacted\] | [^\s,;&"'`<>)}\]\\] | [>)}\]\\](?=[^\s,;&"'`<>)}\]\\])
                 | [,;&](?![\s"'`]|$|[\w.$-]{1,64}[=:]) )++)    # up to a separator
    """,
    re.X,
)
_BRACKETS = re.compile(r"""(?P<q>\\{0,7}["'])(?:(?!(?P=q))(?:\\.|[^\\]))*+(?P=q)|[\[\](){}]""")

_own: tuple[re.Pattern[str], ...] = ()
_clean: set[str] = set()
"""Texts that were scanned and found clean, for the process."""


class _Row:
    """A row of the tables; its pattern is compiled at the first text that holds a hint of it."""

    def __init__(self, hints: Iterable[str], expression: str, flags: int, marker: str) -> None:
        self.hints, self.expression, self.flags, self.marker = hints, expression, flags, marker

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.expression, self.flags)

    def redact(self, text: str) -> str:
        parts, done, place = [], 0, 0
        while found := self.pattern.search(text, place):
            place = found.end() + (found.end() == found.start())
            first, last, quote = _secret_of(found)
            if last > first:
                parts += [text[done:first], quote, self.marker, quote]
                done = place = last
        return "".join([*parts, text[done:]]) if done else text


def _secret_of(found: re.Match[str]) -> tuple[int, int, str]:
    """Start and end of the secret, and the quotation mark that the marker needs."""
    groups = found.groupdict()
    sure = 2
    if "name" in groups:
        names = re.findall(r"[\w.$-]+", groups["name"] or groups["sql"] or groups["key"] or "")
        if "mark" in groups:
            names += [groups["index"] or "", groups["name"]]
            if found.string[found.start("name") - 1 : found.start("name")] == "\\":
                names.append(groups["name"][1:])  # the n of a written \n
            if groups["element"] and "<" not in groups["mark"]:
                return 0, 0, ""
        sure = max(map(certainty, names), default=0)
        if not sure:
            return 0, 0, ""
    for group in ("secret", "bare"):
        if groups.get(group):
            return *found.span(group), ""
    return (0, 0, "") if "secret" in groups else _value_after(found, groups, sure)


def _value_after(
    found: re.Match[str], groups: dict[str, str], sure: int
) -> tuple[int, int, str]:
    text, start = found.string, found.end()
    quote = groups.get("end") or groups.get("after") or ""
    if groups.get("item") is not None and groups["sign"] and not quote:
        first, last = start, text.find(text[found.start("item") - 1], start)
        kind, last = "", len(text) if last < 0 else last
    elif value := _VALUE.match(text, start):
        kind = value.lastgroup or ""
        first, last = value.span(kind)
        if kind == "open":
            last = _closing(text, first)
            if not quote and (rest := _VALUE.match(text, last)) and rest["bare"]:
                last = rest.end()
        if kind == "quoted":
            quote = ""
    else:
        return 0, 0, ""
    prose = text[start - 2 : start] == ": " and kind == "bare" and not quote
    if _is_harmless(text[first:last], sure, prose, last == len(text)) or (
        groups.get("name", "").lower().endswith("authorization")
        and text[last : last + 11].lstrip().startswith(REDACTED)
    ):
        return 0, 0, ""
    return first, last, quote


def _is_harmless(shown: str, sure: int, prose: bool, whole: bool) -> bool:
    if len(shown) > 256:
        return False
    if shown in ("", REDACTED) or (whole and REDACTED.startswith(shown)) or _NO_SECRET.fullmatch(shown):
        return True
    if sure > 1:
        return len(shown) < 3 and shown.isdigit()
    few = len(shown) < 3 or (prose and not any(map(str.isdigit, shown)))
    return few or bool(_STRING_OF_MANY.search(shown))


def _closing(text: str, start: int) -> int:
    """Where the bracket at `start` is closed: the end of the text if it is not."""
    depth = 0
    for found in _BRACKETS.finditer(text, start):
        if found["q"] is None:
            depth += 1 if found[0] in "[({" else -1
            if depth <= 0:
                return found.end()
    return len(text)


def _row_of_prefix(prefix: str, provider: Provider) -> _Row:
    literal = re.escape(prefix)
    if provider.lead:
        start = rf"(?<![A-Za-z0-9]){provider.lead}{literal}"
    else:  # the prefix first: `re` finds a literal fast, and then looks at what precedes it
        before = ("![A-Za-z0-9]", r"=\\[nrt]", "=%[0-9A-Fa-f][0-9A-Fa-f]")
        start = f"{literal}(?:{'|'.join(f'(?<{each}{literal})' for each in before)})"
    return _Row((prefix.lower(),), f"(?P<secret>{start}{provider.body})", re.ASCII, REDACTED)


_ROWS = [
    *(_Row(place.hints, place.pattern, re.I | re.X, place.marker) for place in PLACES),
    *(_row_of_prefix(prefix, row) for row in PROVIDERS for prefix in row.prefixes),
]
_ROWS_OF_HINT: dict[str, list[int]] = {}
for _index, _row in enumerate(_ROWS):
    for _hint in _row.hints:
        _ROWS_OF_HINT.setdefault(_hint, []).append(_index)
_HINTS = list(_ROWS_OF_HINT)

try:
    from ahocorasick_rs import AhoCorasick, Implementation

    _find = AhoCorasick(_HINTS, implementation=Implementation.DFA).find_matches_as_indexes

    def _hints_in(lowered: str) -> list[str]:
        return [_HINTS[found[0]] for found in _find(lowered, overlapping=True)]

except ImportError:  # no wheel for this platform

    def _hints_in(lowered: str) -> list[str]:
        return [hint for hint in _HINTS if hint in lowered]


_digits = re.compile(DIGITS).search
_NUMBERS: list[tuple[re.Pattern[str], Callable[[str], bool]]] = []


def redact(text: str) -> str:
    """`text` without secrets and personal data; idempotent, linear in its length."""
    if text in _clean:
        return text
    shown = text
    for pattern in _own:
        shown = pattern.sub(REDACTED, shown)
    if hints := _hints_in(shown.lower()):
        for index in sorted({index for hint in set(hints) for index in _ROWS_OF_HINT[hint]}):
            shown = _ROWS[index].redact(shown)
    if _digits(shown):
        for number, is_valid in _NUMBERS:
            shown = number.sub(_unless_wrong(is_valid), shown)
    if shown == text and len(text) <= MAX_KNOWN:
        if len(_clean) >= MOST_KNOWN:
            _clean.clear()
        _clean.add(text)
    return shown


_AFTER_ID = re.compile(r"id\\?[\"']?[=:]\s?\\?[\"']?$", re.I)
"""What precedes the digits of an id, which are no card whatever their check digit says."""


def _unless_wrong(is_valid: Callable[[str], bool]) -> Callable[[re.Match[str]], str]:
    """Redact as many groups of what was found as pass the check; what follows them stays."""

    def replace(found: re.Match[str]) -> str:
        shown = found[0]
        if _AFTER_ID.search(found.string[max(0, found.start() - 8) : found.start()]):
            return shown
        ends = [len(shown), *(gap.start() for gap in re.finditer("[ -]", shown))]
        for end in sorted(ends, reverse=True):
            if is_valid(re.sub("[ -]", "", shown[:end])):
                return REDACTED + shown[end:]
        return shown

    return replace


def _luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return len(digits) >= 13 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _mod_97(number: str) -> bool:
    turned = number[4:] + number[:4]
    return len(number) >= 15 and int("".join(str(int(part, 36)) for part in turned)) % 97 == 1


_NUMBERS += [(re.compile(IBAN), _mod_97), (re.compile(CARD), _luhn), (re.compile(SSN), bool)]
MAX_KNOWN = 256
MOST_KNOWN = 4096


def redact_also(pattern: str | re.Pattern[str]) -> None:
    """Redact all of what `pattern` matches, from now on, in this process.

    Raise ValueError for what Python's `re` does not compile and what matches an empty text.
    """
    global _own
    try:
        compiled = re.compile(pattern)
        empty = compiled.search("") is not None
    except (re.error, TypeError) as error:
        raise ValueError(f"{pattern!r} is not a pattern of Python's re: {error}") from None
    if empty:
        raise ValueError(f"{pattern!r} matches the empty text; use + for *, {{1,}} for {{0,}}")
    _own = (*_own, compiled)
    _clean.clear()


def safe_str(value: object) -> str:
    """`str(value)`, or its type where that raises."""
    try:
        return str(value)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a foreign __str__ may raise anything
        return f"<{type(value).__name__}: {type(error).__name__} in __str__>"


def clean_text(text: str, limit: int) -> str:
    """`text` redacted, valid UTF-8, at most `limit` characters: a cut ends in an ellipsis.

    No more than `limit` + 512 characters are scanned; of a secret that ends beyond them none of the
    last 512 is shown.
    """
    if text in _clean and len(text) <= limit:
        return text
    window = text[: limit + OVERLAP]
    if not window.isascii():
        window = window.encode("utf-8", "backslashreplace").decode()[: limit + OVERLAP]
    shown = redact(window)
    if len(text) > limit + OVERLAP:
        shown = shown[:-OVERLAP]
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
    if kind is str:
        return value if value in _clean else _text(value, name)  # type: ignore[comparison-overlap]
    if isinstance(value, int) and int.bit_length(value) < 64:
        number = int.__pos__(value)
        if -(10**12) < number < 10**12:
            return number
        return number if _text(str(number), name) == str(number) else REDACTED
    if isinstance(value, float) and math.isfinite(real := float.__pos__(value)):
        return real
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _members(value, depth) if depth < MAX_DEPTH else f"<{kind.__name__}>"
    return _text(str.__str__(value) if isinstance(value, str) else safe_str(value), name)


def _text(text: str, name: str) -> str:
    if text.isdigit() and name[-2:].lower() == "id" and len(text) <= MAX_NAME:
        return text  # the digits of an id are no card, whatever their check digit says
    return clean_text(text, MAX_TEXT)


_NAMING = ("name", "key", "header", "loc", "field")
_HOLDING = ("value", "input", "default")


def _members(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        pairs = [(_name_of(key), item) for key, item in islice(value.items(), MAX_ITEMS)]
        said = any(key in _NAMING and _names_secret(item) for key, item in pairs)
        return {
            clean_text(key, MAX_NAME): redact_value(
                item, "secret" if said and key in _HOLDING else key, depth + 1
            )
            for key, item in pairs
        }
    items = list(islice(value, MAX_ITEMS))
    if isinstance(value, list | tuple) and len(items) > 1:
        if len(items) == 2 and isinstance(items[0], str | bytes) and _names_secret(items[0]):
            return [clean_text(_name_of(items[0]), MAX_NAME), redact_value(items[1], "secret")]
        if all(type(item) is str for item in items):
            return _arguments(items)
    return [redact_value(item, "", depth + 1) for item in items]


def _arguments(items: list[str]) -> list[str]:
    """Strings of a list judged together, as the command line or the environment they may be."""
    room = MAX_TEXT // len(items)
    shown = [clean_text(item, room) for item in items]
    joined = repr(shown)
    judged = redact(joined)
    if judged == joined:
        return shown
    try:
        return [*map(str, ast.literal_eval(judged))]
    except (ValueError, SyntaxError):
        return [judged]


def _name_of(key: object) -> str:
    return key.decode("latin-1") if isinstance(key, bytes) else safe_str(key)


def _names_secret(value: object) -> bool:
    parts = value if isinstance(value, list | tuple) else (value,)
    return any(isinstance(part, str | bytes) and is_sensitive(_name_of(part)) for part in parts)


def redact_fields(fields: Mapping[str, object]) -> dict[str, Any]:
    """The fields of a call, each as `redact_value` gives it."""
    return {name: redact_value(value, name) for name, value in fields.items()}
