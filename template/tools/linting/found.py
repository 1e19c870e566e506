# Managed by the service template: change it there, or expect a merge on update.
"""What is known of a call that logs, or that gives fields to lines."""

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """A field that a call gives, and where its name stands."""

    name: str
    value: ast.expr
    node: ast.expr | ast.keyword


@dataclass(frozen=True)
class Call:
    """A call that gives fields, such as `log_context`, and writes no line."""

    node: ast.Call
    fields: tuple[Field, ...]
    has_more: bool
    """Whether fields come that nothing here can name: `**fields`."""


@dataclass(frozen=True)
class LogCall(Call):
    """A call that writes a line, at one of `levels`; "" is one that only run time tells."""

    message: ast.expr | None
    levels: frozenset[str]
    audit: bool
    has_exception: bool
    """Or may have it: fields of a `**` are not known here."""
    of_wrapper: tuple[Field, ...] = ()
    """What the function that is called gives besides, where that is what logs."""
