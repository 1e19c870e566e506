"""The services that are measured: rendered from the working tree, with the peers installed beside.

They stay in build/speed, so that a later run needs only what has changed.
"""

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path

import interpreters
from releases import ROOT, copy_working_tree
from services import Service, render

FOLDER = ROOT / "build" / "speed"
KEPT = {".venv", "uv.lock"}
PEERS = ("loguru", "orjson", "python-json-logger", "structlog")
SHOWN = ("fastapi", "starlette", "uvicorn", "gunicorn", "flask", "django", *PEERS)
"""Packages whose versions are told."""


@cache
def template() -> Path:
    """The working tree, edits included."""
    folder = FOLDER / "template"
    shutil.rmtree(folder, ignore_errors=True)
    return copy_working_tree(folder)


@cache
def service(version: str, framework: str) -> Service:
    """A service with that framework on that Python, and the peers in its environment."""
    folder = FOLDER / version / framework
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        if left.name not in KEPT:
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    made = render(template(), folder, framework=framework)
    made.install(interpreters.available()[version], "--inexact", "--no-dev")
    if framework == "none":
        made.add(*PEERS)
    return made


def versions(of: Service) -> dict[str, str]:
    """Which versions of the packages named above are installed."""
    code = (
        "import json, platform, importlib.metadata as m;"
        "found = {d.name.lower(): d.version for d in m.distributions()};"
        "print(json.dumps({'python': platform.python_version(), **found}))"
    )
    done = subprocess.run([of.python, "-c", code], capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return {name: version for name, version in found.items() if name in {"python", *SHOWN}}
