"""Sample endpoints that log each kind of event once; replace them with your own."""

import time
from typing import NoReturn

from flask import Blueprint, abort, request

from {{ observability }} import (
    bind,
    get_logger,
    slow_operation,
)
from {{ package }}.settings import MAX_TRANSCRIPT_CHARACTERS

logger = get_logger(__name__)
routes = Blueprint("routes", __name__)


@routes.post("/transcripts")
def publish_transcript() -> tuple[dict[str, int], int]:
    """A business event: lengths and ids, never the text."""
    started = time.perf_counter()
    match request.get_json():
        case {"session_id": str(session_id), "text": str(text)}:
            length = len(text)
        case _:
            abort(422, "session_id and text are needed, both of them strings")
    if length > MAX_TRANSCRIPT_CHARACTERS:
        abort(422, f"text has more than {MAX_TRANSCRIPT_CHARACTERS} characters")
    logger.info(
        "Transcript published",
        session_id=session_id,
        length=length,
        duration_ms=round((time.perf_counter() - started) * 1000, 3),
    )
    return {"length": length}, 201


@routes.get("/transcripts/<transcript_id>")
def read_transcript(transcript_id: str) -> dict[str, str]:
    """An operation that is logged when it takes longer than SLOW_OPERATION_THRESHOLD_MS."""
    bind(transcript_id=transcript_id)
    delay_ms = request.args.get("delay_ms", 0, type=int)
    with slow_operation("transcript_retrieval"):
        time.sleep(max(0, min(delay_ms, 5000)) / 1000)
    return {"transcript_id": transcript_id}


@routes.get("/failure")
def fail() -> NoReturn:
    """An unhandled exception: one ERROR line with its traceback, and a 500."""
    reason = request.args.get("reason", "because it was asked to")
    logger.warning("About to fail", reason=reason)
    raise RuntimeError(f"failed {reason}")
