"""The Pythons of this machine that a service can run on."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

DECLARED = ("3.11", "3.12", "3.13")
"""What the rendered classifiers and workflow promise."""

# Newer ones than declared are tested too where the machine has them.
LOOKED_FOR = (*DECLARED, "3.14", "3.15", "3.16")

PROBE = "import sys; print('%d.%d' % sys.version_info[:2], sys.version_info.releaselevel)"


@cache
def available() -> dict[str, Path]:
    """Each version that the machine has, oldest first, and an interpreter that really runs."""
    return {version: found for version in LOOKED_FOR if (found := _find(version))}


def missing() -> list[str]:
    return [version for version in DECLARED if version not in available()]


def _find(version: str) -> Path | None:
    on_path = shutil.which(f"python{version}")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [Path(on_path)] if on_path else []
    candidates += sorted(pyenv.glob(f"{version}.*/bin/python{version}"))
    return next((path for path in candidates if _answers(path, version)), None)


def _answers(path: Path, version: str) -> bool:
    """pyenv has a shim for every version, and one that is not selected only exits with 127."""
    done = subprocess.run([path, "-c", PROBE], capture_output=True, text=True, check=False)
    return done.stdout.split() == [version, "final"]
