"""The template's history: its releases, and the working tree as the newest version."""

import re
import shutil
from pathlib import Path

from commands import commit, git, run

ROOT = Path(__file__).parent.parent
WORKING_TREE = "v99.0.0"

HEADING = re.compile(r"^## (\d+\.\d+\.\d+)\b", re.MULTILINE)


def history_problem(root: Path) -> str | None:
    """Why updates from past releases cannot be tested from this folder, in one line."""
    if not (root / ".git").exists():
        return "This folder is not a git clone; the update tests need the template's history."
    if git(root, "rev-parse", "--is-shallow-repository").strip() == "true":
        return "This clone is shallow; run `git fetch --unshallow`, for updates start at releases."
    return None


def release_commits(root: Path) -> dict[str, str]:
    """Each release and its commit: the first whose CHANGELOG.md has the heading."""
    found: dict[str, str] = {}
    for revision in git(root, "log", "--reverse", "--format=%H", "--", "CHANGELOG.md").split():
        for version in HEADING.findall(git(root, "show", f"{revision}:CHANGELOG.md")):
            found.setdefault(version, revision)
    return found


def newest(versions: list[str]) -> str:
    return max(versions, key=lambda version: tuple(map(int, version.split("."))))


def files_of(root: Path) -> list[str]:
    """Every file of the working tree, edited and new ones included, ignored ones not."""
    listed = git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    return [name for name in listed if name and (root / name).is_file()]


def copy_working_tree(target: Path) -> Path:
    """The working tree as a plain folder, which Copier renders fastest."""
    for name in files_of(ROOT):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name)
    return target


NOT_RENDERED = ("benchmarks", "docs", "tests", "tools")
"""Folders of the template that no service comes from: Copier clones five times in an update."""


def clone_with_releases(target: Path) -> Path:
    """A clone whose tags are the releases by their headings, and the working tree as the newest.

    Each has what services come from, and no more.
    """
    run("git", "clone", "--quiet", ROOT, target, cwd=ROOT)
    for tag in git(target, "tag").split():
        git(target, "tag", "--delete", tag)
    git(target, "checkout", "--quiet", "--detach")
    for version, revision in release_commits(target).items():
        git(target, "checkout", "--quiet", revision)
        git(target, "rm", "--quiet", "-r", "--ignore-unmatch", *NOT_RENDERED)
        commit(target, f"Release {version}", f"v{version}")
    git(target, "rm", "--quiet", "-r", ".")
    copy_working_tree(target)
    git(target, "add", "--all")
    git(target, "rm", "--quiet", "-r", "--force", *NOT_RENDERED)
    commit(target, "The working tree", WORKING_TREE)
    return target
