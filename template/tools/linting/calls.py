# Managed by the service template: change it there, or expect a merge on update.
"""The calls of a file that log, or that give fields to lines: their message, levels and fields."""

import ast
from collections.abc import Iterator

from .bindings import Bindings, Imported
from .found import Call, Field, LogCall
from .loggers import LEVELS, Loggers
from .sources import Source
from .wrappers import Wrapper, name_called, wrappers

OWN_KEYWORDS = {"exc_info", "extra", "stack_info", "stacklevel"}
"""Of logging's methods; all others are fields."""

CONTEXT = {"bind", "log_context", "slow_operation", "work"}
"""What gives its keywords as fields to the lines of a block or a unit of work."""


MAKER = "line_of_ours"
"""Of observability/floods.py: it makes the lines that the logging itself writes."""


class Calls:
    """Those of one file."""

    def __init__(self, source: Source) -> None:
        """Find them, in the order of the file."""
        self.source = source
        self.bindings = Bindings(source)
        self._loggers = Loggers(self.bindings)
        nodes = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
        found = {node: call for node in nodes if (call := self._read(node))}
        direct = [call for call in found.values() if isinstance(call, LogCall)]
        known = wrappers(source, self.bindings, direct)
        for node in nodes:
            if node not in found and (wrapper := known.get(name_called(node.func))):
                found[node] = self._wrapped(node, wrapper)
        self.found = sorted(
            found.values(), key=lambda call: (call.node.lineno, call.node.col_offset)
        )

    @property
    def logging(self) -> Iterator[LogCall]:
        """Those that write a line."""
        return (call for call in self.found if isinstance(call, LogCall))

    def _read(self, node: ast.Call) -> Call | None:
        fields, has_more = self._fields(node)
        if name_called(node.func) == MAKER:
            level = _level_of(node.args[1] if len(node.args) > 1 else None) or "WARNING"
            return LogCall(node, fields, has_more, node.args[0], frozenset({level}), False, True)
        logs = self._loggers.what(node.func)
        if logs is None or not logs.methods:
            return Call(node, fields, has_more) if self._gives_context(node.func) else None
        place = int(logs.methods == {"log"})
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        message = node.args[place] if len(node.args) > place else given.get("msg")
        levels = logs.levels
        if place:
            levels = {_level_of(node.args[0] if node.args else given.get("level"))}
        has_exception = (
            logs.exc_info
            or logs.methods == {"exception"}
            or None in given
            or not _is_nothing(given.get("exc_info"))
        )
        return LogCall(
            node, fields, has_more, message, frozenset(levels), logs.audit, has_exception
        )

    def _wrapped(self, node: ast.Call, wrapper: Wrapper) -> LogCall:
        """The function may give the exception, and fields of its own."""
        fields, has_more = self._fields(node) if wrapper.takes_fields else ((), False)
        logs = wrapper.logs
        return LogCall(
            node,
            fields,
            has_more,
            wrapper.message(node),
            logs.levels,
            logs.audit,
            has_exception=True,
            of_wrapper=logs.fields,
        )

    def _gives_context(self, function: ast.expr) -> bool:
        match function:
            case ast.Name():
                return any(
                    isinstance(found, Imported)
                    and found.name in CONTEXT
                    and ("observability" in found.module or found.module.startswith("."))
                    for found in self.bindings.of_name(function)
                )
            case ast.Attribute(value=ast.Name(id=module), attr=name):
                return module == "observability" and name in CONTEXT
        return False

    def _fields(self, node: ast.Call) -> tuple[tuple[Field, ...], bool]:
        """Its keywords, the keys of `extra` and those of `**` where a literal says them."""
        found: list[Field] = []
        has_more = False
        for keyword in node.keywords:
            if keyword.arg in OWN_KEYWORDS | {"msg", "level"} and keyword.arg != "extra":
                continue
            if keyword.arg not in {None, "extra"}:
                found.append(Field(str(keyword.arg), keyword.value, keyword))
                continue
            fields, open_ended = self._of_mapping(keyword.value)
            found += fields
            has_more |= open_ended
        return tuple(found), has_more

    def _of_mapping(self, mapping: ast.expr, *, follow: bool = True) -> tuple[list[Field], bool]:
        """The fields that it is known to have, and whether it may have more."""
        match mapping:
            case ast.Dict(keys=keys, values=values):
                found, has_more = [], False
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        found.append(Field(key.value, value, key))
                    elif key is None:
                        more, open_ended = self._of_mapping(value, follow=follow)
                        found += more
                        has_more |= open_ended
                    else:
                        has_more = True
                return found, has_more
            case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
                named = [k for k in keywords if k.arg]
                return [Field(str(k.arg), k.value, k) for k in named], len(named) < len(keywords)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                one, other = (self._of_mapping(part, follow=follow) for part in (left, right))
                return one[0] + other[0], one[1] or other[1]
            case ast.Name() if follow:
                values = self.bindings.values_of(mapping)
                of_each = [self._of_mapping(value, follow=False)[0] for value in values]
                return [field for some in of_each for field in some], True  # it may have grown
        return [], True


def _level_of(level: ast.expr | None) -> str:
    """`logging.ERROR`, `ERROR` and 40 are ERROR; "" for what run time tells."""
    match level:
        case ast.Attribute(attr=name) | ast.Name(id=name) if name.lower() in LEVELS:
            return LEVELS[name.lower()]
        case ast.Constant(value=int(number)):
            of_number = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}
            return of_number.get(number, "")
    return ""


def _is_nothing(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and not value.value)
