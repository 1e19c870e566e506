# Managed by the service template: change it there, or expect a merge on update.
"""Health checks of a service that answers nothing else: /health/live and /health/ready."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from . import settings
from .addresses import shown_address
from .context import unit_of_work
from .correlation import correlation_ids
from .lifecycle import health
from .logger import get_logger
from .requests import RequestLog

logger = get_logger(__name__)

HEAD_SECONDS = 5
"""How long a client may take to send its request."""


@asynccontextmanager
async def serve_health() -> AsyncIterator[None]:
    """Answer on HOST and PORT while the block lasts."""
    chosen = settings.current()
    server = await asyncio.start_server(_answer, chosen.host, chosen.port)
    host, port = server.sockets[0].getsockname()[:2]
    logger.info("Listening", host=host, port=port)
    try:
        yield
    finally:
        server.close()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        async with asyncio.timeout(HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        method, target, _ = head.decode("latin-1").split(" ", 2)
        with unit_of_work(**correlation_ids({})):
            await _respond(method, target.partition("?")[0], writer)
    except (OSError, ValueError, EOFError, asyncio.LimitOverrunError):
        pass  # no request, or nobody to answer
    finally:
        writer.close()


async def _respond(method: str, path: str, writer: asyncio.StreamWriter) -> None:
    peer = shown_address((writer.get_extra_info("peername") or (None,))[0])
    known = path in {"/health/live", "/health/ready"}
    log = RequestLog(method, path, peer, lambda: path if known else None)
    log.status, content = await health(path) if known else (404, {"status": "not found"})
    body = json.dumps(content).encode()
    writer.write(
        f"HTTP/1.1 {log.status} {HTTPStatus(log.status).phrase}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n".encode()
    )
    writer.write(b"" if method == "HEAD" else body)
    await writer.drain()
    log.sent(len(body), last=True)
    log.complete()
