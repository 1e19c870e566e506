"""The commands that AGENTS.md and the tasks of VS Code name work: each is run as it stands."""

import json
import os
import re
import shlex
import signal
import subprocess
import tomllib
from pathlib import Path
from threading import Timer
from typing import Any

import interpreters
import pages
import pytest
from commands import clean_environment, run, uv_executable
from conftest import MakeService
from daily import params
from services import Answers, Service, combinations, label
from sharing import Workshop

ENDLESS = ("uv run orders", "uv run python -m orders.observability show -f app.log")
"""What goes on until somebody stops it."""

LAST = "Application stopped"
HANG_S = 60
"""After which what should have ended is killed."""

WRONG = """\
import logging
import os


def answer() -> int:
    return "no"


logging.getLogger(__name__).info("Answer " + "no" * answer())
"""
"""What ruff, mypy and the check of calls that log have something against, in a line each."""

FAILING = """\
def test_fails() -> None:
    assert 1 == 2
"""


def commands_of(service: Service) -> list[str]:
    """The second column of the table of AGENTS.md."""
    text = (service.path / "AGENTS.md").read_text(encoding="utf-8")
    return re.findall(r"^\| [^|`]+ \| `(.+)` \|$", text, re.MULTILINE)


def tasks_of(service: Service) -> dict[str, dict[str, Any]]:
    text = (service.path / ".vscode" / "tasks.json").read_text(encoding="utf-8")
    return {task["label"]: task for task in json.loads(text)["tasks"]}


def typed(task: dict[str, Any]) -> str:
    return shlex.join([task["command"], *task["args"]])


def environment(workshop: Workshop) -> dict[str, str]:
    """uv is found, and pytest runs the few tests that are the service's own."""
    return {
        "MYPY_CACHE_DIR": str(workshop.folder / f"mypy-{os.environ.get('PYTEST_XDIST_WORKER')}"),
        "PATH": f"{Path(uv_executable()).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTEST_ADDOPTS": "--ignore=tests/observability",
        "UV_PYTHON": str(next(iter(interpreters.available().values()))),
    }


