"""Fields of a block and of a unit of work: which lines carry them, and when they end."""

import asyncio
import contextvars
import logging
import sys
from collections.abc import Iterator
from contextlib import suppress
from logging.handlers import QueueHandler
from queue import SimpleQueue
from types import SimpleNamespace

import pytest
from observability.context import bind, log_context, unit_of_work
from observability.logger import get_logger
from observability.record import event_of
from observability.testing import Logs

logger = get_logger(__name__)


def test_a_block_adds_its_fields_to_its_lines_to_the_end_and_the_inner_block_wins(
    logs: Logs,
) -> None:
    with suppress(KeyError), log_context(item=1, outer="kept"):
        with log_context(item=2):
            logger.info("Inner")
        logger.info("Outer")
        logger.info("Called", item=3)
        raise KeyError
    logger.info("After")

    logs.assert_event("inner", item=2, outer="kept")
    logs.assert_event("outer", item=1)
    logs.assert_event("called", item=3)
    assert "item" not in logs.assert_event("after")


def test_a_block_may_be_in_itself_and_its_fields_have_any_name(logs: Logs) -> None:
    block = log_context(self=1)
    with block, block:
        logger.info("Twice")
    logger.info("After")

    logs.assert_event("twice", self=1)
    assert "self" not in logs.assert_event("after")


def test_a_block_of_several_tasks_ends_in_each(logs: Logs) -> None:
    block = log_context(item=1)

    async def task(number: int, both: asyncio.Barrier) -> None:
        with block:
            await both.wait()
        logger.info("After", number=number)

    async def main() -> None:
        both = asyncio.Barrier(2)
        await asyncio.gather(task(1, both), task(2, both))

    asyncio.run(main())

    assert ["item" in entry for entry in logs.events("after")] == [False, False]


def test_a_decorated_function_has_a_block_for_each_call(logs: Logs) -> None:
    @log_context(operation="count")
    def count(number: int) -> None:
        if number:
            count(number - 1)
        logger.info("Counted", number=number)

    count(2)

    assert [entry["operation"] for entry in logs.events("counted")] == ["count"] * 3


def test_a_decorated_coroutine_function_has_the_fields_to_its_end(logs: Logs) -> None:
    @log_context(operation="count")
    async def count(number: int, both: asyncio.Barrier) -> str:
        """Count."""
        await both.wait()
        logger.info("Counted", number=number)
        return f"counted {number}"

    async def main() -> None:
        both = asyncio.Barrier(2)
        counted = await asyncio.gather(count(1, both), count(2, both))
        assert list(counted) == ["counted 1", "counted 2"]

    asyncio.run(main())

    assert [entry["operation"] for entry in logs.events("counted")] == ["count"] * 2
    assert (count.__name__, count.__doc__) == ("count", "Count.")


def test_what_threads_bind_lasts_to_the_end_of_the_unit_and_never_mixes(logs: Logs) -> None:
    async def child(item: int, both: asyncio.Barrier) -> None:
        with unit_of_work(unit=item):
            with log_context(block=item):
                logger.info("Begins")
                await asyncio.to_thread(bind, bound=item)
                await both.wait()
                logger.info("Child", number=item)
                await both.wait()
            logger.info("Summary", number=item)

    async def parent() -> None:
        both = asyncio.Barrier(2)
        with log_context(parent="p"):
            await asyncio.gather(child(1, both), child(2, both))
        logger.info("Parent")

    asyncio.run(parent())

    for item in (1, 2):
        logs.assert_event("child", number=item, unit=item, block=item, bound=item, parent="p")
        summary = logs.assert_event("summary", number=item, unit=item, bound=item, parent="p")
        assert "block" not in summary
    assert not {"unit", "block", "bound", "parent"} & logs.assert_event("parent").keys()


def test_a_generator_that_ends_in_another_context_raises_nothing() -> None:
    """FastAPI runs each half of a sync dependency that yields in a thread of its own context."""

    def dependency() -> Iterator[None]:
        with log_context(item=1):
            yield

    halves = dependency()
    contextvars.copy_context().run(next, halves)

    assert contextvars.copy_context().run(next, halves, "ended") == "ended"


def test_a_generator_keeps_its_block_on_every_step_and_what_it_binds(logs: Logs) -> None:
    """A framework runs each step in a thread, with a new copy of the request's context."""

    def steps() -> Iterator[None]:
        with log_context(export="inner", tenant_id="t-1"):
            for number in range(3):
                logger.info("Step", number=number)
                yield
                bind(last=number, state="ended")
        logger.info("After")

    async def request() -> None:
        with unit_of_work(export="outer", state="begun"):
            body = steps()
            while await asyncio.to_thread(next, body, "ended") != "ended":
                pass
            logger.info("Summary")

    asyncio.run(request())

    for number in range(3):
        logs.assert_event("step", number=number, export="inner", tenant_id="t-1")
    for event in ("after", "summary"):
        assert "tenant_id" not in logs.assert_event(event, export="outer", last=2, state="ended")


def test_a_unit_inside_another_takes_its_fields_and_gives_none_back(logs: Logs) -> None:
    with unit_of_work(tenant_id="t-1"):
        with unit_of_work(operation="inner"):
            bind(item=1)
            logger.info("Inner")
        logger.info("Outer")

    logs.assert_event("inner", tenant_id="t-1", operation="inner", item=1)
    assert not {"item", "operation"} & logs.assert_event("outer").keys()


def test_bind_outside_a_unit_lasts_for_the_task(logs: Logs) -> None:
    async def main() -> None:
        bind(item=1)
        bind(other=2)
        logger.info("In the task")

    asyncio.run(main())
    logger.info("After the task")

    logs.assert_event("in_the_task", item=1, other=2)
    assert "item" not in logs.assert_event("after_the_task")


def test_the_context_is_that_of_the_call_wherever_the_line_is_made() -> None:
    """A handler may format the record in a thread of its own, after the block."""
    kept: SimpleQueue[logging.LogRecord] = SimpleQueue()
    late = get_logger("context.late")
    late.propagate = False
    late.addHandler(QueueHandler(kept))
    with log_context(item=1):
        late.info("Called in the block")

    assert event_of(kept.get())["item"] == 1


@pytest.mark.parametrize("is_valid", [True, False])
def test_ids_of_the_current_span_are_on_the_line(
    logs: Logs, monkeypatch: pytest.MonkeyPatch, is_valid: bool
) -> None:
    """The module is replaced: the SDK of OpenTelemetry is not installed here."""
    ids = SimpleNamespace(is_valid=is_valid, trace_id=10, span_id=11)
    span = SimpleNamespace(get_span_context=lambda: ids)
    trace = SimpleNamespace(get_current_span=lambda: span)
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", trace)

    with unit_of_work(trace_id="of-the-request"):
        logger.info("In a span")

    entry = logs.assert_event("in_a_span")
    assert entry["trace_id"] == (f"{10:032x}" if is_valid else "of-the-request")
    assert entry.get("span_id") == (f"{11:016x}" if is_valid else None)
