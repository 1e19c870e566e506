"""Fixtures: a Redis that is shared or a test's own, another environment, processes."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import children
import pytest
from children import Child, SetEnvironment, configured_anew
from observability import redis, streams
from observability.testing import logs as logs
from redis_processes import CALM, RedisServer, Start, Stream


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that tests share; each uses keys of its own."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server.url
    server.kill()


@pytest.fixture
def stream(redis_url: str, start: Start) -> Iterator[Stream]:
    """A stream on the shared server."""
    stream = Stream(redis_url, start)
    with stream.client:
        yield stream
        stream.client.delete(stream.name, f"{stream.name}:dead")


@pytest.fixture
def make_redis(tmp_path: Path) -> Iterator[Callable[..., RedisServer]]:
    """`make_redis(password="")` returns a server that is to be started."""
    servers: list[RedisServer] = []

    def make(password: str = "") -> RedisServer:
        servers.append(RedisServer(tmp_path, password))
        return servers[-1]

    yield make
    for server in servers:
        server.kill()


@pytest.fixture
def redis_server(make_redis: Callable[..., RedisServer]) -> RedisServer:
    """A server of the test's own."""
    server = make_redis()
    server.start()
    return server


@pytest.fixture
def own(start: Start, redis_server: RedisServer) -> Iterator[Stream]:
    """A stream on a server that the test may kill."""
    stream = Stream(redis_server.url, start)
    with stream.client:
        yield stream


@pytest.fixture
def environment(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SetEnvironment]:
    """`environment(STREAM="name")` configures this process anew, until the end of the test."""
    monkeypatch.chdir(tmp_path)
    with configured_anew(redis.redis_settings, streams.stream_settings) as change:
        change(ENVIRONMENT="test", REDIS_URL=redis_url, **CALM)
        yield change


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """`with start(code, *arguments, **environment) as process`: killed at the end of the block."""

    def started(code: str, *arguments: str, **variables: str) -> closing[Child]:
        env = children.environment(**CALM | variables)
        return closing(Child(sys.executable, "-c", code, *arguments, folder=tmp_path, env=env))

    return started
