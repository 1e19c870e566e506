# Managed by the service template: change it there, or expect a merge on update.
"""What each name of a file is bound to, by scope, and each attribute of `self`, by class."""

import ast
from collections import defaultdict
from dataclasses import dataclass

from .sources import Source


@dataclass(frozen=True)
class Imported:
    """`from module import name`; for `import module` the name is empty. Dots of `.x` are kept."""

    module: str
    name: str = ""


Binding = ast.expr | ast.arg | ast.ExceptHandler | Imported | None
"""A value, a parameter, a caught exception, an import, or what says nothing here."""


class Bindings:
    """Those of one file."""

    def __init__(self, source: Source) -> None:
        """Collect them."""
        self._source = source
        self._names: dict[tuple[ast.AST, str], list[Binding]] = defaultdict(list)
        self._attributes: dict[tuple[ast.AST | None, str], list[ast.expr]] = defaultdict(list)
        self._elsewhere: set[tuple[ast.AST, str]] = set()
        for node in ast.walk(source.tree):
            self._collect(node)

    def of_name(self, name: ast.Name) -> list[Binding]:
        """What the innermost scope that binds the name binds it to; nothing for a builtin."""
        for scope in self._source.scopes(name):
            place = scope, name.id
            if place in self._names and place not in self._elsewhere:
                return self._names[place]
        return []

    def of_attribute(self, attribute: ast.Attribute) -> list[ast.expr]:
        """What the class binds it to, where it is one of `self` or `cls`."""
        if not (isinstance(attribute.value, ast.Name) and attribute.value.id in {"self", "cls"}):
            return []
        within = self._source.enclosing_class(attribute)
        return self._attributes.get((within, attribute.attr), [])

    def values_of(self, name: ast.Name) -> list[ast.expr]:
        """Those of its bindings that are values."""
        return [found for found in self.of_name(name) if isinstance(found, ast.expr)]

    def _collect(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target, value)
            case ast.AnnAssign(target=target, value=value) if value:
                self._bind(target, value)
            case ast.NamedExpr(target=target, value=value):
                self._bind(target, value)
            case ast.AugAssign(target=ast.Name() as target, op=op, value=value):
                grown = ast.BinOp(ast.Name(target.id, ast.Load()), op, value)
                self._add(target, target.id, ast.copy_location(grown, node))
            case ast.arg(arg=name):
                self._add(node, name, node)
            case ast.ExceptHandler(name=str(name)):
                self._add(node, name, node)
            case ast.Import(names=names):
                for alias in names:
                    module = alias.name if alias.asname else alias.name.partition(".")[0]
                    self._add(node, alias.asname or module, Imported(module))
            case ast.ImportFrom(names=names):
                module = "." * node.level + (node.module or "")
                for alias in names:
                    self._add(node, alias.asname or alias.name, Imported(module, alias.name))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                self._add(node, name, None)
            case ast.ClassDef(name=name):
                self._add(node, name, None)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                self._elsewhere |= {(self._source.scopes(node)[0], name) for name in names}
            case ast.Name(id=name, ctx=ast.Store()):
                if not self._is_assigned(node):
                    self._add(node, name, None)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._add(target, target.id, value)
            scope = self._source.scopes(target)[0]
            if isinstance(scope, ast.ClassDef):
                self._attributes[scope, target.id].append(value)
        elif isinstance(target, ast.Attribute):
            self._attributes[self._source.enclosing_class(target), target.attr].append(value)

    def _add(self, node: ast.AST, name: str, binding: Binding) -> None:
        self._names[self._source.scopes(node)[0], name].append(binding)

    def _is_assigned(self, node: ast.AST) -> bool:
        parent = self._source.parents[node]
        return isinstance(parent, ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.AugAssign)
