"""A three-way merge per file: the template before, the owner's file, the template to come."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

from .git import git
from .ownership import is_managed, is_starter
from .service import ANSWERS

Files = dict[str, bytes]  # contents of files by their path in the service
Sides = tuple[bytes | None, bytes, bytes]  # of a conflict: before, the owner's, the template's


@dataclass
class Merged:
    """The service after a merge, for the paths that the template has or had."""

    files: Files = field(default_factory=dict)
    decisions: list[str] = field(default_factory=list)  # a line for each file to look at
    patches: dict[str, str] = field(default_factory=dict)  # edits of files that are gone
    conflicts: dict[str, Sides] = field(default_factory=dict)


def read(folder: Path, paths: Iterable[str] | None = None, most_bytes: float = inf) -> Files:
    """Read these files of a folder, or all of them; links and larger files are left out."""
    if paths is None:
        paths = [path.relative_to(folder).as_posix() for path in folder.rglob("*")]
    return {
        path: file.read_bytes()
        for path in paths
        if (file := folder / path).is_file() and not file.is_symlink()
        if file.stat().st_size <= most_bytes
    }


def merge(base: Files, ours: Files, theirs: Files, label: str) -> Merged:
    """Merge each path; `label` is the name of the template's side in conflict markers."""
    merged = Merged()
    for path in sorted({*base, *theirs}):
        before, here, after = base.get(path), ours.get(path), theirs.get(path)
        if path == ANSWERS:
            result = after  # Copier's own lines
        elif is_starter(path):
            result = after if here is None and before is None else here
        elif here == after or after == before:
            result = here
        elif here == before:
            result = after
        elif here is None:
            result = None
            merged.decisions.append(f"{path} stays deleted, and the template changed it")
        elif after is None:
            result = _gone(merged, path, base[path], here)
        else:
            result = _both(merged, path, (before, here, after), label)
        if result is not None:
            merged.files[path] = result
    return merged


def _gone(merged: Merged, path: str, before: bytes, here: bytes) -> bytes | None:
    """Keep what the owner did to a file that goes: of a managed one as a patch beside it."""
    if not is_managed(before):
        merged.decisions.append(f"{path} stays, for you changed it; the template has it no more")
        return here
    patch = f"{path}.patch"
    merged.patches[patch] = difference(path, before, here)
    merged.files[patch] = merged.patches[patch].encode(errors="surrogateescape")
    merged.decisions.append(f"{path} is gone from the template; your edits of it are in {patch}")
    return None


def _both(merged: Merged, path: str, sides: Sides, label: str) -> bytes:
    before, here, after = sides
    with TemporaryDirectory(prefix="timberframe-") as name:
        for side, content in (("ours", here), ("base", before or b""), ("theirs", after)):
            (Path(name) / side).write_bytes(content)
        command = ("merge-file", "--stdout", "-L", "yours", "-L", "before", "-L", label)
        text = git(*command, "ours", "base", "theirs", cwd=Path(name), allowed=range(128))
    if f">>>>>>> {label}".encode() in text:
        merged.conflicts[path] = sides
    return text


def difference(path: str, before: bytes, after: bytes) -> str:
    """Return the change of a file as `git apply` reads it."""
    with TemporaryDirectory(prefix="timberframe-") as name:
        for side, content in (("a", before), ("b", after)):
            file = Path(name) / side / path
            file.parent.mkdir(parents=True)
            file.write_bytes(content)
        options = ("--no-index", "--no-prefix", "--no-color", "--no-ext-diff", "--binary")
        text = git("diff", *options, f"a/{path}", f"b/{path}", cwd=Path(name), allowed=(0, 1))
    return text.decode(errors="surrogateescape")
