"""`make release` makes a release whole, or says in a line why not and changes nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from commands import commit, git
from release import Refused, is_major, release
from releases import ROOT, newest, release_commits

LAST = newest(list(release_commits(ROOT)))
NEXT = f"{int(LAST.split('.')[0]) + 1}.0.0"
"""A major: the comparison with the last release, tested elsewhere, is left out."""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A clone of the template, on main, with something to release."""
    git(tmp_path, "clone", "--quiet", "--no-tags", ROOT, "template")
    cloned = tmp_path / "template"
    git(cloned, "checkout", "--quiet", "-B", "main")
    changelog = cloned / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8").replace("\n## Unreleased\n", "\n## 0.0.0\n")
    notes = f"\n## Unreleased\n\n- Something new.\n\n## {LAST}\n"
    changelog.write_text(text.replace(f"\n## {LAST}\n", notes, 1), encoding="utf-8")
    commit(cloned, "Say what is new")
    return cloned


def state(repository: Path) -> str:
    return git(repository, "log", "--format=%H %D") + git(repository, "status", "--porcelain")


def test_it_writes_the_heading_the_commit_and_the_tag(repository: Path) -> None:
    before = git(repository, "rev-parse", "HEAD").strip()

    release(repository, NEXT)

    assert git(repository, "log", "-1", "--format=%s").strip() == f"Release {NEXT}"
    assert git(repository, "rev-parse", "HEAD~1").strip() == before
    assert git(repository, "tag", "--points-at", "HEAD").strip() == f"v{NEXT}"
    assert f"## {NEXT}\n\n- Something new.\n" in (repository / "CHANGELOG.md").read_text()
    assert release_commits(repository)[NEXT] == git(repository, "rev-parse", "HEAD").strip()
    assert git(repository, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("version", "says"),
    [
        ("", "VERSION is ''"),
        ("v1.0.0", "VERSION is 'v1.0.0'"),
        ("1.0", "give three numbers"),
        (LAST, f"{LAST} is not above {LAST}"),
        ("0.0.1", "is not above"),
    ],
)
def test_a_version_that_cannot_be_is_refused(repository: Path, version: str, says: str) -> None:
    before = state(repository)

    with pytest.raises(Refused, match=says):
        release(repository, version)

    assert state(repository) == before


def dirty(repository: Path) -> None:
    (repository / "README.md").write_text("Mine.\n")


def elsewhere(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "-b", "other")


def tagged(repository: Path) -> None:
    git(repository, "tag", f"v{NEXT}")


def silent(repository: Path) -> None:
    changelog = repository / "CHANGELOG.md"
    changelog.write_text(changelog.read_text().replace("- Something new.\n", ""))
    commit(repository, "Say nothing")


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (dirty, "not committed"),
        (elsewhere, "made on main, and this is other"),
        (tagged, f"the tag v{NEXT} exists"),
        (silent, "nothing under '## Unreleased'"),
    ],
)
def test_a_state_that_is_not_ready_is_refused(
    repository: Path, prepare: Callable[[Path], None], says: str
) -> None:
    prepare(repository)
    before = state(repository)

    with pytest.raises(Refused, match=says):
        release(repository, NEXT)

    assert state(repository) == before


@pytest.mark.parametrize(
    ("version", "last", "major"),
    [
        ("1.0.0", "0.9.0", True),
        ("0.10.0", "0.9.3", True),
        ("0.9.1", "0.9.0", False),
        ("1.1.0", "1.0.0", False),
        ("2.0.0", "1.9.9", True),
    ],
)
def test_what_may_break_is_the_first_number_or_before_one_the_second(
    version: str, last: str, major: bool
) -> None:
    assert is_major(version, last) == major
