"""Executes a Dockerfile's own steps in a plain folder: no container engine is needed."""

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from commands import clean_environment, run, uv_executable

NOT_HERE = ("pip install", "useradd")
"""How steps begin that change the system: uv is there, and who runs the service is a number."""

COPY = """
copy() { # as COPY does: of a folder what is in it
    for given in "${@:1:$#-1}"; do
        if [ -d "$given" ]; then mkdir -p "${@: -1}"; cp -R "$given/." "${@: -1}"
        else cp "$given" "${@: -1}"; fi
    done
}
"""

ALONE = """
mount -t tmpfs tmpfs /mnt
mkdir /mnt/python
mount --bind {python} /mnt/python
"""
"""In a mount namespace of its own: a root for the image, and a Python that everybody may run."""

READ_ONLY = """
mount -o remount,ro /mnt
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -o remount,ro,bind /
"""


@dataclass(frozen=True)
class Image:
    """What the instructions of a Dockerfile say, a stage as a list of them."""

    stages: tuple[tuple[tuple[str, str], ...], ...]

    @classmethod
    def of(cls, dockerfile: Path) -> "Image":
        lines = dockerfile.read_text(encoding="utf-8").splitlines()
        text = "\n".join(line for line in lines if not line.startswith("#"))
        stages: list[list[tuple[str, str]]] = []
        for name, rest in re.findall(r"^([A-Z]+) (.+)$", text.replace("\\\n", " "), re.MULTILINE):
            if name == "FROM":
                stages.append([])
            stages[-1].append((name, rest))
        return cls(tuple(map(tuple, stages)))

    def last(self, name: str) -> str:
        """What the last stage says of it."""
        (only,) = (rest for given, rest in self.stages[-1] if given == name)
        return only

    @property
    def steps(self) -> list[str]:
        """The commands that build it."""
        return [rest for stage in self.stages for name, rest in stage if name == "RUN"]


def _stage(instructions: tuple[tuple[str, str], ...], root: str) -> str:
    """The stage as a shell script; `/app` is a folder of `root`, `$CONTEXT` the service's."""
    script, here = "", ""
    for name, rest in instructions:
        words = shlex.split(rest)
        if name == "COPY" and words[0].startswith("--from="):
            stage, *paths = words[0].removeprefix("--from="), *words[1:]
            paths[:-1] = [f"{root}/stages/{stage}{path}" for path in paths[:-1]]
            here = f"copy {' '.join(paths)}"
        elif name == "COPY":
            paths = [f'"$CONTEXT"/{path}' for path in words[:-1]]
            here = f"copy {' '.join(paths)} {words[-1]}"
        elif name == "ENV":
            here = f"export {rest}"
        elif name == "WORKDIR":
            here = f"mkdir -p {rest}; cd {rest}"
        elif name == "RUN" and not rest.startswith(NOT_HERE):
            here = rest
        else:
            continue
        script += re.sub(r"(?<![\w/])/app\b", f"{root}/app", here) + "\n"
    return script


@cache
def can_be_alone() -> bool:
    """Whether there are mount namespaces for us, in which a root file system is read-only."""
    tried = "unshare --mount sh -c 'mount -t tmpfs tmpfs /mnt && setpriv --version'"
    tools = shutil.which("unshare") and shutil.which("setpriv")
    return bool(tools) and not subprocess.run(tried, shell=True, capture_output=True).returncode


def start(
    service: Path, folder: Path, interpreter: Path, **environment: str
) -> "subprocess.Popen[str]":
    """Build the image of a service, and become its command; `folder` takes what was said.

    Where there are mount namespaces for us the root file system is read-only by then, but for
    /tmp, and the user is that of the Dockerfile; elsewhere the image is a folder without the right
    to write, and the user stays.
    """
    image, alone = Image.of(service / "Dockerfile"), can_be_alone()
    root = "/mnt" if alone else str(folder / "root")
    asked = "import os, sys; print(os.path.realpath(sys.executable))"  # it may be a script
    real = Path(run(interpreter, "-c", asked, cwd=folder).stdout.strip())
    python = f"/mnt/python/bin/{real.name}" if alone else str(real)
    user = f"setpriv --reuid {image.last('USER')} --regid {image.last('USER')} --clear-groups"
    build = f"mkdir -p {root}/stages\n{COPY}"
    for number, stage in enumerate(image.stages):
        name = stage[0][1].partition(" AS ")[2] or str(number)
        body = _stage(stage, root)
        if number < len(image.stages) - 1:
            build += f"({body})\nmkdir {root}/stages/{name}\nmv {root}/app {root}/stages/{name}\n"
        else:
            build += f"{body}rm -r {root}/stages\n"
    # Of this machine a build knows only how it reaches a registry, as an engine's would.
    around = {
        name: value
        for name, value in clean_environment().items()
        if name == "UV_CACHE_DIR" or re.search("cert|proxy|ssl", name, re.IGNORECASE)
    }
    script = (
        f"set -eu\nexec 3>&1 4>&2 >{folder}/build.log 2>&1\n"
        + (ALONE.format(python=real.parents[1]) if alone else "")
        + build
        + "exec >&3 2>&4 3>&- 4>&-\n"  # a log that is open would keep its file system writable
        + (READ_ONLY if alone else f"chmod -R a-w {root}\n")
        + f"unset CONTEXT UV_PYTHON {' '.join(around)}\nexport HOME=/home/service\n"
        + "".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items())
        + f"exec {user if alone else ''} {shlex.join(json.loads(image.last('CMD')))}\n"
    )
    path = f"{Path(uv_executable()).parent}{os.pathsep}{os.environ['PATH']}"
    kept = around | {"CONTEXT": str(service), "UV_PYTHON": python, "PATH": path}
    if alone:
        kept["LD_LIBRARY_PATH"] = "/mnt/python/lib"  # it may look for its library where it was
    return subprocess.Popen(
        [*(("unshare", "--mount") if alone else ()), "bash", "-c", script],
        env=kept | {"HOME": os.environ["HOME"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
