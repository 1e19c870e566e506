# Managed by the service template: change it there, or expect a merge on update.
"""Tells git of files in conflict, so that `git status` and editors show them as such."""

from collections.abc import Mapping
from pathlib import Path

from .commands import git

Stages = Mapping[int, tuple[str, bytes]]
"""Mode and content by side: 1 is what both began with, 2 the owner's, 3 the template's."""


def register(service: Path, prefix: str, conflicts: Mapping[str, Stages]) -> None:
    """Put the sides of each file into the index, where `git mergetool` and `git status` look."""
    rows = []
    for path, stages in conflicts.items():
        rows.append(f"0 {'0' * 40}\t{prefix}{path}\0")
        for stage, (mode, content) in stages.items():
            written = git("hash-object", "-w", "--stdin", cwd=service, stdin=content)
            rows.append(f"{mode} {written.decode().strip()} {stage}\t{prefix}{path}\0")
    git("update-index", "-z", "--index-info", cwd=service, stdin="".join(rows).encode())
