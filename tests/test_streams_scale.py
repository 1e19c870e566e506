"""Twenty thousand messages, four consumers, one of them killed: none is lost, each has its line."""

import json
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
from commands import clean_environment, run
from conftest import MakeService
from services import Service

pytestmark = pytest.mark.installs

MESSAGES = 20_000

HANG_S = 300
"""Many times what it takes; nothing here is about how fast it is."""

PUBLISH = f"""
import asyncio
from orders.observability import configure_logging, lifespan, publish

async def main():
    async with lifespan():
        for first in range(0, {MESSAGES}, 40):
            texts = (f"transcript {{number}}" for number in range(first, first + 40))
            await asyncio.gather(*(publish(text=text) for text in texts))

configure_logging()
asyncio.run(main())
"""

# What Redis knows of the group, and of one consumer in it.
ASK = """
import json, os, sys
from redis import Redis

redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
pending = redis.xpending_range("orders", "orders", "-", "+", 100, consumername=sys.argv[1])
print(json.dumps({
    "group": redis.xinfo_groups("orders")[0],
    "pending": [message["message_id"] for message in pending],
    "dead": redis.xlen("orders:dead"),
}))
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
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = (binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "")
    with running(*command, cwd=tmp_path, output=tmp_path / "redis.log"):
        wait_until(lambda: answers(port), "Redis answers")
        yield clean_environment() | {
            "ENVIRONMENT": "production",
            "PORT": "0",
            "REDIS_URL": f"redis://127.0.0.1:{port}/0",
            "STREAM_RETRY_MS": "5000",
        }


@contextmanager
def running(
    *command: object, cwd: Path, output: Path, environment: dict[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    with output.open("wb") as file:
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=cwd,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
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


def wait_until(reached: Callable[[], object], what: str) -> None:
    end = time.monotonic() + HANG_S
    while not reached():
        assert time.monotonic() < end, f"still not: {what}"
        time.sleep(0.1)


class Output:
    """The lines of one consumer, read as they come."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0
        self.rest = b""
        self.handled: list[str] = []
        self.others: list[dict[str, Any]] = []

    def read(self) -> None:
        with self.path.open("rb") as file:
            file.seek(self.offset)
            new = file.read()
        self.offset += len(new)
        *lines, self.rest = (self.rest + new).split(b"\n")
        for line in lines:
            record = json.loads(line)
            if record["message"] == "message_handled":
                assert record["outcome"] == "success", line
                self.handled.append(record["message_id"])
            elif record["message"] != "Transcript published":
                self.others.append(record)

    def record(self, message: str) -> dict[str, Any]:
        (found,) = (record for record in self.others if record["message"] == message)
        return found


def test_no_message_is_lost_and_each_has_its_line(
    service: Service, environment: dict[str, str], tmp_path: Path
) -> None:
    outputs: list[Output] = []
    processes: list[subprocess.Popen[bytes]] = []

    def ask(consumer: str = "nobody") -> dict[str, Any]:
        done = run(service.python, "-c", ASK, consumer, cwd=tmp_path, fails=False, **environment)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def handled() -> Counter[str]:
        for output in outputs:
            output.read()
        return Counter(message for output in outputs for message in output.handled)

    run(service.python, "-c", PUBLISH, cwd=tmp_path, fails=False, **environment)
    with ExitStack() as stack:

        def start() -> None:
            path = tmp_path / f"consumer{len(outputs)}.log"
            command = (service.python, "-m", "orders")
            consumer = running(*command, cwd=tmp_path, output=path, environment=environment)
            processes.append(stack.enter_context(consumer))
            outputs.append(Output(path))

        for _ in range(4):
            start()
        wait_until(lambda: handled().total() > MESSAGES // 2, "half of the messages are handled")
        processes[0].kill()
        processes[0].wait()
        handled()
        left = ask(outputs[0].record("Consumer started")["consumer"])["pending"]
        start()
        wait_until(lambda: len(handled()) == MESSAGES and not group_waits(ask()), "all are done")
        for process in processes[1:]:
            process.terminate()
        codes = [process.wait(HANG_S) for process in processes[1:]]
        handled()

    counts = handled()
    again = [message for message, count in counts.items() if count > 1]
    assert codes == [0] * 4
    assert len(counts) == MESSAGES
    assert set(again) <= set(left), "handled twice, though nobody died with it"
    assert len(left) <= 1, "a consumer has one message at a time"
    assert ask()["dead"] == 0
    for output in outputs[1:]:
        assert output.record("Consumer stopped")["handled"] == len(output.handled) > 0
    problems = [r for output in outputs for r in output.others if r["level"] != "INFO"]
    assert not problems, "a consumer complains"


def group_waits(state: dict[str, Any]) -> bool:
    return bool(state["group"]["lag"] or state["group"]["pending"])
