# Managed by the service template: change it there, or expect a merge on update.
"""The events that the calls of a service write, for alerts: a table of Markdown."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .calls import Calls
from .expressions import Expressions
from .found import LogCall
from .loggers import LEVELS
from .sources import Source

CONSTANT_TEXT = re.compile(r"[A-Za-z][A-Za-z _-]{0,79}")
"""A message that names an event, as observability/fields.py has it."""

ORDER = [*dict.fromkeys(LEVELS.values())]


@dataclass
class Event:
    """What the calls that write it have in common: all levels, fields and places of theirs."""

    levels: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    has_more: bool = False
    places: list[tuple[str, int]] = field(default_factory=list)


Catalogue = dict[tuple[str, str], Event]
"""Events by name and message; the name is "" where a message names none."""


def event_of(message: str) -> str:
    """`Order placed` is order_placed; "" for what names no event, as one with `%s` in it."""
    named = CONSTANT_TEXT.fullmatch(message)
    return message.lower().replace(" ", "_").replace("-", "_") if named else ""


def members_of(events: Path) -> dict[str, str]:
    """The constants of the class in observability/events.py, by their names."""
    if not events.is_file():
        return {}
    return {
        node.targets[0].id: node.value.value
        for node in ast.walk(ast.parse(events.read_bytes()))
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def catalogue(sources: Iterable[Source], members: dict[str, str]) -> Catalogue:
    """The events of these files; calls whose message and event run time tells are left out."""
    found: Catalogue = defaultdict(Event)
    for source in sources:
        calls = Calls(source)
        expressions = Expressions(calls.bindings, lambda name: False)
        for call in calls.logging:
            for key in _keys(call, expressions, members):
                event = found[key]
                event.levels |= call.levels
                event.fields |= {given.name for given in call.fields + call.of_wrapper} - {"event"}
                event.has_more |= call.has_more
                event.places.append((source.name, call.node.lineno))
    return found


def _keys(
    call: LogCall, expressions: Expressions, members: dict[str, str]
) -> Iterator[tuple[str, str]]:
    messages = expressions.constants(call.message)
    events = [f.value for f in call.fields + call.of_wrapper if f.name == "event"]
    named = [name for value in events for name in _events(value, expressions, members)]
    for message in messages or [""] * bool(named):
        for event in named or [event_of(message)]:
            yield event, message


def _events(value: ast.expr, expressions: Expressions, members: dict[str, str]) -> list[str]:
    match value:
        case ast.Attribute(attr=name) if name in members:
            return [members[name]]
        case ast.IfExp(body=one, orelse=other):
            return _events(one, expressions, members) + _events(other, expressions, members)
        case ast.Attribute(attr=name) if name.isupper():
            return [ast.unparse(value)]
    return expressions.constants(value)


def table(events: Catalogue, *, lines: bool) -> str:
    """Rows by event; `lines` puts the line of each call behind its file."""
    rows = ["| event | level | fields | message | where |", "|---|---|---|---|---|"]
    for (name, message), event in sorted(events.items(), key=lambda item: (not item[0][0], item)):
        levels = ", ".join(filter(None, (lv for lv in ORDER if lv in event.levels)))
        fields = [*map(_code, sorted(event.fields)), *(["and more"] * event.has_more)]
        places = [f"{path}:{line}" if lines else path for path, line in sorted(event.places)]
        cells = [
            _code(name),
            levels or "any",
            ", ".join(fields),
            message.replace("|", "\\|"),
            ", ".join(dict.fromkeys(places)),
        ]
        rows.append(f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |"))
    return "\n".join(rows) + "\n"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
