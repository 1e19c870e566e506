"""slow_operation(): one WARNING for what took longer than the threshold, whatever its form."""

import asyncio
from typing import Any

import pytest
from children import SetEnvironment
from observability import timing
from observability.testing import Logs
from observability.timing import slow_operation


class Clock:
    """Time that passes only where a test lets it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def perf_counter(self) -> float:
        return self.now

    def wait(self, milliseconds: float) -> None:
        self.now += milliseconds / 1000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timing, "time", made)
    return made


def test_a_slow_block_is_one_warning_with_its_fields_whatever_their_names(
    logs: Logs, clock: Clock
) -> None:
    odd: dict[str, Any] = dict.fromkeys(("exc_info", "extra", "stacklevel", "msg", "kind"), "given")
    with slow_operation("transcribe", session_id="s-1", **odd):
        clock.wait(1500)

    entry = logs.assert_event("slow_operation_detected", operation="transcribe", session_id="s-1")
    assert (entry["level"], entry["outcome"], entry["threshold_ms"]) == ("WARNING", "success", 1000)
    assert entry["duration_ms"] == pytest.approx(1500)
    assert all("given" in (entry.get(name), entry.get(f"{name}_")) for name in odd)


@pytest.mark.parametrize(
    ("variable", "argument", "milliseconds", "slow"),
    [
        (None, None, 999.0, False),
        (None, None, 1001.0, True),
        ("20", None, 21.0, True),
        ("20", 50, 21.0, False),
        (None, 0.5, 0.6, True),
        (None, 0, 0.0, False),
    ],
)
def test_the_call_or_the_environment_sets_the_threshold(
    logs: Logs,
    clock: Clock,
    environment: SetEnvironment,
    variable: str | None,
    argument: float | None,
    milliseconds: float,
    slow: bool,
) -> None:
    if variable:
        environment(SLOW_OPERATION_THRESHOLD_MS=variable)
    with slow_operation("transcribe", threshold_ms=argument):
        clock.wait(milliseconds)

    assert bool(logs.entries) == slow


class Falsy(Exception):
    def __bool__(self) -> bool:
        return False


def test_what_raises_is_logged_only_if_slow_and_raises_either_way(logs: Logs, clock: Clock) -> None:
    for milliseconds in (10, 2000):
        with pytest.raises(Falsy), slow_operation("load"):  # noqa: PT012 - both in the block
            clock.wait(milliseconds)
            raise Falsy

    logs.assert_event("slow_operation_detected", outcome="error")


def test_a_sync_and_an_async_function_are_timed_by_the_decorator(logs: Logs, clock: Clock) -> None:
    @slow_operation("add")
    def add(one: int, other: int) -> int:
        """Add."""
        clock.wait(1100)
        return one + other

    @slow_operation("add later")
    async def add_later(one: int) -> int:
        await asyncio.sleep(0)
        clock.wait(1200)
        return one

    assert (add(1, other=2), add.__name__, add.__doc__) == (3, "add", "Add.")
    assert asyncio.run(add_later(4)) == 4
    durations = {entry["operation"]: round(entry["duration_ms"]) for entry in logs.entries}
    assert durations == {"add": 1100, "add later": 1200}


def test_calls_at_the_same_time_are_timed_apart(logs: Logs, clock: Clock) -> None:
    @slow_operation("in tasks")
    async def run(own: asyncio.Event, other: asyncio.Event) -> None:
        own.set()
        await other.wait()
        clock.wait(1200)

    async def main() -> None:
        first, second = asyncio.Event(), asyncio.Event()
        await asyncio.gather(run(first, second), run(second, first))

    asyncio.run(main())

    durations = sorted(round(entry["duration_ms"]) for entry in logs.entries)
    assert durations == [1200, 2400], "a task ends while the other waits"


def test_what_calls_itself_is_timed_at_each_depth(logs: Logs, clock: Clock) -> None:
    @slow_operation("deeper", threshold_ms=15)
    def deeper(left: int) -> None:
        clock.wait(10)
        if left:
            deeper(left - 1)

    deeper(2)

    assert [round(entry["duration_ms"]) for entry in logs.entries] == [20, 30]
