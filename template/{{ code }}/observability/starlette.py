# Managed by the template: edits here are merged on update.
"""Starlette: the middleware around all of the application, and the template of a route."""

from starlette.applications import Starlette
from starlette.routing import Mount

from .config import configure_logging
from .middleware import LoggingMiddleware
from .websockets import Scope


def instrument(app: Starlette) -> None:
    """Configure logging, and log each request and WebSocket session of `app`."""
    configure_logging()
    build = app.build_middleware_stack
    # The innermost one sees the exception that a route answers, whatever middleware is around it.
    app.router.middleware_stack = LoggingMiddleware(app.router.middleware_stack, route_template)
    # `add_middleware` would be inside the handler of unhandled errors, and miss its 500.
    app.build_middleware_stack = lambda: LoggingMiddleware(build(), route_template)  # type: ignore[method-assign]


def route_template(scope: Scope) -> str | None:
    """Return `/api/v1/users/{user_id}`, with its mounts; None if no route matched."""
    route = scope.get("route")
    template = "/{path}" if isinstance(route, Mount) else getattr(route, "path_format", None)
    if template is None:
        return None
    # A mount leaves its path in `root_path`, with the values of its parameters.
    root = scope.get("root_path", "")
    mount = root.removeprefix(scope.get("app_root_path", root))
    for name, value in scope.get("path_params", {}).items():
        before, found, after = f"{mount}/".rpartition(f"/{value}/")
        if found and "{" + name + "}" not in template:
            mount = f"{before}/{{{name}}}/{after}".rstrip("/")
    return f"{mount}{template}"
