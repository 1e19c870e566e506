# Managed by the service template: change it there, or expect a merge on update.
"""Runs git and Copier, undisturbed by what a hook or a shell has set for another repository."""

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from .problems import Problem, Refused

_ALONE = {
    "GIT_AUTHOR_EMAIL": "update@localhost",
    "GIT_AUTHOR_NAME": "update",
    "GIT_COMMITTER_EMAIL": "update@localhost",
    "GIT_COMMITTER_NAME": "update",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(
    *arguments: str | Path,
    cwd: Path,
    stdin: bytes = b"",
    allowed: Sequence[int] = (0,),
    alone: bool = False,
) -> bytes:
    """What git writes; Problem with what it says if its exit code is another.

    `alone`: without the settings, hooks and identity of this machine.
    """
    return _run(["git", *arguments], cwd, stdin, allowed, _ALONE if alone else {})


def text_of_git(*arguments: str | Path, cwd: Path) -> str:
    return git(*arguments, cwd=cwd).decode().strip()


def copier(*arguments: str | Path, cwd: Path) -> bytes:
    """What Copier writes; Problem with what it says if it fails."""
    if find_spec("copier") is None:
        raise Refused("copier is not installed: run `uv run tools/standard.py`, which brings it")
    return _run([sys.executable, "-m", "copier", *arguments], cwd, b"", (0,), {})


def _run(
    command: Sequence[str | Path],
    cwd: Path,
    stdin: bytes,
    allowed: Sequence[int],
    environment: dict[str, str],
) -> bytes:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    # Not even to look at a repository shall write into it.
    inherited |= {"GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            [*map(str, command)],
            cwd=cwd,
            env=inherited | environment,
            input=stdin,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise Refused(f"{command[0]} is not installed") from None
    if done.returncode not in allowed:
        said = done.stderr.decode(errors="replace").strip() or "it says nothing"
        shown = " ".join(map(str, command[:4] if "-m" in command else command[:2]))
        raise Problem(f"{shown} failed with {done.returncode}: {said.splitlines()[-1]}")
    return done.stdout
