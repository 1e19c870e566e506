"""Runs git, uv and a service's own commands, undisturbed by the machine's settings."""

import os
import random
import shutil
import socket
import subprocess
import sysconfig
from pathlib import Path

# A developer's shell may hold values of its own for what a service reads.
READ_BY_SERVICES = (
    *("ENVIRONMENT", "FORWARDED_ALLOW_IPS", "HOST", "IP_HASH_KEY"),
    *("PORT", "SERVICE_VERSION", "SHUTDOWN_GRACE_S", "WEB_CONCURRENCY"),
)
PREFIXES = (
    *("DEAD_LETTER_", "DJANGO_", "FLASK_", "GUNICORN_", "LOG_", "PYTEST_", "PYTHON", "RAILWAY_"),
    *("REDIS_", "SLOW_", "STREAM", "UVICORN_", "UV_", "VIRTUAL_ENV"),
)

SCRIPTS = Path(sysconfig.get_path("scripts"))
"""Where the tools of the template's own environment are."""

GIT = {
    "GIT_AUTHOR_EMAIL": "owner@example.com",
    "GIT_AUTHOR_NAME": "Owner",
    "GIT_COMMITTER_EMAIL": "owner@example.com",
    "GIT_COMMITTER_NAME": "Owner",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def clean_environment() -> dict[str, str]:
    """The environment less what would change a service; caches of uv stay where they are."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in READ_BY_SERVICES and not name.startswith(PREFIXES)
    }
    kept |= {name: os.environ[name] for name in ("UV_CACHE_DIR",) if name in os.environ}
    return kept | GIT | {"UV_PYTHON_DOWNLOADS": "never"}


def free_port() -> int:
    """A port for a server that is about to start, of those that no system hands out by itself.

    One that was could be handed out again, to whoever connects before the server listens.
    """
    while True:
        port = random.randrange(10_000, 32_000)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port


def uv_executable() -> str:
    """Where uv is: `uv run` tells its children, and tools/uv puts one on PATH."""
    found = os.environ.get("UV") or shutil.which("uv")
    assert found, "uv is not on PATH; run the tests with `make test`, which brings it"
    return found


def run(
    *command: str | Path, cwd: Path, fails: bool = False, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command; its output is the message when it ends otherwise than expected."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean_environment() | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    shown = f"$ {' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    assert (done.returncode != 0) == fails, f"exit code {done.returncode}\n{shown}"
    return done


def git(cwd: Path, *arguments: str | Path) -> str:
    # Housekeeping in the background would race the clones that tests make.
    return run("git", "-c", "gc.auto=0", *arguments, cwd=cwd).stdout


def commit(repository: Path, message: str, tag: str | None = None) -> None:
    """Commit all there is, and tag it."""
    if not (repository / ".git").exists():
        git(repository, "init", "--quiet")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", message)
    if tag:
        git(repository, "tag", tag)
