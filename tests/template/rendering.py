"""Renders and updates services, and makes the template's history, for tests of updates."""

import re
from collections.abc import Callable
from pathlib import Path

import copier
from rendered import FRAMEWORKS, Service, copy, copy_working_tree, run
from rendered import ROOT as ROOT

WORKING_TREE = "v99.0.0"
BEFORE_THE_REBUILD = "v0.4.99"
"""The last commit of the first version of the package, which is no release."""

Command = Callable[..., str]
"""`timberframe` in this process: its arguments, and `code`, the exit code that it has to have."""

NOT_RENDERED = ("benchmarks", "docs", "src", "tests", "tools")

_HEADING = re.compile(r"^## (\d+\.\d+\.\d+)\b", re.MULTILINE)


def git(cwd: Path, *arguments: str | Path) -> str:
    # Housekeeping in the background would race the clones that tests make.
    return run("git", "-c", "gc.auto=0", *arguments, cwd=cwd)


def commit(repository: Path, message: str = "Work", tag: str | None = None) -> None:
    if not (repository / ".git").exists():
        git(repository, "init", "--quiet")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", message)
    if tag:
        git(repository, "tag", tag)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path} has no {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def render(template: Path, path: Path, version: str | None = None, **answers: str) -> Path:
    """Render as `copier copy --defaults --data ...` does, and commit."""
    copy(template, path, answers, version)
    commit(path, "Start")
    return path


def plain_update(service: Path, **answers: str) -> None:
    """Update as `copier update --defaults` does, to the newest tag."""
    copier.run_update(
        service,
        data=answers,
        defaults=True,
        overwrite=True,
        quiet=True,
        settings=copier.Settings(),
    )


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return mode and content of all there is, tracked or not, git's own files included."""
    return {
        path.relative_to(folder).as_posix(): (
            path.lstat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(folder.rglob("*"))
    }


def files(service: Path) -> dict[str, bytes]:
    return Service(service).files()


def unmerged(service: Path) -> set[str]:
    """Return the files that git says are in conflict."""
    listed = git(service, "ls-files", "--unmerged", "-z").split("\0")
    return {line.partition("\t")[2] for line in listed if line}


def release_commits(root: Path) -> dict[str, str]:
    """Return each release and its commit: the first whose CHANGELOG.md has the heading."""
    found: dict[str, str] = {}
    for revision in git(root, "log", "--reverse", "--format=%H", "--", "CHANGELOG.md").split():
        for version in _HEADING.findall(git(root, "show", f"{revision}:CHANGELOG.md")):
            found.setdefault(version, revision)
    return found


def kinds() -> list[tuple[str, str]]:
    """Return each release with each framework that it has."""
    return [
        (f"v{release}", framework)
        for release in release_commits(ROOT)
        for framework in (("fastapi", "none") if release == "0.1.0" else FRAMEWORKS)
    ]


def clone_with_releases(target: Path) -> Path:
    """Clone the template, with a tag for each release and one for the working tree, the newest.

    Each version has the files that services come from, and no others.
    """
    git(ROOT, "clone", "--quiet", "--no-tags", ROOT, target)
    git(target, "checkout", "--quiet", "--detach")
    rebuild = git(target, "rev-list", "--reverse", "HEAD", "--", "template/{{ code }}").split()[0]
    revisions = {f"v{version}": commit for version, commit in release_commits(target).items()}
    revisions[BEFORE_THE_REBUILD] = f"{rebuild}^"
    for tag, revision in revisions.items():
        git(target, "checkout", "--quiet", revision)
        git(target, "rm", "--quiet", "-r", "--ignore-unmatch", *NOT_RENDERED)
        commit(target, f"Release {tag}", tag)
    git(target, "rm", "--quiet", "-r", ".")
    copy_working_tree(target)
    commit(target, "The working tree", WORKING_TREE)
    return target
