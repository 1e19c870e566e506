# Managed by the service template: change it there, or expect a merge on update.
"""docs/events.md, the service's own events, and what `--events` prints."""

from .catalogue import Catalogue, table

PAGE = "docs/events.md"
COMMAND = "uv run tools/lint_logging.py --events"

HEAD = f"""\
<!-- Written by `{COMMAND} --write`: edit the calls, not this page. -->
# Events

What this service's own code logs, by the name that queries and alerts use. Every line also has the
fields of its context. The standard's events are listed by `{COMMAND}`.

"""

NONE = "No call of the service's own writes an event.\n"


def page(own: Catalogue) -> str:
    """The page. It names no lines: one that moves changes no event."""
    return HEAD + (table(own, lines=False) if own else NONE)


def printed(own: Catalogue, standard: Catalogue) -> str:
    """Both parts, with the line of each call."""
    parts = [
        f"# {title}\n\n{table(events, lines=True) if events else NONE}"
        for title, events in (("The service's own", own), ("The standard's", standard))
    ]
    return "\n".join(parts)
