"""The Redis client on a real server: what it logs, what it hides, and that it recovers."""

import asyncio
import re
import socket
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from children import SetEnvironment, wait_until
from observability import redis, server, streams, wsgi
from observability.context import unit_of_work
from observability.redis import RedisSettings, redis_client, sync_redis_client, watched
from observability.testing import Logs
from redis.exceptions import ConnectionError, ResponseError, TimeoutError
from redis_processes import RedisServer, Start, Stream, opened

OPENED, CLOSED = ["Redis URL"], ["Redis connections closed"]
FAILED, RECOVERED = ["Redis operation failed"], ["Redis recovered"]


@pytest.fixture(autouse=True)
def _with_the_shared_server(environment: SetEnvironment) -> None:
    redis._outage.clear()


def logged(logs: Logs) -> list[str]:
    return [e["message"] for e in logs.entries if e["logger"] == "observability.redis"]


def test_open_and_close_are_logged_and_close_every_connection(
    environment: SetEnvironment, make_redis: Callable[..., RedisServer], logs: Logs
) -> None:
    server = make_redis(password="p@ss?canary")
    server.start()
    environment(REDIS_URL=server.url, LOG_LEVEL="DEBUG")
    with server.client() as other:
        with opened() as run:
            run(asyncio.gather(*(redis_client().ping() for _ in range(5))))
            assert "'service'" in str(other.client_list()), "an operator sees whose they are"
        wait_until(lambda: "'service'" not in str(other.client_list()), "all are closed")

    assert logged(logs) == OPENED + CLOSED
    logs.assert_event("redis_url", redis_host="127.0.0.1", redis_port=server.port, redis_db=0)
    logs.assert_no_secret("canary")
    with pytest.raises(RuntimeError, match="Redis is not open"):
        redis_client()


def test_a_ping_that_is_refused_is_an_outage_and_shows_no_password(
    environment: SetEnvironment, make_redis: Callable[..., RedisServer], logs: Logs
) -> None:
    server = make_redis(password="right-canary")
    server.start()
    urls = server.url.replace("right", "wrong"), f"{server.url}99"
    for url, error in zip(urls, ("AuthenticationError", "ResponseError"), strict=True):
        environment(REDIS_URL=url, LOG_LEVEL="DEBUG")
        redis._outage.clear()
        with opened() as run:
            assert not run(redis_client.reachable())
        logs.assert_event("redis_operation_failed", error_type=f"redis.exceptions.{error}")

    assert logged(logs) == (OPENED + FAILED + CLOSED) * 2
    logs.assert_no_secret("canary")


def test_each_outage_is_one_error_and_one_recovery(
    environment: SetEnvironment, redis_server: RedisServer, logs: Logs
) -> None:
    environment(REDIS_URL=redis_server.url)

    async def many() -> list[Any]:
        waiting = (redis_client().incr("key") for _ in range(100))  # more than connections
        return await asyncio.gather(*waiting, return_exceptions=True)

    with opened() as run:
        for _ in range(2):
            redis_server.kill()
            assert {type(failure) for failure in run(many())} == {ConnectionError}
            redis_server.start()
            assert run(redis_client().get("key")) is None

    assert logged(logs) == OPENED + (FAILED + RECOVERED) * 2 + CLOSED
    for failed in logs.events("redis_operation_failed"):
        assert failed["operation"] == "incrby", "the command that failed first"
    assert logs.events("redis_recovered")[0]["duration_ms"] > 0


def test_a_frozen_redis_fails_in_time_and_recovers(
    environment: SetEnvironment, redis_server: RedisServer, logs: Logs
) -> None:
    """Without a bound this would hang: nothing else ends the silence."""
    environment(REDIS_URL=redis_server.url, REDIS_TIMEOUT_MS="500")
    with opened() as run, redis_server.client() as other:
        wait_until(lambda: run(redis_client.reachable()), "Redis is reached")
        logs.entries.clear()  # of a ping that was late
        before, pings = other.info("stats")["total_connections_received"], 1
        redis_server.freeze()
        with pytest.raises(TimeoutError):
            run(redis_client().incr("count"))
        redis_server.thaw()
        while not run(redis_client.reachable()):
            pings += 1
        after = other.info("stats")["total_connections_received"]

    assert after - before <= pings, "what got no answer may have run: it must not be sent again"
    assert logged(logs) == FAILED + RECOVERED + CLOSED
    logs.assert_event("redis_operation_failed", operation="incrby")


