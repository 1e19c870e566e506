"""Sample endpoints that log each kind of event once; replace them with your own."""

import json
import time
from typing import NoReturn

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from {{ observability }} import (
    bind,
    get_logger,
    slow_operation,
)
from {{ package }}.settings import MAX_TRANSCRIPT_CHARACTERS

logger = get_logger(__name__)


@require_POST
def publish_transcript(request: HttpRequest) -> JsonResponse:
    """A business event: lengths and ids, never the text."""
    started = time.perf_counter()
    try:
        transcript = json.loads(request.body)
    except ValueError:
        return JsonResponse({"detail": "the body is not JSON"}, status=400)
    match transcript:
        case {"session_id": str(session_id), "text": str(text)}:
            length = len(text)
        case _:
            detail = "session_id and text are needed, both of them strings"
            return JsonResponse({"detail": detail}, status=422)
    if length > MAX_TRANSCRIPT_CHARACTERS:
        detail = f"text has more than {MAX_TRANSCRIPT_CHARACTERS} characters"
        return JsonResponse({"detail": detail}, status=422)
    logger.info(
        "Transcript published",
        session_id=session_id,
        length=length,
        duration_ms=round((time.perf_counter() - started) * 1000, 3),
    )
    return JsonResponse({"length": length}, status=201)


@require_GET
def read_transcript(request: HttpRequest, transcript_id: str) -> JsonResponse:
    """An operation that is logged when it takes longer than SLOW_OPERATION_THRESHOLD_MS."""
    bind(transcript_id=transcript_id)
    delay_ms = request.GET.get("delay_ms", "0")
    with slow_operation("transcript_retrieval"):
        time.sleep(min(int(delay_ms), 5000) / 1000 if delay_ms.isdecimal() else 0)
    return JsonResponse({"transcript_id": transcript_id})


@require_GET
def fail(request: HttpRequest) -> NoReturn:
    """An unhandled exception: one ERROR line with its traceback, and a 500."""
    reason = request.GET.get("reason", "because it was asked to")
    logger.warning("About to fail", reason=reason)
    raise RuntimeError(f"failed {reason}")


urlpatterns = [
    path("transcripts", publish_transcript),
    path("transcripts/<str:transcript_id>", read_transcript),
    path("failure", fail),
]
