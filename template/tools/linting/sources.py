# Managed by the service template: change it there, or expect a merge on update.
"""A file of Python as it is read here: its tree, what each node is in, and positions in it."""

import ast
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property
from io import BytesIO
from pathlib import Path

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
SCOPES = (ast.Module, ast.ClassDef, *FUNCTIONS)


class Source:
    """One file; SyntaxError, a ValueError or an OSError if it cannot be read as Python."""

    def __init__(self, path: Path, name: str) -> None:
        """Read it. `name` is the path that findings and the catalogue give."""
        self.path = path
        self.name = name
        self.content = path.read_bytes()
        with warnings.catch_warnings(action="ignore"):  # of escapes in strings, say: ruff's part
            self.tree = ast.parse(self.content, str(path))
        self.lines = self.content.splitlines()
        self.parents = {
            child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)
        }

    def position(self, node: ast.expr | ast.keyword) -> tuple[int, int]:
        """Line and column, both from 1; the column counts characters, as ruff's does."""
        before = self.lines[node.lineno - 1][: node.col_offset]
        return node.lineno, len(before.decode("utf-8", "replace")) + 1

    def around(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """Each node that `node` is in, from the nearest on, with its child on the way there."""
        while parent := self.parents.get(node):
            yield parent, node
            node = parent

    def scopes(self, node: ast.AST) -> Sequence[ast.AST]:
        """Those that a name at `node` is looked up in: a class counts for its own body only."""
        found = [parent for parent, _ in self.around(node) if isinstance(parent, SCOPES)]
        return found[:1] + [scope for scope in found[1:] if not isinstance(scope, ast.ClassDef)]

    def enclosing_class(self, node: ast.AST) -> ast.AST | None:
        """The class that `self` is of, at `node`."""
        return next((up for up, _ in self.around(node) if isinstance(up, ast.ClassDef)), None)

    @cached_property
    def comments(self) -> list[tuple[int, int, str]]:
        """Line and column, both from 1, and text of each comment."""
        return [
            (token.start[0], token.start[1] + 1, token.string)
            for token in tokenize.tokenize(BytesIO(self.content).readline)
            if token.type == tokenize.COMMENT
        ]
