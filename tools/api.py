"""The page of public names, from their signatures and docstrings: observability/__init__.py's."""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).parent.parent
STANDARD = ROOT / "template" / "{{ within or '.' }}" / "observability"

KINDS = {"asgi": "fastapi", "wsgi": "flask", "worker": "worker"}
"""Each way in which a service is driven, and an adapter of it."""

WORDS = {"asgi": "ASGI", "wsgi": "WSGI", "worker": "workers"}

STREAMS = frozenset({"Message", "publish", "run_consumer"})

HEAD = """\
# Public names

<!-- Made by `make docs-reference` from the docstrings of observability/. -->

What a service's own code may import from `<package>.observability`. A version that takes one of
these away, or changes what it means, is [a major one](compatibility.md); everything else in the
package may change with any update.
"""

Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@cache
def source(module: str, interface: str) -> str:
    """The module, such as `trail.verify`, as a service with all options has it."""
    path = STANDARD / f"{module.replace('.', '/')}.py"
    if module == KINDS[interface]:
        framework = {"worker": "none"}.get(module, module)
        path = ROOT / "frameworks" / framework / "adapter.py"
    if path.exists():
        return path.read_text(encoding="utf-8")
    templates = Environment(loader=FileSystemLoader([STANDARD, ROOT]), undefined=StrictUndefined)
    answers = {
        "adapter": KINDS[interface],
        "interface": interface,
        "observability": "orders.observability",
        "package": "orders",
        "redis": "streams",
        "service_name": "orders",
    }
    return templates.get_template(f"{module}.py.jinja").render(answers)


@cache
def tree(module: str, interface: str) -> ast.Module:
    """The same, parsed."""
    return ast.parse(source(module, interface))


def public(interface: str) -> dict[str, str]:
    """Each name that the package gives, and the module that it is from."""
    imports = [
        node for node in tree("__init__", interface).body if isinstance(node, ast.ImportFrom)
    ]
    return {alias.name: str(node.module) for node in imports for alias in node.names}


def entry(name: str, module: str, interface: str) -> str:
    """How it is called, and what its docstring says."""
    body = tree(module, interface).body
    for node, after in zip(body, [*body[1:], ast.Pass()], strict=True):
        if isinstance(node, ast.ImportFrom) and name in [alias.name for alias in node.names]:
            return entry(name, str(node.module), interface)
        if isinstance(node, Named) and node.name == name:
            return shown(signature(node), ast.get_docstring(node) or "")
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            assert isinstance(after, ast.Expr), f"{name} has no docstring"
            return shown("", ast.literal_eval(after.value))
    raise LookupError(f"{module} has no {name}")


def shown(call: str, docstring: str) -> str:
    said = inspect.cleandoc(docstring)
    if not said:
        raise LookupError(f"{call} has no docstring")
    block = f"<!-- run: elsewhere a signature -->\n```py\n{call}\n```\n\n" if call else ""
    return f"{block}{said}\n"


def signature(node: Named) -> str:
    """`def name(...)`, or how an object of the class is made; `self` is left out."""
    if isinstance(node, ast.ClassDef):
        made = [part for part in node.body if isinstance(part, Named) and part.name == "__init__"]
        if not made:
            kept = [ast.unparse(part) for part in node.body if isinstance(part, ast.AnnAssign)]
            bases = ", ".join(ast.unparse(base) for base in node.bases)
            head = f"class {node.name}({bases})" if bases else f"class {node.name}"
            return "\n    ".join([f"{head}:", *kept]) if kept else head
        return f"{node.name}({arguments(made[0])})"
    kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returned = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    decorators = "".join(f"@{ast.unparse(part)}\n" for part in node.decorator_list)
    return f"{decorators}{kind} {node.name}({arguments(node)}){returned}"


def arguments(node: Named) -> str:
    assert not isinstance(node, ast.ClassDef)
    text = ast.unparse(node.args)
    return text.removeprefix("self, /, ").removeprefix("self, ").removeprefix("self")


def sections() -> Iterator[tuple[str, str]]:
    """A title and its text for each name; two, where the kinds of services differ."""
    given = {interface: public(interface) for interface in KINDS}
    for name in sorted({name for names in given.values() for name in names}, key=str.lower):
        texts: dict[str, list[str]] = {}
        for interface, names in given.items():
            if name in names:
                text = entry(name, names[name], interface)
                texts.setdefault(text, []).append(interface)
        for text, kinds in texts.items():
            where = "" if len(kinds) == len(KINDS) else ", ".join(WORDS[kind] for kind in kinds)
            where += " with streams" * (name in STREAMS)
            yield f"{name} ({where.strip()})" if where else name, text


def class_of(module: str, name: str) -> ast.ClassDef:
    classes = [node for node in tree(module, "asgi").body if isinstance(node, ast.ClassDef)]
    return next(node for node in classes if node.name == name)


def said_of(module: str, name: str) -> str:
    return ast.get_docstring(class_of(module, name)) or ""


def methods(module: str, name: str) -> Iterator[tuple[str, str]]:
    """Those of the class that have a docstring."""
    for part in class_of(module, name).body:
        if isinstance(part, Named) and (said := ast.get_docstring(part)):
            yield part.name, shown(signature(part), said)


def page() -> str:
    text = [HEAD]
    for title, said in sections():
        text.append(f"\n## {title}\n\n{said}")
        if title == "get_logger":
            text.append(f"\n### Its level methods\n\n{said_of('logger', 'LogMethod')}\n")
    text.append("\n## The fixture logs\n\nIn tests; `Logs` of `<package>.observability.testing`.\n")
    for title, said in methods("testing", "Logs"):
        text.append(f"\n### logs.{title}\n\n{said}")
    return "".join(text)
