"""Services made from the template: rendered strictly, installed once for all tests."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import copier
import jinja2
import pytest
import yaml
from copier._main import Worker

ROOT = Path(__file__).parents[2]
FRAMEWORKS = ("fastapi", "starlette", "litestar", "flask", "django", "none")
REDIS = ("none", "client", "streams")
DEPLOY = ("railway", "docker", "none")
WSGI = ("flask", "django")
RENDERED_FROM = ("CHANGELOG.md", "copier.yml", "frameworks", "questions", "template")

Answers = dict[str, str]

MADE_BY_TOOLS = re.compile(r"/(\.git|\.venv|\.\w+_cache|__pycache__|[^/]+\.egg-info)/|/uv\.lock$")

# A developer's shell may hold values of its own for what a service reads.
READ_BY_SERVICES = re.compile(
    "(AUDIT|DEAD_LETTER|DJANGO|FLASK|GOOGLE_CLOUD|GUNICORN|LOG|PYTEST|PYTHON|RAILWAY|REDIS|SLOW|STREAM|UVICORN"
    "|UV|VIRTUAL_ENV)_?.*|ENVIRONMENT|FORWARDED_ALLOW_IPS|HOST|PORT|SERVICE_VERSION"
    "|SHUTDOWN_GRACE_S|WEB_CONCURRENCY"
)


@cache
def questions() -> dict[str, dict[str, Any]]:
    """Return the questions of copier.yml that take an answer."""
    loaded = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    return {
        name: question
        for name, question in loaded.items()
        if not name.startswith("_") and question.get("when") is not False
    }


def combinations(**choices: tuple[str, ...]) -> list[Answers]:
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


def label(answers: Answers) -> str:
    return "-".join(answers.values())


NEW = combinations(framework=FRAMEWORKS, redis=REDIS, deploy=DEPLOY)
EXISTING = combinations(
    start=("existing",), framework=FRAMEWORKS, layout=("src", "package", "modules")
)
EVERY_CODE = pytest.mark.parametrize(
    "answers", combinations(framework=FRAMEWORKS, redis=REDIS), ids=label
)
"""Where a service runs changes no Python."""


def clean_environment(**variables: str) -> dict[str, str]:
    """Return the environment without what would change a service; the caches of uv stay."""
    kept = {name: text for name, text in os.environ.items() if not READ_BY_SERVICES.fullmatch(name)}
    if "UV_CACHE_DIR" in os.environ:
        kept["UV_CACHE_DIR"] = os.environ["UV_CACHE_DIR"]
    return kept | {"UV_PYTHON_DOWNLOADS": "never"} | variables


def run(*command: str | Path, cwd: Path, fails: bool = False, **variables: str) -> str:
    """Run a command and return its output, which is the message if it ends unexpectedly."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean_environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )
    shown = f"$ {' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    assert (done.returncode != 0) == fails, f"exit code {done.returncode}\n{shown}"
    return done.stdout + done.stderr


def uv() -> str:
    found = os.environ.get("UV") or shutil.which("uv")
    assert found, "uv is not on PATH; run the tests with `make test`, which brings it"
    return found


@dataclass(frozen=True)
class Service:
    path: Path

    @property
    def python(self) -> Path:
        return self.path / ".venv" / "bin" / "python"

    def files(self) -> dict[str, bytes]:
        """Return each file's bytes by its path, without what tools leave behind."""
        return {
            path.relative_to(self.path).as_posix(): path.read_bytes()
            for path in sorted(self.path.rglob("*"))
            if path.is_file()
            and not MADE_BY_TOOLS.search(f"/{path.relative_to(self.path).as_posix()}")
        }

    def install(self, *options: str) -> None:
        """Do what a developer's first `uv run` does."""
        run(uv(), "sync", "--quiet", *options, cwd=self.path)


def render(template: Path, path: Path, **answers: str) -> Service:
    """Render as `copier copy --defaults --data ...` does; raise what Copier raises."""
    unknown = answers.keys() - questions().keys()
    assert not unknown, f"copier.yml has no question {', '.join(sorted(unknown))}"
    copy(template, path, answers)
    return Service(path)


def copy(template: Path, path: Path, answers: Answers, version: str | None = None) -> None:
    """Do the same for any template, and any version of it."""
    copier.run_copy(
        str(template),
        path,
        data={"service_name": "orders"} | answers,
        defaults=True,
        quiet=True,
        settings=copier.Settings(),
        unsafe=False,
        vcs_ref=version,
    )


compiled: dict[object, Any] = {}
compile_anew = jinja2.Environment.compile


def compile_once(self: jinja2.Environment, source: Any, name: Any = None, *more: Any) -> Any:
    # The path, which stands in tracebacks only, is another one in each clone.
    key = (type(self), self.lexer, *self.extensions, source, name, more[1:])
    if key not in compiled:
        compiled[key] = compile_anew(self, source, name, *more)
    return compiled[key]


# Each text is compiled once, and git is asked for no file's mode: that is two thirds of a render.
jinja2.Environment.compile = compile_once  # type: ignore[method-assign, assignment]
Worker._sync_git_index_executable_bit = lambda *arguments: None  # type: ignore[method-assign]


def copy_working_tree(target: Path, parts: Iterable[str] = RENDERED_FROM) -> None:
    """Copy these files and folders of the working tree, edits included, as a plain folder."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *parts)
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in names.split("\0"):
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def once(path: Path, make: Callable[[Path], object]) -> Path:
    """Return `path`, made by the first worker that asks for it; the others wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.made").open("a+") as made:
        fcntl.flock(made, fcntl.LOCK_EX)
        if not os.fstat(made.fileno()).st_size:
            shutil.rmtree(path, ignore_errors=True)  # an attempt that failed
            make(path)
            made.write("made\n")
    return path


class Workshop:
    """Services that are made once. Tests only look at them and run them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def template(self) -> Path:
        return once(self.folder / "template", copy_working_tree)

    def rendered(self, **answers: str) -> Service:
        name = hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()[:16]
        path = self.folder / "rendered" / name / "orders"
        return Service(once(path, lambda path: render(self.template, path, **answers)))

    def copied(self, path: Path, **answers: str) -> Service:
        """Return a service of the test's own."""
        shutil.copytree(self.rendered(**answers).path, path, symlinks=True)
        return Service(path)

    def installed(self, framework: str, redis: str = "none") -> Service:
        """Return a service that is ready to run."""

        def make(path: Path) -> None:
            self.copied(path, framework=framework, redis=redis).install()

        return Service(once(self.folder / f"installed-{framework}-{redis}" / "orders", make))
