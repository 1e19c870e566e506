"""Fixtures: the template as it lies here, services made from it, and tools to check them with."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import images
import interpreters
import pytest
import system_tools
import traffic
from commands import GIT
from futures import release_future
from releases import ROOT, clone_with_releases, copy_working_tree, history_problem
from services import Answers, Service, combinations
from sharing import Workshop, ask_for_modes_once, compile_once, once

MakeService = Callable[..., Service]
Rendered = Callable[[Answers], dict[str, bytes]]


MEMORY = Path("/dev/shm")
ROOM = 8 * 2**30
"""Bytes: what a run makes has half of it."""


def has_room() -> bool:
    """Whether files can be kept in memory, and programs be run from there."""
    if not os.access(MEMORY, os.W_OK):
        return False
    stat = os.statvfs(MEMORY)
    return stat.f_bavail * stat.f_frsize > ROOM and not stat.f_flag & os.ST_NOEXEC


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    # Some hundred thousand files come and go, most of them in Copier's clones: on a disk, that is a
    # third of the run. The workers inherit the folder.
    if not (config.option.basetemp or hasattr(config, "workerinput")) and has_room():
        folder = tempfile.mkdtemp(prefix="timberframe-", dir=MEMORY)
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        os.environ["TMPDIR"] = tempfile.tempdir = folder
    config.addinivalue_line("markers", "installs: fetches packages from the index or uv's cache")
    config.addinivalue_line("markers", "exhaustive: too long for every day; `make test-all`")
    config.addinivalue_line("markers", "long: a minute or more; begins first")
    if problem := history_problem(ROOT):
        raise pytest.UsageError(problem)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long ones first in each half, for xdist gives each of two workers a half.

    The one that is done then takes over short ones, and both end together.
    """
    long = [item for item in items if item.get_closest_marker("long")]
    short = [item for item in items if item not in long]
    ours, theirs = long[::2], long[1::2]
    middle = max(0, len(items) // 2 - len(ours))
    items[:] = [*ours, *short[:middle], *theirs, *short[middle:]]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for version in interpreters.missing():
        terminalreporter.write_line(f"not run on Python {version}: this machine has none")
    for sentence in system_tools.not_run():
        terminalreporter.write_line(sentence)
    if not images.can_be_alone():
        terminalreporter.write_line("not run read-only and as nobody: images, which needs root")


@pytest.fixture(scope="session", autouse=True)
def no_settings_of_this_machine() -> Iterator[None]:
    """Git's user and hooks, and Copier's own settings, are those of nobody."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in GIT.items():
            patch.setenv(name, value)
        compile_once(patch)
        ask_for_modes_once(patch)
        yield


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the workers of this run have in common."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"


@pytest.fixture(scope="session")
def template(shared: Path) -> Path:
    """The working tree, edits included, as a plain folder."""
    return once(shared / "template", copy_working_tree)


@pytest.fixture(scope="session")
def history(shared: Path) -> Path:
    """The template as a repository: its releases as tags, the working tree as the newest."""
    return once(shared / "history" / "template", clone_with_releases)


@pytest.fixture(scope="session")
def future(shared: Path) -> Path:
    """The same with a next release, which changes whatever a release may change."""
    kinds = combinations("framework")

    def make(path: Path) -> None:
        release_future(clone_with_releases(path), kinds)

    return once(shared / "future" / "template", make)


@pytest.fixture(scope="session")
def workshop(shared: Path, template: Path) -> Workshop:
    return Workshop(shared / "services", template)


@pytest.fixture(scope="session")
def log(shared: Path, workshop: Workshop) -> Path:
    """What a real run of the sample service wrote, by tools/traffic.py: every kind of line."""

    def record(folder: Path) -> None:
        traffic.record(workshop.installed("fastapi").python, folder / "orders.log")

    return once(shared / "traffic", record) / "orders.log"


@pytest.fixture(scope="session")
def rendered(workshop: Workshop) -> Rendered:
    """The files of a service with these answers, for tests that only look."""
    return lambda answers: workshop.rendered(**answers).files()


@pytest.fixture
def make_service(workshop: Workshop, tmp_path: Path) -> MakeService:
    """Make a service, by default `orders`, in a folder of that name, to do with what one likes."""

    def make(folder: str = "orders", **answers: str) -> Service:
        return workshop.copied(tmp_path / folder, **answers)

    return make


@pytest.fixture
def service(make_service: MakeService) -> Service:
    """The service that the default answers make."""
    return make_service()
