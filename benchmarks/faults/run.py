"""Faults at full size against a real service, and how long a caller waits meanwhile.

`make bench` renders and installs one, runs every fault and rewrites the table of
docs/reference/guarantees.md. A machine that is busy with other things shows in the times.
"""

import fcntl
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests")]

import interpreters  # noqa: E402 - from the folder above
from commands import clean_environment  # noqa: E402
from services import Service, render  # noqa: E402

PAGE = ROOT / "docs" / "reference" / "guarantees.md"
BEGIN, END = "<!-- Made by `make bench`. -->", "<!-- End of what is made. -->"
STALL_S = 4.0
HANG_S = 300

SETUP = """
import asyncio, json, os, signal, sys, threading, time
from orders.observability import configure_logging, get_logger
from orders.observability.handlers import writer
configure_logging()
logger = get_logger("faults")

def told(**found):
    os.write(2, json.dumps(found).encode() + bytes([10]))
"""

UNDER_LOAD = """
async def main():
    gaps, ends = [], time.monotonic() + 6
    async def heartbeat():
        while time.monotonic() < ends:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            gaps.append(time.perf_counter() - began - 0.001)
    async def load():
        number = 0
        while time.monotonic() < ends:
            for _ in range(5):
                LOG
                number += 1
            await asyncio.sleep(0.001)
        return number
    beat = asyncio.ensure_future(heartbeat())
    called = await load()
    await beat
    told(called=called, lag_ms=max(gaps) * 1000)

asyncio.run(main())
"""


class Run:
    """A process of the service, what it has told on stderr and what was read of its stdout."""

    def __init__(
        self, service: Service, code: str, *, stall_s: float = 0, **variables: str
    ) -> None:
        reader, writer = os.pipe()
        given = {"ENVIRONMENT": "production", "LOG_REPEAT_BURST": "0"} | variables
        self.process = subprocess.Popen(
            [service.python, "-c", SETUP + code],
            cwd=service.path,
            env=clean_environment() | given,
            stdout=writer,
            stderr=subprocess.PIPE,
        )
        os.close(writer)
        self.output = b""
        thread = threading.Thread(target=self._read, args=(reader, stall_s))
        thread.start()
        self.errors = self.process.communicate(timeout=HANG_S)[1].decode()
        thread.join()
        self.lines = self.output.splitlines()

    def _read(self, reader: int, stall_s: float) -> None:
        if stall_s:
            self.output += os.read(reader, 1)
            time.sleep(stall_s)
        parts = []
        with suppress(OSError):
            while part := os.read(reader, 1 << 20):
                parts.append(part)
        os.close(reader)
        self.output += b"".join(parts)

    @property
    def told(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for line in self.errors.splitlines():
            with suppress(ValueError):
                found |= json.loads(line)
        return found

    def written_and_dropped(self) -> tuple[int, int]:
        records = [json.loads(line) for line in self.lines]
        notices = [sum(r["dropped"].values()) for r in records if r.get("event") == "logs_dropped"]
        return sum("number" in record for record in records), sum(notices)


def stall(service: Service) -> str:
    log = 'logger.info("Burst", number=number)'
    calm = Run(service, UNDER_LOAD.replace("LOG", "None"))
    quick = Run(service, UNDER_LOAD.replace("LOG", log))
    stalled = Run(service, UNDER_LOAD.replace("LOG", log), stall_s=STALL_S, LOG_QUEUE_LINES="2000")
    written, dropped = stalled.written_and_dropped()
    called = int(stalled.told["called"])
    closes = "the counts close" if written + dropped == called else "THE COUNTS DO NOT CLOSE"
    return (
        f"longest lag of the loop {stalled.told['lag_ms']:.1f} ms, {quick.told['lag_ms']:.1f} ms "
        f"without the stall, {calm.told['lag_ms']:.1f} ms without logging; {called} called, "
        f"{written} written, {dropped} dropped: {closes}"
    )


def exits(ending: str) -> Callable[[Service], str]:
    code = f"""
for number in range(5000):
    logger.info("Burst", number=number)
{ending}
"""

    def run(service: Service) -> str:
        lost = [5000 - Run(service, code, stall_s=0.5).written_and_dropped()[0] for _ in range(10)]
        return f"lost in 10 runs: {sum(lost)}"

    return run


def killed(service: Service) -> str:
    """The pipe holds all of it: whether the reader keeps up is no question."""
    lost = 0
    for _ in range(10):
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 1 << 20)
        code = SETUP + (
            'for number in range(2000): logger.info("Burst", number=number)\n'
            "os.kill(os.getpid(), signal.SIGKILL)"
        )
        subprocess.run(
            [service.python, "-c", code],
            cwd=service.path,
            env=clean_environment() | {"ENVIRONMENT": "production"},
            stdout=writer,
            check=False,
        )
        os.close(writer)
        with open(reader, "rb") as stream:
            lost += 2000 - len(stream.read().splitlines())
    return f"lost in 10 runs: {lost}"


