"""A real run of the sample service, whose log the recipes of docs/how-to/ are tried with."""

import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import demo

TOOLS = Path(__file__).parent
LONGEST = 16_384
"""Bytes of a line at most: what LOG_MAX_LINE_BYTES may be raised to."""

SETTINGS = {
    "ENVIRONMENT": "production",
    "LOG_ALLOW_DEBUG": "1",
    "LOG_LEVELS": "orders.sales=DEBUG",
    "LOG_MAX_LINE_BYTES": str(LONGEST),
    "PORT": "0",
    "RAILWAY_REPLICA_ID": "replica-1",
}

REQUESTS = (
    *(f"/transcripts/t-{number}" for number in range(1, 7)),
    *("/nowhere", "/nowhere", "/transcripts/t-7?delay_ms=soon"),
    *("/failure", "/failure", "/orders/o-1?article=pencil"),
    *("/orders/o-2?article=pen", "/orders/o-3?note_characters=1780", "/inventory"),
    "/orders/o-4?note_characters=20000",
)
"""One after the other; the last two orders have lines of about 4 KB, and of all that is allowed."""

SLOW = tuple(f"/transcripts/t-{10 + n}?delay_ms={ms}" for n, ms in enumerate((1100, 1600, 2300)))
"""All at the same time, so that a busy machine delays them alike."""

OTHER = ("shelf 3: barcode unreadable", '{"shelf": 4, "barcode": "unreada', '{"shelf": 5}')
"""What the service prints beside its records: text, JSON that was cut, JSON that is no record."""


def request(address: str, target: str, request_id: str) -> None:
    asked = urllib.request.Request(address + target, headers={"X-Request-ID": request_id})
    try:
        with urllib.request.urlopen(asked, timeout=demo.PATIENCE_S) as response:
            response.read()
    except urllib.error.HTTPError as answer:
        answer.close()


def send(python: Path, address: str) -> None:
    """All the requests, named `request-001` and so on, and one WebSocket session."""
    for number, target in enumerate(REQUESTS, start=1):
        request(address, target, f"request-{number:03}")
    with ThreadPoolExecutor(len(SLOW)) as pool:
        for number, target in enumerate(SLOW, start=len(REQUESTS) + 1):
            pool.submit(request, address, target, f"request-{number:03}")
        subprocess.run(
            (python, TOOLS / "demo_client.py", address.rpartition(":")[2]),
            input="WEBSOCKET /stream?tenant_id=acme\n",
            env=demo.environment(),
            text=True,
            check=True,
        )


@contextmanager
def serving(python: Path, log: Path) -> Iterator[str]:
    """The address of the service, which writes to `log` and ends with the block."""
    with (
        log.open("wb") as output,
        subprocess.Popen(
            (python, TOOLS / "traffic_service.py"),
            cwd=log.parent,
            env=demo.environment(**SETTINGS),
            stdout=output,
        ) as service,
    ):
        try:
            given_up = time.monotonic() + demo.PATIENCE_S
            while not (found := re.search(r"running on (http://[\d.]+:\d+)", log.read_text())):
                if service.poll() is not None or time.monotonic() > given_up:
                    raise demo.DemoError(f"the service does not serve: {log.read_text()}")
                time.sleep(0.02)
            yield found[1]
        finally:
            service.terminate()
        if code := service.wait(demo.PATIENCE_S):
            raise demo.DemoError(f"the service ended with exit code {code}")


def record(python: Path, log: Path) -> None:
    """Write `log`, from start to stop; `python` is that of an installed service `orders`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with serving(python, log) as address:
        send(python, address)
