"""Sample endpoints that log each kind of event once; replace them with your own."""

import asyncio
import time
from typing import Annotated, Any

from litestar import WebSocket, get, post, websocket
from litestar.exceptions import WebSocketDisconnect
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from {{ observability }} import (
    bind,
    get_logger,
    slow_operation,
    websocket_session,
)
from {{ package }}.settings import MAX_TRANSCRIPT_CHARACTERS

logger = get_logger(__name__)


class Transcript(Struct):
    session_id: str
    text: Annotated[str, Meta(max_length=MAX_TRANSCRIPT_CHARACTERS)]


@post("/transcripts")
async def publish_transcript(data: JSONBody[Transcript]) -> dict[str, int]:
    """A business event: lengths and ids, never the text."""
    started = time.perf_counter()
    length = len(data.text)
    logger.info(
        "Transcript published",
        session_id=data.session_id,
        length=length,
        duration_ms=round((time.perf_counter() - started) * 1000, 3),
    )
    return {"length": length}


@get("/transcripts/{transcript_id:str}")
async def read_transcript(
    transcript_id: FromPath[str], delay_ms: FromQuery[int] = 0
) -> dict[str, str]:
    """An operation that is logged when it takes longer than SLOW_OPERATION_THRESHOLD_MS."""
    bind(transcript_id=transcript_id)
    with slow_operation("transcript_retrieval"):
        await asyncio.sleep(min(delay_ms, 5000) / 1000)
    return {"transcript_id": transcript_id}


@get("/failure")
async def fail(reason: FromQuery[str] = "because it was asked to") -> None:
    """An unhandled exception: one ERROR line with its traceback, and a 500."""
    logger.warning("About to fail", reason=reason)
    raise RuntimeError(f"failed {reason}")


@websocket("/stream")
async def stream(socket: WebSocket[Any, Any, Any], tenant_id: FromQuery[str | None] = None) -> None:
    """A session: one summary at its end, no line per chunk."""
    bind(tenant_id=tenant_id)
    await socket.accept()
    length = 0
    try:
        while True:
            length += len(await socket.receive_bytes())
    except WebSocketDisconnect:
        chunks = websocket_session(socket.scope).chunks_received
        logger.info("Transcript published", length=length)
        logger.info("Session finalized", total_chunks=chunks)


handlers = [publish_transcript, read_transcript, fail, stream]
