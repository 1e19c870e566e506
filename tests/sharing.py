"""What the workers of a run make once and share: renders of the template, installed services."""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import interpreters
import jinja2
import pytest
from copier._main import Worker
from services import Service, render


def once(path: Path, make: Callable[[Path], object]) -> Path:
    """`path`, which the first that asks for it makes; whoever asks meanwhile waits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.made").open("a+") as made:
        fcntl.flock(made, fcntl.LOCK_EX)
        if not os.fstat(made.fileno()).st_size:
            shutil.rmtree(path, ignore_errors=True)  # an attempt that failed
            make(path)
            made.write("made\n")
    return path


class Workshop:
    """Services that are made once. They are looked at and run; who changes one takes a copy."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.folder = folder
        self.template = template

    def rendered(self, **answers: str) -> Service:
        """A service with these answers; a copy of it is what a render elsewhere would be."""
        answers = {"service_name": "orders"} | answers
        name = hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()[:16]
        path = self.folder / "rendered" / name / "service"
        once(path, lambda path: render(self.template, path, **answers))
        package = answers.get("package", answers["service_name"].replace("-", "_"))
        return Service(path, answers["service_name"], package)

    def copied(self, path: Path, **answers: str) -> Service:
        """A service of one's own, in the folder `path`."""
        made = self.rendered(**answers)
        shutil.copytree(made.path, path, symlinks=True)
        return Service(path, made.name, made.package)

    def installed(self, framework: str, redis: str = "none", version: str = "") -> Service:
        """One that is ready to run, on the oldest Python if none is named."""
        version = version or next(iter(interpreters.available()))

        def make(path: Path) -> None:
            made = self.copied(path, framework=framework, redis=redis)
            made.install(interpreters.available()[version])

        path = once(self.folder / f"{framework}-{redis}-{version}" / "orders", make)
        return Service(path, "orders", "orders")


def compile_once(patch: pytest.MonkeyPatch) -> None:
    """Let Jinja remember what it has compiled: Copier has it do so anew in every render.

    That is half of a render. The same text gives the same code where syntax and extensions are
    the same; the path, which is another one in each clone, only stands in tracebacks.
    """
    compiled: dict[object, Any] = {}
    compile_anew = jinja2.Environment.compile

    def compile(
        self: jinja2.Environment, source: Any, name: Any = None, path: Any = None, *more: Any
    ) -> Any:
        key = (type(self), self.lexer, *self.extensions, source, name, more)
        if key not in compiled:
            compiled[key] = compile_anew(self, source, name, path, *more)
        return compiled[key]

    patch.setattr(jinja2.Environment, "compile", compile)


def ask_for_modes_once(patch: pytest.MonkeyPatch) -> None:
    """Let Copier not ask git for each file whether modes count here: it does so 300 times."""
    # A version of Copier that does it otherwise is only slower.
    if os.name == "posix":
        name = "_sync_git_index_executable_bit"
        patch.setattr(Worker, name, lambda *arguments: None, raising=False)
