# Managed by the service template: change it there, or expect a merge on update.
"""What Litestar needs: the middleware around all of it, the health routes, its exceptions."""

import logging
from typing import Any

from litestar import Litestar, Response, get

from .asgi import LoggingMiddleware, Scope
from .lifecycle import health
from .setup import configure_logging


def instrument(app: Litestar) -> None:
    """Configure logging, and log each request and WebSocket session of `app`.

    Call it once, before the application serves. `middleware=[...]` sits behind the router and
    misses what matches no route, hence the wrapped handler of the whole application.
    """
    _take_back_root()
    configure_logging()
    app.after_exception.append(_keep_failure)
    app.asgi_handler = LoggingMiddleware(app.asgi_handler, route_template)  # type: ignore[arg-type,assignment]
    app.register(_live)
    app.register(_ready)


def route_template(scope: Scope) -> str | None:
    """`/api/v1/users/{user_id}`: with its routers, without values; None if no route matched."""
    template: str | None = scope.get("path_template")
    return template or None


def _take_back_root() -> None:
    """Take off the root logger what Litestar's default LoggingConfig put there, a queue."""
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if type(handler).__module__.startswith("litestar."):
            root.removeHandler(handler)
            handler.close()


async def _keep_failure(error: Exception, scope: Any) -> None:
    # Litestar answers every exception by itself and lets none out.
    if "observability.request" in scope:
        scope["observability.request"].failure = error


@get("/health/live", include_in_schema=False)
async def _live() -> Response[dict[str, str]]:
    status, body = await health("/health/live")
    return Response(body, status_code=status)


@get("/health/ready", include_in_schema=False)
async def _ready() -> Response[dict[str, str]]:
    status, body = await health("/health/ready")
    return Response(body, status_code=status)
