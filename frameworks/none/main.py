# Managed by the template: edits here are merged on update.
"""Where `uv run {{ service_name }}` begins."""
{% set runs, what = ("run_consumer", "consumer:handle") if redis == "streams" else ("run", "app:main") %}
from .observability import {{ runs }}


def main() -> None:
    """Run the {{ "consumer" if redis == "streams" else "worker" }} until SIGTERM or SIGINT."""
    {{ runs }}("{{ package }}.{{ what }}")


if __name__ == "__main__":
    main()
