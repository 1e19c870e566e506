# Managed by the service template: change it there, or expect a merge on update.
"""Fields that every line of a block, or of a whole unit of work, carries."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ContextDecorator, contextmanager
from contextvars import ContextVar
from typing import Any

from .fields import Entry
from .pieces import piece_of
from .shown import show
from .tracing import span_ids


class Shown:
    """Fields as a line shows them, and the piece of a line that they are; not to be changed.

    With an `event`, which stands elsewhere in a line, they are none.
    """

    __slots__ = ("entry", "names", "piece")

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.names = entry.keys()
        self.piece = None if "event" in entry else piece_of(entry)


NOTHING = Shown({})


class Fields(dict[str, Any]):
    """Fields that are shown on many lines: redacted once, and again when they have changed."""

    _version: object = None
    _ready: tuple[object, Shown] = object(), NOTHING
    _behind: tuple[Shown, Shown, Shown] = NOTHING, NOTHING, NOTHING

    def __setitem__(self, name: str, value: Any) -> None:
        self.add({name: value})

    def add(self, given: Mapping[str, Any]) -> None:
        """Take them in; the last value of a name wins."""
        if given:
            self.update(given)
            # An object of its own, so that a thread which redacts meanwhile keeps nothing old.
            self._version = object()

    def show_as(self, entry: Entry) -> None:
        """Have a line show that, by who has judged them; it is not to be changed."""
        self._ready = self._version, Shown(entry)

    def shown(self) -> Shown:
        """What a line shows of them; values that may change in place are looked at each time."""
        version, shown = self._ready
        if version is self._version:
            return shown
        version, given = self._version, dict(self)
        constant = _CONSTANT.issuperset(map(type, given.values()))
        shown = Shown(show(given))
        if constant:
            self._ready = version, shown
        return shown

    def shown_behind(self, outer: Shown) -> Shown:
        """What a line shows of the outer fields and these, the last value of a name."""
        inner = self.shown()
        if self._behind[0] is not outer or self._behind[1] is not inner:
            self._behind = outer, inner, Shown({**outer.entry, **inner.entry})
        return self._behind[2]


_CONSTANT = frozenset({str, int, float, bool, type(None)})


# The unit is one mutable mapping, so that what a handler in a thread pool binds is seen by the
# middleware outside it; a plain ContextVar set in the handler's copy of the context would not be.
_unit: ContextVar[Fields | None] = ContextVar("unit", default=None)
_block: ContextVar[Fields | None] = ContextVar("block", default=None)


def context_fields() -> dict[str, Any]:
    """The fields of the current unit of work, span and block; the last value of a name wins."""
    return {**(_unit.get() or {}), **span_ids(), **(_block.get() or {})}


def shown_context() -> Shown:
    """What a line shows of them."""
    unit, block = _unit.get(), _block.get()
    outer = NOTHING if unit is None else unit.shown()
    if "opentelemetry.trace" in sys.modules and (span := span_ids()):
        outer = Shown({**outer.entry, **show(span)})
    if block is None:
        return outer
    return block.shown() if outer is NOTHING else block.shown_behind(outer)


class log_context(ContextDecorator):  # noqa: N801 - used like a function
    """Add fields to every line inside a `with` block, tasks started in it included.

    Concurrent tasks never see each other's blocks. A plain `threading.Thread` starts without
    context: run its target with `contextvars.copy_context().run`.
    """

    def __init__(self, **fields: object) -> None:
        self._fields = fields

    def __enter__(self) -> None:
        outer = _block.get()
        self._token = _block.set(Fields({**outer, **self._fields} if outer else self._fields))

    def __exit__(self, *error: object) -> None:
        try:
            _block.reset(self._token)
        except ValueError:  # a generator that a thread pool ends in another context
            pass

    def _recreate_cm(self) -> "log_context":
        return log_context(**self._fields)  # as a decorator: one for each call


def bind(**fields: object) -> None:
    """Add fields to the rest of the unit of work (a request, session or job) and to its summary.

    It may be called from anywhere in the unit: a dependency, a sync handler in a thread pool.
    Outside a unit the fields last as long as the current task.
    """
    unit = _unit.get()
    if unit is None:
        _unit.set(Fields(fields))
    else:
        unit.add(fields)


current_unit, begin_unit, end_unit = _unit.get, _unit.set, _unit.reset
"""A unit whose lines share the mapping that it begins with; its end takes what that has given."""


@contextmanager
def unit_of_work(**fields: object) -> Iterator[Fields]:
    """A unit whose lines share `fields` and all that `bind` adds; yield that mapping."""
    unit = Fields({**(_unit.get() or {}), **fields})
    token = begin_unit(unit)
    try:
        yield unit
    finally:
        end_unit(token)
