"""Paired, interleaved rounds of contenders, each in its own process, on a pipe with a reader.

A round gives each contender a turn of about 3 ms, in random order; the CPU times of one round are
compared, so that a phase in which the machine is slow is slow for all of them.
"""

import fcntl
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Self

from cases import CASES, RECORDS_PER_CONTEXT, Fields

HERE = Path(__file__).parent
ROOT = HERE.parent
PACKAGE = ROOT / "template" / "{{ code }}"
BUILD = ROOT / "build" / "benchmarks"

PEERS = ("python-json-logger", "structlog")
NEEDS = ("ahocorasick-rs", "orjson")
"""What the package itself needs."""

PIPE_BYTES = 1 << 20
ROUND_S = 0.003
WARM_UP_ROUNDS = 2
TIMEOUT_S = 60


class WrongLine(Exception):
    """A contender's line does not carry what it was given."""


@dataclass(frozen=True)
class Figure:
    """The median of the rounds, and their middle half."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Self:
        low, _, high = quantiles(values, n=4) if len(values) > 1 else values * 3
        return cls(*(float(f"{number:.3g}") for number in (median(values), low, high)))


def install(python: str) -> Path:
    """Return the interpreter of an environment with the peers; `python` is a version or a path."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if not uv:
        sys.exit("uv is not on PATH; run `tools/uv run python benchmarks/run.py`")
    folder = BUILD / Path(python).name
    subprocess.run([uv, "venv", "--quiet", "--clear", "--python", python, folder], check=True)
    found = folder / "bin" / "python"
    packages = [*PEERS, *NEEDS]
    subprocess.run([uv, "pip", "install", "--quiet", "--python", found, *packages], check=True)
    return found


def environment() -> dict[str, str]:
    """Production, the package in place, and none of the variables of this shell."""
    return {
        "PATH": os.environ["PATH"],
        "ENVIRONMENT": "production",
        "PYTHONPATH": f"{PACKAGE}:{HERE}",
        "PYTHONPYCACHEPREFIX": str(BUILD / "bytecode"),
    }


class Reader(threading.Thread):
    """Reads a pipe to its end and counts its lines; it keeps them while `keeps` is true."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.source, self.sink = os.pipe()
        self.count = 0
        self.keeps = True
        self.kept: list[bytes] = []
        self.changed = threading.Condition()
        self.start()

    def run(self) -> None:
        while part := os.read(self.source, PIPE_BYTES):
            with self.changed:
                self.count += part.count(b"\n")
                if self.keeps:
                    self.kept.append(part)
                self.changed.notify()
        os.close(self.source)

    def wait(self, count: int) -> None:
        with self.changed:
            self.changed.wait_for(lambda: self.count >= count, TIMEOUT_S)

    def lines(self) -> list[bytes]:
        return b"".join(self.kept).splitlines()


class Contender:
    """One contender's process in one case."""

    def __init__(self, python: Path, name: str, case: str) -> None:
        self.name = name
        self.case = CASES[case]
        self.calls = RECORDS_PER_CONTEXT
        self.called = 0
        self.reader = Reader()
        fcntl.fcntl(self.reader.sink, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        answers, descriptor = os.pipe()
        self.process = subprocess.Popen(
            [python, HERE / "contenders.py", name, case, str(descriptor)],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=self.reader.sink,
            stderr=subprocess.PIPE,
            pass_fds=[descriptor],
        )
        # One core for all of them: a contender does not pay for a move between cores.
        os.sched_setaffinity(self.process.pid, {max(os.sched_getaffinity(0))})
        os.close(descriptor)
        os.close(self.reader.sink)
        self.answers = open(answers, "rb")  # noqa: SIM115 - closed by close()

    def ask(self, command: str) -> Any:
        assert self.process.stdin
        assert self.process.stderr
        self.called += int(command.split()[-1])
        with suppress(BrokenPipeError):  # stderr says why
            self.process.stdin.write(f"{command}\n".encode())
            self.process.stdin.flush()
        answer = self.answers.readline()
        if not answer:
            raise WrongLine(f"{self.name} ended: {self.process.stderr.read().decode()}")
        return json.loads(answer)

    def close(self) -> None:
        self.process.communicate(timeout=TIMEOUT_S)
        self.answers.close()

    def check(self) -> None:
        """Check the line of each of some calls, then choose how many calls make a round."""
        wanted = self.ask(f"check {3 * RECORDS_PER_CONTEXT}")["wanted"]
        self.count()
        self.reader.keeps = False
        if self.case.is_written:
            for line, fields in zip(self.reader.lines(), wanted, strict=True):
                check(self.name, line, fields)
        for _ in range(2):
            seconds = max(self.ask(str(self.calls))["seconds"], 1e-6)
            contexts = round(self.calls * ROUND_S / seconds / RECORDS_PER_CONTEXT)
            self.calls = max(1, contexts) * RECORDS_PER_CONTEXT

    def count(self) -> None:
        """Raise WrongLine unless there is one line for each call."""
        due = self.called if self.case.is_written else 0
        self.reader.wait(due)
        if self.reader.count != due:
            raise WrongLine(f"{self.name}: {self.reader.count} lines of {due} calls")

    def measure(self) -> float:
        """Return CPU seconds for one call, those of all threads of the process."""
        return float(self.ask(str(self.calls))["seconds"]) / self.calls


def check(name: str, line: bytes, wanted: Fields) -> None:
    """Raise WrongLine unless `line` is JSON with a time, a level and the wanted values."""
    text = line.decode()
    try:
        json.loads(text)
    except ValueError:
        raise WrongLine(f"{name}: not JSON: {text[:400]}") from None
    forms = {"level": r'"(?i:INFO|ERROR)"', "timestamp": r"\b20\d\d-\d\d-\d\d[T ]\d\d:"}
    missing = [name for name, form in forms.items() if not re.search(form, text)]
    missing += [part for value in wanted.values() for part in _parts(value) if part not in text]
    if missing:
        raise WrongLine(f"{name}: {', '.join(missing)} missing in {text[:2000]}")


def _parts(value: Any) -> Iterator[str]:
    """Yield the beginning of each text and number of a value, as JSON shows it."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _parts(inner)
    else:
        yield json.dumps(value).strip('"')[:30]


def ratios(python: Path, case: str, rounds: int) -> dict[str, Figure]:
    """Return our CPU time as a multiple of each peer's."""
    with ExitStack() as stack:
        names, opened = ("ours", *CASES[case].peers), stack.enter_context
        found = {name: opened(closing(Contender(python, name, case))) for name in names}
        for contender in found.values():
            contender.check()
        taken: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(WARM_UP_ROUNDS + rounds):
            for name in random.sample(names, len(names)):
                taken[name].append(found[name].measure())
        for contender in found.values():
            contender.count()
    counted = {name: values[WARM_UP_ROUNDS:] for name, values in taken.items()}
    return {
        peer: Figure.of(
            [ours / theirs for ours, theirs in zip(counted["ours"], counted[peer], strict=True)]
        )
        for peer in names[1:]
    }
