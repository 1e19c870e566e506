"""Code that is there takes the standard over: nothing of it is touched, and its calls stay."""

import contextlib
import json
import re
import signal
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import interpreters
import pytest
from applications import FOLDER, NAMES, Application, made
from commands import clean_environment, commit, free_port, git, run, uv_executable
from daily import EXHAUSTIVE, SAME_EVERYWHERE, params
from futures import FUTURE, ITS_NAME_NOW, RENAMED
from living import by_command, snapshot
from releases import WORKING_TREE
from services import choices, render, update
from updating.ownership import folder_of_code

WAIT_S = 60
PROVIDED = re.compile(
    r"(docs|tests/observability|tools)/|(.+/)?observability/|\.copier-answers\.yml"
)
"""All that comes to code that is there."""

EVERY_APPLICATION = pytest.mark.parametrize("name", NAMES)


@pytest.fixture
def application(tmp_path: Path, name: str) -> Application:
    return made(name, tmp_path / name)


@EVERY_APPLICATION
def test_no_file_that_is_there_is_touched(application: Application, template: Path) -> None:
    application.adopt(template)

    status = git(application.path, "status", "--porcelain", "--untracked-files=all").splitlines()
    assert status, "nothing came"
    assert not [line for line in status if not line.startswith("?? ")]
    assert not [line for line in status if not PROVIDED.match(line[3:])]


@pytest.mark.parametrize("layout", choices("layout"))
@pytest.mark.parametrize("framework", choices("framework"))
def test_the_lines_to_add_are_told_and_are_python(
    template: Path, tmp_path: Path, framework: str, layout: str
) -> None:
    command = [sys.executable, "-m", "copier", "copy", "--defaults"]
    answers = {"start": "existing", "framework": framework, "layout": layout}
    given = [f"--data={name}={value}" for name, value in answers.items()]
    done = run(*command, *given, "--data=service_name=orders", template, "made", cwd=tmp_path)

    told = re.search(r"The lines to add:\n\n((?:  .+\n){3})", done.stderr)
    assert told, done.stderr
    lines = "".join(line[2:] for line in told[1].splitlines(keepends=True))
    compile(lines, "the lines", "exec")
    assert ("observability" if layout == "modules" else "orders.observability") in lines
    assert lines.strip() in (tmp_path / "made" / "docs" / "adopt.md").read_text(encoding="utf-8")


@pytest.mark.installs
@pytest.mark.long
# In src/, with Flask: what the standard's tests find there they find in new services.
@pytest.mark.parametrize("name", params(NAMES, every_day=set(NAMES) - {"harbour"}))
def test_old_calls_are_in_the_new_format_and_the_tests_of_the_standard_pass(
    application: Application, template: Path
) -> None:
    version = list(interpreters.available())[NAMES.index(application.path.name) % 3 - 1]
    sync(application, interpreters.available()[version])
    assert "passed" in run_tests(application, "tests").stdout, "its own tests have to pass before"

    application.adopt(template)
    add_what_the_fragment_names(application)
    application.connect()

    run_tests(application, "-p", f"{application.standard}.testing", "--ignore=tests/observability")
    run_tests(application, "tests/observability", *left_out())
    assert_lines(application, said_by(application))


@EVERY_APPLICATION
def test_setting_logging_up_is_all_that_goes(application: Application) -> None:
    """The calls that stay are the point: an edit that changes one proves nothing."""
    calls = re.compile(r"log(?:ger)?\.(?:debug|info|warning|error|log)\(.*")
    before = {call for file in application.path.rglob("*.py") for call in calls.findall(read(file))}
    assert len(list(FOLDER.glob(f"{application.path.name}/**/*.py"))) >= 7
    application.connect()
    after = {call for file in application.path.rglob("*.py") for call in calls.findall(read(file))}

    assert before == after
    assert before
    for was in application.how["old_settings"]:
        assert not [file for file in application.path.rglob("*.py") if was in read(file)]


@pytest.mark.parametrize("way", ["command", "plain"])
@EVERY_APPLICATION
def test_an_update_reaches_the_standard_and_nothing_else(
    application: Application, future: Path, way: str
) -> None:
    service = application.adopt(future, WORKING_TREE)
    application.connect()
    commit(application.path, "The standard")
    before = snapshot(application.path)

    if way == "command":
        by_command(application.path, "update")
    else:
        update(service)

    git(application.path, "add", "--all")
    changed = git(application.path, "diff", "--cached", "--name-only", "--no-renames").splitlines()
    assert changed
    assert not [path for path in changed if not PROVIDED.match(path)]
    within = application.path / folder_of_code({"package": service.package, **application.answers})
    assert (within / ITS_NAME_NOW).exists()
    if way == "command":
        assert not (within / RENAMED).exists(), "what has moved is still there"
    ours = {path: told for path, told in before.items() if path.endswith(".py")}
    now = snapshot(application.path)
    assert all(now[path] == told for path, told in ours.items() if not PROVIDED.match(path))


