# Managed by the service template: change it there, or expect a merge on update.
"""A Starlette application with each ending that a request or a session can have.

The tests of the standard drive it; it has nothing of the service's own routes.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from {{ observability }} import (
    bind,
    get_logger,
    instrument,
    lifespan,
    websocket_session,
)

ROUTE_OF_WRONG_METHOD = "/plain"
"""The route of a 405: Starlette has matched it by its path."""

WRONG_VALUE = (404, None)
"""Status and route of a value that the route's parameter cannot have: another path."""

STATUS_OF_HEAD = 200
"""The status of a HEAD request for a GET route: Starlette adds HEAD to it."""

FAILED_SESSION = (None, 500)
"""Close code of a session that fails, and status of one that fails before it is accepted.

Starlette leaves both to the server, so that the summary knows no code.
"""

CONCURRENT = 100
"""Requests that the server handles at the same time."""

logger = get_logger(__name__)
logger.info("Probe imported")

arrived = 0
everybody = asyncio.Event()


async def plain(request: Request) -> PlainTextResponse:
    logger.info("In the handler")
    return PlainTextResponse("plain")


def item_in_thread(request: Request) -> PlainTextResponse:
    item_id = request.path_params["item_id"]
    bind(item_id=item_id, dependency="seen")
    logger.info("In the thread")
    return PlainTextResponse(item_id)


async def item(request: Request) -> PlainTextResponse:
    bind(item_id=request.path_params["item_id"])
    return PlainTextResponse(request.path_params["item_id"])


async def number(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(request.path_params["number"]))


async def failure(request: Request) -> PlainTextResponse:
    raise RuntimeError("failed on purpose")


async def unavailable(request: Request) -> PlainTextResponse:
    raise HTTPException(503)


async def stream(request: Request) -> StreamingResponse:
    async def chunks() -> AsyncIterator[bytes]:
        for chunk in (b"one", b"two", b"three"):
            yield chunk
            await asyncio.sleep(0.1)

    return StreamingResponse(chunks())


async def cut(request: Request) -> StreamingResponse:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"first"
        raise RuntimeError("failed in mid-stream")

    return StreamingResponse(chunks())


async def endless(request: Request) -> StreamingResponse:
    async def chunks() -> AsyncIterator[bytes]:
        while True:
            yield b"more"
            await asyncio.sleep(0.01)

    return StreamingResponse(chunks())


async def background(request: Request) -> PlainTextResponse:
    def fail() -> None:
        raise RuntimeError("failed after the response")

    return PlainTextResponse("answered", background=BackgroundTask(fail))


async def hold(request: Request) -> PlainTextResponse:
    logger.info("Holding")
    await asyncio.sleep(request.path_params["seconds"])
    return PlainTextResponse("held")


async def together(request: Request) -> PlainTextResponse:
    global arrived
    number = request.path_params["number"]
    bind(bound=number)
    arrived += 1
    if arrived == CONCURRENT:
        everybody.set()
    await everybody.wait()
    logger.info("Together", number=number)
    return PlainTextResponse(str(number))


async def echo(websocket: WebSocket) -> None:
    """Answers each chunk; a close ends it by the exception that it does not catch."""
    bind(tenant_id="acme", actor_id="user-7")
    await websocket.accept()
    session = websocket_session(websocket.scope)
    await websocket.send_text(session.session_id)
    while True:
        message: dict[str, Any] = dict(await websocket.receive())
        if message["type"] == "websocket.disconnect":
            return
        if message.get("bytes") is not None:
            await websocket.send_bytes(message["bytes"])
        else:
            await websocket.send_text(message["text"])


async def listen(websocket: WebSocket) -> None:
    """Waits for chunks until the framework raises: it does not catch WebSocketDisconnect."""
    await websocket.accept()
    logger.info("Listening")
    while True:
        await websocket.receive_bytes()


async def push(websocket: WebSocket) -> None:
    """Sends without listening, so that it learns by sending that the client is gone."""
    await websocket.accept()
    while True:
        await websocket.send_bytes(b"news")
        await asyncio.sleep(0.01)


async def reject(websocket: WebSocket) -> None:
    await websocket.close(code=4403)


async def goodbye(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close(code=4001)


async def failing(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.receive_bytes()
    raise RuntimeError("failed in the session")


async def unaccepted(websocket: WebSocket) -> None:
    raise RuntimeError("failed before accepting")


app = Starlette(
    lifespan=lifespan,
    routes=[
        Route("/plain", plain),
        Route("/items/{item_id}", item_in_thread),
        Mount("/api", routes=[Mount("/v1", routes=[Route("/items/{item_id}", item)])]),
        Mount("/mounted", Starlette(routes=[Route("/items/{item_id}", item)])),
        Mount("/of/{tenant}", routes=[Route("/items/{item_id}", item)]),
        Route("/numbers/{number:int}", number),
        Route("/failure", failure),
        Route("/unavailable", unavailable),
        Route("/stream", stream),
        Route("/cut", cut),
        Route("/endless", endless),
        Route("/background", background),
        Route("/hold/{seconds:float}", hold),
        Route("/together/{number:int}", together),
        WebSocketRoute("/echo", echo),
        WebSocketRoute("/listen", listen),
        WebSocketRoute("/push", push),
        WebSocketRoute("/reject", reject),
        WebSocketRoute("/goodbye", goodbye),
        WebSocketRoute("/failing", failing),
        WebSocketRoute("/unaccepted", unaccepted),
    ],
)
instrument(app)


def make_default_app() -> Starlette:
    """An application as the framework makes it by default, in its debug mode."""
    default = Starlette(debug=True, routes=[Route("/failure", failure)])
    instrument(default)
    return default


@contextmanager
def open_client(app: Starlette = app) -> Iterator[Any]:
    """The framework's own test client, with the application's lifespan running."""
    from starlette.testclient import TestClient

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
