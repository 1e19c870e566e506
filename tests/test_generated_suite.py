"""A service's own tests pass after a real `uv sync`, on every Python of this machine."""

import os
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import interpreters
import pytest
import yaml
from _pytest.mark import ParameterSet
from commands import run, uv_executable
from conftest import MakeService, Rendered
from daily import (
    DEFAULTS,
    OF_EACH_KIND,
    SAME_EVERYWHERE,
    SAME_IN_A_KIND,
    SUITES,
    left_out,
    options,
    params,
)
from servers import ASGI, WSGI
from services import Service, choices
from sharing import Workshop

pytestmark = pytest.mark.installs

EVERY_FRAMEWORK = pytest.mark.parametrize("framework", choices("framework"))
ONE_OF_EACH_KIND = pytest.mark.parametrize(
    "framework", params(choices("framework"), every_day=OF_EACH_KIND)
)


@pytest.fixture
def installed(workshop: Workshop, framework: str) -> Service:
    """To look at and to run; it is the same for all tests."""
    return workshop.installed(framework)


def run_suite(service: Service, *options: str) -> None:
    """All of its tests, which stop at the first warning."""
    needs_jq = "tests/observability/test_audit_chain.py::test_a_trail_survives_jq"
    without = [] if shutil.which("jq") else [f"--deselect={needs_jq}"]
    done = run(service.python, "-m", "pytest", "--quiet", *without, *options, cwd=service.path)

    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed, done.stdout
    assert int(passed[1]) > 20, f"a suite this small proves nothing:\n{done.stdout}"
    assert "skipped" not in done.stdout, done.stdout


def suites() -> Iterator[ParameterSet]:
    """Each pair of framework, redis and Python at least once."""
    versions = list(interpreters.available())
    for i, framework in enumerate(choices("framework")):
        for j, redis in enumerate(choices("redis")):
            daily = (framework, redis) in set(SUITES) - {DEFAULTS}
            marks = () if daily else (pytest.mark.exhaustive,)
            version = versions[(i + 2 * j) % len(versions)]
            yield pytest.param(framework, redis, version, marks=marks)


@pytest.mark.long
@pytest.mark.parametrize(("framework", "redis", "version"), list(suites()))
def test_the_suite_passes(
    make_service: MakeService, framework: str, redis: str, version: str
) -> None:
    service = make_service(framework=framework, redis=redis)
    service.install(interpreters.available()[version])

    ran = run(service.python, "-c", interpreters.PROBE, cwd=service.path).stdout.split()
    assert ran == [version, "final"]
    run_suite(service, *options(framework, redis))


def test_every_day_has_each_framework_redis_and_python() -> None:
    daily = [suite.values for suite in suites() if not suite.marks]

    for part, wanted in enumerate((choices("framework"), choices("redis"))):
        assert {suite[part] for suite in daily} == set(wanted)
    assert {suite[2] for suite in daily} == set(interpreters.available())


@pytest.mark.parametrize("kind", [("none",), ASGI, WSGI], ids=["worker", "asgi", "wsgi"])
def test_every_day_has_each_file_of_tests(rendered: Rendered, kind: tuple[str, ...]) -> None:
    """Services of each kind run all that they have, but for what the worker runs for all."""

    def files(framework: str, redis: str) -> set[str]:
        paths = rendered({"framework": framework, "redis": redis})
        return set(re.findall(r"^tests/observability/test_(\w+)\.py$", "\n".join(paths), re.M))

    had = {
        name for framework in kind for redis in choices("redis") for name in files(framework, redis)
    }
    ran = {
        name
        for framework, redis in SUITES
        if framework in kind
        for name in files(framework, redis) - set(left_out(framework, redis))
    }

    assert had - ran <= (set() if kind == ("none",) else {*SAME_EVERYWHERE, "consumer"})


def test_what_is_left_out_on_a_day_is_there(rendered: Rendered) -> None:
    """pytest says nothing of a name that it does not find."""
    files = rendered({"framework": "flask", "redis": "streams"})

    for name in (*SAME_EVERYWHERE, *SAME_IN_A_KIND, "consumer"):
        file, _, test = name.partition("::")
        assert f"def {test}".encode() in files[f"tests/observability/test_{file}.py"], name


@ONE_OF_EACH_KIND
def test_own_packages_and_modules_in_tests_break_nothing(
    installed: Service, make_service: MakeService, framework: str
) -> None:
    """A hand-made __init__.py and a second test module of one name are what people add."""
    service = make_service(framework=framework)
    (service.path / ".venv").symlink_to(installed.path / ".venv")
    tests = service.path / "tests"
    collected = collected_in(service)
    own = [test for test in collected if not test.startswith("tests/observability/")]
    (tests / "observability" / "__init__.py").touch()
    (tests / "more").mkdir()
    for path in tests.glob("test_*.py"):
        shutil.copy(path, tests / "more" / path.name)

    assert own
    assert len(collected_in(service)) == len(collected) + len(own)
    one_of_the_standard_s = tests / "observability" / "test_settings.py"
    again = [*sorted(tests.glob("test_*.py")), tests / "more", one_of_the_standard_s]
    run(service.python, "-m", "pytest", "--quiet", *again, cwd=service.path)


