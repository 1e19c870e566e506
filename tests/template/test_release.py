"""`make release` makes a release whole, or says in one line why not and changes nothing."""

import re
import subprocess
from pathlib import Path

import pytest
from release import Refused, git, release
from rendered import copy_working_tree

CHANGELOG = "# Changes\n\n## Unreleased\n\n- Something new.\n\n## 1.4.0\n\n- Older.\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose last release is 1.4.0, on main, with something to release."""
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    copy_working_tree(tmp_path)
    for text, message in (
        (CHANGELOG.replace("## Unreleased\n\n- Something new.\n\n", ""), "Release 1.4.0"),
        (CHANGELOG, "Add something"),
    ):
        (tmp_path / "CHANGELOG.md").write_text(text)
        git(tmp_path, "add", "--all")
        git(tmp_path, "commit", "--quiet", "--message", message)
    return tmp_path


def state(repository: Path) -> str:
    return git(repository, "log", "--format=%H %D") + git(repository, "status", "--porcelain")


@pytest.mark.parametrize("version", ["1.4.1", "1.5.0", "2.0.0"])
def test_it_writes_the_heading_the_commit_and_the_tag(repository: Path, version: str) -> None:
    before = git(repository, "rev-parse", "HEAD")

    release(repository, version)

    assert git(repository, "log", "-1", "--format=%s") == f"Release {version}"
    assert git(repository, "rev-parse", "HEAD~1") == before
    assert git(repository, "tag", "--points-at", "HEAD") == f"v{version}"
    assert git(repository, "status", "--porcelain") == ""
    changelog = (repository / "CHANGELOG.md").read_text()
    assert changelog == CHANGELOG.replace("Unreleased", version)


COMMIT = "git commit --quiet --all --message Edit"
NO_DOCKER = f"sed -i '/any container platform/d' copier.yml; {COMMIT}"
OTHER_PORT = f"sed -i 's/^# PORT=/# HTTP_PORT=/' template/.env.example.jinja; {COMMIT}"


@pytest.mark.parametrize(
    ("version", "before", "line"),
    [
        ("", "", "VERSION is '': give three numbers, as in 1.4.0"),
        ("1.5", "", "give three numbers"),
        ("1.4.0", "", "1.4.0 is not above 1.4.0, the last release"),
        ("1.5.0", "echo '# Mine.' > copier.yml", "not committed"),
        ("1.5.0", "git switch --quiet --create other", "made on main, and this is other"),
        ("1.5.0", "git tag v1.5.0", "the tag v1.5.0 exists"),
        ("1.5.0", f"sed -i '/new/d' CHANGELOG.md; {COMMIT}", "nothing under '## Unreleased'"),
        ("1.5.0", NO_DOCKER, "deploy=docker of 1.4.0 is gone: keep it, or make it a major release"),
        ("1.4.1", OTHER_PORT, "PORT of 1.4.0 is gone"),
    ],
)
def test_what_cannot_be_released_is_refused_in_one_line(
    repository: Path, version: str, before: str, line: str
) -> None:
    subprocess.run(before, shell=True, cwd=repository, check=True)
    found = state(repository)

    with pytest.raises(Refused, match=re.escape(line)) as refused:
        release(repository, version)

    assert "\n" not in str(refused.value)
    assert state(repository) == found


def test_a_major_release_may_remove_what_was_promised(repository: Path) -> None:
    subprocess.run(NO_DOCKER, shell=True, cwd=repository, check=True)

    release(repository, "2.0.0")

    assert git(repository, "tag", "--points-at", "HEAD") == "v2.0.0"
