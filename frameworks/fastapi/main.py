# Managed by the template: edits here are merged on update.
"""Where `uv run {{ service_name }}` begins."""

from .observability import run


def main() -> None:
    """Serve the application until SIGTERM or SIGINT."""
    run("{{ package }}.app:app")


if __name__ == "__main__":
    main()
