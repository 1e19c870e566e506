"""Renders a service to build/demo, starts it, and shows what it logs for the requests below."""

import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "build" / "demo"
COMMANDS = FOLDER / ".venv" / "bin"
PATIENCE_S = 30

# Nothing of a query string is ever logged; in a message, the redactor has to find it.
IN_QUERY = f"sk-{secrets.token_hex(12)}"
IN_MESSAGE = f"horse-{secrets.token_hex(6)}-staple"

STEPS = (
    ("A request", "GET /transcripts/t-17"),
    ("An unknown path", "GET /nowhere"),
    ("A request that fails", "GET /failure"),
    ("A slow request", "GET /transcripts/t-18?delay_ms=1200"),
    ("A WebSocket session of 50 binary chunks", "WEBSOCKET /stream?tenant_id=acme"),
    ("A secret in a query string", f"GET /transcripts/t-19?api_key={IN_QUERY}"),
    ("A secret in a message", f"GET /failure?reason=password={IN_MESSAGE}"),
)

# What a developer's shell may hold for services, Python or uv, and how such names begin.
FOREIGN = (
    "ENVIRONMENT",
    "HOST",
    "IP_",
    "LOG_",
    "PORT",
    "PYTHON",
    "RAILWAY_",
    "SERVICE_",
    "SHUTDOWN_",
    "SLOW_",
)

Show = Callable[[str], object]


class DemoError(Exception):
    """Why the demo cannot go on, in one line."""


def environment(**more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in os.environ if not name.startswith(FOREIGN)}
    return {**kept, "VIRTUAL_ENV": "", **more}


def command(*parts: str | Path, cwd: Path, stdin: str = "") -> None:
    """Run what must succeed; the last line of what it says is why it did not."""
    # Copier warns of edits that are not committed; here they are welcome.
    quiet = environment(PYTHONWARNINGS="ignore")
    done = subprocess.run(parts, cwd=cwd, env=quiet, input=stdin, capture_output=True, text=True)
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise DemoError(f"{' '.join(map(str, parts))} ended with {done.returncode}: {why}")


def uv() -> str:
    """uv, as one calls it in the service's folder; tools/uv may have put it into .tools."""
    found = os.environ.get("UV") or shutil.which("uv") or "uv"
    return os.path.relpath(found, FOLDER) if ROOT in Path(found).parents else "uv"


def render() -> None:
    """What `copier copy` and the first `uv sync` of a developer do, with the default answers."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    copy = (sys.executable, "-m", "copier", "copy", "--quiet", "--defaults", "--vcs-ref", "HEAD")
    command(*copy, "--data", "service_name=orders", ROOT, FOLDER, cwd=ROOT)
    command(uv(), "sync", "--quiet", cwd=FOLDER)


class Traffic:
    """The service and its client, both real processes; `show` gets what the service writes."""

    def __init__(self, service: "subprocess.Popen[bytes]", show: Show) -> None:
        self.service = service
        self.show = show
        self.output = ""

    def read(self) -> str:
        """The next output, empty at its end. A record is one write, so none comes in parts."""
        assert self.service.stdout
        if not select.select([self.service.stdout], [], [], PATIENCE_S)[0]:
            raise DemoError(f"the service has been silent for {PATIENCE_S} s")
        text = os.read(self.service.stdout.fileno(), 1 << 16).decode(errors="replace")
        self.output += text
        self.show(text)
        return text

    def wait_for(self, last: str) -> None:
        while last not in (text := self.read()):
            if not text:
                raise DemoError(f"the service ended before it logged {last!r}")

    def stop(self) -> None:
        self.service.terminate()
        while self.read():
            pass
        if code := self.service.wait(PATIENCE_S):
            raise DemoError(f"the service ended with exit code {code}")


def start(*parts: str | Path, output: int | None, **settings: str) -> "subprocess.Popen[bytes]":
    """A process that Ctrl+C does not reach: `drive` ends it."""
    return subprocess.Popen(
        parts,
        cwd=FOLDER,
        env=environment(**settings),
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        start_new_session=True,
    )


def drive(show: Show, caption: Show, **settings: str) -> str:
    """All steps, on a free loopback port, from start to SIGTERM; what the service wrote."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    caption("Start")
    client = start(COMMANDS / "python", ROOT / "tools" / "demo_client.py", port, output=None)
    processes = [client]
    try:
        service = start(COMMANDS / "orders", output=subprocess.PIPE, PORT=port, **settings)
        processes.append(service)
        traffic = Traffic(service, show)
        traffic.wait_for("Uvicorn running")
        assert client.stdin
        for title, request in STEPS:
            caption(f"{title}: {request}")
            client.stdin.write(f"{request}\n".encode())
            client.stdin.flush()
            traffic.wait_for("Session ended" if "WEBSOCKET" in request else "request_completed")
        caption("SIGTERM")
        traffic.stop()
    finally:
        for process in processes:
            process.kill()
            process.wait()
    return traffic.output


def check(development: str, production: str) -> None:
    """Each line of JSON is valid; no output and no file has a secret."""
    validate = (COMMANDS / "python", "-m", "orders.observability", "validate", "-")
    command(*validate, cwd=FOLDER, stdin=production)
    texts = (development, production, *(path.read_text() for path in FOLDER.glob("*.log")))
    if any(secret in text for secret in (IN_QUERY, IN_MESSAGE) for text in texts):
        raise DemoError("a secret is in the log")


def main() -> None:
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    started = time.monotonic()

    def show(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    def caption(text: str) -> None:
        show(f"\n\x1b[2m# {text}\x1b[0m\n" if colour else f"\n# {text}\n")

    folder = os.path.relpath(FOLDER)
    caption(f"Render a service to {folder}, and install it")
    render()
    caption("Development: lines for people")
    development = drive(show, caption, **({"FORCE_COLOR": "1"} if colour else {}))
    caption("Production: the same requests with ENVIRONMENT=production, JSON for machines")
    production = drive(show, caption, ENVIRONMENT="production")
    check(development, production)

    caption(f"Done in {time.monotonic() - started:.0f} s")
    show(
        f"Each of the {len(production.splitlines())} lines of JSON is valid, and neither secret is "
        f"in any line of the log.\nThe service is in {folder}, and stopped. What to do next:\n\n"
        f"  cd {folder}\n  {uv()} run orders    # start it\n  {uv()} run pytest    # test it\n\n"
        "The next `make demo` makes that folder anew.\n"
    )


def interrupt(*_: object) -> NoReturn:
    """Stop once: uv and make hand the same signal on, which must not disturb the clean-up."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\ndemo: interrupted; nothing runs any more")
    except (DemoError, OSError) as error:
        sys.exit(f"\ndemo: {error}")
