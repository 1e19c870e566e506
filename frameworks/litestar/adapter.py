# Managed by the service template: change it there, or expect a merge on update.
"""What Litestar needs: the middleware around all of it, the health routes, its exceptions."""

from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.exceptions import HTTPException, LitestarException, WebSocketException
from litestar.utils import normalize_path

from .asgi import LoggingMiddleware, Scope
from .lifecycle import health
from .setup import configure_logging


def instrument(app: Litestar) -> None:
    """Configure logging, and log each request and WebSocket session of `app`.

    Call it once, before the application serves. `middleware=[...]` sits behind the router and
    misses what matches no route, hence the wrapped handler of the whole application.
    """
    configure_logging()
    app.after_exception.append(_keep_failure)
    inside: Any = app.asgi_handler
    app.asgi_handler = LoggingMiddleware(inside, route_template, _unmasked)  # type: ignore[assignment]
    app.register(_health)


def route_template(scope: Scope) -> str | None:
    """`/api/v1/users/{user_id}`: with its mounts, without values; None if no route matched."""
    if "route_handler" not in scope:
        return None
    # A mount has no template, and leaves in `path` what the mounted application has to match.
    path = normalize_path(scope["observability.request"].path).rstrip("/")
    mount = path.removesuffix(normalize_path(scope["path"]).rstrip("/"))
    return mount.removeprefix(scope.get("root_path", "")) + (scope["path_template"] or "/{path}")


async def _keep_failure(error: Exception, scope: Any) -> None:
    # Litestar answers each exception by itself, and these are meant as answers.
    meant = isinstance(error, HTTPException) and error.status_code != 500
    if not (meant or isinstance(error, WebSocketException)):
        unit = "request" if scope["type"] == "http" else "session"
        scope[f"observability.{unit}"].failure = error


def _unmasked(error: Exception) -> Exception:
    """What broke a response that had started, out of the exceptions that say when and where."""
    match error:
        case LitestarException(__cause__=Exception() as cause) if type(error) is LitestarException:
            return _unmasked(cause)
        case ExceptionGroup(exceptions=[only]):
            return _unmasked(only)
    return error


@get(["/health/live", "/health/ready"], include_in_schema=False)
async def _health(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    status, body = await health(request.url.path)
    return Response(body, status_code=status)
