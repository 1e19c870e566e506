# Managed by the template: edits here are merged on update.
"""Fields of a block (`log_context`) and of a unit of work (`bind`)."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ContextDecorator, contextmanager, suppress
from contextvars import ContextVar, Token
from typing import Any


class Fields(dict[str, Any]):
    """Fields of many lines. It never changes once it is shared, so results are kept with it."""

    prepared: dict[str, Any] | None = None
    """These fields redacted; kept by the record if no value can change in place."""

    merged: "tuple[Fields, Fields] | None" = None
    """The outer fields that these were merged with last, and the result."""

    def over(self, outer: "Fields") -> "Fields":
        """Return the outer fields and these; the inner value of a name wins."""
        if self.merged is None or self.merged[0] is not outer:
            self.merged = outer, Fields({**outer, **self})
        return self.merged[1]


EMPTY = Fields()


class Unit:
    """One unit of work: a request, a session, a job or a message.

    It is one mutable object, so that the middleware sees what a handler in a thread pool binds: a
    ContextVar set in the handler's copy of the context would be lost.
    """

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = Fields(fields)

    def add(self, **fields: object) -> None:
        """Add fields to the rest of the unit."""
        self.fields = Fields({**self.fields, **fields})


_unit: ContextVar[Unit | None] = ContextVar("unit", default=None)
_block: ContextVar[Fields | None] = ContextVar("block", default=None)

current_unit = _unit.get
end_unit = _unit.reset


def begin_unit(fields: Mapping[str, Any]) -> Token[Unit | None]:
    """Begin a unit with these fields and those of an outer unit; pass the token to `end_unit`."""
    outer = _unit.get()
    return _unit.set(Unit({**outer.fields, **fields} if outer else fields))


@contextmanager
def unit_of_work(**fields: object) -> Iterator[Unit]:
    """Yield a unit whose lines carry `fields` and all that `bind` adds."""
    token = begin_unit(fields)
    try:
        yield _unit.get() or Unit({})
    finally:
        end_unit(token)


def bind(**fields: object) -> None:
    """Add fields to the rest of the unit of work and to its summary.

    It works anywhere in the unit: in a dependency, in a sync handler in a thread pool. Outside a
    unit the fields last as long as the current task.
    """
    unit = _unit.get()
    if unit is None:
        begin_unit(fields)
    else:
        unit.add(**fields)


class log_context(ContextDecorator):
    """Add fields to every line inside a `with` block, tasks started in it included.

    Concurrent tasks never see each other's blocks. A plain `threading.Thread` starts without
    context: run its target with `contextvars.copy_context().run`.
    """

    def __init__(self, **fields: object) -> None:
        self._fields = fields

    def __enter__(self) -> None:
        self._token = _block.set(Fields({**(_block.get() or {}), **self._fields}))

    def __exit__(self, *error: object) -> None:
        with suppress(ValueError):  # a thread pool may end a generator in another context
            _block.reset(self._token)

    def _recreate_cm(self) -> "log_context":
        return log_context(**self._fields)  # as a decorator: one for each call


def current_fields() -> Fields:
    """Return the fields of the unit of work, of the current span and of the block."""
    unit, block = _unit.get(), _block.get()
    fields = EMPTY if unit is None else unit.fields
    if "opentelemetry.trace" in sys.modules:
        fields = _with_span(fields)
    return fields if block is None else block.over(fields)


def _with_span(fields: Fields) -> Fields:
    # The module is looked up, never imported: who set up an SDK has imported it.
    span = sys.modules["opentelemetry.trace"].get_current_span().get_span_context()
    if not span.is_valid:
        return fields
    ids = {"trace_id": f"{span.trace_id:032x}", "span_id": f"{span.span_id:016x}"}
    return Fields({**fields, **ids})
