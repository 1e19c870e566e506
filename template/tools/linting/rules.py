# Managed by the service template: change it there, or expect a merge on update.
"""The rules for calls that log: what each finds, and what to do about it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .calls import Calls
from .expressions import Expressions
from .found import Call, LogCall
from .loops import reached_per_item
from .names import Names
from .sources import FUNCTIONS, Source

RULES = {
    "OBS001": "A message that is built at run time, or that is the exception itself",
    "OBS002": "A field that is named like a secret",
    "OBS003": "A line for each item that a loop receives",
    "OBS004": "An ERROR or CRITICAL in an `except` block, without the exception",
    "OBS005": "A secret under another name, or a slice of one",
    "OBS006": "An event name that is built at run time, or that is no event name",
    "OBS007": "An opt-out that gives no rule or no reason",
    "OBS008": "An opt-out of what is not there",
    "OBS009": "A file that is not Python",
}
"""What each rule finds."""

EVENT = re.compile(r"[a-z][a-z0-9_.]*")
"""As in record.schema.json: any other is written as `event_`."""

ALWAYS = {"WARNING", "ERROR", "CRITICAL"}
FAILURES = {"ERROR", "CRITICAL"}


@dataclass(frozen=True, order=True)
class Finding:
    """What a rule found, and the lines of the call: an opt-out may stand on any of them."""

    path: str
    line: int
    column: int
    code: str
    message: str
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.code} {self.message}"


class Rules:
    """The rules for one file."""

    def __init__(self, source: Source, names: Names) -> None:
        """`names` judge the names of fields and variables."""
        self._source = source
        self._names = names
        self._calls = Calls(source)
        self._expressions = Expressions(self._calls.bindings, names.is_sensitive)

    def findings(self) -> Iterator[Finding]:
        """What the rules find, call by call."""
        for call in self._calls.found:
            for node, code, message in self._of_fields(call):
                yield self._finding(call, node, code, message)
            if isinstance(call, LogCall):
                for node, code, message in self._of_line(call):
                    yield self._finding(call, node, code, message)

    def _finding(
        self, call: Call, node: ast.expr | ast.keyword, code: str, message: str
    ) -> Finding:
        line, column = self._source.position(node)
        first, last = call.node.lineno, call.node.end_lineno or call.node.lineno
        # What a name stands for may be elsewhere: the call is what has to change.
        if not first <= line <= last:
            line, column = self._source.position(call.node)
        return Finding(self._source.name, line, column, code, message, first, last)

    def _of_fields(self, call: Call) -> Iterator[tuple[ast.expr | ast.keyword, str, str]]:
        for field in call.fields:
            if self._names.is_sensitive(field.name):
                yield (
                    field.node,
                    "OBS002",
                    f"field `{field.name}` is named like a secret;"
                    " log an id or a length, or rename it",
                )
            elif name := self._expressions.secret(field.value):
                yield field.value, "OBS005", f"`{name}` is logged; log an id or a length"
        for value in call.node.args[1:] if isinstance(call, LogCall) else ():
            if name := self._expressions.secret(value):
                yield value, "OBS005", f"`{name}` is logged; log an id or a length"
        given = [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
        for value in given:
            for node, name in self._expressions.parts_of_secrets(value):
                yield node, "OBS005", f"a part of `{name}` is logged; log an id or a length"

    def _of_line(self, call: LogCall) -> Iterator[tuple[ast.expr | ast.keyword, str, str]]:
        if call.message is not None and (how := self._expressions.built(call.message)):
            yield call.message, "OBS001", f"message is {how}; make it constant text, and fields"
        reached = "" if call.audit else reached_per_item(self._source, call.node)
        if reached and (call.levels & {"INFO"} or (reached == "each" and call.levels & ALWAYS)):
            yield (
                call.node,
                "OBS003",
                "a line for each item that the loop receives;"
                " count, and log one summary after it, or use DEBUG",
            )
        if call.levels & FAILURES and not call.has_exception and self._in_except(call.node):
            level = " or ".join(sorted(call.levels & FAILURES))
            yield (
                call.node,
                "OBS004",
                f"{level} in an `except` block without the exception; use exception(...)"
                " or exc_info=True",
            )
        for field in call.fields:
            if field.name == "event" and (what := self._not_an_event(field.value)):
                yield field.value, "OBS006", f"event is {what}"

    def _in_except(self, call: ast.Call) -> bool:
        for node, _ in self._source.around(call):
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                return False
            if isinstance(node, ast.ExceptHandler):
                return True
        return False

    def _not_an_event(self, event: ast.expr) -> str:
        texts = self._expressions.constants(event)
        if wrong := [text for text in texts if not EVENT.fullmatch(text)]:
            return f'"{wrong[0]}", which is no name; use lower case and _, such as "order_placed"'
        built = "built at run time; use a literal or a member of AuditEvent"
        return "" if texts or is_member(event) else built


def is_member(expression: ast.expr) -> bool:
    """`AuditEvent.AUTHZ_FAIL`, `events.ORDER_PLACED` or `ORDER_PLACED`: a constant, by its case."""
    match expression:
        case ast.Attribute(attr="value", value=member):
            return is_member(member)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.isupper()
        case ast.IfExp(body=one, orelse=other):
            return all(is_member(e) or isinstance(e, ast.Constant) for e in (one, other))
        case ast.Constant(value=None):
            return True
    return False
