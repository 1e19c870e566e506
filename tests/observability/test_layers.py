"""A module imports only modules of lower layers; a line passes few functions of the package."""

import ast
import json
from pathlib import Path

import observability.settings
import pytest
from children import run

PACKAGE = Path(observability.settings.__file__).parent
LAYERS = [
    "settings context patterns writer names",
    "redaction",
    "tracebacks",
    "record",
    "formatters",
    "logger handlers schemas",
    "audit timing requests",
    "config websockets redis",
    "server streams",
    "middleware wsgi",
    "fastapi starlette litestar flask django worker consumer testing",
    "__init__ __main__",
]
LAYER = {name: number for number, names in enumerate(LAYERS) for name in names.split()}
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py"))
MAX_LINES = 200


def imported(name: str) -> set[str]:
    """The modules of the package that the module imports, wherever in its text."""
    tree = ast.parse((PACKAGE / f"{name}.py").read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
    assert {node.level for node in found} <= {1}, f"{name} imports what is outside the package"
    direct = {node.module for node in found if node.module}
    return direct | {alias.name for node in found if not node.module for alias in node.names}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_lower_layers(name: str) -> None:
    assert name in LAYER, f"{name} has no layer: add it to the table"
    higher = {other for other in imported(name) if LAYER[other] >= LAYER[name]}
    assert not higher, f"{name} of layer {LAYER[name]} imports {sorted(higher)}"


def test_there_are_at_most_11_layers_below_the_entry_points() -> None:
    assert len(LAYERS) - 1 <= 11


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_one_idea_in_at_most_200_lines(name: str) -> None:
    lines = (PACKAGE / f"{name}.py").read_text(encoding="utf-8").splitlines()

    assert len(lines) <= MAX_LINES, f"{name} has {len(lines)} lines"
    assert lines[0] == "# Managed by the template: edits here are merged on update."
    assert ast.get_docstring(ast.parse("\n".join(lines))), f"{name} does not say what it is for"


MAX_FUNCTIONS, MAX_MODULES = 8, 6  # redaction apart

TRACE = """
called = []
def profile(frame, event, argument):
    code = frame.f_code
    if event == "call" and code.co_filename.startswith(package):
        called.append([os.path.basename(code.co_filename), code.co_qualname])
package = sys.argv[1]
def log():
    logger.info("Transcript published", session_id="s-1", length=3)
with unit_of_work(request_id="r-1"):
    log(), log()
    sys.setprofile(profile)
    log()
    sys.setprofile(None)
print(json.dumps(called), file=sys.stderr)
"""


def test_info_reaches_the_descriptor_through_few_functions() -> None:
    done = run(TRACE, str(PACKAGE))

    path = {
        (file, name)
        for file, name in json.loads(done.errors)
        if file not in ("redaction.py", "names.py")
    }
    assert len(done.records) == 3
    assert 0 < len(path) <= MAX_FUNCTIONS, path
    assert len({file for file, _ in path}) <= MAX_MODULES, path
