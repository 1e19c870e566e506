"""Sample endpoints that log each kind of event once; replace them with your own."""

import asyncio
import time

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from {{ observability }} import (
    bind,
    get_logger,
    slow_operation,
    websocket_session,
)
from {{ package }}.settings import MAX_TRANSCRIPT_CHARACTERS

logger = get_logger(__name__)


async def publish_transcript(request: Request) -> JSONResponse:
    """A business event: lengths and ids, never the text."""
    started = time.perf_counter()
    try:
        transcript = await request.json()
    except ValueError:
        raise HTTPException(400, "the body is not JSON") from None
    match transcript:
        case {"session_id": str(session_id), "text": str(text)}:
            length = len(text)
        case _:
            raise HTTPException(422, "session_id and text are needed, both of them strings")
    if length > MAX_TRANSCRIPT_CHARACTERS:
        raise HTTPException(422, f"text has more than {MAX_TRANSCRIPT_CHARACTERS} characters")
    logger.info(
        "Transcript published",
        session_id=session_id,
        length=length,
        duration_ms=round((time.perf_counter() - started) * 1000, 3),
    )
    return JSONResponse({"length": length}, status_code=201)


async def read_transcript(request: Request) -> JSONResponse:
    """An operation that is logged when it takes longer than SLOW_OPERATION_THRESHOLD_MS."""
    transcript_id = request.path_params["transcript_id"]
    bind(transcript_id=transcript_id)
    delay_ms = request.query_params.get("delay_ms", "0")
    with slow_operation("transcript_retrieval"):
        await asyncio.sleep(min(int(delay_ms), 5000) / 1000 if delay_ms.isdecimal() else 0)
    return JSONResponse({"transcript_id": transcript_id})


async def fail(request: Request) -> JSONResponse:
    """An unhandled exception: one ERROR line with its traceback, and a 500."""
    reason = request.query_params.get("reason", "because it was asked to")
    logger.warning("About to fail", reason=reason)
    raise RuntimeError(f"failed {reason}")


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


routes = [
    Route("/transcripts", publish_transcript, methods=["POST"]),
    Route("/transcripts/{transcript_id}", read_transcript),
    Route("/failure", fail),
    WebSocketRoute("/stream", stream),
]
