# Managed by the service template: change it there, or expect a merge on update.
"""What an expression says of its value: constant text or built at run time, a part of a secret."""

import ast
from collections.abc import Callable, Iterator

from .bindings import Bindings

MEASURES = {"bool", "hash", "id", "isinstance", "len", "type"}
"""What tells no part of what it is given."""

SAME = {"casefold", "decode", "encode", "get_secret_value", "hex", "lower", "strip", "upper"}
"""Methods that give all of a text in another form."""

TRIMS = {"lstrip", "rstrip", "strip"}
TRANSLATIONS = {"_", "gettext"}


class Expressions:
    """Those of one file; `is_sensitive` judges names as the service's redaction does."""

    def __init__(self, bindings: Bindings, is_sensitive: Callable[[str], bool]) -> None:
        """`bindings` are those of the file."""
        self._bindings = bindings
        self._is_sensitive = is_sensitive

    def built(self, text: ast.expr, seen: frozenset[str] = frozenset()) -> str:
        """How a message is built at run time, `an f-string` say; "" if nothing says that it is.

        `seen` are the names on the way to it, for `a = b` and `b = a` lead nowhere.
        """
        match text:
            case ast.JoinedStr(values=parts):
                placed = any(isinstance(part, ast.FormattedValue) for part in parts)
                return "an f-string" if placed else ""
            case ast.BinOp(op=ast.Mod()):
                return "" if self._is_constant(text) else "built with %"
            case ast.BinOp(op=ast.Add()):
                return "" if self._is_constant(text) else "built with +"
            case ast.Call(func=ast.Attribute(attr="format" | "join" as method)):
                return f"built with .{method}()"
            case ast.Call(func=ast.Name(id=name)) if name in TRANSLATIONS:
                return ""
            case ast.Call(func=ast.Attribute(attr=method, value=whole)) if method in TRIMS:
                return "" if self._is_constant(whole) else "what a call returns"
            case ast.Call():
                return "what a call returns"
            case ast.IfExp(body=one, orelse=other):
                return self.built(one, seen) or self.built(other, seen)
            case ast.BoolOp(values=values):
                return next(filter(None, (self.built(value, seen) for value in values)), "")
            case ast.Await(value=value) | ast.NamedExpr(value=value):
                return self.built(value, seen)
            case ast.Name(id=name) if name not in seen and not name.isupper():
                seen |= {name}
                found = self._bindings.of_name(text)
                if any(isinstance(binding, ast.ExceptHandler) for binding in found):
                    return "the exception"
                values = [binding for binding in found if isinstance(binding, ast.expr)]
                how = next(filter(None, (self.built(value, seen) for value in values)), "")
                return f"{how}, in `{name}`" if how else ""
        return ""

    def constants(self, text: ast.expr | None, seen: frozenset[str] = frozenset()) -> list[str]:
        """The texts that it may be, where literals say them; none if anything else comes in."""
        match text:
            case ast.Constant(value=str(value)):
                return [value]
            case (
                ast.IfExp(body=left, orelse=right) | ast.BinOp(left=left, op=ast.Add(), right=right)
            ):
                first, second = self.constants(left, seen), self.constants(right, seen)
                if isinstance(text, ast.BinOp):
                    return [a + b for a in first for b in second]
                return first + second if first and second else []
            case ast.Name(id=name) if name not in seen:
                values = [
                    self.constants(value, seen | {name}) if isinstance(value, ast.expr) else []
                    for value in self._bindings.of_name(text)
                ]
                return [each for some in values for each in some] if all(values) else []
        return []

    def parts_of_secrets(
        self, value: ast.expr, *, follow: bool = True
    ) -> Iterator[tuple[ast.expr, str]]:
        """Each slice in it of what is named like a secret, with that name.

        `follow` is whether a name stands for what it is bound to.
        """
        match value:
            case ast.Call(func=ast.Name(id=name)) if name in MEASURES:
                return
            case ast.Subscript(value=whole, slice=ast.Slice()):
                if name := self.secret(whole):
                    yield value, name
            case ast.Name() if follow:
                for bound in self._bindings.values_of(value):
                    if isinstance(bound, ast.Subscript | ast.JoinedStr | ast.BinOp):
                        for _, name in self.parts_of_secrets(bound, follow=False):
                            yield value, name
        for child in ast.iter_child_nodes(value):
            if isinstance(child, ast.expr):
                yield from self.parts_of_secrets(child, follow=follow)

    def secret(self, whole: ast.expr) -> str:
        """The name by which it is a secret; "" if it is none."""
        match whole:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return name if self._is_sensitive(name) else ""
            case ast.Subscript(slice=ast.Constant(value=str(name))):
                return name if self._is_sensitive(name) else ""
            case ast.Call(func=ast.Name(id="str" | "repr"), args=[inner]):
                return self.secret(inner)
            case ast.Call(func=ast.Attribute(attr=method, value=inner)) if method in SAME:
                return self.secret(inner)
            case ast.Call(
                func=ast.Attribute(attr="get" | "getenv" | "pop") | ast.Name(id="getenv"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                return name if self._is_sensitive(name) else ""
            case ast.BoolOp(values=[first, *_]):
                return self.secret(first)
        return ""

    def _is_constant(self, text: ast.expr) -> bool:
        """Whether it is put together of literals and of names in capitals alone."""
        match text:
            case ast.Constant():
                return True
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return name.isupper()
            case ast.BinOp(left=left, right=right):
                return self._is_constant(left) and self._is_constant(right)
            case ast.Tuple(elts=parts):
                return all(map(self._is_constant, parts))
            case ast.JoinedStr():
                return not self.built(text)
        return False