def collected_in(service: Service) -> list[str]:
    """The ids of the tests that pytest finds."""
    command = (service.python, "-m", "pytest", "--quiet", "--collect-only")
    found = run(*command, cwd=service.path).stdout.splitlines()
    return [line for line in found if line.startswith("tests/")]


@EVERY_FRAMEWORK
def test_each_starter_runs_as_a_script(installed: Service, framework: str) -> None:
    """A folder of the package named like a standard-library module would break this."""
    modules = {path.name for path in installed.source.glob("*.py")} - {"__main__.py"}
    assert modules >= {"app.py", "settings.py", "jobs.py" if framework == "none" else "routes.py"}

    for module in modules:
        run(installed.python, installed.source / module, cwd=installed.path)


@EVERY_FRAMEWORK
def test_what_is_installed_cannot_be_a_service_name(
    installed: Service, make_service: MakeService, framework: str
) -> None:
    """Else the service would hide, or replace, one of its own libraries."""
    show = (
        "from importlib.metadata import packages_distributions as found;"
        "print(*{name.lower().replace('-', '_') for pair in found().items()"
        " for name in (pair[0], *pair[1])})"
    )
    names = run(installed.python, "-c", show, cwd=installed.path).stdout.split()
    accepted = []
    for name in names:
        if name == installed.package or not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
            continue
        try:
            make_service(name, service_name=name.replace("_", "-"))
        except ValueError:
            continue
        accepted.append(name)

    assert len(names) > 10
    assert not accepted, f"add to questions/names.jinja: {' '.join(sorted(accepted))}"


@EVERY_FRAMEWORK
def test_without_its_development_tools_it_still_imports(
    make_service: MakeService, framework: str
) -> None:
    """Production installs no dev group."""
    service = make_service(framework=framework)
    service.install(next(iter(interpreters.available().values())), "--no-dev", "--no-editable")

    run(service.python, "-c", f"import {service.package}.app", cwd=service.path)
    packaged = next((service.path / ".venv").glob(f"lib/*/site-packages/{service.package}"))
    for path in service.source.rglob("*"):
        if "__pycache__" not in path.parts:
            assert (packaged / path.relative_to(service.source)).exists(), f"{path} is not packaged"


def test_the_next_steps_that_copier_prints_work(template: Path, tmp_path: Path) -> None:
    said = run("copier", "copy", "--defaults", template, "orders", cwd=tmp_path).stderr
    steps = [step.partition("  # ")[0].strip() for step in re.findall(r"^  (\S.+)$", said, re.M)]
    assert steps[:3] == [
        "cd orders",
        "uv lock",
        'git init && git add --all && git commit -m "Start orders"',
    ]
    assert steps[3:5] == ["uv run orders", "uv run pytest"]
    steps.remove("uv run orders")  # it would serve until stopped

    path = f"{Path(uv_executable()).parent}{os.pathsep}{os.environ['PATH']}"
    # The whole suite runs above; here it is enough that the command finds it.
    script = "\n".join(["export PYTEST_ADDOPTS=--collect-only", *steps[:4]])
    run("bash", "-ec", script, cwd=tmp_path, PATH=path)

    assert run("git", "status", "--porcelain", cwd=tmp_path / "orders").stdout == ""
    assert "uv.lock" in run("git", "ls-files", cwd=tmp_path / "orders").stdout


@pytest.mark.exhaustive
@pytest.mark.long
@EVERY_FRAMEWORK
def test_the_suite_passes_with_the_oldest_dependencies_allowed(
    make_service: MakeService, framework: str
) -> None:
    service = make_service(framework=framework)
    oldest = next(iter(interpreters.available().values()))
    service.install(oldest, "--resolution", "lowest-direct")

    run_suite(service)


@pytest.mark.parametrize("python", choices("python"))
def test_only_pythons_that_are_tested_are_declared(make_service: MakeService, python: str) -> None:
    service = make_service(python=python)
    project = tomllib.loads((service.path / "pyproject.toml").read_text(encoding="utf-8"))
    workflow = yaml.safe_load((service.path / ".github/workflows/ci.yml").read_text())
    wanted = [version for version in interpreters.DECLARED if version >= python]

    label = "Programming Language :: Python :: "
    classifiers = project["project"]["classifiers"]
    declared = [line.removeprefix(label) for line in classifiers if line.startswith(label)]
    assert declared == wanted
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == wanted
    assert project["project"]["requires-python"] == f">={python}"
    assert project["tool"]["mypy"]["python_version"] == python
    assert choices("python") == list(interpreters.DECLARED)
