"""The same application in every web framework, with each ending of a request or a session."""

import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from threading import Barrier
from typing import Any, NoReturn

from observability.context import bind
from observability.logger import get_logger

CONCURRENT = 5
"""Requests at the same time; Litestar has a thread for each core and four more."""

logger = get_logger(__name__)
everybody = Barrier(CONCURRENT)


def plain() -> str:
    logger.info("In the handler")
    return "plain"


def item(item_id: str) -> str:
    bind(item_id=item_id)
    return item_id


def fail() -> NoReturn:
    raise RuntimeError("failed on purpose")


def log_and_fail() -> NoReturn:
    try:
        fail()
    except RuntimeError:
        logger.exception("Seen by the service")
        raise


def misplaced() -> NoReturn:
    raise LookupError("no such shelf")


def together(number: str) -> str:
    bind(bound=number)
    everybody.wait()
    logger.info("Together", number=number)
    return number


def hold(seconds: str) -> str:
    logger.info("Holding")
    time.sleep(float(seconds))
    return "held"


async def hold_in_loop() -> None:
    logger.info("Holding")
    await asyncio.sleep(60)


def fail_later() -> NoReturn:
    raise RuntimeError("failed after the response")


VIEWS: dict[str, Any] = {
    "/plain": plain,
    "/items/{item_id}": item,
    "/failure": fail,
    "/logged": log_and_fail,
    "/misplaced": misplaced,
    "/together/{number}": together,
}


def answered(error: Callable[[int], Exception]) -> dict[str, Any]:
    """Views that answer by an exception of the framework, which `error` makes."""

    def unavailable() -> NoReturn:
        raise error(503)

    def caused_by(broken: Callable[[], NoReturn]) -> Callable[[], NoReturn]:
        def view() -> NoReturn:
            try:
                broken()
            except RuntimeError as cause:
                raise error(500) from cause

        return view

    caused = {"/caused": caused_by(fail), "/logged-cause": caused_by(log_and_fail)}
    return {"/unavailable": unavailable, **caused}


def three_chunks() -> Iterator[bytes]:
    for chunk in (b"one", b"two", b"three"):
        yield chunk
        time.sleep(0.1)


def broken_chunks() -> Iterator[bytes]:
    yield b"first"
    raise RuntimeError("failed in mid-stream")


def endless_chunks() -> Iterator[bytes]:
    while True:
        yield b"more"
        time.sleep(0.01)


