"""What `copier copy` and `copier update` take, against a template of as many plain files."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import environments
from commands import clean_environment, commit
from lines import WrongLine
from services import render

FOLDER = environments.FOLDER / "generation"
CHANGED = "src/orders/observability/context.py"

PLAIN = """\
_subdirectory: template
service_name:
  type: str
  default: orders
"""
ANSWERS = "{{ _copier_conf.answers_file }}.jinja"


@cache
def templates() -> dict[str, Path]:
    """Two repositories with two releases each; the second changes one file of a service."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    ours, plain = FOLDER / "ours", FOLDER / "plain"
    shutil.copytree(environments.template(), ours)
    service = render(ours, FOLDER / "rendered")
    for name, content in service.files().items():
        path = plain / "template" / (ANSWERS if name == ".copier-answers.yml" else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    shutil.copy(ours / "template" / ANSWERS, plain / "template" / ANSWERS)
    (plain / "copier.yml").write_text(PLAIN, encoding="utf-8")
    source = CHANGED.replace("src/orders/", "{{ within or '.' }}/")
    for repository, changed in ((ours, source), (plain, CHANGED)):
        commit(repository, "One", "v1.0.0")
        with (repository / "template" / changed).open("a", encoding="utf-8") as file:
            file.write("\n# Changed.\n")
        commit(repository, "Two", "v2.0.0")
    return {"ours": ours, "plain": plain}


def copier(*arguments: str | Path, cwd: Path = FOLDER) -> float:
    """Run Copier's command; its CPU seconds, those of the git that it runs included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "copier", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=cwd, env=clean_environment(), capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise WrongLine(f"copier {arguments[0]}: {done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def copies(made: dict[str, Path]) -> dict[str, Callable[[], float]]:
    """A measurement of `copier copy` for each template."""

    def measure(name: str) -> Callable[[], float]:
        def copy() -> float:
            target = FOLDER / f"{name}-copy"
            shutil.rmtree(target, ignore_errors=True)
            return copier("copy", "--defaults", "--data", "service_name=orders", made[name], target)

        return copy

    return {name: measure(name) for name in made}


def updates(made: dict[str, Path]) -> dict[str, Callable[[], float]]:
    """A measurement of `copier update` for each, from the first release to the second."""

    def measure(name: str) -> Callable[[], float]:
        start = FOLDER / f"{name}-first"
        data = ("--data", "service_name=orders")
        copier("copy", "--defaults", "--vcs-ref", "v1.0.0", *data, made[name], start)
        commit(start, "Rendered")

        def update() -> float:
            target = FOLDER / f"{name}-update"
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(start, target, symlinks=True)
            taken = copier("update", "--defaults", cwd=target)
            if "# Changed." not in (target / CHANGED).read_text(encoding="utf-8"):
                raise WrongLine(f"copier update of {name} changed nothing")
            return taken

        return update

    return {name: measure(name) for name in made}


def files() -> dict[str, int]:
    """How many files each copy has, for the page."""
    return {
        name: sum(len(names) for folder, _, names in os.walk(FOLDER / f"{name}-copy"))
        for name in ("ours", "plain")
    }
