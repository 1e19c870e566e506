"""Fixtures: the template as it lies here, services made from it, and tools to check them with."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import interpreters
import pytest
from commands import GIT
from releases import ROOT, clone_with_releases, copy_working_tree, history_problem
from services import Answers, Service, label, render

MakeService = Callable[..., Service]
Rendered = Callable[[Answers], dict[str, bytes]]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "installs: fetches packages from the index or uv's cache")
    config.addinivalue_line("markers", "exhaustive: too long for every day; `make test-all`")
    if problem := history_problem(ROOT):
        raise pytest.UsageError(problem)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for version in interpreters.missing():
        terminalreporter.write_line(f"not run on Python {version}: this machine has none")
    if not shutil.which("jq"):
        terminalreporter.write_line("not run: install jq to verify a trail that it has rewritten")


@pytest.fixture(scope="session", autouse=True)
def no_settings_of_this_machine() -> Iterator[None]:
    """Git's user and hooks, and Copier's own settings, are those of nobody."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in GIT.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working tree, edits included, as a plain folder."""
    return copy_working_tree(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as a repository: its releases as tags, the working tree as the newest."""
    return clone_with_releases(tmp_path_factory.mktemp("history") / "template")


@pytest.fixture(scope="session")
def rendered(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """The files of a service with these answers, rendered once for all tests that only look."""
    found: dict[str, dict[str, bytes]] = {}

    def files(answers: Answers) -> dict[str, bytes]:
        name = label(answers)
        if name not in found:
            found[name] = render(template, tmp_path_factory.mktemp(name), **answers).files()
        return found[name]

    return files


@pytest.fixture
def make_service(template: Path, tmp_path: Path) -> MakeService:
    """Render a service, by default `orders`, in a folder of that name."""

    def make(folder: str = "orders", **answers: str) -> Service:
        return render(template, tmp_path / folder, **answers)

    return make


@pytest.fixture
def service(make_service: MakeService) -> Service:
    """The service that the default answers make."""
    return make_service()
