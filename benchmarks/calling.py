"""Applications that are called without a server, and what a request costs them in CPU."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from lines import WrongLine
from processes import Worker
from serving import CARRIED, LATE_S, is_request


class Caller(Worker):
    """A process that calls one application; its lines are those of a server's requests."""

    def __init__(self, python: Path, framework: str, contender: str) -> None:
        self.contender = contender
        super().__init__(python, "caller.py", framework, contender)

    def check(self) -> None:
        """Look at the lines of a few requests."""
        self.ask("5")
        self.count()
        self.reader.keeps = False
        for line in filter(is_request, self.reader.lines()):
            if missing := [text for text in CARRIED[self.contender] if text not in line]:
                raise WrongLine(f"{self.contender}: {', '.join(missing)} missing in {line}")

    def count(self) -> None:
        """Raise WrongLine unless each request has its line, or none has one where none is due."""
        due = self.called if CARRIED[self.contender] else 0
        self.reader.wait(due, LATE_S)
        if (found := self.reader.count) != due:
            raise WrongLine(f"{self.contender}: {found} lines of {self.called} requests")

    def request_cpu(self, requests: int) -> float:
        """CPU seconds for one request."""
        seconds: float = self.ask(str(requests))
        return seconds / requests


@contextmanager
def callers(python: Path, framework: str, *names: str) -> Iterator[dict[str, Caller]]:
    """The processes, checked; at the end their lines are counted."""
    with ExitStack() as stack:
        found = {name: stack.enter_context(Caller(python, framework, name)) for name in names}
        for caller in found.values():
            caller.check()
        yield found
        for caller in found.values():
            caller.count()
