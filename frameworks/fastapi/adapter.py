# Managed by the service template: change it there, or expect a merge on update.
"""What FastAPI needs: the middleware around all of it, the health routes, the route's template."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.routing import Mount

from .asgi import App, LoggingMiddleware, Scope
from .lifecycle import health
from .mounts import behind_mounts
from .setup import configure_logging


def instrument(app: FastAPI) -> None:
    """Configure logging, and log each request and WebSocket session of `app`.

    Call it once, before the application serves. `add_middleware` would sit inside the handler of
    unhandled errors and miss the 500 that it sends, hence the wrapped middleware stack.
    """
    configure_logging()
    build = app.build_middleware_stack

    def build_logged() -> App:
        return LoggingMiddleware(build(), route_template)

    app.build_middleware_stack = build_logged  # type: ignore[method-assign]
    for path in ("/health/live", "/health/ready"):
        app.add_api_route(path, _health(path), include_in_schema=False)


def route_template(scope: Scope) -> str | None:
    """`/api/v1/users/{user_id}`: with its mounts, without values; None if no route matched."""
    route = scope.get("route")
    if route is None:
        return None
    included: Any = scope.get("fastapi", {}).get("effective_route_context")
    template = "/{path}" if isinstance(route, Mount) else (included or route).path_format
    return behind_mounts(template, scope)


def _health(path: str) -> Callable[[], Awaitable[JSONResponse]]:
    async def endpoint() -> JSONResponse:
        status, body = await health(path)
        return JSONResponse(body, status_code=status)

    return endpoint
