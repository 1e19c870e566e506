# Managed by the template: edits here are merged on update.
"""FastAPI: the middleware around all of the application, and the template of a route."""

from fastapi import FastAPI
from starlette.routing import Mount

from .config import configure_logging
from .middleware import LoggingMiddleware
from .websockets import Scope


def instrument(app: FastAPI) -> None:
    """Configure logging, and log each request and WebSocket session of `app`."""
    configure_logging()
    build = app.build_middleware_stack
    # The innermost one sees the exception that a route answers, whatever middleware is around it.
    app.router.middleware_stack = LoggingMiddleware(app.router.middleware_stack, route_template)
    # `add_middleware` would be inside the handler of unhandled errors, and miss its 500.
    app.build_middleware_stack = lambda: LoggingMiddleware(build(), route_template)  # type: ignore[method-assign]


def route_template(scope: Scope) -> str | None:
    """Return `/api/v1/users/{user_id}`, with its mounts; None if no route matched."""
    # The template of a route has no prefix of `include_router`, that of this context has.
    route = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    template = "/{path}" if isinstance(route, Mount) else getattr(route, "path_format", None)
    root = scope.get("root_path", "")  # a mount leaves its path there
    return template and root.removeprefix(scope.get("app_root_path", root)) + template
