# Managed by the service template: change it there, or expect a merge on update.
"""The ids that the lines of a request share: those that it came with, or its own."""

import os
import re
from collections.abc import Mapping

from .context import Fields
from .fields import SHAPES
from .rules.own import own_patterns
from .shown import show

REQUEST_ID_HEADERS = ("x-request-id", "x-railway-request-id")
"""Where a request id comes from, the first valid one; else it is made here."""

HEADERS = (*REQUEST_ID_HEADERS, "traceparent", "x-forwarded-for")
"""All that are looked at."""

AHEAD = 32
"""Units that are made at once: a call to the system for each request would take longer."""

_TRACEPARENT = re.compile(
    r"(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?"
)

_ahead: list[Fields] = []
"""Units of requests to come, with ids that nobody else has."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_ahead.clear)  # which its parent will give out too


def _own_unit() -> Fields:
    """A unit with ids of its own, and what its lines show of them."""
    while True:
        try:
            return _ahead.pop()
        except IndexError:
            digits = os.urandom(40 * AHEAD).hex()
            _ahead.extend([_made(digits[at : at + 80]) for at in range(0, len(digits), 80)])


def _made(digits: str) -> Fields:
    ids = {"request_id": digits[:32], "trace_id": digits[32:64], "span_id": digits[64:]}
    unit = Fields(ids)
    unit.show_as(ids)
    return unit


def _given(headers: Mapping[str, str]) -> dict[str, str]:
    ids = {}
    for name in REQUEST_ID_HEADERS:
        if (given := headers.get(name)) and SHAPES["request_id"].fullmatch(given):
            ids["request_id"] = given
            break
    if (given := headers.get("traceparent")) and (trace := _TRACEPARENT.fullmatch(given)):
        ids["trace_id"], ids["span_id"] = trace[1], trace[2]
    return ids


def correlation_ids(headers: Mapping[str, str]) -> Fields:
    """`request_id`, `trace_id` and `span_id` from headers with lower-case names.

    An id that is not 8 to 64 of `A-Za-z0-9._-` is replaced, so that nobody writes into our lines;
    an invalid `traceparent` starts a new trace (W3C Trace Context, section 3.2).
    """
    unit = _own_unit()
    given = _given(headers) if headers else {}
    if own_patterns():  # which may have been added since the unit was made
        return Fields({**unit, **given})
    if given:
        unit = Fields({**unit, **given})
        # The ids of a trace are no secret, whatever they are; that of a request may be somebody's.
        request_id = show({"request_id": unit["request_id"]})
        unit.show_as({**request_id, "trace_id": unit["trace_id"], "span_id": unit["span_id"]})
    return unit
