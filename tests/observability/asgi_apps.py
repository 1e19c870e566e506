"""The same application in FastAPI, Starlette and Litestar, with each ending of a request."""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

from observability.context import bind
from observability.logger import get_logger
from observability.middleware import run
from observability.server import lifespan
from observability.websockets import websocket_session

logger = get_logger(__name__)


async def three_chunks() -> AsyncIterator[bytes]:
    for chunk in (b"one", b"two", b"three"):
        yield chunk
        await asyncio.sleep(0.02)


async def broken_chunks() -> AsyncIterator[bytes]:
    yield b"first"
    raise RuntimeError("failed in mid-stream")


async def endless_chunks() -> AsyncIterator[bytes]:
    while True:
        yield b"more"
        await asyncio.sleep(0.01)


async def fail_later() -> None:
    raise RuntimeError("failed after the response")


def fail() -> None:
    raise RuntimeError("failed on purpose")


def log_and_fail() -> None:
    try:
        fail()
    except RuntimeError:
        logger.exception("Seen by the service")
        raise


def fail_with_status(exception: Any, status: int, *, log: bool = False) -> None:
    """Answer a failure by an HTTPException of the framework, with its cause."""
    try:
        fail()
    except RuntimeError as error:
        if log:
            logger.exception("Seen by the service")
        raise exception from error
    raise AssertionError(status)


async def hold() -> None:
    logger.info("Holding")
    await asyncio.sleep(60)


async def echo(socket: Any) -> None:
    bind(tenant_id="acme", actor_id="user-7")
    await socket.accept()
    session = websocket_session(socket.scope)
    await socket.send_text(session.session_id)
    while True:
        await socket.send_bytes(await socket.receive_bytes())


async def break_session(socket: Any) -> None:
    await socket.accept()
    await socket.receive_bytes()
    fail()


async def reject(socket: Any) -> None:
    await socket.close(code=4403)


def make_fastapi() -> Any:
    from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, HTTPException, WebSocket
    from fastapi.requests import HTTPConnection
    from fastapi.responses import PlainTextResponse, StreamingResponse
    from observability.fastapi import instrument

    def unique_id(route: Any) -> str:
        assert route.endpoint.__module__ == __name__, "a route of the package is in the application"
        return str(route.path)

    def refuse_health(connection: HTTPConnection) -> None:
        assert not connection.url.path.startswith("/health/"), "a health check is no public route"

    inner, router = FastAPI(), APIRouter()
    app = FastAPI(
        lifespan=lifespan,
        dependencies=[Depends(refuse_health)],
        generate_unique_id_function=unique_id,
    )

    @app.get("/plain")
    async def plain() -> PlainTextResponse:
        logger.info("In the handler")
        return PlainTextResponse("plain")

    @app.get("/threads/{item_id}")
    def in_thread(item_id: str) -> PlainTextResponse:
        bind(item_id=item_id)
        return PlainTextResponse(item_id)

    @inner.get("/items/{item_id}")
    @router.get("/items/{item_id}")
    async def item(item_id: str) -> PlainTextResponse:
        return PlainTextResponse(item_id)

    @app.get("/background")
    async def background(tasks: BackgroundTasks) -> PlainTextResponse:
        tasks.add_task(fail_later)
        return PlainTextResponse("answered")

    app.get("/failure")(fail)
    app.get("/logged")(log_and_fail)
    app.get("/caused")(lambda: fail_with_status(HTTPException(500, "internal"), 500))
    app.get("/logged-cause")(lambda: fail_with_status(HTTPException(500), 500, log=True))
    app.get("/hold")(hold)

    @app.get("/unavailable")
    async def unavailable() -> None:
        raise HTTPException(503)

    def stream(chunks: Any) -> Any:
        return lambda: StreamingResponse(chunks())

    for name, chunks in STREAMS.items():
        app.get(f"/{name}")(stream(chunks))

    for path, session in SESSIONS.items():
        app.add_api_websocket_route(path, _typed(session, WebSocket))
    app.include_router(router, prefix="/api/v1")
    app.mount("/mounted", inner)
    app.mount("/of/{tenant}", inner)
    instrument(app)
    return app


