# Managed by the service template: change it there, or expect a merge on update.
"""Functions that log for their callers: what they are given as a message is one."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .bindings import Bindings
from .found import LogCall
from .sources import Source


@dataclass(frozen=True)
class Wrapper:
    """A function of the file: which of its arguments is the message, and how it logs that."""

    function: str
    place: int
    parameter: str
    logs: LogCall
    takes_fields: bool

    def message(self, call: ast.Call) -> ast.expr | None:
        """That of one call of the function."""
        named = (word.value for word in call.keywords if word.arg == self.parameter)
        return call.args[self.place] if len(call.args) > self.place else next(named, None)


def wrappers(source: Source, bindings: Bindings, calls: Iterable[LogCall]) -> dict[str, Wrapper]:
    """By name; of two functions of one name neither is known."""
    found = list(_found(source, bindings, calls))
    names = [name for node in ast.walk(source.tree) if (name := getattr(node, "name", ""))]
    return {wrapper.function: wrapper for wrapper in found if names.count(wrapper.function) == 1}


def _found(source: Source, bindings: Bindings, calls: Iterable[LogCall]) -> Iterator[Wrapper]:
    for call in calls:
        if not isinstance(call.message, ast.Name):
            continue
        for parameter in bindings.of_name(call.message):
            if not isinstance(parameter, ast.arg):
                continue
            function = source.parents[source.parents[parameter]]
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                given = [each.arg for each in function.args.posonlyargs + function.args.args]
                if given[:1] in (["self"], ["cls"]):
                    del given[0]
                if parameter.arg in given:
                    place = given.index(parameter.arg)
                    takes_fields = function.args.kwarg is not None
                    yield Wrapper(function.name, place, parameter.arg, call, takes_fields)


def name_called(function: ast.expr) -> str:
    """`told` of `told(...)` and `self.told(...)`; "" of any other."""
    match function:
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            return name
    return ""
