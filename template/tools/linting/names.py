# Managed by the service template: change it there, or expect a merge on update.
"""What the service's own redaction says of names: its rules are loaded, and not a second copy."""

import ast
from collections.abc import Iterable
from importlib import import_module, util
from itertools import count
from pathlib import Path
from sys import modules

from .sources import Source

_numbers = count()


class Names:
    """The rules of one service, with what its code adds by `redact_also`."""

    def __init__(self, observability: Path) -> None:
        """`observability` is the folder of the standard; nothing of the service is imported.

        The rules are a package that needs nothing around it, loaded by a name of its own.
        """
        folder = observability / "rules"
        package = f"_rules_{next(_numbers)}"
        init = folder / "__init__.py"
        spec = util.spec_from_file_location(package, init, submodule_search_locations=[str(folder)])
        if not (init.is_file() and spec and spec.loader):
            raise FileNotFoundError(f"{folder} is missing: the names of secrets come from there")
        modules[package] = util.module_from_spec(spec)
        spec.loader.exec_module(modules[package])
        self._names = import_module(f"{package}.names")
        self._own = import_module(f"{package}.own")

    def is_sensitive(self, name: str) -> bool:
        """Whether the value of a field of that name is redacted."""
        return bool(self._names.is_sensitive(name))

    def learn(self, sources: Iterable[Source]) -> None:
        """Take the names that the code gives to `redact_also`, as far as they are literals."""
        for source in sources:
            for node in ast.walk(source.tree):
                if isinstance(node, ast.Call) and _is_redact_also(node.func):
                    for keyword in node.keywords:
                        if keyword.arg in {"names", "keep"}:
                            self._add(keyword.arg, texts_in(keyword.value))

    def _add(self, kind: str, names: list[str]) -> None:
        for name in names:
            try:
                self._own.redact_also(**{kind: [name]})
            except ValueError:
                continue  # the service says so when it starts


def _is_redact_also(function: ast.expr) -> bool:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name == "redact_also"
    return False


def texts_in(value: ast.expr) -> list[str]:
    """The literals of a list, a tuple or a set."""
    parts = value.elts if isinstance(value, ast.List | ast.Tuple | ast.Set) else []
    return [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)]
