"""The update command, and the Copier that it runs, without a process for each."""

import contextlib
import io
import signal
from pathlib import Path

import pytest
from copier._cli import CopierApp
from updating import command_line, rendering
from updating.problems import Problem


class QuickCopier:
    """Copier's command line in this process: the start of a process is half of a render."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(rendering, "copier", self)

    def __call__(self, *arguments: str | Path, cwd: Path) -> bytes:
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            _, code = CopierApp.run(["copier", *map(str, arguments)], exit=False)
        if code:
            raise Problem(said.getvalue())
        return said.getvalue().encode()

    def update(self, service: Path, *options: str, code: int = 0) -> str:
        """As `by_command(service, "update", ...)`, whose exit code is due."""
        said = io.StringIO()
        before = signal.getsignal(signal.SIGTERM)
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            ended = command_line.main(["update", *options, "--service", str(service)])
        signal.signal(signal.SIGTERM, before)
        assert ended == code, f"exit code {ended}\n{said.getvalue()}"
        return said.getvalue()
