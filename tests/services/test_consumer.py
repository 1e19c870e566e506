"""Consumers: one context and one summary per message, none is lost, whatever ends them."""

import json
import os
import signal
from collections import Counter
from contextlib import AbstractContextManager, ExitStack
from itertools import chain
from pathlib import Path
from urllib.request import urlopen

import pytest
from children import HANG_S, Child, wait_until
from redis_processes import RedisServer, Stream

SOON, LATER = "100", "60000"
"""STREAM_RETRY_MS where messages are to come again, and where they are not to in the test."""

MESSAGES = int(os.environ.get("STREAM_TEST_MESSAGES", "6000"))

HANDLERS = """
import asyncio, os, signal, sys
from pathlib import Path
from observability import redis, server
from observability.consumer import run_consumer
from observability.context import bind
from observability.logger import get_logger

logger = get_logger("handlers")

def plain(message):
    bind(order_id=message.fields.get("order_id"))
    logger.info("In the handler", read=dict(message.fields))
    if message.deliveries < int(message.fields.get("succeeds_at", 1)):
        raise LookupError("password=hunter2-canary")

async def handle(message):
    await asyncio.sleep(0)
    plain(message)

def wrapped(message):
    return handle(message)

async def hold(message):
    logger.info("Holding")
    while not Path(message.fields["until"]).exists():
        await asyncio.sleep(0.01)

async def die(message):
    logger.info("Dying")
    os.kill(os.getpid(), signal.SIGKILL)

async def cancelled(message):
    if message.deliveries == 1:
        raise asyncio.CancelledError

def leaves(message):
    if message.deliveries == 1:
        sys.exit("password=hunter2-canary")

async def nothing(message):
    pass

def store(message):
    redis.sync_redis_client().set(message.fields["key"], "stored")

client = redis.sync_redis_client if sys.argv[1] == "store" else redis.redis_client
server.resources["redis"] = client.opened, client.reachable
run_consumer(f"__main__:{sys.argv[1]}")
"""


def consumer(
    stream: Stream, handler: str = "handle", **variables: str
) -> AbstractContextManager[Child]:
    given = {"STREAM_RETRY_MS": SOON} | stream.variables | variables
    return stream.start(HANDLERS, handler, **given)


def logged(process: Child) -> list[str]:
    return [record["message"] for record in process.records()]


def test_the_consumer_of_a_worker_answers_health_checks(stream: Stream) -> None:
    code = f"import observability.worker\n{HANDLERS}"
    with stream.start(code, "handle", PORT="0", **stream.variables) as process:
        port = process.wait_for("Listening")["port"]
        with urlopen(f"http://127.0.0.1:{port}/health/ready") as answer:
            assert answer.status == 200


@pytest.mark.parametrize("handler", ["handle", "plain", "wrapped"])
def test_each_message_has_its_context_and_one_summary(stream: Stream, handler: str) -> None:
    trace = {"trace_id": "a" * 32, "span_id": "b" * 16}
    ids = {"request_id": "request-1", "session_id": "session-1", "tenant_id": "acme"}
    sent = {f"_{name}": text for name, text in ids.items()}
    sent["_traceparent"] = f"00-{trace['trace_id']}-{trace['span_id']}-01"
    first = stream.add(order_id="o-1", **sent)
    forged = stream.add(_request_id='token=hunter2-canary" ', _traceparent="00-wrong")
    bytes_ = stream.client.xadd(stream.name, {"order_id": b"\xff\xfe"})
    with consumer(stream, handler) as process:
        process.wait_for("message_handled", message_id=bytes_, outcome="success")
        stream.until_acknowledged()
        assert process.stop() == 0

    (inside,) = process.records("In the handler", message_id=first)
    (summary,) = process.records("message_handled", message_id=first)
    for line in (inside, summary):
        assert {**ids, **trace, "order_id": "o-1", "stream": stream.name}.items() <= line.items()
    assert inside["read"] == {"order_id": "o-1"}, "the handler gets what was published, no more"
    assert (summary["level"], summary["outcome"], summary["deliveries"]) == ("INFO", "success", 1)
    (other,) = process.records("message_handled", message_id=forged)
    assert not {"session_id", "tenant_id"} & other.keys(), "the context of the message before"
    assert [len(other[name]) for name in ("request_id", "trace_id", "span_id")] == [32, 32, 16]
    assert "canary" not in json.dumps(process.records())
    assert stream.consumers() == [], "a clean stop leaves no name in the group"


def test_a_message_that_failed_comes_again(stream: Stream) -> None:
    message_id = stream.add(succeeds_at="3", _request_id="request-1")
    with consumer(stream, "plain") as process:
        process.wait_for("message_handled", message_id=message_id, outcome="success")
        stream.until_acknowledged()

    first, second, last = process.records("message_handled", request_id="request-1")
    for number, line in enumerate((first, second), start=1):
        assert (line["level"], line["outcome"], line["deliveries"]) == ("ERROR", "error", number)
        assert line["exception"].startswith("Traceback (most recent call last)")
    assert (last["level"], last["deliveries"]) == ("INFO", 3)
    assert process.records(error_type="LookupError") == [first, second], "one line per failure"
    assert "canary" not in json.dumps(process.records())


