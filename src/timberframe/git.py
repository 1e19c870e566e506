"""Runs git, undisturbed by what a hook has set for another repository."""

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .problems import Problem, Refused

_CREDENTIALS = re.compile(r"(?<=//)[^/@\s]+@")


def git(
    *arguments: str | Path, cwd: Path, stdin: bytes = b"", allowed: Sequence[int] = (0,)
) -> bytes:
    """Return what git writes; raise Problem with its last line for any other exit code."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    # Without this, `git status` rewrites the index of a service that is only looked at.
    environment = inherited | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    command = ["git", *map(str, arguments)]
    try:
        done = subprocess.run(
            command, cwd=cwd, env=environment, input=stdin, capture_output=True, check=False
        )
    except FileNotFoundError:
        raise Refused("git is not installed: install it") from None
    if done.returncode not in allowed:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        said = next((line for line in lines if line.startswith("fatal:")), lines[-1])
        raise Problem(f"git {arguments[0]} failed: {without_credentials(said)}")
    return done.stdout


def without_credentials(text: str) -> str:
    """Return the text without the user and password of any URL."""
    return _CREDENTIALS.sub("", text)
