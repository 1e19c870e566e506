# Managed by the service template: change it there, or expect a merge on update.
"""A FastAPI application with each ending that a request or a session can have.

The tests of the standard drive it; it has nothing of the service's own routes.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, HTTPException, WebSocket
from fastapi.responses import PlainTextResponse, StreamingResponse

from {{ observability }} import (
    bind,
    get_logger,
    instrument,
    lifespan,
    websocket_session,
)

ROUTE_OF_WRONG_METHOD = "/plain"
"""The route of a 405: FastAPI has matched it by its path."""

WRONG_VALUE = (422, "/numbers/{number}")
"""Status and route of a value that the route's parameter cannot have."""

STATUS_OF_HEAD = 405
"""The status of a HEAD request for a GET route: FastAPI adds no HEAD."""

FAILED_SESSION = (None, 500)
"""Close code of a session that fails, and status of one that fails before it is accepted.

FastAPI leaves both to the server, so that the summary knows no code.
"""

CONCURRENT = 100
"""Requests that the server handles at the same time."""

logger = get_logger(__name__)
logger.info("Probe imported")

routes = APIRouter()
nested = APIRouter()
mounted = FastAPI()
arrived = 0
everybody = asyncio.Event()


def bind_from_dependency() -> None:
    bind(dependency="seen")


@routes.get("/plain")
async def plain() -> PlainTextResponse:
    logger.info("In the handler")
    return PlainTextResponse("plain")


@routes.get("/items/{item_id}", dependencies=[Depends(bind_from_dependency)])
def item_in_thread(item_id: str) -> PlainTextResponse:
    bind(item_id=item_id)
    logger.info("In the thread")
    return PlainTextResponse(item_id)


@nested.get("/items/{item_id}")
@mounted.get("/items/{item_id}")
async def item(item_id: str) -> PlainTextResponse:
    bind(item_id=item_id)
    return PlainTextResponse(item_id)


@routes.get("/numbers/{number}")
async def number(number: int) -> PlainTextResponse:
    return PlainTextResponse(str(number))


@routes.get("/failure")
async def failure() -> None:
    raise RuntimeError("failed on purpose")


@routes.get("/unavailable")
async def unavailable() -> None:
    raise HTTPException(503)


@routes.get("/stream")
async def stream() -> StreamingResponse:
    async def chunks() -> AsyncIterator[bytes]:
        for chunk in (b"one", b"two", b"three"):
            yield chunk
            await asyncio.sleep(0.1)

    return StreamingResponse(chunks())


@routes.get("/cut")
async def cut() -> StreamingResponse:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"first"
        raise RuntimeError("failed in mid-stream")

    return StreamingResponse(chunks())


@routes.get("/endless")
async def endless() -> StreamingResponse:
    async def chunks() -> AsyncIterator[bytes]:
        while True:
            yield b"more"
            await asyncio.sleep(0.01)

    return StreamingResponse(chunks())


@routes.get("/background")
async def background(tasks: BackgroundTasks) -> PlainTextResponse:
    def fail() -> None:
        raise RuntimeError("failed after the response")

    tasks.add_task(fail)
    return PlainTextResponse("answered")


@routes.get("/hold/{seconds}")
async def hold(seconds: float) -> PlainTextResponse:
    logger.info("Holding")
    await asyncio.sleep(seconds)
    return PlainTextResponse("held")


@routes.get("/together/{number}")
async def together(number: int) -> PlainTextResponse:
    global arrived
    bind(bound=number)
    arrived += 1
    if arrived == CONCURRENT:
        everybody.set()
    await everybody.wait()
    logger.info("Together", number=number)
    return PlainTextResponse(str(number))


@routes.websocket("/echo")
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


@routes.websocket("/listen")
async def listen(websocket: WebSocket) -> None:
    """Waits for chunks until the framework raises: it does not catch WebSocketDisconnect."""
    await websocket.accept()
    logger.info("Listening")
    while True:
        await websocket.receive_bytes()


@routes.websocket("/push")
async def push(websocket: WebSocket) -> None:
    """Sends without listening, so that it learns by sending that the client is gone."""
    await websocket.accept()
    while True:
        await websocket.send_bytes(b"news")
        await asyncio.sleep(0.01)


@routes.websocket("/reject")
async def reject(websocket: WebSocket) -> None:
    await websocket.close(code=4403)


@routes.websocket("/goodbye")
async def goodbye(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close(code=4001)


@routes.websocket("/failing")
async def failing(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.receive_bytes()
    raise RuntimeError("failed in the session")


@routes.websocket("/unaccepted")
async def unaccepted(websocket: WebSocket) -> None:
    raise RuntimeError("failed before accepting")


app = FastAPI(lifespan=lifespan)
app.include_router(routes)
app.include_router(nested, prefix="/api/v1")
app.mount("/mounted", mounted)
app.mount("/of/{tenant}", mounted)
instrument(app)


def make_default_app() -> FastAPI:
    """An application as the framework makes it by default, in its debug mode."""
    default = FastAPI(debug=True)
    default.add_api_route("/failure", failure)
    instrument(default)
    return default


@contextmanager
def open_client(app: FastAPI = app) -> Iterator[Any]:
    """The framework's own test client, with the application's lifespan running."""
    from fastapi.testclient import TestClient

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
