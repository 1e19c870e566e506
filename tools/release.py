"""Make a release: `make release VERSION=1.2.3` writes the heading, the commit and the tag.

The release is the first commit whose CHANGELOG.md has its heading, so that clones without tags know
it too. Either all of it is done or nothing.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
UNRELEASED = "## Unreleased\n"
_NUMBERS = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
PUBLIC = {
    "template/.env.example.jinja": r"^# ([A-Z_]+)=",
    "template/{{ code }}/observability/__init__.py.jinja": r'"(\w+)"',
}
"""Files with variables and public names, and where these are in a line."""

_HEADING = re.compile(rf"^## ({_NUMBERS.pattern})$", re.MULTILINE)


class Refused(Exception):
    """The reason that there is no release, and what to do."""


def release(root: Path, version: str) -> None:
    """Release what is committed; raise Refused, and change nothing, if it cannot be."""
    changelog = root / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    if problem := problem_of(root, version, text):
        raise Refused(problem)
    before = git(root, "rev-parse", "HEAD")
    changelog.write_text(text.replace(UNRELEASED, f"## {version}\n", 1), encoding="utf-8")
    try:
        git(root, "commit", "--quiet", "--message", f"Release {version}", "--", changelog.name)
        git(root, "tag", f"v{version}")
    except Refused:
        git(root, "reset", "--quiet", "--hard", before)
        raise


def problem_of(root: Path, version: str, changelog: str) -> str | None:
    """Return what prevents this release, in one line."""
    last = max((found[1] for found in _HEADING.finditer(changelog)), key=numbers)
    _, found, notes = changelog.partition(UNRELEASED)
    if not _NUMBERS.fullmatch(version):
        return f"VERSION is {version!r}: give three numbers, as in {last}"
    if numbers(version) <= numbers(last):
        return f"{version} is not above {last}, the last release"
    if git(root, "status", "--porcelain"):
        return "there are changes that are not committed: commit them first"
    if (branch := git(root, "branch", "--show-current")) != "main":
        return f"a release is made on main, and this is {branch or 'no branch'}"
    if git(root, "tag", "--list", f"v{version}"):
        return f"the tag v{version} exists: delete it, or take another version"
    if not found or not notes.partition("\n## ")[0].strip():
        return f"CHANGELOG.md has nothing under {UNRELEASED.strip()!r}: say what changes"
    if not is_major(version, last) and (gone := promised(root, last) - promised(root)):
        return f"{', '.join(sorted(gone))} of {last} is gone: keep it, or make it a major release"
    return None


def is_major(version: str, last: str) -> bool:
    """Return whether it may remove what is promised; before 1.0 a minor release may too."""
    kept = 1 if numbers(last)[0] else 2
    return numbers(version)[:kept] > numbers(last)[:kept]


def promised(root: Path, version: str = "") -> set[str]:
    """Return questions, choices, variables and public names, of a release or of HEAD."""
    where = "HEAD"
    if version:
        heading = ("--pickaxe-regex", "-S", f"^## {version}$", "--", "CHANGELOG.md")
        where = git(root, "log", "--reverse", "--format=%H", *heading).split()[0]
    questions: dict[str, Any] = yaml.safe_load(git(root, "show", f"{where}:copier.yml"))
    names = {name for name in questions if not name.startswith("_")}
    for name in tuple(names):
        choices = questions[name].get("choices", [])
        values = choices.values() if isinstance(choices, dict) else choices
        names |= {f"{name}={value}" for value in values}
    for path, pattern in PUBLIC.items():
        names |= set(re.findall(pattern, git(root, "show", f"{where}:{path}"), re.MULTILINE))
    return names


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
