"""Files in memory, one environment for git, and services made from the working tree."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from rendered import Workshop

MEMORY = Path("/dev/shm")
ROOM = 8 * 2**30
"""Bytes: what a run makes has half of it."""

# What this machine has set changes no test; the package reads it when it is imported.
os.environ |= {
    "ENVIRONMENT": "test",
    "GIT_AUTHOR_EMAIL": "owner@example.com",
    "GIT_AUTHOR_NAME": "Owner",
    "GIT_COMMITTER_EMAIL": "owner@example.com",
    "GIT_COMMITTER_NAME": "Owner",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


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


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the test processes of this run have in common."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"


@pytest.fixture(scope="session")
def workshop(shared: Path) -> "Workshop":
    """Services that the workers of a run share."""
    from rendered import Workshop  # Copier takes a second to import

    return Workshop(shared)
