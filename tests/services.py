"""Renders services strictly: no trust, no unknown answers, no interactive fallback."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import cycle, product
from pathlib import Path
from typing import Any

import copier
import yaml
from commands import run, uv_executable
from releases import ROOT

Answers = dict[str, str]

MADE_BY_TOOLS = re.compile(r"/(\.git|\.venv|\.\w+_cache|__pycache__|[^/]+\.egg-info)/|/uv\.lock$")


@cache
def questions() -> dict[str, dict[str, Any]]:
    """The questions of copier.yml that take an answer."""
    loaded = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    return {
        name: question
        for name, question in loaded.items()
        if not name.startswith("_") and question.get("when") is not False
    }


def choices(name: str) -> list[str]:
    listed = questions()[name]["choices"]
    return list(listed.values() if isinstance(listed, dict) else listed)


def combinations(*names: str) -> list[Answers]:
    """Every valid combination of these answers; by default of all that are a choice.

    Only the oldest Python takes turns: it changes no more than a few lines.
    """
    given = names or ("framework", "redis", "deploy")
    pythons = cycle(choices("python"))
    return [
        dict(zip(given, values, strict=True)) | ({} if names else {"python": next(pythons)})
        for values in product(*map(choices, given))
    ]


def of_existing_code() -> list[Answers]:
    """Every framework in every layout of code that was there before the template."""
    return [{"start": "existing", **row} for row in combinations("framework", "layout")]


def label(answers: Answers) -> str:
    return "-".join(answers.values())


@dataclass(frozen=True)
class Service:
    """A rendered service in a folder of its own."""

    path: Path
    name: str
    package: str

    @property
    def source(self) -> Path:
        return self.path / "src" / self.package

    @property
    def python(self) -> Path:
        return self.path / ".venv" / "bin" / "python"

    def files(self) -> dict[str, bytes]:
        """Each file's bytes by its path, less what tools leave behind."""
        return {
            path.relative_to(self.path).as_posix(): path.read_bytes()
            for path in sorted(self.path.rglob("*"))
            if path.is_file()
            and not MADE_BY_TOOLS.search(f"/{path.relative_to(self.path).as_posix()}")
        }

    def install(self, interpreter: Path | str, *options: str) -> None:
        """What a developer's first `uv run` does."""
        run(uv_executable(), "sync", "--quiet", "--python", interpreter, *options, cwd=self.path)

    def add(self, *packages: str) -> None:
        """Put packages beside those that it asks for; its own files do not change."""
        into = ("pip", "install", "--quiet", "--python", self.python)
        run(uv_executable(), *into, *packages, cwd=self.path)


def render(template: Path, path: Path, *, vcs_ref: str | None = None, **answers: str) -> Service:
    """Render as `copier copy --defaults --data ...` does; raises what Copier raises."""
    unknown = answers.keys() - questions().keys()
    assert not unknown, f"copier.yml has no question {', '.join(sorted(unknown))}"
    answers = {"service_name": "orders"} | answers
    worker = copier.run_copy(
        str(template),
        path,
        data=answers,
        defaults=True,
        quiet=True,
        settings=copier.Settings(),
        unsafe=False,
        vcs_ref=vcs_ref,
    )
    package = worker.answers.combined["package"]
    return Service(path, answers["service_name"], package)


def update(service: Service, **answers: str) -> None:
    """Update as a plain `copier update --defaults` does, to the newest tag."""
    copier.run_update(
        service.path,
        data=answers,
        defaults=True,
        overwrite=True,
        quiet=True,
        settings=copier.Settings(),
        unsafe=False,
    )