def test_a_handler_of_a_wsgi_service_has_the_synchronous_client(stream: Stream) -> None:
    stream.add(key=f"{stream.name}:dead")
    with consumer(stream, "store") as process:
        process.wait_for("message_handled", outcome="success")
    assert stream.client.get(f"{stream.name}:dead") == "stored"


def test_a_failed_message_waits_for_its_retry_and_keeps_its_consumers_name(stream: Stream) -> None:
    failed = stream.add(succeeds_at="2")
    with consumer(stream, STREAM_RETRY_MS=LATER) as process:
        process.wait_for("message_handled", message_id=failed, outcome="error")
        process.wait_for("message_handled", message_id=stream.add(order_id="o-2"))
        assert process.stop() == 0

    (left,) = stream.pending()
    assert left["message_id"] == failed
    assert len(process.records("message_handled", message_id=failed)) == 1
    assert stream.consumers() == [left["consumer"]], "removing it would lose the message"
    assert process.records("Consumer started", consumer=left["consumer"])


def test_messages_that_fail_each_time_are_dead_letters(stream: Stream) -> None:
    """Forty of them: claims go on where the last one ended, however many are pending."""
    ids = [stream.add(succeeds_at="9", order_id="o-1", _tenant_id="acme") for _ in range(40)]
    with consumer(stream, STREAM_MAX_DELIVERIES="3") as process:
        wait_until(lambda: len(stream.entries(":dead")) == 40, "forty dead letters")
        stream.until_acknowledged()

    outcomes = Counter(line["outcome"] for line in process.records("message_handled"))
    assert outcomes == {"error": 80, "dead_letter": 40}
    own = {"order_id": "o-1", "succeeds_at": "9", "_tenant_id": "acme"}
    added = {"_deliveries": "3", "_error_type": "LookupError"}
    dead = {letter["_message_id"]: letter for _, letter in stream.entries(":dead")}
    assert dead == {message_id: {**own, **added, "_message_id": message_id} for message_id in ids}


def test_a_dead_letter_that_redis_refuses_does_not_hold_up_the_others(stream: Stream) -> None:
    stream.client.set(f"{stream.name}:dead", "a value of another program")
    stream.add(succeeds_at="9")
    with consumer(stream, STREAM_MAX_DELIVERIES="1", STREAM_RETRY_MS=LATER) as process:
        failed = process.wait_for("Redis operation failed", level="ERROR", operation="consume")
        process.wait_for("message_handled", message_id=stream.add(order_id="o-2"))

    assert failed["error_type"] == "redis.exceptions.ResponseError"


def test_a_message_that_kills_its_consumer_each_time_is_a_dead_letter(stream: Stream) -> None:
    message_id = stream.add(order_id="o-1")
    for _ in range(2):
        with consumer(stream, "die", STREAM_MAX_DELIVERIES="2") as process:
            assert process.wait() == -signal.SIGKILL
    with consumer(stream, "die", STREAM_MAX_DELIVERIES="2") as process:
        line = process.wait_for("message_handled", message_id=message_id)
        wait_until(lambda: stream.entries(":dead"), "a dead letter")

    assert (line["outcome"], line["deliveries"]) == ("dead_letter", 3)
    assert "each of 2 deliveries began" in line["error_message"]
    assert not process.records("Dying"), "it is not handled once more"


@pytest.mark.parametrize(
    ("handler", "error"),
    [("cancelled", "asyncio.exceptions.CancelledError"), ("leaves", "SystemExit")],
)
def test_a_handler_that_is_cancelled_from_inside_or_exits_has_failed(
    handler: str, error: str, stream: Stream
) -> None:
    """It must not look like the end of the process."""
    stream.add(order_id="o-1")
    with consumer(stream, handler) as process:
        process.wait_for("message_handled", outcome="success")

    first, _ = process.records("message_handled")
    assert (first["outcome"], first["error_type"]) == ("error", error)
    assert "canary" not in process.output


