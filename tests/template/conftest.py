"""Fixtures for tests of updates."""

import shutil
from pathlib import Path

import pytest
from rendered import once
from rendering import Command, clone_with_releases, edit, git, render
from small_template import release_twice

from timberframe.command_line import main


@pytest.fixture(scope="session")
def history(shared: Path) -> Path:
    """The template as a repository: its releases as tags, the working tree as the newest."""
    return once(shared / "releases" / "template", clone_with_releases)


@pytest.fixture(scope="session")
def small(shared: Path) -> Path:
    """A folder with the small template, and a service of its first release."""

    def make(folder: Path) -> None:
        release_twice(folder / "template")
        render(folder / "template", folder / "orders", "v1.0.0")

    return once(shared / "small", make)


@pytest.fixture
def template(small: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small / "template", tmp_path / "template"))


@pytest.fixture
def service(small: Path, template: Path, tmp_path: Path) -> Path:
    """A service of v1.0.0, committed, without edits."""
    path = tmp_path / "orders"
    shutil.copytree(small / "orders", path)
    edit(path / ".copier-answers.yml", str(small / "template"), str(template))
    git(path, "commit", "--quiet", "--all", "--amend", "--message", "Start")
    return path


@pytest.fixture
def timberframe(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command, as a function of its arguments that returns what it writes."""

    def run(*arguments: str | Path, code: int = 0) -> str:
        capsys.readouterr()
        found = main([str(argument) for argument in arguments])
        written = "".join(capsys.readouterr())
        assert found == code, f"exit code {found}\n{written}"
        return written

    return run
