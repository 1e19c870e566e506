"""Sample endpoints that log each kind of event once; replace them with your own."""

import asyncio
import time

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field

from {{ observability }} import (
    bind,
    get_logger,
    slow_operation,
    websocket_session,
)
from {{ package }}.settings import MAX_TRANSCRIPT_CHARACTERS

logger = get_logger(__name__)
router = APIRouter()


class Transcript(BaseModel):
    session_id: str
    text: str = Field(max_length=MAX_TRANSCRIPT_CHARACTERS)


@router.post("/transcripts", status_code=201)
async def publish_transcript(transcript: Transcript) -> dict[str, int]:
    """A business event: lengths and ids, never the text."""
    started = time.perf_counter()
    length = len(transcript.text)
    logger.info(
        "Transcript published",
        session_id=transcript.session_id,
        length=length,
        duration_ms=round((time.perf_counter() - started) * 1000, 3),
    )
    return {"length": length}


@router.get("/transcripts/{transcript_id}")
async def read_transcript(transcript_id: str, delay_ms: int = 0) -> dict[str, str]:
    """An operation that is logged when it takes longer than SLOW_OPERATION_THRESHOLD_MS."""
    bind(transcript_id=transcript_id)
    with slow_operation("transcript_retrieval"):
        await asyncio.sleep(min(delay_ms, 5000) / 1000)
    return {"transcript_id": transcript_id}


@router.get("/failure")
async def fail(reason: str = "because it was asked to") -> None:
    """An unhandled exception: one ERROR line with its traceback, and a 500."""
    logger.warning("About to fail", reason=reason)
    raise RuntimeError(f"failed {reason}")


@router.websocket("/stream")
async def stream(websocket: WebSocket) -> None:
    """A session: one summary at its end, no line per chunk."""
    bind(tenant_id=websocket.query_params.get("tenant_id"))
    await websocket.accept()
    length = 0
    try:
        while True:
            length += len(await websocket.receive_bytes())
    except WebSocketDisconnect:
        chunks = websocket_session(websocket.scope).chunks_received
        logger.info("Transcript published", length=length)
        logger.info("Session finalized", total_chunks=chunks)
