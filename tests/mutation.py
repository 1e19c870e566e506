"""The list of mutants, and the trial of one: the service's own tests against its broken code."""

import json
import os
import re
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from commands import clean_environment
from releases import ROOT
from services import Service

LIST = ROOT / "tests" / "mutants"
SERVER = ROOT / "tests" / "suite_server.py"
SUITE = "tests/observability/"
MODULES = "observability/"

LEAST_PER_MODULE = 3
LEAST_PER_GUARANTEE = 2
WHOLE_S = 900
"""How long the whole suite of a service may take."""

NAMED_TEST = re.compile(r"`(test_\w+\.py::\w+)`")

TESTS_FAILED = 1
"""pytest's exit code: it could collect and run them, and one or more failed."""


@dataclass(frozen=True)
class Mutant:
    """A small mistake in one module, and the test of the service that is there to catch it."""

    framework: str
    redis: str
    module: str
    breaks: str
    old: str
    new: str
    caught_by: str

    @property
    def service(self) -> tuple[str, str]:
        return self.framework, self.redis

    @property
    def shown_by(self) -> str:
        """The test as guarantees.md names it."""
        return self.caught_by.partition("[")[0]

    def __str__(self) -> str:
        return f"{self.module}: {self.breaks}"

    def applied(self, text: str) -> str:
        """The module's text with the mistake in it."""
        found = text.count(self.old)
        assert found == 1, (
            f"{self}\n{self.old!r} is {found} times in {self.module} of {self.framework} with "
            f"redis={self.redis}, and has to be there once: adapt tests/mutants"
        )
        return text.replace(self.old, self.new)


@cache
def mutants() -> list[Mutant]:
    """All of the list; those of one service are together."""
    found = []
    for path in sorted(LIST.glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        service = {name: table.pop(name) for name in ("framework", "redis")}
        found += [
            Mutant(**service, module=module, **row)
            for module, rows in table.items()
            for row in rows
        ]
    return sorted(found, key=lambda mutant: mutant.service)


def guarantees() -> Counter[str]:
    """The tests that docs/reference/guarantees.md names, and in how many rows."""
    text = (ROOT / "docs" / "reference" / "guarantees.md").read_text(encoding="utf-8")
    return Counter(NAMED_TEST.findall(text))


def of_every_day() -> set[Mutant]:
    """One of each row of guarantees.md, then one of each module that no row has broken.

    A row takes the first of a module that is not broken yet, where it has one.
    """
    chosen: set[Mutant] = set()
    modules: set[str] = set()

    def choose(mutant: Mutant) -> None:
        chosen.add(mutant)
        modules.add(mutant.module)

    for test in guarantees().elements():
        left = [each for each in mutants() if each.shown_by == test and each not in chosen]
        if left:
            choose(min(left, key=lambda each: each.module in modules))
    for mutant in mutants():
        if mutant.module not in modules:
            choose(mutant)
    return chosen


class Trial:
    """A service that is broken in one way at a time, and its tests."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.changes = 0
        self.server = subprocess.Popen(
            [service.python, SERVER, service.package],
            cwd=service.path,
            env=clean_environment() | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def close(self) -> None:
        assert self.server.stdin
        assert self.server.stdout
        self.server.stdin.close()
        self.server.wait()
        self.server.stdout.close()

    @contextmanager
    def broken_by(self, mutant: Mutant) -> Iterator[None]:
        path = self.service.source / MODULES / mutant.module
        before, times = path.read_bytes(), path.stat()
        mutated = mutant.applied(before.decode())
        self.changes += 1
        try:
            path.write_text(mutated, encoding="utf-8")
            # Python knows a compiled module by the second and the size of its source.
            os.utime(path, (times.st_atime, int(times.st_mtime) + 10 * self.changes))
            yield
        finally:
            path.write_bytes(before)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    def run(self, module: str, tests: Sequence[str], *options: str) -> dict[str, Any]:
        """Import the module, then run these tests, in processes that have pytest at hand."""
        assert self.server.stdin
        assert self.server.stdout
        dotted = f"{self.service.package}.{MODULES}{module}".removesuffix(".py").replace("/", ".")
        arguments = ["-q", "-p", "no:cacheprovider", *options, *(SUITE + test for test in tests)]
        request = {"module": dotted.removesuffix(".__init__"), "tests": arguments if tests else []}
        print(json.dumps(request), file=self.server.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self.server.stdout.readline())
        return answer

    def run_all(self) -> "subprocess.CompletedProcess[str]":
        """Run the whole suite until a test fails, as `uv run pytest -x` does."""
        return subprocess.run(
            [self.service.python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"],
            cwd=self.service.path,
            env=clean_environment(),
            capture_output=True,
            encoding="utf-8",
            timeout=WHOLE_S,
        )


def shown(output: str) -> str:
    """The last lines of a run."""
    return "\n".join(output.splitlines()[-30:])