def interrupted(service: Service, command: str, until: str, **variables: str) -> str:
    """What such a command says up to a text; then it gets Ctrl+C, and ends."""
    with subprocess.Popen(
        shlex.split(command),
        cwd=service.path,
        env=clean_environment() | {"PORT": "0"} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell has what it starts in the background ignore Ctrl+C, these tests included.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        given_up = Timer(HANG_S, os.killpg, (process.pid, signal.SIGKILL))
        given_up.start()
        try:
            assert process.stdout
            assert process.stderr
            lines: list[str] = []
            for line in process.stdout:
                if until in line and not any(until in before for before in lines):
                    os.killpg(process.pid, signal.SIGINT)
                lines.append(line)
            process.wait()
            assert any(until in line for line in lines), "".join(lines) + process.stderr.read()
        finally:
            given_up.cancel()
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    return "".join(lines)


@pytest.mark.installs
@pytest.mark.parametrize("framework", params(["none", "fastapi"], every_day=["none"]))
def test_each_command_of_agents_md_and_each_task_works(
    make_service: MakeService, workshop: Workshop, framework: str
) -> None:
    """From a service that nobody has installed yet; FILE holds the lines of a start and a stop."""
    service, around = make_service(framework=framework), environment(workshop)
    named, tasks = commands_of(service), [typed(task) for task in tasks_of(service).values()]
    assert named[0] == "uv sync"
    assert len(named) > 7
    assert {"uv run ruff format --check", *ENDLESS} <= {*quoted(service), *named, *tasks}

    run(*shlex.split(named[0]), cwd=service.path, fails=False, **around)
    ready = "Uvicorn running" if framework == "fastapi" else "Listening"
    text = interrupted(service, ENDLESS[0], ready, **around, LOG_FORMAT="json")
    (service.path / "lines.jsonl").write_text(text, encoding="utf-8")
    assert LAST in interrupted(service, ENDLESS[1], LAST, **around)
    for command in dict.fromkeys([*named[1:], "uv run ruff format --check"]):
        if command not in ENDLESS:
            words = shlex.split(command.replace("FILE", "lines.jsonl"))
            run(*words, cwd=service.path, fails=False, **around)

    (service.path / "src" / "orders" / "wrong.py").write_text(WRONG, encoding="utf-8")
    (service.path / "tests" / "test_wrong.py").write_text(FAILING, encoding="utf-8")
    for name, file, line in (
        ("Test", "tests/test_wrong.py", 2),
        ("Lint", "src/orders/wrong.py", 2),
        ("Check types", "src/orders/wrong.py", 6),
        ("Check calls that log", "src/orders/wrong.py", 9),
    ):
        task = tasks_of(service)[name]
        said = run(*shlex.split(typed(task)), cwd=service.path, fails=True, **around).stdout
        assert (file, line) in problems(task["problemMatcher"], said), said


def quoted(service: Service) -> list[str]:
    """The commands in the text of AGENTS.md."""
    return re.findall(r"`(uv [^`]+)`", (service.path / "AGENTS.md").read_text(encoding="utf-8"))


def problems(matcher: dict[str, Any], said: str) -> list[tuple[str, int]]:
    """File and line of each problem that VS Code finds with a matcher in what a task has said."""
    given = matcher["pattern"]
    patterns = given if isinstance(given, list) else [given]
    lines, found = said.splitlines(), []
    for start in range(len(lines)):
        parts = [
            re.search(pattern["regexp"], line)
            for pattern, line in zip(patterns, lines[start:], strict=False)
        ]
        if len(parts) == len(patterns) and all(parts) and parts[0]:
            found.append((parts[0][patterns[0]["file"]], int(parts[0][patterns[0]["line"]])))
    return found


@pytest.mark.parametrize("answers", combinations("framework", "redis"), ids=label)
def test_the_commands_of_a_service_are_those_of_its_package(
    make_service: MakeService, answers: Answers
) -> None:
    service = make_service(**answers)
    project = tomllib.loads((service.path / "pyproject.toml").read_text(encoding="utf-8"))
    tools = {"tools/lint_logging.py", "tools/standard.py"}
    programs = {"mypy", "pytest", "python", "ruff"} | tools
    tasks = [typed(task) for task in tasks_of(service).values()]

    used = {words[2] for words in map(shlex.split, [*quoted(service), *tasks]) if len(words) > 2}
    assert used - programs == project["project"]["scripts"].keys() - (
        set() if "-consumer" in str(used) else {"orders-consumer"}
    )
    assert all((service.path / tool).exists() for tool in tools)


@pytest.mark.parametrize("framework", ["fastapi", "none"])
def test_agents_md_uses_names_that_the_package_has(
    make_service: MakeService, framework: str
) -> None:
    service = make_service(framework=framework)
    page = service.path / "AGENTS.md"
    public = (service.source / "observability" / "__init__.py").read_text(encoding="utf-8")
    named = re.findall(
        r"`(?:with )?([a-z]\w+)\([^`]*\):?`|`(audit_logger|AuditEvent)`", page.read_text()
    )

    names = {"".join(name) for name in named} | {"get_logger"}
    assert len(names) > 5
    of_others = {"logger"}
    for name in names - of_others:
        assert f'"{name}",' in public, f"AGENTS.md names {name}, which a service cannot import"
    (example,) = pages.examples(page)
    compile(example.code, str(page), "exec")


def test_vs_code_is_told_what_the_service_has(service: Service) -> None:
    folder = service.path / ".vscode"
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    wanted = json.loads((folder / "extensions.json").read_text(encoding="utf-8"))
    project = tomllib.loads((service.path / "pyproject.toml").read_text(encoding="utf-8"))["tool"]

    assert settings["python.testing.pytestArgs"] == project["pytest"]["ini_options"]["testpaths"]
    assert settings["[python]"]["editor.rulers"] == [project["ruff"]["line-length"]]
    assert settings["[python]"]["editor.defaultFormatter"] in wanted["recommendations"]