def test_services_of_one_repository_are_updated_one_at_a_time(future: Path, tmp_path: Path) -> None:
    repository = tmp_path / "all"
    first = render(future, repository / "orders", vcs_ref=WORKING_TREE)
    made("loans", repository / "loans")
    second = Application(repository / "loans", made("loans", tmp_path / "copy").how)
    for nested in repository.glob("*/.git"):
        run("rm", "-rf", nested, cwd=repository)
    second.adopt(future, WORKING_TREE)
    commit(repository, "Both")

    by_command(first.path, "update")

    changed = git(repository, "status", "--porcelain").split("\n")
    assert not [line for line in changed if line and not line[3:].startswith("orders/")]
    commit(repository, "The first")
    by_command(second.path, "update")
    changed = git(repository, "status", "--porcelain").split("\n")
    assert not [line for line in changed if line and not line[3:].startswith("loans/")]
    for answers in repository.glob("*/.copier-answers.yml"):
        assert FUTURE in read(answers)


def test_redis_is_refused_where_code_is_there(template: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Use redis=none"):
        render(template, tmp_path / "orders", start="existing", redis="client")


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def left_out() -> list[str]:
    """What is the same in all services runs in one of them every day."""
    names = () if EXHAUSTIVE else SAME_EVERYWHERE
    return [f"--ignore=tests/observability/test_{name}.py" for name in names]


def sync(application: Application, interpreter: Path | str) -> None:
    uv = uv_executable()
    run(uv, "sync", "--quiet", "--python", interpreter, cwd=application.path)


def add_what_the_fragment_names(application: Application) -> None:
    fragment = tomllib.loads(read(application.path / "docs" / "pyproject-fragment.toml"))
    add = (uv_executable(), "add", "--quiet", "--python", python(application))
    run(*add, *fragment["project"]["dependencies"], cwd=application.path)
    run(*add, "--dev", *fragment["dependency-groups"]["dev"], cwd=application.path)


def python(application: Application) -> Path:
    return application.path / ".venv" / "bin" / "python"


def run_tests(application: Application, *options: str) -> "subprocess.CompletedProcess[str]":
    return run(python(application), "-m", "pytest", "--quiet", *options, cwd=application.path)


def said_by(application: Application) -> list[str]:
    """The lines of stdout of the running application, which is asked once and then stopped."""
    port = free_port()
    process = subprocess.Popen(
        [python(application), *application.how["start"]],
        cwd=application.path,
        env=clean_environment() | {"ENVIRONMENT": "production", "PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        answer(port, "/health/ready", "GET", {}, 200)
        if path := application.how.get("request"):
            how = application.how
            answer(port, path, how["method"], how["headers"], how["status"])
        else:
            time.sleep(1)  # its jobs come by themselves
    finally:
        process.send_signal(signal.SIGTERM)
        said, errors = process.communicate(timeout=WAIT_S)
    assert (process.returncode, errors) == (0, ""), said + errors
    return said.splitlines()


def answer(port: int, path: str, method: str, headers: dict[str, str], status: int) -> None:
    """Ask until somebody answers; the status has to be that."""
    until = time.monotonic() + WAIT_S
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", method=method, headers=headers
    )
    for _ in tries(until):
        with contextlib.suppress(ConnectionError, urllib.error.URLError):
            try:
                with urllib.request.urlopen(request, timeout=WAIT_S) as response:
                    got = response.status
            except urllib.error.HTTPError as error:
                got = error.code
            assert got == status, f"{method} {path}: {got}"
            return
    raise AssertionError(f"nobody answers {method} {path}")


def tries(until: float) -> Iterator[None]:
    while time.monotonic() < until:
        yield
        time.sleep(0.05)


def assert_lines(application: Application, said: list[str]) -> None:
    """Each line is a record, the expected ones are there, and the secret is in none."""
    records: list[dict[str, Any]] = [json.loads(line) for line in said]
    for wanted in application.how["lines"]:
        found = [record for record in records if wanted.items() <= record.items()]
        assert found, f"no line has {wanted}:\n" + "\n".join(said)
        assert {"timestamp", "level", "service", "version"} <= found[0].keys()
    assert application.how["secret"] not in "\n".join(said)