def make_starlette() -> Any:
    from observability.starlette import instrument
    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.exceptions import HTTPException
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse, StreamingResponse
    from starlette.routing import Mount, Route, WebSocketRoute

    async def plain(request: Request) -> PlainTextResponse:
        logger.info("In the handler")
        return PlainTextResponse("plain")

    def in_thread(request: Request) -> PlainTextResponse:
        bind(item_id=request.path_params["item_id"])
        return PlainTextResponse("in a thread")

    async def item(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.path_params["item_id"])

    async def background(request: Request) -> PlainTextResponse:
        return PlainTextResponse("answered", background=BackgroundTask(fail_later))

    async def unavailable(request: Request) -> None:
        raise HTTPException(503)

    async def held(request: Request) -> None:
        await hold()

    def stream(chunks: Any) -> Any:
        return lambda request: StreamingResponse(chunks())

    items = [Route("/items/{item_id}", item)]
    app = Starlette(
        routes=[
            Route("/plain", plain),
            Route("/threads/{item_id}", in_thread),
            Route("/background", background),
            Route("/failure", lambda request: fail()),
            Route("/logged", lambda request: log_and_fail()),
            Route("/caused", lambda request: fail_with_status(HTTPException(500), 500)),
            Route(
                "/logged-cause",
                lambda request: fail_with_status(HTTPException(500), 500, log=True),
            ),
            Route("/unavailable", unavailable),
            Route("/hold", held),
            *(Route(f"/{name}", stream(chunks)) for name, chunks in STREAMS.items()),
            *(WebSocketRoute(path, session) for path, session in SESSIONS.items()),
            Mount("/api/v1", routes=items),
            Mount("/mounted", routes=items),
            Mount("/of/{tenant}", routes=items),
        ],
        lifespan=lifespan,
    )
    instrument(app)
    return app


def make_litestar() -> Any:
    from litestar import Litestar, MediaType, Response, Router, WebSocket, asgi, get, websocket
    from litestar.background_tasks import BackgroundTask
    from litestar.exceptions import HTTPException, ServiceUnavailableException
    from litestar.params import FromPath
    from litestar.response import Stream
    from observability.litestar import instrument

    def text(path: str, **options: Any) -> Any:
        return get(path, media_type=MediaType.TEXT, **options)

    @text("/plain")
    async def plain() -> str:
        logger.info("In the handler")
        return "plain"

    @text("/threads/{item_id:str}", sync_to_thread=True)
    def in_thread(item_id: FromPath[str]) -> str:
        bind(item_id=item_id)
        return item_id

    @text("/items/{item_id:str}")
    async def item(item_id: FromPath[str]) -> str:
        return item_id

    @get("/background")
    async def background() -> Response[str]:
        task = BackgroundTask(fail_later)
        return Response("answered", media_type=MediaType.TEXT, background=task)

    @get("/failure")
    async def failure() -> None:
        fail()

    @get("/logged")
    async def logged() -> None:
        log_and_fail()

    @get("/caused")
    async def caused() -> None:
        fail_with_status(HTTPException(status_code=500), 500)

    @get("/logged-cause")
    async def logged_cause() -> None:
        fail_with_status(HTTPException(status_code=500), 500, log=True)

    @get("/unavailable")
    async def unavailable() -> None:
        raise ServiceUnavailableException

    @get("/hold")
    async def held() -> None:
        await hold()

    def stream(name: str, chunks: Any) -> Any:
        async def handler() -> Stream:
            return Stream(chunks())

        return get(f"/{name}")(handler)

    inner = Litestar([item], logging_config=None, openapi_config=None)

    @asgi("/mounted", is_mount=True, copy_scope=False)
    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        await inner(scope, receive, send)

    def session_handler(path: str, session: Any) -> Any:
        async def handler(socket: WebSocket[Any, Any, Any]) -> None:
            await session(socket)

        return websocket(path)(handler)

    app = Litestar(
        [
            *(plain, in_thread, background, failure, logged, caused, logged_cause, unavailable),
            *(held, mounted),
            *(stream(name, chunks) for name, chunks in STREAMS.items()),
            *(session_handler(path, session) for path, session in SESSIONS.items()),
            Router("/api/v1", route_handlers=[item]),
            Router("/of/{tenant:str}", route_handlers=[item]),
        ],
        lifespan=[lifespan],
        logging_config=None,
    )
    instrument(app)
    return app


STREAMS = {"stream": three_chunks, "cut": broken_chunks, "endless": endless_chunks}
SESSIONS = {"/echo": echo, "/failing": break_session, "/reject": reject}
MAKERS = {"fastapi": make_fastapi, "starlette": make_starlette, "litestar": make_litestar}


def _typed(session: Any, kind: Any) -> Any:
    async def handler(socket: Any) -> None:
        await session(socket)

    handler.__annotations__["socket"] = kind
    return handler


def __getattr__(name: str) -> Any:
    """Make the application of an import string, such as `asgi_apps:fastapi`."""
    if name in MAKERS:
        return MAKERS[name]()
    raise AttributeError(name)


if __name__ == "__main__":
    run(f"asgi_apps:{sys.argv[1]}")
