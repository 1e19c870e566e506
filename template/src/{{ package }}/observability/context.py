# Managed by the service template: change it there, or expect a merge on update.
"""Fields that every line of a block, or of a whole unit of work, carries."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, Token
from typing import Any

from .tracing import span_ids

Fields = dict[str, Any]

# The unit is one mutable mapping, so that what a handler in a thread pool binds is seen by the
# middleware outside it; a plain ContextVar set in the handler's copy of the context would not be.
_unit: ContextVar[Fields | None] = ContextVar("unit", default=None)
_block: ContextVar[Fields] = ContextVar("block", default={})  # noqa: B039 - never mutated


def context_fields() -> Fields:
    """The fields of the current unit of work, span and block; the last value of a name wins."""
    return {**(_unit.get() or {}), **span_ids(), **_block.get()}


@contextmanager
def log_context(**fields: object) -> Iterator[None]:
    """Add fields to every line inside a `with` block, tasks started in it included.

    Concurrent tasks never see each other's blocks. A plain `threading.Thread` starts without
    context: run its target with `contextvars.copy_context().run`.
    """
    token = _block.set({**_block.get(), **fields})
    try:
        yield
    finally:
        with suppress(ValueError):  # a generator that a thread pool ends in another context
            _block.reset(token)


def bind(**fields: object) -> None:
    """Add fields to the rest of the unit of work (a request, session or job) and to its summary.

    It may be called from anywhere in the unit: a dependency, a sync handler in a thread pool.
    Outside a unit the fields last as long as the current task.
    """
    unit = _unit.get()
    if unit is None:
        _unit.set(dict(fields))
    else:
        unit.update(fields)


def begin_unit(fields: Fields) -> Token[Fields | None]:
    """Start a unit whose lines share `fields`, which is that mapping from now on."""
    return _unit.set(fields)


@contextmanager
def unit_of_work(**fields: object) -> Iterator[Fields]:
    """A unit whose lines share `fields` and all that `bind` adds; yield that mapping."""
    unit = {**(_unit.get() or {}), **fields}
    token = begin_unit(unit)
    try:
        yield unit
    finally:
        _unit.reset(token)