async def in_loop(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
        await asyncio.sleep(0)


STREAMS = {"/stream": three_chunks, "/cut": broken_chunks, "/endless": endless_chunks}


async def echo(socket: Any) -> None:
    from observability.websockets import websocket_session

    bind(tenant_id="acme", actor_id="user-7")
    await socket.accept()
    await socket.send_text(websocket_session(socket.scope).session_id)
    while True:
        await socket.send_bytes(await socket.receive_bytes())


async def break_session(socket: Any) -> None:
    await socket.accept()
    await socket.receive_bytes()
    fail()


async def reject(socket: Any) -> None:
    await socket.close(code=4403)


SESSIONS = {"/echo": echo, "/failing": break_session, "/reject": reject}


def make_fastapi() -> Any:
    from fastapi import BackgroundTasks, FastAPI, HTTPException, Request, WebSocket
    from fastapi.responses import PlainTextResponse, StreamingResponse
    from observability.fastapi import instrument
    from observability.server import lifespan

    async def background(tasks: BackgroundTasks) -> PlainTextResponse:
        tasks.add_task(fail_later)
        return PlainTextResponse("answered")

    async def upload(request: Request) -> None:
        await request.body()

    def session_handler(session: Any) -> Any:
        async def handler(socket: WebSocket) -> None:
            await session(socket)

        return handler

    def stream(chunks: Any) -> Any:
        return lambda: StreamingResponse(in_loop(chunks()))

    inner = FastAPI()
    inner.get("/items/{item_id}", response_class=PlainTextResponse)(item)
    app = FastAPI(lifespan=lifespan)
    for path, view in {**VIEWS, **answered(HTTPException), "/hold": hold_in_loop}.items():
        app.get(path, response_model=None, response_class=PlainTextResponse)(view)
    app.get("/background")(background)
    app.post("/upload")(upload)
    for path, chunks in STREAMS.items():
        app.get(path)(stream(chunks))
    for path, session in SESSIONS.items():
        app.add_api_websocket_route(path, session_handler(session))
    app.mount("/mounted", inner)
    app.include_router(inner.router, prefix="/of/{tenant}")
    instrument(app)
    return app


def make_starlette() -> Any:
    from observability.server import lifespan
    from observability.starlette import instrument
    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.exceptions import HTTPException
    from starlette.responses import PlainTextResponse, StreamingResponse
    from starlette.routing import Mount, Route, WebSocketRoute

    def route(path: str, view: Any) -> Route:
        return Route(path, lambda request: PlainTextResponse(view(**request.path_params)))

    def stream(chunks: Any) -> Any:
        return lambda request: StreamingResponse(in_loop(chunks()))

    def background(request: Any) -> PlainTextResponse:
        return PlainTextResponse("answered", background=BackgroundTask(fail_later))

    async def held(request: Any) -> None:
        await hold_in_loop()

    async def upload(request: Any) -> None:
        await request.body()

    def of_mount(request: Any) -> PlainTextResponse:
        return PlainTextResponse(item(request.path_params["item_id"]))

    items = [Route("/items/{item_id}", of_mount)]
    routes = [
        *(route(path, view) for path, view in {**VIEWS, **answered(HTTPException)}.items()),
        *(Route(path, stream(chunks)) for path, chunks in STREAMS.items()),
        *(WebSocketRoute(path, session) for path, session in SESSIONS.items()),
        *(Route("/background", background), Route("/hold", held)),
        Route("/upload", upload, methods=["POST"]),
        *(Mount("/mounted", routes=items), Mount("/of/{tenant}", routes=items)),
    ]
    app = Starlette(routes=routes, lifespan=lifespan)
    instrument(app)
    return app


def make_litestar() -> Any:
    import litestar
    from litestar.background_tasks import BackgroundTask
    from litestar.exceptions import HTTPException
    from litestar.response import Stream
    from observability.litestar import instrument
    from observability.server import lifespan

    def route(path: str, view: Any) -> Any:
        typed = re.sub(r"{(\w+)}", r"{\1:str}", path)
        return litestar.get(typed, media_type=litestar.MediaType.TEXT, sync_to_thread=True)(view)

    def stream(path: str, chunks: Any) -> Any:
        async def handler() -> Stream:
            return Stream(in_loop(chunks()))

        return litestar.get(path)(handler)

    def session_handler(path: str, session: Any) -> Any:
        async def handler(socket: litestar.WebSocket[Any, Any, Any]) -> None:
            await session(socket)

        return litestar.websocket(path)(handler)

    @litestar.get("/background")
    async def background() -> litestar.Response[str]:
        task = BackgroundTask(fail_later)
        return litestar.Response("answered", media_type=litestar.MediaType.TEXT, background=task)

    @litestar.post("/upload")
    async def upload(request: litestar.Request[Any, Any, Any]) -> None:
        await request.body()

    inner = litestar.Litestar(
        [route("/items/{item_id}", item)], logging_config=None, openapi_config=None
    )

    @litestar.asgi("/mounted", is_mount=True, copy_scope=False)
    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        await inner(scope, receive, send)

    errors = answered(lambda status: HTTPException(status_code=status))
    app = litestar.Litestar(
        [
            *(route(path, view) for path, view in {**VIEWS, **errors}.items()),
            *(stream(path, chunks) for path, chunks in STREAMS.items()),
            *(session_handler(path, session) for path, session in SESSIONS.items()),
            *(background, litestar.get("/hold")(hold_in_loop), mounted, upload),
            litestar.Router("/of/{tenant:str}", route_handlers=[route("/items/{item_id}", item)]),
        ],
        lifespan=[lifespan],
        logging_config=None,
    )
    instrument(app)
    return app


def make_flask() -> Any:
    """Flask, whose logger was used before it is instrumented."""
    from flask import Flask, Response
    from flask.logging import default_handler
    from observability.flask import instrument
    from werkzeug.exceptions import default_exceptions
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    app, mounted = Flask("flask_app"), Flask("mounted_app")
    app.logger.addHandler(default_handler)
    errors = answered(lambda status: default_exceptions[status]())
    for path, view in {**VIEWS, **errors, "/hold/{seconds}": hold}.items():
        app.add_url_rule(re.sub(r"{(\w+)}", r"<\1>", path), path, view)
    for path, chunks in STREAMS.items():
        app.add_url_rule(path, path, lambda chunks=chunks: Response(chunks()))
    app.add_url_rule("/numbers/<int:number>", view_func=lambda number: str(number))
    mounted.add_url_rule("/items/<item_id>", view_func=item)
    app.register_error_handler(LookupError, lambda error: ("handled", 500))
    app.register_error_handler(404, lambda error: ("not here", 404))
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/mounted": mounted})  # type: ignore[method-assign]
    instrument(app)
    return app


def make_django() -> Any:
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpResponse, StreamingHttpResponse
    from django.urls import include, path, re_path
    from observability.django import instrument

    def route(template: str, view: Any) -> Any:
        typed = re.sub(r"{(\w+)}", r"<str:\1>", template[1:])
        return path(typed, lambda request, **given: HttpResponse(view(**given)))

    def stream(template: str, chunks: Any) -> Any:
        return path(template[1:], lambda request: StreamingHttpResponse(chunks()))

    nested = re_path(r"^items/(?P<item_id>[^/]+)$", lambda request, item_id: HttpResponse(item_id))
    settings.configure(
        ALLOWED_HOSTS=["localhost", "127.0.0.1"],
        DEBUG=True,
        ROOT_URLCONF=(
            *(route(template, view) for template, view in VIEWS.items()),
            *(stream(template, chunks) for template, chunks in STREAMS.items()),
            path("numbers/<int:number>", lambda request, number: HttpResponse(str(number))),
            path("mounted/", include([nested])),
            path("unavailable", lambda request: HttpResponse(status=503)),
        ),
        SECRET_KEY="of no service",
    )
    return instrument(get_wsgi_application())


WSGI = {"flask": make_flask, "django": make_django}
ASGI = {"fastapi": make_fastapi, "starlette": make_starlette, "litestar": make_litestar}


def __getattr__(name: str) -> Any:
    """Make the application of an import string, such as `web_apps:fastapi`."""
    if make := {**ASGI, **WSGI}.get(name):
        return make()
    raise AttributeError(name)


if __name__ == "__main__":
    if sys.argv[1] in WSGI:
        from observability.wsgi import run
    else:
        from observability.middleware import run
    run(f"web_apps:{sys.argv[1]}")
