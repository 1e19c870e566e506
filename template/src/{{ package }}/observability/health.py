# Managed by the service template: change it there, or expect a merge on update.
"""Health checks of a service that answers nothing else: /health/live and /health/ready."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from . import settings
from .lifecycle import health
from .requests import RequestLog, shown_address

HEAD_SECONDS = 5
"""How long a client may take to send its request."""


@asynccontextmanager
async def serve_health() -> AsyncIterator[None]:
    """Answer on HOST and PORT while the block lasts."""
    chosen = settings.current()
    server = await asyncio.start_server(_answer, chosen.host, chosen.port)
    try:
        yield
    finally:
        server.close()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        async with asyncio.timeout(HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        method, target, _ = head.decode("latin-1").split(" ", 2)
        path = target.partition("?")[0]
        known = path in {"/health/live", "/health/ready"}
        status, body = health(path) if known else (404, {"status": "not found"})
        peer = shown_address(writer.get_extra_info("peername")[0])
        log = RequestLog(method, path, peer, lambda: path if known else None)
        content = json.dumps(body).encode()
        writer.write(
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode()
        )
        writer.write(b"" if method == "HEAD" else content)
        await writer.drain()
        log.status, log.bytes_sent = status, len(content)
        log.complete()
    except (
        OSError,
        ValueError,
        TimeoutError,
        asyncio.IncompleteReadError,
        asyncio.LimitOverrunError,
    ):
        pass  # no request, or nobody to answer
    finally:
        writer.close()
