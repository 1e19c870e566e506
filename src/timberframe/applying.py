"""Puts changed files into the service, all of them or none, and conflicts into git's index."""

import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .git import git
from .merging import Files, Sides
from .problems import Problem

Changes = Mapping[str, bytes | None]  # new contents by path in the service; None removes the file


@contextmanager
def _stopped_once() -> Iterator[None]:
    """Let one Ctrl-C or SIGTERM stop the block; a second one would leave the undoing half done."""

    def stop(number: int, frame: Any) -> None:
        for each in handlers:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    handlers = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@_stopped_once()
def apply(service: Path, before: Files, changes: Changes, conflicts: Mapping[str, Sides]) -> None:
    """Make the changes and register the conflicts; on any failure all is undone."""
    modes = {path: (service / path).stat().st_mode for path in changes if path in before}
    folders = {service / parent for path in changes for parent in Path(path).parents}
    new_folders = sorted((folder for folder in folders if not folder.exists()), reverse=True)
    try:
        for path, content in changes.items():
            _put(service / path, content)
        _register(service, conflicts)
    except BaseException as error:
        for path in changes:
            _put(service / path, before.get(path))
        for path, mode in modes.items():
            (service / path).chmod(mode)
        for folder in new_folders:
            if folder.exists():
                folder.rmdir()
        if isinstance(error, OSError):
            raise Problem(f"{error.filename}: {error.strerror}; nothing was changed") from error
        raise
    for path in (path for path, content in changes.items() if content is None):
        _remove_empty_folders(service, path)


def _put(place: Path, content: bytes | None) -> None:
    if content is not None:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    elif place.is_file():
        place.unlink()


def _register(service: Path, conflicts: Mapping[str, Sides]) -> None:
    """Write the sides of each conflict where `git status` and `git mergetool` look for them."""
    if not conflicts:
        return
    prefix = git("rev-parse", "--show-prefix", cwd=service).decode().strip()
    rows = []
    for path, sides in conflicts.items():
        rows.append(f"0 {'0' * 40}\t{prefix}{path}\0")
        for stage, content in enumerate(sides, start=1):
            if content is not None:
                name = git("hash-object", "-w", "--stdin", cwd=service, stdin=content)
                rows.append(f"100644 {name.decode().strip()} {stage}\t{prefix}{path}\0")
    git("update-index", "-z", "--index-info", cwd=service, stdin="".join(rows).encode())


def _remove_empty_folders(service: Path, path: str) -> None:
    """Remove the folders that held the file, if at most Python's caches are left in them."""
    for folder in list(Path(path).parents)[:-1]:
        place = service / folder
        if place.is_dir() and all(child.name == "__pycache__" for child in place.iterdir()):
            shutil.rmtree(place)
