"""Faults at full size: a reader that stalls or is late, signals, SIGKILL, drops, forks.

Each fault is a process that logs, its pipe and its reader. A fault passes if no line is lost
without a count; the times are reported only, since a busy machine shows in them.
"""

import json
import os
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

from measure import Reader, WrongLine, environment

STALL_S = 4.0
RUNS = 10
TIMEOUT_S = 300

SETUP = """
import asyncio, json, os, signal, sys, time
from observability.config import configure_logging
from observability.logger import get_logger
configure_logging()
logger = get_logger("faults")

def burst(first, count):
    for number in range(first, first + count):
        logger.info("Burst", number=number)
"""

STALLED = """
async def main():
    gaps, called, ends = [], 0, time.monotonic() + 6
    while time.monotonic() < ends:
        burst(called, 10 * LOGS)
        called += 10 * LOGS
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        gaps.append(time.perf_counter() - began - 0.001)
    print(json.dumps([called, max(gaps) * 1000]), file=sys.stderr)

asyncio.run(main())
"""

PROCESSES = """
for first in range(0, 8000, 1000):
    if os.fork() == 0:
        for number in range(first, first + 1000):
            logger.info("m" * (100, 4200, 70_000)[number % 3], number=number)
        sys.exit()
for _ in range(8):
    os.wait()
"""

Outcome = tuple[str, bool]
"""What was found, and whether no line was lost."""


class Run:
    """A process that has ended: its lines, and what it wrote to stderr."""

    def __init__(self, python: Path, code: str, *, stall_s: float = 0) -> None:
        reader = Reader(stall_s)
        done = subprocess.run(
            [python, "-c", SETUP + code],
            env=environment(),
            stdout=reader.sink,
            stderr=subprocess.PIPE,
            timeout=TIMEOUT_S,
            check=False,
        )
        os.close(reader.sink)
        reader.join()
        self.lines = reader.lines()
        self.errors = done.stderr.decode()
        if "Traceback" in self.errors and not self.lines:
            raise WrongLine(self.errors)
        self.torn = self.written = self.dropped = 0
        for line in self.lines:
            try:
                record = json.loads(line)
            except ValueError:
                self.torn += 1
                continue
            self.written += "number" in record
            if record["message"] == "Logs dropped":
                self.dropped += sum(record["dropped"].values())

    @property
    def counts(self) -> list[float]:
        """The JSON that it printed last."""
        found: list[float] = json.loads(self.errors.splitlines()[-1])
        return found


def stall(python: Path) -> Outcome:
    idle = Run(python, STALLED.replace("LOGS", "0"))
    run = Run(python, STALLED.replace("LOGS", "1"), stall_s=STALL_S)
    called = int(run.counts[0])
    found = (
        f"{called} called, {run.written} written, {run.dropped} dropped and counted; longest lag "
        f"of the loop {run.counts[1]:.1f} ms, {idle.counts[1]:.1f} ms without logging"
    )
    return found, run.written + run.dropped == called


def late_reader(python: Path, ending: str) -> Outcome:
    code = f"burst(0, 5000)\n{ending}"
    lost = sum(5000 - Run(python, code, stall_s=0.5).written for _ in range(RUNS))
    return f"{lost} lost in {RUNS} runs", lost == 0


def killed(python: Path) -> Outcome:
    room = "import fcntl; fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 1 << 20)"
    code = f"{room}; burst(0, 2000); os.kill(os.getpid(), signal.SIGKILL)"
    lost = sum(2000 - Run(python, code, stall_s=0.5).written for _ in range(RUNS))
    return f"{lost} lost in {RUNS} runs", lost == 0


def processes(python: Path) -> Outcome:
    run = Run(python, PROCESSES)
    longest = max(map(len, run.lines), default=0) + 1
    found = f"{run.written} of 8000 written, {run.torn} torn, {longest} bytes at most"
    return found, run.written == 8000 and run.torn == 0


FAULTS: dict[str, Callable[[Path], Outcome]] = {
    f"the reader stalls for {STALL_S:.0f} s, asyncio logs 10 lines a ms": stall,
    "exit after 5,000 lines, the reader 0.5 s late": partial(late_reader, ending=""),
    "`sys.exit` then": partial(late_reader, ending="sys.exit(3)"),
    "SIGTERM then": partial(late_reader, ending="os.kill(os.getpid(), 15); time.sleep(60)"),
    "SIGINT then": partial(late_reader, ending="os.kill(os.getpid(), 2); time.sleep(60)"),
    "SIGKILL after 2,000 lines for which the pipe has room": killed,
    "8 processes, 1,000 lines of up to 70,000 bytes each": processes,
}
