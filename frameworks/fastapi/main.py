# Managed by the service template: change it there, or expect a merge on update.
"""`uv run {{ service_name }}`, or `python -m {{ package }}`."""

from .observability import run


def main() -> None:
    """Serve the application until SIGTERM or SIGINT."""
    run("{{ package }}.app:app")


if __name__ == "__main__":
    main()
