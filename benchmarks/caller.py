"""One ASGI application called without a server: `caller.py FRAMEWORK CONTENDER DESCRIPTOR`.

Each line of stdin is a number of requests, to which their CPU seconds go to the descriptor.
"""

import asyncio
import os
import sys
import time
from importlib import import_module
from typing import Any

Message = dict[str, Any]

SCOPE: Message = {
    "type": "http",
    "asgi": {"version": "3.0", "spec_version": "2.3"},
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "path": "/",
    "raw_path": b"/",
    "query_string": b"",
    "root_path": "",
    "headers": [(b"host", b"127.0.0.1"), (b"user-agent", b"speed"), (b"accept", b"*/*")],
    "client": ("127.0.0.1", 50_000),
    "server": ("127.0.0.1", 8000),
}
"""What uvicorn makes of a request of serving.py."""


async def receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def main() -> None:
    framework, os.environ["CONTENDER"], descriptor = sys.argv[1:]
    app = import_module(f"apps.{framework}").app
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    for command in sys.stdin:
        sent.clear()
        began = time.process_time()
        for _ in range(int(command)):
            await app({**SCOPE, "headers": [*SCOPE["headers"]], "state": {}}, receive, send)
        seconds = time.process_time() - began
        statuses = [one["status"] for one in sent if one["type"] == "http.response.start"]
        assert statuses == [200] * int(command), statuses
        os.write(int(descriptor), f"{seconds}\n".encode())


if __name__ == "__main__":
    asyncio.run(main())
