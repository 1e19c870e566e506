# Managed by the service template: change it there, or expect a merge on update.
"""What stands before a route of Starlette and FastAPI whose application is mounted."""

from .asgi import Scope


def behind_mounts(template: str, scope: Scope) -> str:
    """`/users/{user_id}/orders` of `/orders`: what is mounted sees no more than its own part.

    A mount leaves its path in `root_path`, with the values that its parameters have there.
    """
    root = scope.get("root_path", "")
    mount = root.removeprefix(scope.get("app_root_path", root))
    for name, value in scope["path_params"].items():
        shown = "{" + name + "}"
        before, found, after = f"{mount}/".rpartition(f"/{value}/")
        if found and shown not in template:
            mount = f"{before}/{shown}/{after}".rstrip("/")
    return f"{mount}{template}"
