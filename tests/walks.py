"""Walks through a page as its reader does: types its commands, saves its code, looks at output.

Above a block, `<!-- run: ... -->` says what a reader does with it:

| words | what is done |
|---|---|
| commands | typed, one after the other, in the folder where the reader is |
| serve | typed in a second terminal, and left running |
| stop | Ctrl+C there; the block is what is written then |
| append PATH, write PATH | saved there |
| elsewhere PATH | nothing: that file runs it |
| elsewhere nothing: REASON | nothing, because of that |

A block of `text` or `json` is what the server writes, after what was shown of it before.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import pages
from commands import clean_environment, free_port, uv_executable

ACTIONS = ("commands", "serve", "stop", "append", "write", "elsewhere")
DEADLINE_S = 30


class Walk:
    """A reader in a folder; `template` is the repository that they copy."""

    def __init__(self, folder: Path, template: Path, **environment: str) -> None:
        self.folder = folder
        self.template = template
        self.port = free_port()
        self.environment = clean_environment() | environment | {"PORT": str(self.port)}
        self.environment["PATH"] = f"{Path(uv_executable()).parent}:{os.environ['PATH']}"
        self._server: subprocess.Popen[bytes] | None = None
        self._output = folder
        self._written = folder / "second-terminal.txt"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server and self._server.poll() is None:
            os.killpg(self._server.pid, signal.SIGKILL)

    def take(self, page: Path) -> None:
        """Do all that the page says, from its beginning to its end."""
        for line, language, words, content in pages.blocks(page.read_text(encoding="utf-8")):
            action, _, argument = words.partition(" ")
            if action == "commands":
                self._type(content)
            elif action == "serve":
                self._serve(content.strip())
            elif action in {"append", "write"}:
                self._save(self.folder / argument, content, anew=action == "write")
            elif language in {"text", "json"}:
                if action == "stop":
                    self._stop()
                self._look(pages.Example(page, line, (), "", language, content))

    def _typed(self, command: str) -> str:
        text = command.replace("http://127.0.0.1:8000", f"http://127.0.0.1:{self.port}")
        text = text.replace("uvx copier copy", f"{sys.executable} -m copier copy --defaults")
        return text.replace("<template>", shlex.quote(str(self.template)))

    def _type(self, content: str) -> None:
        for command in content.splitlines():
            if command.startswith("cd "):
                self.folder /= command.removeprefix("cd ").strip()
                continue
            done = subprocess.run(
                ["bash", "-c", self._typed(command)],
                cwd=self.folder,
                env=self.environment,
                capture_output=True,
                text=True,
                timeout=10 * DEADLINE_S,
                check=False,
            )
            assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"

    def _serve(self, command: str) -> None:
        """Start it; where its output goes to a file, that is what is looked at."""
        redirected = re.search(r"> *(\S+)$", command)
        self._output = self.folder / redirected[1] if redirected else self._written
        with self._written.open("wb") as file:
            self._server = subprocess.Popen(
                ["bash", "-c", self._typed(command)],
                cwd=self.folder,
                env=self.environment,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_for(self._answers, f"$ {command}\nanswers nothing")

    def _answers(self) -> bool:
        assert self._server
        assert self._server.poll() is None, self._written.read_text(encoding="utf-8")
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def _stop(self) -> None:
        assert self._server
        os.killpg(self._server.pid, signal.SIGINT)
        self._server.wait(DEADLINE_S)

    def _save(self, path: Path, content: str, *, anew: bool) -> None:
        begun = "" if anew else path.read_text(encoding="utf-8") + "\n\n"
        path.write_text(begun + content, encoding="utf-8")

    def _look(self, example: pages.Example) -> None:
        def missing() -> str | None:
            return pages.missing(example, self._output.read_text(encoding="utf-8"))

        try:
            self._wait_for(lambda: missing() is None, f"{example} shows what is never written")
        except AssertionError as error:
            written = self._output.read_text(encoding="utf-8")
            raise AssertionError(f"{error}:\n{missing()}\nbut\n{written}") from None

    def _wait_for(self, condition: Callable[[], bool], problem: str) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, problem
            time.sleep(0.05)