def threads(service: Service) -> str:
    code = """
def burst(first):
    for number in range(first, first + 1000):
        logger.info("Burst", number=number)
began = time.perf_counter()
threads = [threading.Thread(target=burst, args=(1000 * i,)) for i in range(32)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
told(us=(time.perf_counter() - began) / 32_000 * 1e6)
"""
    run = Run(service, code)
    written = run.written_and_dropped()[0]
    return f"{written} of 32000 written, {run.told['us']:.0f} µs for each"


def processes(service: Service) -> str:
    code = """
for i in range(8):
    if os.fork() == 0:
        for number in range(1000):
            logger.info("m" * (100, 4200, 70_000)[number % 3], number=1000 * i + number)
        sys.exit()
for i in range(8):
    os.wait()
"""
    run = Run(service, code)
    torn = sum(not line.endswith(b"}") or not line.startswith(b"{") for line in run.lines)
    longest = max(map(len, run.lines)) + 1
    return f"{len(run.lines)} of 8000 lines, {torn} torn, the longest {longest} bytes"


def signals(service: Service) -> str:
    code = """
handled = 0
def handle(*_):
    global handled
    handled += 1
    logger.info("In the handler", number=handled)
signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
ends, called = time.monotonic() + 3, 0
while time.monotonic() < ends:
    logger.info("Burst", number=called)
    called += 1
signal.setitimer(signal.ITIMER_REAL, 0)
told(called=called, handled=handled)
"""
    run = Run(service, code)
    called = int(run.told["called"] + run.told["handled"])
    written, dropped = run.written_and_dropped()
    return f"{called} called, {written} written, {dropped} dropped and counted"


def value(expression: str, call: str) -> Callable[[Service], str]:
    code = f"""
value = {expression}
times = []
for _ in range(5):
    began = time.perf_counter()
    {call}
    times.append(time.perf_counter() - began)
told(ms=sorted(times)[2] * 1000)
"""
    return lambda service: f"{Run(service, code).told['ms']:.1f} ms, the median of 5"


FAULTS: dict[str, Callable[[Service], str]] = {
    f"Reader stalls for {STALL_S:.0f} s, asyncio at 5 lines a ms": stall,
    "Exit after 5,000 lines, reader late by 0.5 s": exits(""),
    "sys.exit after 5,000": exits("sys.exit(3)"),
    "SIGTERM after 5,000": exits("os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)"),
    "SIGINT after 5,000": exits("os.kill(os.getpid(), signal.SIGINT); time.sleep(60)"),
    "SIGKILL after 2,000 that the pipe holds": killed,
    "32 threads, 1,000 lines each": threads,
    "8 processes, 1,000 lines of up to 70,000 bytes": processes,
    "A signal handler that logs every 5 ms for 3 s": signals,
    "A message of 10 MB": value("'m' * 10_000_000", "logger.info(value)"),
    "A message of 10 MB of control characters": value("chr(0) * 10_000_000", "logger.info(value)"),
    "A field of 10 MB of é": value("chr(233) * 10_000_000", "logger.info('Field', given=value)"),
    "An argument of 10 MB": value("'m' * 10_000_000", "logger.info('Given %s', value)"),
    "`%1000000000d`": value("1", "logger.info('%1000000000d', value)"),
    "A list of 100 of itself": value(
        "[]; value.extend([value] * 100)", "logger.info('Field', given=value)"
    ),
}


def main() -> None:
    interpreter = next(iter(interpreters.available().values()))
    with tempfile.TemporaryDirectory() as folder:
        service = render(ROOT, Path(folder) / "orders", vcs_ref="HEAD", framework="none")
        service.install(interpreter)
        rows = []
        for name, fault in FAULTS.items():
            rows.append(f"| {name} | {fault(service)} |")
            print(rows[-1], flush=True)
    where = f"Linux {platform.release()}, {os.cpu_count()} cores"
    table = "\n".join((f"On {where}:", "", "| fault | found |", "|---|---|", *rows))
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    os.environ.update({"GIT_CONFIG_GLOBAL": os.devnull})
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
