# Managed by the service template: change it there, or expect a merge on update.
"""What a line shows of its fields, redacted: what was clean before stands as it is."""

import logging
from collections.abc import Mapping
from itertools import islice
from typing import Any

from .fields import IDS, LARGE, REQUIRED, SEALED, TYPED, Entry, typed
from .redaction import is_sensitive
from .rules.inert import is_inert
from .rules.judged import LONGEST, is_known, known, names, remember, remember_name
from .rules.own import own_patterns
from .values import MAX_DEPTH, MAX_ITEMS, MAX_ITEMS_IN_ALL, is_hexadecimal, plain

_OURS = REQUIRED | SEALED

_ANY_IDS = IDS - {"trace_id", "span_id"}
"""Ids that may be any hexadecimal text of 8 digits or more."""

OF_RECORDS = frozenset(vars(logging.makeLogRecord({}))) | frozenset(
    "message asctime taskName _context _seal color_message exception extra stacklevel".split()
)
"""Names that a LogRecord or a log call has by itself: what they mean is for `logging` to say."""

MAX_FIELDS = 600

_NUMBERS = frozenset({int, float, bool})
_LEAST = -LARGE
_LARGE = float(LARGE)  # with which a float is compared in half the time


def are_known(fields: Entry) -> bool:
    """Whether all stand as they are, `duration_ms` rounded in place, by what is remembered.

    None of them then is in OF_RECORDS.
    """
    for name, value in fields.items():
        kind = type(value)
        if kind is str:
            if (name, value) not in known and not _comes_once(name, value):
                return False
        elif kind is float and name == "duration_ms" and 0 <= value < _LARGE:
            fields[name] = (value * 1000 + 0.5) // 1 / 1000  # in a quarter of the time of round()
        elif name not in names:
            return False
        elif kind is dict:
            if _size_if_known(value) > MAX_ITEMS_IN_ALL:
                return False
        elif kind not in _NUMBERS or not _LEAST < value < LARGE:
            return False
    return len(fields) <= MAX_FIELDS


def _comes_once(name: str, value: str) -> bool:
    """Whether it is an id, or a sentence that says nothing: judged nearly as fast as remembered."""
    if own_patterns():
        return False
    if name not in names:
        return name in _ANY_IDS and len(value) >= 8 and is_hexadecimal(value)
    if " " in value:
        return len(value) <= LONGEST and is_inert(value)
    return is_hexadecimal(value)


def _size_if_known(fields: Entry, depth: int = 0) -> int:
    """How many items a field has, however they are nested; of one that is not known, too many."""
    if (size := len(fields)) > MAX_ITEMS or depth == MAX_DEPTH:
        return _TOO_MANY
    for name, value in fields.items():
        kind = type(value)
        if type(name) is not str or name not in names:
            return _TOO_MANY
        if kind is dict:
            size += _size_if_known(value, depth + 1)
        elif not (
            (name, value) in known if kind is str else kind in _NUMBERS and _LEAST < value < LARGE
        ):
            return _TOO_MANY
    return size


_TOO_MANY = MAX_ITEMS_IN_ALL + 1


def show(fields: Entry) -> Entry:
    """What a line shows of fields, which are ours to change: the first MAX_FIELDS of them.

    A field with a name of the record's own, or of another field, gets underscores behind it.
    """
    return fields if are_known(fields) else judged(fields)


def judged(fields: Mapping[str, object]) -> Entry:
    """The same of fields that are not all known."""
    entry: Entry = {}
    for given, value in islice(fields.items(), MAX_FIELDS):
        if value is not None or given not in TYPED:
            name, shown = _judge(given, value)
            while name in entry:
                name += "_"
            entry[name] = shown
    return entry


def _judge(given: str, value: object) -> tuple[str, Any]:
    """What is shown, which is remembered where it is what was given."""
    if type(value) is str and is_known(given, value):
        return given, value
    if given in names:
        name, shown = given, plain(value, given)
    else:
        name, shown = typed(given, value)
        while name in _OURS:
            name += "_"
        if name == given and _decides(given):
            remember_name(given)
    if name == given and given not in OF_RECORDS:
        if type(value) is str:
            if shown == value and not is_hexadecimal(value):
                remember(given, value)
        elif type(value) is dict and type(shown) is dict:
            _remember_inside(value, shown)
    return name, shown


def _remember_inside(given: Entry, shown: Entry) -> None:
    for name, value in given.items():
        if type(name) is str and name in shown and _decides(name):
            remember_name(name)
            if type(value) is str and shown[name] == value:
                remember(name, value)
            elif type(value) is dict and type(shown[name]) is dict:
                _remember_inside(value, shown[name])


def _decides(name: str) -> bool:
    """Whether nothing but the value matters in a field of that name, at whatever depth."""
    return not (name in TYPED or name in OF_RECORDS or name in _OURS or is_sensitive(name))
