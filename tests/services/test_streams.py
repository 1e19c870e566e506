"""publish(): what goes into the stream, with which ids, and the warning before a loss."""

from typing import Any
from uuid import uuid4

import pytest
from children import SetEnvironment
from observability import streams
from observability.context import unit_of_work
from observability.streams import message_of, publish
from observability.testing import Logs
from redis.exceptions import RedisError
from redis_processes import Stream, opened


@pytest.fixture(autouse=True)
def _look_each_time(
    environment: SetEnvironment, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "_next_look", 0.0)
    monkeypatch.setattr(streams, "LOOK_S", 0)
    environment(**stream.variables)


def test_a_message_is_one_entry_of_text(stream: Stream, logs: Logs) -> None:
    with opened() as run:
        before = len(logs.entries)
        message_id = run(publish(order_id="o-1", items=3, weight=1.5, urgent=True))
        assert len(logs.entries) == before, "publishing writes no line of its own"

    entry = {"order_id": "o-1", "items": "3", "weight": "1.5", "urgent": "true"}
    assert stream.entries() == [(message_id, entry)]


def test_a_message_carries_the_ids_of_its_publisher(stream: Stream) -> None:
    ids = {"request_id": "request-1", "session_id": "session-1", "tenant_id": "acme"}
    ids |= {"trace_id": "a" * 32, "span_id": "b" * 16}
    with opened() as run, unit_of_work(**ids, order_id="o-1"):
        run(publish(article="ink"))

    ((message_id, entry),) = stream.entries()
    message = message_of(1, message_id, entry)
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
    with opened() as run, pytest.raises(error):
        run(publish(**fields))
    assert stream.entries() == []


def test_a_message_that_redis_did_not_take_raises(environment: SetEnvironment) -> None:
    environment(REDIS_URL="redis://127.0.0.1:1/0", REDIS_TIMEOUT_MS="100")
    with opened() as run, pytest.raises(RedisError):
        run(publish(order_id="o-1"))


def test_the_warning_comes_before_the_first_loss_and_once_a_minute(
    stream: Stream, environment: SetEnvironment, logs: Logs
) -> None:
    """There is no consumer here: the publisher alone can warn."""
    environment(STREAM_MAXLEN="100")
    with opened() as run:
        for number in range(300):
            run(publish(number=number))
            if number < 80:
                assert len(stream.entries()) == number + 1, "a message is lost already"
                assert bool(logs.events("stream_backlog")) == (number == 79)

    line = logs.assert_event("stream_backlog", level="WARNING", lag=80, pending=0, maxlen=100)
    assert line["stream"] == stream.name
    assert 100 <= len(stream.entries()) <= 210, "Redis trims whole nodes, of a hundred entries"
    assert stream.entries()[-1][1]["number"] == "299"


def test_a_stream_that_is_read_causes_no_warning(
    stream: Stream, environment: SetEnvironment, logs: Logs
) -> None:
    """Acknowledged messages are no backlog, however long the stream is; pending ones are."""
    environment(STREAM_MAXLEN="100")
    stream.client.xgroup_create(stream.name, stream.group, id="0", mkstream=True)
    with opened() as run:
        for number in range(230):
            message_id = run(publish(text="ink"))
            stream.client.xreadgroup(stream.group, "reader", {stream.name: ">"})
            if number < 150:
                stream.client.xack(stream.name, stream.group, message_id)
                assert not logs.events("stream_backlog")

    logs.assert_event("stream_backlog", lag=1, pending=79)


def test_a_publisher_needs_no_permission_to_look_at_the_backlog(
    stream: Stream, environment: SetEnvironment, redis_url: str
) -> None:
    name, password = f"user-{uuid4().hex}", uuid4().hex
    rights: Any = {"keys": ["*"], "commands": ["+@all", "-xinfo"]}
    stream.client.acl_setuser(name, enabled=True, passwords=[f"+{password}"], **rights)
    environment(REDIS_URL=redis_url.replace("//", f"//{name}:{password}@"))
    with opened() as run:
        run(publish(order_id="o-1"))

    stream.client.acl_deluser(name)
    assert len(stream.entries()) == 1
