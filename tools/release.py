"""Makes a release: `make release VERSION=1.2.3` writes the heading, the commit and the tag.

The release is the first commit whose CHANGELOG.md has its heading, so that clones without tags know
it too. Nothing is done unless all of it can be.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests")]

import contract  # noqa: E402 - from the folder above
from releases import newest, release_commits  # noqa: E402

UNRELEASED = "## Unreleased\n"
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


class Refused(Exception):
    """Why there is no release, and what to do."""


def release(root: Path, version: str) -> None:
    """Release what is committed; Refused if it cannot be, and then nothing has changed."""
    last = newest(list(release_commits(root)))
    changelog = root / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    if problem := problem_of(root, version, last, text):
        raise Refused(problem)
    changelog.write_text(text.replace(UNRELEASED, f"## {version}\n", 1), encoding="utf-8")
    try:
        git(root, "commit", "--quiet", "--message", f"Release {version}", "--", changelog.name)
        try:
            git(root, "tag", f"v{version}")
        except Refused:
            git(root, "reset", "--quiet", "--hard", "HEAD~1")
            raise
    except Refused:
        changelog.write_text(text, encoding="utf-8")
        raise


def problem_of(root: Path, version: str, last: str, changelog: str) -> str | None:
    """What stands against it, in one line."""
    if not _VERSION.fullmatch(version):
        return f"VERSION is {version!r}: give three numbers, as in {last}"
    if numbers(version) <= numbers(last):
        return f"{version} is not above {last}, the last release"
    if git(root, "status", "--porcelain"):
        return "there are changes that are not committed: commit them first"
    if (branch := git(root, "branch", "--show-current")) != "main":
        return f"a release is made on main, and this is {branch or 'no branch'}"
    if git(root, "tag", "--list", f"v{version}"):
        return f"the tag v{version} exists: delete it, or take another version"
    _, found, notes = changelog.partition(UNRELEASED)
    if not found or not notes.partition("\n## ")[0].strip():
        return f"CHANGELOG.md has nothing under {UNRELEASED.strip()!r}: say what changes"
    if not is_major(version, last) and (broken := contract.broken(root, last)):
        return f"{broken[0]}: add a tombstone, or make a major of it"
    return None


def is_major(version: str, last: str) -> bool:
    """Whether it may break what docs/reference/compatibility.md promises; before 1.0 minors may."""
    kept = 1 if numbers(last)[0] else 2
    return numbers(version)[:kept] > numbers(last)[:kept]


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refused(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()


if __name__ == "__main__":
    try:
        release(ROOT, sys.argv[1] if len(sys.argv) > 1 else "")
    except Refused as refusal:
        sys.exit(str(refusal))
