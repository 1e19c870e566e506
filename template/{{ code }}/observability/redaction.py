# Managed by the template: edits here are merged on update.
"""Redaction of texts and values: skeleton, the interface is complete."""

import math
import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from .names import is_sensitive

__all__ = ["REDACTED", "clean_text", "is_sensitive", "redact", "redact_also", "redact_value", "safe_str"]

REDACTED = "[redacted]"
MAX_TEXT = 8192
MAX_DEPTH = 8
MAX_ITEMS = 100
OVERLAP = 512
_own: list[re.Pattern[str]] = []


def redact(text: str) -> str:
    """`text` without secrets and personal data."""
    for pattern in _own:
        text = pattern.sub(REDACTED, text)
    return re.sub(r"(?i)((?:password|token|api_key|secret)\"?\s*[=:]\s*\"?)[^\s\",&]+", r"\1[redacted]", text)


def redact_also(pattern: str | re.Pattern[str]) -> None:
    """Redact what `pattern` matches."""
    try:
        _own.append(re.compile(pattern))
    except (re.error, TypeError) as error:
        raise ValueError(f"{pattern!r} is not a pattern: {error}") from None


def safe_str(value: object) -> str:
    """`str(value)`, or its type where that raises."""
    try:
        return str(value)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a foreign __str__ may raise anything
        return f"<{type(value).__name__}: {type(error).__name__} in __str__>"


def clean_text(text: str, limit: int) -> str:
    """`text` redacted, valid UTF-8, at most `limit` characters."""
    text = text[: limit + OVERLAP].encode("utf-8", "backslashreplace").decode()[: limit + OVERLAP]
    text = redact(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def redact_value(value: object, name: str = "", depth: int = 0) -> Any:
    """`value` as redacted JSON."""
    if value is None or isinstance(value, bool):
        return value
    if name and is_sensitive(name):
        return REDACTED
    if isinstance(value, str):
        return clean_text(value, MAX_TEXT)
    if isinstance(value, int) and int.bit_length(value) < 64:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        if depth == MAX_DEPTH:
            return f"<{type(value).__name__}>"
        if isinstance(value, Mapping):
            pairs = [(safe_str(key), item) for key, item in islice(value.items(), MAX_ITEMS)]
            return {clean_text(key, 128): redact_value(item, key, depth + 1) for key, item in pairs}
        return [redact_value(item, "", depth + 1) for item in islice(value, MAX_ITEMS)]
    return clean_text(safe_str(value), MAX_TEXT)


def redact_fields(fields: Mapping[str, object]) -> dict[str, Any]:
    """The fields of a call, each as `redact_value` gives it."""
    return {name: redact_value(value, name) for name, value in fields.items()}
