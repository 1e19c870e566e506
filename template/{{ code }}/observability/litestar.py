# Managed by the template: edits here are merged on update.
"""Litestar: the middleware around all of the application, route templates, masked exceptions."""

from typing import Any

from litestar import Litestar
from litestar.exceptions import LitestarException
from litestar.utils import normalize_path

from .config import configure_logging
from .middleware import LoggingMiddleware
from .server import watch_lifespan
from .websockets import Receive, Scope, Send


def instrument(app: Litestar) -> None:
    """Configure logging, and log each request and WebSocket session of `app`.

    `middleware=[...]` is behind the router and misses what matches no route, hence the wrapped
    handler of the whole application. Its lifespan does not pass through that handler.
    """
    configure_logging()
    router: Any = WatchedRouter(app.asgi_router)
    handler: Any = LoggingMiddleware(_unmasked(app.asgi_handler), route_template)
    app.asgi_router, app.asgi_handler = router, handler


def route_template(scope: Scope) -> str | None:
    """Return `/api/v1/users/{user_id}`, with its mounts; None if no route matched."""
    if "route_handler" not in scope:
        return None
    # A mount has no template, and leaves in `path` what the mounted application has to match.
    path = normalize_path(scope["observability"].path).rstrip("/")
    mount = path.removesuffix(normalize_path(scope["path"]).rstrip("/"))
    return mount.removeprefix(scope.get("root_path", "")) + (scope["path_template"] or "/{path}")


class WatchedRouter:
    """The router of an application, which runs its lifespan."""

    def __init__(self, router: Any) -> None:
        self._router = router

    def __getattr__(self, name: str) -> Any:
        return getattr(self._router, name)

    async def lifespan(self, receive: Receive, send: Send) -> None:
        await watch_lifespan(_unmasked(self._router.lifespan), receive, send)


def _unmasked(app: Any) -> Any:
    """Raise what broke a start or a response, instead of the exceptions put around it."""

    async def inner(*args: Any) -> None:
        failure: BaseException | None = None
        try:
            await app(*args)
        except (LitestarException, ExceptionGroup) as error:
            failure = _cause(error)
        if failure is not None:  # outside of the block, which would become its context
            raise failure

    return inner


def _cause(error: BaseException) -> BaseException:
    match error:
        case LitestarException(__cause__=Exception() as cause) if type(error) is LitestarException:
            return _cause(cause)
        case ExceptionGroup(exceptions=[only]):
            return _cause(only)
    return error
