# Managed by the template: edits here are merged on update.
"""Litestar: the middleware around all of the application, route templates, masked exceptions."""

from functools import partial
from typing import Any

from litestar import Litestar
from litestar._asgi import ASGIRouter
from litestar.exceptions import LitestarException
from litestar.utils import normalize_path

from .config import configure_logging
from .middleware import LoggingMiddleware
from .server import watch_lifespan, watch_stop
from .websockets import Receive, Scope, Send


def instrument(app: Litestar) -> None:
    """Configure logging, and log each request and WebSocket session of `app`."""
    configure_logging()
    # `middleware=[...]` is behind the router, and misses what matches no route.
    handler: Any = LoggingMiddleware(_unmasked(app.asgi_handler), route_template)
    app.asgi_handler, app.asgi_router.__class__ = handler, WatchedRouter


def route_template(scope: Scope) -> str | None:
    """Return `/api/v1/users/{user_id}`, with its mounts; None if no route matched."""
    if "route_handler" not in scope:
        return None
    # A mount has no template, and leaves in `path` what the mounted application has to match.
    path = normalize_path(scope["observability"].path).rstrip("/")
    mount = path.removesuffix(normalize_path(scope["path"]).rstrip("/"))
    return mount.removeprefix(scope.get("root_path", "")) + (scope["path_template"] or "/{path}")


class WatchedRouter(ASGIRouter):
    """Runs the lifespan, which does not pass through the handler of the application."""

    __slots__ = ()

    async def lifespan(self, receive: Receive, send: Send) -> None:  # type: ignore[override]
        watched = partial(watch_lifespan, send, cause=_cause)
        await _unmasked(super().lifespan)(partial(watch_stop, receive), watched)


def _unmasked(app: Any) -> Any:
    """Raise what broke a start or a response, instead of the exceptions put around it."""

    async def inner(*args: Any) -> None:
        try:
            await app(*args)
        except (LitestarException, BaseExceptionGroup) as error:
            cause = _cause(error)
            raise cause from cause.__cause__

    return inner


def _cause(error: Any) -> Any:
    inner = error.__cause__ if type(error) is LitestarException else None
    if isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        inner = error.exceptions[0]
    return error if inner is None else _cause(inner)
