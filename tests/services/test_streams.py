"""publish(): what goes into the stream, with which ids, and the warning before a loss."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from observability import redis, streams
from observability.context import unit_of_work
from observability.streams import message_of, publish
from observability.testing import Logs
from redis import Redis
from redis.exceptions import RedisError
from redis_processes import SetEnvironment


class Stream:
    """A stream of the test's own."""

    def __init__(self, client: "Redis") -> None:
        self.name = f"test-{uuid4().hex}"
        self.client = client

    def entries(self) -> list[tuple[str, dict[str, str]]]:
        found: Any = self.client.xrange(self.name)
        return [(message_id, fields) for message_id, fields in found]


@pytest.fixture
def stream(
    environment: SetEnvironment, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stream]:
    monkeypatch.setattr(streams, "_next_look", 0.0)
    monkeypatch.setattr(streams, "LOOK_S", 0)
    with Redis.from_url(redis_url, decode_responses=True, protocol=2) as client:
        stream = Stream(client)
        environment(STREAM=stream.name, STREAM_GROUP="readers")
        yield stream
        client.delete(stream.name)


def in_service(work: Callable[[], Awaitable[None]]) -> None:
    async def alive() -> None:
        async with redis.opened():
            await work()

    asyncio.run(alive())


def test_a_message_is_one_entry_of_text(stream: Stream, logs: Logs) -> None:
    ids: list[str] = []

    async def work() -> None:
        before = len(logs.entries)
        ids.append(await publish(order_id="o-1", items=3, weight=1.5, urgent=True))
        assert len(logs.entries) == before, "publishing writes no line of its own"

    in_service(work)
    entry = {"order_id": "o-1", "items": "3", "weight": "1.5", "urgent": "true"}
    assert stream.entries() == [(ids[0], entry)]


def test_a_message_carries_the_ids_of_its_publisher(stream: Stream) -> None:
    ids = {
        "request_id": "request-1",
        "session_id": "session-1",
        "tenant_id": "acme",
        "trace_id": "a" * 32,
        "span_id": "b" * 16,
    }

    async def work() -> None:
        with unit_of_work(**ids, order_id="o-1"):
            await publish(article="ink")

    in_service(work)
    ((message_id, entry),) = stream.entries()
    message = message_of(message_id, entry)
    assert message.fields == {"article": "ink"}, "the rest of the context stays where it is"
    assert message.ids() == ids
    assert entry["_traceparent"] == f"00-{'a' * 32}-{'b' * 16}-01"


@pytest.mark.parametrize(
    ("fields", "error"),
    [({}, ValueError), ({"_request_id": "request-1"}, ValueError), ({"body": b"ink"}, TypeError)],
)
def test_what_is_no_message_is_refused(
    stream: Stream, fields: dict[str, Any], error: type[Exception]
) -> None:
    async def work() -> None:
        with pytest.raises(error):
            await publish(**fields)

    in_service(work)
    assert stream.entries() == []


def test_a_message_that_redis_did_not_take_raises(
    stream: Stream, environment: SetEnvironment
) -> None:
    environment(REDIS_URL="redis://127.0.0.1:1/0", REDIS_TIMEOUT_MS="100")

    async def work() -> None:
        with pytest.raises(RedisError):
            await publish(order_id="o-1")

    in_service(work)


def test_the_warning_comes_before_the_first_loss_and_once_a_minute(
    stream: Stream, environment: SetEnvironment, logs: Logs
) -> None:
    """There is no consumer here: the publisher alone can warn."""
    environment(STREAM_MAXLEN="100")

    async def work() -> None:
        for number in range(300):
            await publish(number=number)
            if number < 80:
                assert len(stream.entries()) == number + 1, "a message is lost already"
                assert bool(logs.events("stream_backlog")) == (number == 79)

    in_service(work)
    line = logs.assert_event("stream_backlog", level="WARNING", lag=80, pending=0, maxlen=100)
    assert line["stream"] == stream.name
    assert 100 <= len(stream.entries()) <= 210, "Redis trims whole nodes, of a hundred entries"
    assert stream.entries()[-1][1]["number"] == "299"


def test_a_stream_that_is_read_causes_no_warning(
    stream: Stream, environment: SetEnvironment, logs: Logs
) -> None:
    """Acknowledged messages are no backlog, however long the stream is; pending ones are."""
    environment(STREAM_MAXLEN="100")
    stream.client.xgroup_create(stream.name, "readers", id="0", mkstream=True)

    async def work() -> None:
        for _ in range(150):
            message_id = await publish(text="ink")
            stream.client.xreadgroup("readers", "reader", {stream.name: ">"})
            stream.client.xack(stream.name, "readers", message_id)
        assert not logs.events("stream_backlog")
        for _ in range(80):
            await publish(text="ink")
            stream.client.xreadgroup("readers", "reader", {stream.name: ">"})
        logs.assert_event("stream_backlog", lag=1, pending=79)

    in_service(work)


def test_a_publisher_needs_no_permission_to_look_at_the_backlog(
    stream: Stream, environment: SetEnvironment, redis_url: str
) -> None:
    name, password = f"user-{uuid4().hex}", uuid4().hex
    rights: Any = {"keys": ["*"], "commands": ["+@all", "-xinfo"]}
    stream.client.acl_setuser(name, enabled=True, passwords=[f"+{password}"], **rights)
    environment(REDIS_URL=redis_url.replace("//", f"//{name}:{password}@"))

    async def work() -> None:
        await publish(order_id="o-1")

    in_service(work)
    stream.client.acl_deluser(name)
    assert len(stream.entries()) == 1
