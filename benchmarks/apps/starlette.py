"""A bare Starlette application, or one with our middleware, or with that of the standard's text."""

import logging
import os
import time
from collections.abc import Awaitable, Callable

from contenders import standard
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

logger = logging.getLogger(__name__)


async def answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


async def cpu(request: Request) -> PlainTextResponse:
    """CPU seconds of this process so far."""
    return PlainTextResponse(str(time.process_time()))


async def frames(websocket: WebSocket) -> None:
    """Answer each frame with its bytes, and a text with the CPU seconds of this process."""
    await websocket.accept()
    while (message := await websocket.receive())["type"] == "websocket.receive":
        if message.get("bytes") is not None:
            await websocket.send_bytes(message["bytes"])
        else:
            await websocket.send_text(str(time.process_time()))


ROUTES = [Route("/", answer), Route("/cpu", cpu), WebSocketRoute("/frames", frames)]


async def log_requests(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    start = time.time()
    response = await call_next(request)
    duration_ms = (time.time() - start) * 1000
    logger.info(
        f"request_completed: method={request.method} "
        f"path={request.url.path} status={response.status_code} "
        f"duration_ms={duration_ms:.2f}"
    )
    return response


def bare() -> Starlette:
    return Starlette(routes=ROUTES)


def ours() -> Starlette:
    from orders.observability import instrument, lifespan

    made = Starlette(routes=ROUTES, lifespan=lifespan)
    instrument(made)
    return made


def with_standard() -> Starlette:
    standard.setup()
    made = bare()
    made.add_middleware(BaseHTTPMiddleware, dispatch=log_requests)
    return made


app = {"ours": ours, "middleware": with_standard}.get(os.environ["CONTENDER"], bare)()