def test_consumers_share_the_messages_and_a_stop_lets_them_finish(
    stream: Stream, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    for _ in range(3):
        stream.add(until=str(go))
    given = {"STREAM_RETRY_MS": LATER, "SHUTDOWN_GRACE_S": str(HANG_S)}
    with consumer(stream, "hold", **given) as one, consumer(stream, "hold", **given) as other:
        for process in (one, other):
            process.wait_for("Holding")
            process.process.send_signal(signal.SIGTERM)
            process.wait_for("Application shutting down")
        assert len(stream.pending()) == 2, "a message is acknowledged after it was handled"
        go.touch()
        assert (one.wait(), other.wait()) == (0, 0)

    end = ["message_handled", "Redis connections closed", "Application stopped"]
    for process in (one, other):
        assert logged(process)[-4:] == ["Application shutting down", *end]
    assert stream.pending() == [], "both were acknowledged"
    assert stream.lag() == 1, "the third is left to others"


def test_a_message_that_exceeds_the_grace_is_cut_and_comes_again(
    stream: Stream, tmp_path: Path
) -> None:
    message_id = stream.add(until=str(tmp_path / "go"))
    with consumer(stream, "hold", SHUTDOWN_GRACE_S="0") as process:
        process.wait_for("Holding")
        assert process.stop() == 0
    assert process.records("Work cut off", level="WARNING")
    assert process.records("message_handled", message_id=message_id, outcome="cancelled")

    (tmp_path / "go").touch()
    with consumer(stream, "hold") as heir:
        heir.wait_for("message_handled", message_id=message_id, outcome="success", deliveries=2)
        stream.until_acknowledged()


def test_consumers_that_fall_behind_warn_before_a_loss(stream: Stream) -> None:
    for _ in range(90):
        stream.add(order_id="o-1")
    with consumer(stream, STREAM_MAXLEN="100") as process:
        line = process.wait_for("Stream backlog", level="WARNING", maxlen=100)
        wait_until(lambda: len(process.records("message_handled")) == 90, "90 summaries")

    assert 80 <= line["lag"] + line["pending"] <= 90
    assert len(process.records("Stream backlog")) == 1


@pytest.mark.parametrize("fault", ["killed", "frozen", "down"])
def test_an_outage_is_one_error_and_is_waited_for(
    own: Stream, redis_server: RedisServer, fault: str
) -> None:
    if fault == "down":
        redis_server.kill()
    with consumer(own, REDIS_TIMEOUT_MS="500") as process:
        if fault != "down":
            own.add(order_id="o-1")
            process.wait_for("message_handled")
            redis_server.freeze() if fault == "frozen" else redis_server.kill()
        process.wait_for("Redis operation failed", level="ERROR")
        redis_server.thaw() if fault == "frozen" else redis_server.start()  # it comes back empty
        process.wait_for("Redis recovered")
        message_id = own.add(order_id="o-2")
        process.wait_for("message_handled", message_id=message_id)
        outages = [m for m in logged(process) if m in ("Redis operation failed", "Redis recovered")]
        assert {*outages[::2]} == {"Redis operation failed"}, "one error for each"
        assert {*outages[1::2]} == {"Redis recovered"}
        redis_server.freeze()
        assert process.stop() == 0, "a frozen Redis keeps it from stopping"

    assert not process.records("Work cut off")
    assert logged(process)[-1] == "Application stopped"


def test_a_message_handled_in_an_outage_is_acknowledged_after_it(
    own: Stream, redis_server: RedisServer, tmp_path: Path
) -> None:
    with consumer(own, "hold", STREAM_RETRY_MS=LATER) as process:
        own.add(until=str(tmp_path / "go"))
        process.wait_for("Holding")
        own.client.save()  # so that it comes back with what it had
        redis_server.kill()
        (tmp_path / "go").touch()
        process.wait_for("Redis operation failed", operation="xack")
        redis_server.start()
        own.until_acknowledged()

    assert len(process.records("message_handled")) == 1, "it was handled twice"


def test_no_message_is_lost_when_a_consumer_is_killed(own: Stream) -> None:
    """Four consumers, one SIGKILL in the middle; STREAM_TEST_MESSAGES is how many messages."""
    with own.client.pipeline() as batch:
        for number in range(MESSAGES):
            batch.xadd(own.name, {"number": number})
        ids = set(batch.execute())

    with ExitStack() as stack:
        consumers: list[Child] = []
        for _ in range(4):
            process = stack.enter_context(consumer(own, "nothing", STREAM_RETRY_MS="2000"))
            consumers.append(process)
            consumers[0].wait_for("message_handled")
        wait_until(lambda: own.lag() <= MESSAGES // 2, "half is handled")
        consumers[0].stop(signal.SIGKILL)
        wait_until(lambda: own.lag() == 0 and not own.pending(), "all is handled")
        assert [process.stop() for process in consumers[1:]] == [0, 0, 0]

    summaries = [process.records("message_handled", outcome="success") for process in consumers]
    handled = [(line["message_id"], line["deliveries"]) for line in chain(*summaries)]
    assert {message_id for message_id, _ in handled} == ids, "messages are lost"
    assert len({*handled}) == len(handled), "a delivery is handled twice"
    again = len(handled) - MESSAGES
    assert again < MESSAGES // 100, f"{again} come again, more than those of a dead or stalled one"
    for process in consumers[1:]:
        assert {record["level"] for record in process.records()} == {"INFO"}, "a consumer complains"
