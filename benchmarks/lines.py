"""Whether a line carries what its call was given; whoever writes it in his own way."""

import json
import re
from typing import Any

from scenes import Fields

LEVELS = {"INFO", "ERROR"}
_REQUEST_ID = re.compile(r'"request_id": ?"(\w+)"')


def unit_of(line: str) -> str:
    """The request id of a line: threads write theirs in any order, but each in its own."""
    found = _REQUEST_ID.search(line)
    return found[1] if found else ""


class WrongLine(Exception):
    """A contender's line does not carry what it was given."""


def check(contender: str, line: str, wanted: Fields) -> None:
    """Raise WrongLine unless `line` is JSON with a time, a level and the wanted values."""
    try:
        record = json.loads(line)
    except ValueError:
        raise WrongLine(f"{contender}: this line is no JSON: {line[:400]}") from None
    found = flat(record)
    missing = [name for name, value in wanted.items() if not carries(found, name, value)]
    missing += [] if any(str(value).upper() in LEVELS for _, value in found) else ["level"]
    missing += [] if any(looks_like_time(value) for _, value in found) else ["timestamp"]
    if missing:
        raise WrongLine(f"{contender}: {', '.join(missing)} missing in this line: {line[:2000]}")


def flat(record: Any) -> list[tuple[str, Any]]:
    """Each name and value of a record, at any depth."""
    if not isinstance(record, dict):
        return []
    inside = [pair for value in record.values() for pair in flat(value)]
    return [*record.items(), *inside]


def carries(found: list[tuple[str, Any]], name: str, value: Any) -> bool:
    """Whether the value stands under its name, or as name=value in a text (the standard's way).

    A failure may have any name; of a text that was shortened, what is left is enough.
    """
    for key, shown in found:
        if isinstance(shown, str):
            if name == "failure" and value in shown:
                return True
            if f" {name}={value}," in f"{shown},":
                return True
        if key in {name, "msg"} and same(shown, value):
            return True
        if name == key == "message" and str(shown).startswith(f"{value}: "):  # as the standard does
            return True
    return False


def same(shown: Any, value: Any) -> bool:
    if isinstance(shown, str) and isinstance(value, str) and "…" in shown:
        first, _, last = shown.partition("…")
        return len(first) > 30 and value.startswith(first) and last in value
    return bool(shown == value)


def looks_like_time(value: Any) -> bool:
    text = value if isinstance(value, str) else ""
    return len(text) > 18 and text[:2] == "20" and text[4:5] == text[7:8] == "-"
