"""A contender's process: commands to it, its answers, and a reader that keeps up with its lines."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from commands import clean_environment
from lines import WrongLine, check, unit_of
from reading import PATIENCE_S, Reader, pin
from scenes import RECORDS_OF_A_CONTEXT, SCENES

HERE = Path(__file__).parent
ROUND_S = 0.003

ENVIRONMENT = {"ENVIRONMENT": "production", "PYTHONPATH": str(HERE)}
BURST = {"LOG_REPEAT_BURST": "1000000"}
"""Each error is written and counted: with the default, the fiftieth in ten seconds is the last."""


class Worker:
    """A process that answers commands, and whose stdout is read."""

    def __init__(self, python: Path, script: str, *words: str, **environment: str) -> None:
        self.name = words[0]
        self.called = 0
        self.reader = Reader()
        answers, descriptor = os.pipe()
        self.process = subprocess.Popen(
            [python, HERE / script, *words, str(descriptor)],
            env=clean_environment() | ENVIRONMENT | environment,
            stdin=subprocess.PIPE,
            stdout=self.reader.sink,
            stderr=subprocess.PIPE,
            pass_fds=[descriptor],
        )
        pin(self.process.pid)
        os.close(descriptor)
        os.close(self.reader.sink)
        self.answers = open(answers, "rb")  # noqa: SIM115 - closed by __exit__

    def ask(self, command: str) -> Any:
        assert self.process.stdin
        self.called += int(command.split()[-1])
        try:
            self.process.stdin.write(f"{command}\n".encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # its own words say why, below
        answer = self.answers.readline()
        if not answer:
            assert self.process.stderr
            raise WrongLine(f"{self.name} ended: {self.process.stderr.read().decode()}")
        return json.loads(answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        assert self.process.stdin
        assert self.process.stderr
        self.process.stdin.close()
        self.process.wait(PATIENCE_S)
        self.process.stderr.close()
        self.answers.close()
        self.reader.end()


class Contender(Worker):
    """One contender in one scene."""

    def __init__(self, python: Path, name: str, scene: str) -> None:
        self.scene = SCENES[scene]
        self.calls = self.scene.least_calls
        super().__init__(python, "worker.py", name, scene, **(BURST if scene == "error" else {}))

    def check(self) -> None:
        """Have some calls made, and look at each of their lines."""
        wanted = self.ask(f"check {3 * RECORDS_OF_A_CONTEXT * self.scene.threads}")["wanted"]
        self.count()
        self.reader.keeps = False
        lines = self.reader.lines()
        if self.scene.threads > 1:
            lines.sort(key=unit_of)
            wanted.sort(key=lambda fields: fields["request_id"])
        for line, fields in zip(lines, wanted, strict=False):
            check(self.name, line, fields)

    def count(self) -> None:
        """Raise WrongLine unless there is a line for each call: none is lost, none is doubled."""
        wanted = 0 if self.scene.silent else self.called
        self.reader.wait(wanted)
        if self.reader.count != wanted:
            raise WrongLine(f"{self.name}: {self.reader.count} lines of {wanted} calls")

    def settle(self) -> None:
        """Choose how many calls make a round."""
        self.ask(str(self.calls))
        seconds = max(self.ask(str(self.calls))["seconds"], 1e-6)
        least = self.scene.least_calls
        self.calls = max(least, round(self.calls * ROUND_S / seconds / least) * least)

    def measure(self) -> float:
        """CPU seconds for one call, those of all threads of the process."""
        found: float = self.ask(str(self.calls))["seconds"]
        return found / self.calls


@contextmanager
def contenders(python: Path, scene: str, names: tuple[str, ...]) -> Iterator[dict[str, Contender]]:
    """The processes of a scene, checked and ready to be timed; in the end lines are counted."""
    with ExitStack() as stack:
        found = {name: stack.enter_context(Contender(python, name, scene)) for name in names}
        for contender in found.values():
            contender.check()
            contender.settle()
        yield found
        for contender in found.values():
            contender.count()