def test_an_answer_to_an_older_command_does_not_end_an_outage(logs: Logs) -> None:
    with watched("get"), pytest.raises(ConnectionError), watched("set"):
        raise ConnectionError("on purpose")
    assert logged(logs) == FAILED
    with watched("get"):
        pass
    assert logged(logs) == FAILED + RECOVERED


def test_an_error_reply_is_the_callers_and_quotes_no_argument(stream: Stream, logs: Logs) -> None:
    key = stream.name
    no_group = "XREADGROUP", "GROUP", "canary", "me", "STREAMS", f"{key}-canary", ">"
    with opened() as run:
        client: Any = redis_client()
        for wrong in (("LPUSH", key, "canary"), ("NOSUCH", "canary'canary", b"canary"), no_group):
            run(client.set(key, "text", ex=60))
            with pytest.raises(ResponseError) as caught:
                run(client.execute_command(*wrong))
            assert "canary" not in str(caught.value)
            shown = str(caught.value)
            for transaction in (True, False):
                pipeline = client.pipeline(transaction=transaction)
                pipeline.set(key, "canary", ex=60)
                pipeline.execute_command(*wrong)
                with pytest.raises(ResponseError) as caught:
                    run(pipeline.execute())
                assert str(caught.value) == shown
                assert caught.value.__notes__ == ["Command # 2"]

    assert logged(logs) == OPENED + CLOSED, "it is no outage"


def test_slow_commands_are_logged_by_name_only(
    environment: SetEnvironment, stream: Stream, logs: Logs
) -> None:
    key = stream.name
    with opened() as run:
        run(redis_client().ping())
        assert not logs.events("slow_redis_command"), "within the threshold there is no line"
        environment(SLOW_REDIS_THRESHOLD_MS="0")
        run(redis_client().set(f"{key}-canary", "canary", ex=60))
        client: Any = redis_client()
        run(client.execute_command(f"GET {key}-canary"))
        run(client.execute_command(b"EXISTS", f"{key}-canary"))
        pipeline = client.pipeline()
        pipeline.get(f"{key}-canary")
        run(pipeline.execute())
        run(redis_client().blpop([f"{key}-none"], timeout=0.01))

    slow = [entry["operation"] for entry in logs.events("slow_redis_command")]
    assert slow == ["set", "get", "exists", "pipeline"], "BLPOP waits for data and is never slow"
    logs.assert_event("slow_redis_command", operation="set", level="WARNING", threshold_ms=0)
    logs.assert_no_secret("canary")


BAD_URLS = """localhost:6379  http://canary@host  redis://  redis://:canary@  redis://host:canary
redis://host:65536  redis://host/canary  redis://host/0/1  redis://host:6379#canary
redis://ho st  redis://host\tcanary  redis://[::1  redis://host?db=canary
redis://user:pa/canary@host:6379/0  redis://user:12/canary@host:6379/0
redis://user:12?canary@host:6379/0  redis://user:12?canary=1@host:6379/0
redis://user:12#canary@host:6379/0  redis://user:pa[canary@host:6379/0
redis://host?ssl_cert_reqs=none  rediss://host?ssl_cert_reqs=canary  unix://
rediss://host?ssl_canary=1  unix://relative/../canary@  redis://user:canary host"""


@pytest.mark.parametrize("url", re.split("  |\n", BAD_URLS))
def test_a_bad_url_is_refused_without_an_echo_of_it(url: str) -> None:
    with pytest.raises(ValueError, match="is not allowed; use redis://user:") as caught:
        RedisSettings.load({"REDIS_URL": url})
    assert "canary" not in "".join(traceback.format_exception(caught.value))


