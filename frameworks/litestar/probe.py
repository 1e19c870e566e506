# Managed by the service template: change it there, or expect a merge on update.
"""A Litestar application with each ending that a request or a session can have.

The tests of the standard drive it; it has nothing of the service's own routes.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from litestar import Litestar, MediaType, Response, Router, WebSocket, asgi, get, websocket
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency, Provide
from litestar.exceptions import ServiceUnavailableException
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import Receive, Scope, Send

from {{ observability }} import (
    bind,
    get_logger,
    instrument,
    lifespan,
    websocket_session,
)

ROUTE_OF_WRONG_METHOD = None
"""The route of a 405: Litestar looks for path and method at once, and has found none."""

WRONG_VALUE = (404, None)
"""Status and route of a value that the route's parameter cannot have: another path."""

STATUS_OF_HEAD = 405
"""The status of a HEAD request for a GET route: Litestar adds no HEAD."""

FAILED_SESSION = (4500, 403)
"""Close code of a session that fails, and status of one that fails before it is accepted.

Litestar closes it, with a code of its own; a session that is closed unaccepted is a 403.
"""

CONCURRENT = 100
"""Requests that the server handles at the same time."""

Socket = WebSocket[Any, Any, Any]

logger = get_logger(__name__)
logger.info("Probe imported")

arrived = 0
everybody = asyncio.Event()


async def bind_from_dependency() -> None:
    bind(dependency="seen")


@get("/plain", media_type=MediaType.TEXT)
async def plain() -> str:
    logger.info("In the handler")
    return "plain"


@get(
    "/items/{item_id:str}",
    media_type=MediaType.TEXT,
    dependencies={"bound": Provide(bind_from_dependency)},
    sync_to_thread=True,
)
def item_in_thread(item_id: FromPath[str], bound: NamedDependency[None]) -> str:
    bind(item_id=item_id)
    logger.info("In the thread")
    return item_id


@get("/items/{item_id:str}", media_type=MediaType.TEXT)
async def item(item_id: FromPath[str]) -> str:
    bind(item_id=item_id)
    return item_id


inner = Litestar([item], logging_config=None, openapi_config=None)


@asgi("/mounted", is_mount=True, copy_scope=False)
async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
    await inner(scope, receive, send)


@get("/numbers/{number:int}", media_type=MediaType.TEXT)
async def show_number(number: FromPath[int]) -> str:
    return str(number)


@get("/failure")
async def failure() -> None:
    raise RuntimeError("failed on purpose")


@get("/unavailable")
async def unavailable() -> None:
    raise ServiceUnavailableException


@get("/stream")
async def stream() -> Stream:
    async def chunks() -> AsyncIterator[bytes]:
        for chunk in (b"one", b"two", b"three"):
            yield chunk
            await asyncio.sleep(0.1)

    return Stream(chunks())


@get("/cut")
async def cut() -> Stream:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"first"
        raise RuntimeError("failed in mid-stream")

    return Stream(chunks())


@get("/endless")
async def endless() -> Stream:
    async def chunks() -> AsyncIterator[bytes]:
        while True:
            yield b"more"
            await asyncio.sleep(0.01)

    return Stream(chunks())


@get("/background")
async def background() -> Response[str]:
    async def fail() -> None:
        raise RuntimeError("failed after the response")

    return Response("answered", media_type=MediaType.TEXT, background=BackgroundTask(fail))


@get("/hold/{seconds:float}", media_type=MediaType.TEXT)
async def hold(seconds: FromPath[float]) -> str:
    logger.info("Holding")
    await asyncio.sleep(seconds)
    return "held"


@get("/together/{number:int}", media_type=MediaType.TEXT)
async def together(number: FromPath[int]) -> str:
    global arrived
    bind(bound=number)
    arrived += 1
    if arrived == CONCURRENT:
        everybody.set()
    await everybody.wait()
    logger.info("Together", number=number)
    return str(number)


@websocket("/echo")
async def echo(socket: Socket) -> None:
    """Answers each chunk until it is told of a close."""
    bind(tenant_id="acme", actor_id="user-7")
    await socket.accept()
    session = websocket_session(socket.scope)
    await socket.send_text(session.session_id)
    while True:
        message: dict[str, Any] = dict(await socket.receive())
        if message["type"] == "websocket.disconnect":
            return
        if message.get("bytes") is not None:
            await socket.send_bytes(message["bytes"])
        else:
            await socket.send_text(message["text"])


@websocket("/listen")
async def listen(socket: Socket) -> None:
    """Waits for chunks until the framework raises: it does not catch WebSocketDisconnect."""
    await socket.accept()
    logger.info("Listening")
    while True:
        await socket.receive_bytes()


@websocket("/push")
async def push(socket: Socket) -> None:
    """Sends without listening, so that it learns by sending that the client is gone."""
    await socket.accept()
    while True:
        await socket.send_bytes(b"news")
        await asyncio.sleep(0.01)


@websocket("/reject")
async def reject(socket: Socket) -> None:
    await socket.close(code=4403)


@websocket("/goodbye")
async def goodbye(socket: Socket) -> None:
    await socket.accept()
    await socket.close(code=4001)


@websocket("/failing")
async def failing(socket: Socket) -> None:
    await socket.accept()
    await socket.receive_bytes()
    raise RuntimeError("failed in the session")


@websocket("/unaccepted")
async def unaccepted(socket: Socket) -> None:
    raise RuntimeError("failed before accepting")


app = Litestar(
    [
        plain,
        item_in_thread,
        Router("/api/v1", route_handlers=[item]),
        Router("/of/{tenant:str}", route_handlers=[item]),
        mounted,
        show_number,
        failure,
        unavailable,
        stream,
        cut,
        endless,
        background,
        hold,
        together,
        echo,
        listen,
        push,
        reject,
        goodbye,
        failing,
        unaccepted,
    ],
    lifespan=[lifespan],
    logging_config=None,
)
instrument(app)


def make_default_app() -> Litestar:
    """An application as the framework makes it by default, in its debug mode."""
    default = Litestar([failure], debug=True)
    instrument(default)
    return default


@contextmanager
def open_client(app: Litestar = app) -> Iterator[Any]:
    """The framework's own test client, with the application's lifespan running."""
    from litestar.testing import TestClient

    with TestClient(app) as client:
        yield client
