# Managed by the template: edits here are merged on update.
"""Fields of a block (`log_context`) and of a unit of work (`bind`)."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import _GeneratorContextManager, suppress
from contextvars import ContextVar, Token
from functools import wraps
from inspect import iscoroutinefunction
from types import SimpleNamespace
from typing import Any, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Function = TypeVar("Function", bound=Callable[..., Any])


class Fields(dict[str, Any]):
    """Fields of many lines. It never changes once it is shared, so results are kept with it."""

    prepared: dict[str, Any] | None = None  # redacted, if no value can change in place
    merged: "tuple[Fields, Fields] | None" = None  # the outer fields of last time, and the result

    def over(self, outer: "Fields") -> "Fields":
        """Return the outer fields and these; the inner value of a name wins."""
        if self.merged is None or self.merged[0] is not outer:
            self.merged = outer, Fields({**outer, **self})
        return self.merged[1]


EMPTY = Fields()


# Of a request, session, job or message; mutable, so that what threads bind is seen by all.
_unit: ContextVar[Any] = ContextVar("unit", default=None)
_block: ContextVar[Fields] = ContextVar("block", default=EMPTY)


def begin_unit(fields: Mapping[str, Any]) -> Token[Any]:
    """Begin a unit with these fields and those of an outer unit."""
    outer = _unit.get()
    merged = {**outer.fields, **fields} if outer else fields
    return _unit.set(SimpleNamespace(fields=Fields(merged)))


class Block(_GeneratorContextManager[None]):
    """For `with`, or around each call of a function that it decorates, sync or async."""

    def __call__(self, function: Function) -> Function:
        if not iscoroutinefunction(function):
            return super().__call__(function)

        @wraps(function)
        async def inside(*args: Any, **kwargs: Any) -> Any:
            with self._recreate_cm():  # which contextlib itself ends before a coroutine runs
                return await function(*args, **kwargs)

        return inside  # type: ignore[return-value]


def block(begin: Callable[Parameters, Any]) -> Callable[Parameters, Block]:
    """Decorate a generator with one `yield`, like `contextlib.contextmanager`."""
    return wraps(begin)(lambda *args, **kwargs: Block(begin, args, kwargs))


@block
def unit_of_work(**fields: object) -> Iterator[None]:
    """Begin a unit whose lines carry `fields` and all that `bind` adds; end it after the block."""
    token = begin_unit(fields)
    try:
        yield
    finally:
        _unit.reset(token)


def bind(**fields: object) -> None:
    """Add fields to the rest of the unit of work, from anywhere in it; outside one, of the task."""
    if unit := _unit.get():
        unit.fields = Fields({**unit.fields, **fields})
    else:
        begin_unit(fields)


@block
def log_context(**fields: object) -> Iterator[None]:
    """Add fields to every line of a block or decorated function, of tasks started in it too."""
    token = _block.set(Fields({**_block.get(), **fields}))
    try:
        yield
    finally:
        with suppress(ValueError):  # a thread pool may end a generator in another context
            _block.reset(token)


def current_fields() -> Fields:
    """Return the fields of the unit of work, of the current span and of the block."""
    unit, block = _unit.get(), _block.get()
    fields = unit.fields if unit else EMPTY
    if trace := sys.modules.get("opentelemetry.trace"):  # imported if an SDK is set up
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            ids = {"trace_id": f"{span.trace_id:032x}", "span_id": f"{span.span_id:016x}"}
            fields = Fields({**fields, **ids})
    return block.over(fields) if block else fields
