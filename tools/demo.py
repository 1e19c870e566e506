"""Render a service to build/demo, start it, and show what it logs for the requests below."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from websockets.sync.client import connect

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "build" / "demo"

# A query string is never logged; in a message, redaction has to find the secret.
SECRETS = (f"sk-{secrets.token_hex(12)}", f"horse-{secrets.token_hex(6)}-staple")
STEPS = (
    ("A request", "/transcripts/t-17"),
    ("An unknown path", "/nowhere"),
    ("A request that fails", "/failure"),
    ("A slow request", "/transcripts/t-18?delay_ms=1200"),
    ("A WebSocket session of 50 binary chunks", "/stream?tenant_id=acme"),
    ("A secret in a query string", f"/transcripts/t-19?api_key={SECRETS[0]}"),
    ("A secret in a message", f"/failure?reason=password={SECRETS[1]}"),
)
# What a developer's shell may hold for services or Python.
FOREIGN = ("ENVIRONMENT", "HOST", "LOG_", "PORT", "PYTHON", "RAILWAY_", "SERVICE_", "SLOW_", "VIRT")


def environment(**more: str) -> dict[str, str]:
    return {name: os.environ[name] for name in os.environ if not name.startswith(FOREIGN)} | more


def render() -> None:
    """Do what a developer does first, with the default answers."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    copy = f"{sys.executable} -W ignore -m copier copy --quiet --defaults --vcs-ref HEAD"
    for command in (
        [*copy.split(), "--data=service_name=orders", str(ROOT), str(FOLDER)],
        [os.environ.get("UV", "uv"), "sync", "--quiet", f"--project={FOLDER}"],
    ):
        done = subprocess.run(command, env=environment(), capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"demo: {' '.join(command)} ended with {done.returncode}: {done.stderr}")


def request(address: str, target: str) -> None:
    if not target.startswith("/stream"):
        with suppress(urllib.error.HTTPError):  # a 404 or a 500 is what was asked for
            urllib.request.urlopen(f"http://{address}{target}").close()
        return
    with connect(f"ws://{address}{target}") as session:
        for _ in range(50):
            session.send(bytes(320))  # 20 ms of speech


def drive(**settings: str) -> str:
    """Run all steps, from the start to SIGTERM, and return what the service wrote."""
    written = ""
    command, given = FOLDER / ".venv" / "bin" / "orders", environment(PORT="0", **settings)
    with subprocess.Popen([command], cwd=FOLDER, env=given, stdout=subprocess.PIPE) as service:

        def show() -> str:
            """Show and return the next output; a record is one write, so it is never in parts."""
            nonlocal written
            assert service.stdout
            written += (text := os.read(service.stdout.fileno(), 1 << 16).decode())
            print(text, end="", flush=True)
            return text

        def show_until(last: str) -> None:
            while last not in (text := show()):
                if not text:
                    sys.exit(f"demo: the service ended before it logged {last!r}")

        try:
            show_until("Uvicorn running")
            address = written.partition("http://")[2].split()[0]
            for title, target in STEPS:
                caption(f"{title}: {target}")
                request(address, target)
                show_until("Session ended" if "/stream" in target else "request_completed")
            caption("SIGTERM")
            service.terminate()
            while show():
                pass
            assert service.wait() == 0, "the service ended with an error"
        finally:
            service.kill()
    return written


def caption(text: str) -> None:
    print(f"\n# {text}", flush=True)


def main() -> None:
    caption(f"Render a service to {FOLDER.relative_to(ROOT)}, and install it")
    render()
    caption("Development: lines for people")
    texts = [drive(**({"FORCE_COLOR": "1"} if sys.stdout.isatty() else {}))]
    caption("Production: the same requests with ENVIRONMENT=production, JSON for machines")
    texts.append(drive(ENVIRONMENT="production"))
    records = [json.loads(line) for line in texts[1].splitlines()]
    texts += [path.read_text() for path in FOLDER.glob("*.log")]
    if any(secret in text for secret in SECRETS for text in texts):
        sys.exit("demo: a secret is in the log")
    caption(f"Done: each of the {len(records)} lines is a JSON object, and no line has a secret")
    print(f"What to do next: cd {FOLDER.relative_to(ROOT)} && uv run orders")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\ndemo: interrupted; the service is stopped")
