# Managed by the service template: change it there, or expect a merge on update.
"""Which expressions are a logger, or a method of one that logs: by where their names come from."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass

from .bindings import Binding, Bindings, Imported

LEVELS = {
    "debug": "DEBUG",
    "info": "INFO",
    "info_from_thread": "INFO",
    "warning": "WARNING",
    "warn": "WARNING",
    "error": "ERROR",
    "exception": "ERROR",
    "critical": "CRITICAL",
    "fatal": "CRITICAL",
    "log": "",
}
"""The methods that log, and their level; that of `log` is told by its first argument."""

FACTORIES = {"getLogger", "get_logger", "get_task_logger"}
CHILDREN = {"bind", "getChild", "new"}
"""Methods of a logger that give another: logging's own, and structlog's."""

USUAL = {"logger", "_logger", "LOGGER", "_LOGGER", "audit_logger", "log", "_log", "LOG"}
"""Names that a logger has where its making is out of sight: imported, a parameter, an attribute."""

TYPES = {"Logger", "LoggerAdapter", "AuditLogger", "BoundLogger"}


Seen = frozenset[str]
"""The names on the way to an expression, for `a = b` and `b = a` lead nowhere."""


@dataclass(frozen=True)
class Logs:
    """A logger or, where there are `methods`, what is called to log. `audit` is the audit trail.

    `exc_info` is whether the exception is already among its arguments, as in a `partial`.
    """

    methods: frozenset[str] = frozenset()
    audit: bool = False
    exc_info: bool = False

    @property
    def levels(self) -> set[str]:
        return {LEVELS[method] for method in self.methods}


class Loggers:
    """Those of one file."""

    def __init__(self, bindings: Bindings) -> None:
        """`bindings` are those of the file."""
        self._bindings = bindings

    def what(self, expression: ast.expr, seen: Seen = frozenset()) -> Logs | None:
        """What the expression is; None if nothing says that it logs."""
        match expression:
            case ast.Name(id=name) if name not in seen:
                found = self._bindings.of_name(expression)
                return _any(self._bound(binding, name, seen | {name}) for binding in found)
            case ast.Attribute():
                return self._attribute(expression, seen)
            case ast.Call():
                return self._made_by(expression, seen)
            case ast.IfExp(body=one, orelse=other):
                return _any(self.what(part, seen) for part in (one, other))
            case ast.BoolOp(values=values):
                return _any(self.what(part, seen) for part in values)
            case ast.NamedExpr(value=value):
                return self.what(value, seen)
        return None

    def _bound(self, binding: Binding, name: str, seen: Seen) -> Logs | None:
        match binding:
            case ast.expr():
                return self.what(binding, seen)
            case ast.arg(annotation=None):
                return _usual(name)
            case ast.arg(annotation=ast.expr() as annotation):
                return Logs() if TYPES & _words(annotation) else None
            case Imported(module="logging", name=function) if function in LEVELS:
                return Logs(frozenset({function}))
            case Imported(name=imported) if imported:
                return _usual(imported)
        return None

    def _attribute(self, attribute: ast.Attribute, seen: Seen) -> Logs | None:
        name = attribute.attr
        if name in LEVELS:
            base = self.what(attribute.value, seen)
            if (base and not base.methods) or self._is_logging(attribute.value):
                return Logs(frozenset({name}), audit=bool(base and base.audit))
        here = f".{name}"
        if here not in seen and (values := self._bindings.of_attribute(attribute)):
            return _any(self.what(value, seen | {here}) for value in values)
        return _usual(name)

    def _made_by(self, call: ast.Call, seen: Seen) -> Logs | None:
        name = _name_of(call.func)
        if name in FACTORIES or self._is_factory(call.func):
            first = call.args[0] if call.args else None
            return Logs(audit=isinstance(first, ast.Constant) and first.value == "audit")
        if name == "LoggerAdapter":
            return Logs()
        if name in CHILDREN and isinstance(call.func, ast.Attribute):
            base = self.what(call.func.value, seen)
            return base if base and not base.methods else None
        if name == "partial" and call.args and (given := self.what(call.args[0], seen)):
            bound = any(keyword.arg == "exc_info" for keyword in call.keywords)
            return Logs(given.methods, given.audit, given.exc_info or bound)
        if name == "cast" and len(call.args) == 2:
            return self.what(call.args[1], seen)
        return None

    def _is_factory(self, function: ast.expr) -> bool:
        bound = self._bindings.of_name(function) if isinstance(function, ast.Name) else []
        return any(isinstance(found, Imported) and found.name in FACTORIES for found in bound)

    def _is_logging(self, expression: ast.expr) -> bool:
        return isinstance(expression, ast.Name) and Imported("logging") in self._bindings.of_name(
            expression
        )


def _usual(name: str) -> Logs | None:
    return Logs(audit=name == "audit_logger") if name in USUAL else None


def _any(found: Iterable[Logs | None]) -> Logs | None:
    """One of several is chosen at run time: what any may be; the exception only if all have it."""
    known = [logs for logs in found if logs]
    if not known:
        return None
    methods = frozenset().union(*(logs.methods for logs in known))
    failures = [logs for logs in known if logs.levels & {"ERROR", "CRITICAL"}]
    return Logs(
        methods,
        all(logs.audit for logs in known),
        bool(failures) and all(logs.exc_info or "exception" in logs.methods for logs in failures),
    )


def _name_of(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _words(annotation: ast.expr) -> set[str]:
    """The names in an annotation, quoted or not."""
    found = {_name_of(node) for node in ast.walk(annotation) if isinstance(node, ast.expr)}
    for node in ast.walk(annotation):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= set(re.findall(r"\w+", node.value))
    return found