GOOD_URLS = """redis://cache redis://user:pass@cache:7000/3 redis://:p%2Fss@[::1]:7000?db=4
rediss://user:p@ss@cache/5?ssl_cert_reqs=none unix://user:pass@/run/redis.sock?db=2"""


@pytest.mark.parametrize("url", GOOD_URLS.split())
def test_a_good_url_is_accepted(url: str) -> None:
    assert RedisSettings.load({"REDIS_URL": url}).redis_url == url


SERVE = """
import asyncio, sys
from observability import redis, server
from observability.config import configure_logging
from observability.logger import get_logger

async def main():
    async with server.lifespan():
        print(await server.health("/health/ready"), file=sys.stderr)
        get_logger("main").info("Read", value=await redis.redis_client().get("key"))
        await redis.redis_client().set("key", "shared")
        await asyncio.to_thread(sys.stdin.read)

configure_logging()
server.resources["redis"] = redis.redis_client.opened, redis.redis_client.reachable
asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("url", "shown"), [("", '""'), ("redis://user:pa/canary@host:6379", "[redacted]")]
)
def test_without_a_good_url_a_service_does_not_start(url: str, shown: str, start: Start) -> None:
    with start(SERVE, REDIS_URL=url) as process:
        assert process.wait() == 2, process.errors
    (line,) = process.errors
    assert line.startswith(f"REDIS_URL={shown} is not allowed; use redis://user:")
    assert "canary" not in line
    assert not process.records()


def test_readiness_follows_redis(start: Start, redis_url: str) -> None:
    with start(SERVE, REDIS_URL=redis_url) as process:
        assert process.end_input() == 0
    assert "200" in process.errors[0]
    with start(SERVE, REDIS_URL="redis://127.0.0.1:1/0", REDIS_TIMEOUT_MS="200") as process:
        process.wait_for("Redis operation failed")
        assert process.end_input() == 1
    assert re.search("503.*redis", process.errors[0])
    assert len(process.records("Redis operation failed")) == 1


def test_development_starts_one_server_for_its_processes(start: Start) -> None:
    development = {"ENVIRONMENT": "development", "LOG_FORMAT": "json", "LOG_FILE": "-"}
    with start(SERVE, **development) as first:
        first.wait_for("Read", value=None)
        with start(SERVE, **development) as second:
            second.wait_for("Read", value="shared")
            assert second.end_input() == 0
        assert first.end_input() == 0
    (port,) = {process.records("Redis URL")[0]["redis_port"] for process in (first, second)}
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", port))  # the server has ended with the first process


def test_the_synchronous_client_logs_and_recovers_the_same_way(
    environment: SetEnvironment,
    redis_server: RedisServer,
    logs: Logs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environment(REDIS_URL=redis_server.url, STREAM="messages")
    resources = {"redis": (sync_redis_client.opened, sync_redis_client.reachable)}
    monkeypatch.setattr(server, "resources", resources)
    with wsgi.lifespan():
        client = sync_redis_client()
        with unit_of_work(session_id="session-1"):
            message_id = streams.publish_sync(order_id="o-1")
        sent = {"order_id": "o-1", "_session_id": "session-1"}
        assert client.xrange("messages") == [(message_id, sent)]
        pipeline = client.pipeline()
        pipeline.set("canary", "canary")
        pipeline.lpush("canary", "canary")
        with pytest.raises(ResponseError, match="WRONGTYPE") as caught:
            pipeline.execute()
        redis_server.kill()
        with pytest.raises(ConnectionError):
            client.incr("canary")
        assert wsgi._finish(server.health("/health/ready"))[0] == 503
        redis_server.start()
        assert wsgi._finish(server.health("/health/ready"))[0] == 200

    assert logged(logs) == OPENED + FAILED + RECOVERED + CLOSED
    logs.assert_no_secret("canary")
    assert "canary" not in str(caught.value)
