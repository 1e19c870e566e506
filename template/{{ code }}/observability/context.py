# Managed by the template: edits here are merged on update.
"""Fields of a block (`log_context`) and of a unit of work (`bind`)."""

import sys
from asyncio import _get_running_loop
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor as Pool
from contextlib import contextmanager
from contextvars import ContextVar, Token
from copy import copy
from functools import partialmethod, wraps
from inspect import CO_GENERATOR, iscoroutinefunction
from types import SimpleNamespace
from typing import Any, Self, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


class Fields(dict[str, Any]):
    """Fields of many lines. It never changes once it is shared, so results are kept with it."""

    prepared: Self | None = None  # redacted, if no value can change in place
    json: bytes = b""  # of redacted fields
    merged: tuple[Self, Self] | None = None  # the outer fields of last time, and the result
    added: tuple[object, Any] = None, None  # by which block, and to which fields


EMPTY = Fields()

process = SimpleNamespace(fields=EMPTY, error={})
"""The outermost unit: its fields are on every line. `error` has those of what failed last in it."""

# Of a request, session, job or message; mutable, so that what threads bind is seen by all.
_unit: ContextVar[SimpleNamespace] = ContextVar("unit", default=process)
_block: ContextVar[Fields] = ContextVar("block", default=EMPTY)
current_unit = _unit.get


def begin_unit(fields: Mapping[str, Any]) -> Token[SimpleNamespace]:
    """Begin a unit with these fields and those of the outer unit."""
    return _unit.set(SimpleNamespace(fields=Fields({**_unit.get().fields, **fields}), error={}))


@contextmanager
def unit_of_work(**fields: object) -> Iterator[None]:
    """Begin a unit whose lines carry `fields` and all that `bind` adds; end it after the block."""
    token = begin_unit(fields)
    try:
        yield
    finally:
        _unit.reset(token)


# A job of a thread pool is a unit of its own, so what it binds ends with it.
_run_job = unit_of_work()(lambda job, /, *args, **kwargs: job(*args, **kwargs))
Pool.submit = partialmethod(Pool.submit, _run_job)  # type: ignore[method-assign, assignment]


def bind(**fields: object) -> None:
    """Add fields to the rest of the unit of work, from anywhere in it; outside one, of the task."""
    unit = _unit.get()
    if unit is process:
        begin_unit(fields)
    else:
        unit.fields = Fields({**unit.fields, **fields})


class Block:
    """A context manager that decorates functions too, sync and async: each call has its copy."""

    def __call__(self, function: Function) -> Function:
        @wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with copy(self):  # type: ignore[attr-defined]
                return function(*args, **kwargs)

        @wraps(function)
        async def inside_async(*args: Any, **kwargs: Any) -> Any:
            with copy(self):  # type: ignore[attr-defined]
                return await function(*args, **kwargs)

        return inside_async if iscoroutinefunction(function) else inside  # type: ignore[return-value]


class log_context(Block):
    """Add fields to every line of a block or decorated function, of tasks started in it too."""

    unit = process  # of a generator

    def __init__(self, /, **fields: object) -> None:
        self.fields = fields

    def __enter__(self) -> None:
        fields = Fields({**_block.get(), **self.fields})
        fields.added = self, _block.get()  # not on `self`: it may be in itself, and in many tasks
        _block.set(fields)
        # A framework runs each step of a generator in a thread with a new copy of the context.
        if sys._getframe(1).f_code.co_flags & CO_GENERATOR and _get_running_loop() is None:
            self.unit = _unit.get()
        if self.unit is not process:
            self.outer = self.unit.fields
            bind(**self.fields)

    def __exit__(self, *exc_info: object) -> None:
        if self.unit is not process:
            kept = {k: v for k, v in self.unit.fields.items() if k not in self.fields}
            outer = {k: v for k, v in self.outer.items() if k in self.fields}
            self.unit.fields = Fields({**kept, **outer})
        block, before = _block.get().added
        if block is self:  # else it ends in another context
            _block.set(before)


def current_fields() -> Fields:
    """Return the fields of the unit of work, of the current span and of the block."""
    fields: Fields = _unit.get().fields
    block = _block.get()
    if trace := sys.modules.get("opentelemetry.trace"):  # imported if an SDK is set up
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            ids = {"trace_id": f"{span.trace_id:032x}", "span_id": f"{span.span_id:016x}"}
            fields = Fields({**fields, **ids})
    if not (fields and block):
        return fields or block
    if block.merged is None or block.merged[0] is not fields:
        block.merged = fields, Fields({**fields, **block})  # the inner value of a name wins
    return block.merged[1]
