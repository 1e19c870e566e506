"""Twenty thousand messages, four consumers, one of them killed: none is lost, each has its line."""

import json
import os
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import interpreters
import pytest
from commands import clean_environment, free_port, run
from conftest import MakeService
from reading import Reader
from services import Service

pytestmark = [pytest.mark.installs, pytest.mark.long]

MESSAGES = 20_000

HANG_S = 300
"""Many times what it takes; nothing here is about how fast it is."""

PUBLISH = f"""
import asyncio, json, sys
from orders.observability import configure_logging, lifespan, publish

async def main():
    ids = []
    async with lifespan():
        for first in range(0, {MESSAGES}, 40):
            texts = (f"transcript {{number}}" for number in range(first, first + 40))
            ids += await asyncio.gather(*(publish(text=text) for text in texts))
    print(json.dumps(ids), file=sys.stderr)

configure_logging()
asyncio.run(main())
"""

# What Redis knows of the group, and of each consumer in it that it is asked for.
ASK = """
import json, os, sys
from redis import Redis

redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
for name in sys.stdin:
    found = redis.xpending_range("orders", "orders", "-", "+", 100, consumername=name.strip())
    print(json.dumps({
        "group": redis.xinfo_groups("orders")[0],
        "pending": [message["message_id"] for message in found],
        "dead": redis.xlen("orders:dead"),
    }), flush=True)
"""


@pytest.fixture
def service(make_service: MakeService) -> Service:
    """A worker, which is its own consumer."""
    service = make_service(framework="none", redis="streams")
    service.install(next(iter(interpreters.available().values())))
    return service


@pytest.fixture
def environment(service: Service, tmp_path: Path) -> Iterator[dict[str, str]]:
    """What the processes of the service share, a Redis above all."""
    find = "from orders.observability.redis_embedded import binary; print(binary())"
    binary = run(service.python, "-c", find, cwd=service.path).stdout.strip()
    port = free_port()
    command = (binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "")
    with (
        (tmp_path / "redis.log").open("w+") as log,
        running(*command, cwd=tmp_path, stdout=log, stderr=subprocess.STDOUT),
    ):
        wait_until(lambda: answers(port), "Redis answers", lambda: Path(log.name).read_text())
        yield clean_environment() | {
            "ENVIRONMENT": "production",
            "PORT": "0",
            "REDIS_URL": f"redis://127.0.0.1:{port}/0",
            "STREAM_RETRY_MS": "5000",
            # What is slow on a busy machine says so, and is not what this is about.
            "SLOW_OPERATION_THRESHOLD_MS": "86400000",
            "SLOW_REDIS_THRESHOLD_MS": "86400000",
        }


@contextmanager
def running(*command: object, **options: Any) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(list(map(str, command)), **options)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
    return False


def wait_until(reached: Callable[[], object], what: str, found: Callable[[], object]) -> None:
    end = time.monotonic() + HANG_S
    while not reached():
        if time.monotonic() > end:
            pytest.fail(f"after {HANG_S} s still not: {what}\n{found()}")
        time.sleep(0.1)


class Consumer:
    """A consumer, and what it writes: to a pipe, for only there is a line safe from SIGKILL."""

    def __init__(self, service: Service, stack: ExitStack, **options: Any) -> None:
        self.reader = Reader()
        options |= {"stdout": self.reader.sink, "stderr": subprocess.STDOUT}
        self.process = stack.enter_context(running(service.python, "-m", "orders", **options))
        os.close(self.reader.sink)
        self.handled: list[str] = []
        self.others: list[dict[str, Any]] = []

    def sort(self) -> None:
        """Tell the lines that have come apart."""
        for line in self.reader.take():
            try:
                record = json.loads(line)
            except ValueError:
                pytest.fail(f"a consumer wrote {line!r}")
            if record["message"] == "message_handled":
                assert record["outcome"] == "success", line
                self.handled.append(record["message_id"])
            elif record["message"] != "Transcript published":
                self.others.append(record)

    def end(self) -> int:
        """Wait for its end, and for its last line; its exit code."""
        code = self.process.wait(HANG_S)
        self.reader.end()
        self.sort()
        return code

    def record(self, message: str) -> dict[str, Any]:
        (found,) = (record for record in self.others if record["message"] == message)
        return found


class Group:
    """What Redis knows of the consumers, from a process that has the service's client."""

    def __init__(self, service: Service, stack: ExitStack, **options: Any) -> None:
        options |= {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        process = stack.enter_context(running(service.python, "-c", ASK, **options))
        assert process.stdin
        assert process.stdout
        self.questions = stack.enter_context(process.stdin)
        self.answers = stack.enter_context(process.stdout)

    def ask(self, consumer: str = "nobody") -> dict[str, Any]:
        self.questions.write(f"{consumer}\n".encode())
        self.questions.flush()
        found: dict[str, Any] = json.loads(self.answers.readline())
        return found

    def waits(self) -> bool:
        group = self.ask()["group"]
        return bool(group["lag"] or group["pending"])


def test_no_message_is_lost_and_each_has_its_line(
    service: Service, environment: dict[str, str], tmp_path: Path
) -> None:
    consumers: list[Consumer] = []
    published = run(service.python, "-c", PUBLISH, cwd=tmp_path, fails=False, **environment).stderr
    ids = set(json.loads(published))
    assert len(ids) == MESSAGES

    def handled() -> Counter[str]:
        for consumer in consumers:
            consumer.sort()
        return Counter(message for consumer in consumers for message in consumer.handled)

    with ExitStack() as stack:
        options = {"cwd": tmp_path, "env": environment}
        group = Group(service, stack, **options)

        def found() -> str:
            without = sorted(ids - handled().keys())
            codes = [consumer.process.poll() for consumer in consumers]
            told = [r for consumer in consumers for r in consumer.others if r["level"] != "INFO"]
            return (
                f"{len(without)} messages have no line, as {without[:10]}\n"
                f"Redis says {group.ask()}\nexit codes {codes}; complaints {told}"
            )

        consumers += [Consumer(service, stack, **options) for _ in range(4)]
        wait_until(lambda: handled().total() > MESSAGES // 2, "half is handled", found)
        killed = consumers[0]
        killed.process.kill()
        killed.end()
        left = group.ask(killed.record("Consumer started")["consumer"])["pending"]
        consumers.append(Consumer(service, stack, **options))
        wait_until(lambda: len(handled()) == MESSAGES and not group.waits(), "all is done", found)
        for consumer in consumers[1:]:
            consumer.process.terminate()
        codes = [consumer.end() for consumer in consumers[1:]]
        dead = group.ask()["dead"]

    counts = handled()
    again = [message for message, count in counts.items() if count > 1]
    assert codes == [0] * 4
    assert counts.keys() == ids
    assert set(again) <= set(left), "handled twice, though nobody died with it"
    assert len(left) <= 1, "a consumer has one message at a time"
    assert dead == 0
    for consumer in consumers[1:]:
        assert consumer.record("Consumer stopped")["handled"] == len(consumer.handled) > 0
    problems = [r for consumer in consumers for r in consumer.others if r["level"] != "INFO"]
    assert not problems, "a consumer complains"
