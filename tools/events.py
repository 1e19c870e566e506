"""The page of the standard's events, from the calls in observability/: what alerts can ask for."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import api
from linting.catalogue import catalogue, members_of, table
from linting.sources import Source

HEAD = """\
# Events

<!-- Made by `make docs-reference` from the calls in observability/. -->

What the standard itself logs, in the services that have the module: the names that queries and
alerts use. Each line also has the fields of [the record](record.md) and of its context; "and more"
are fields that only run time knows. `record_unreadable` is in no call: it is written where a line
cannot be judged.

A service's own events are listed by
[`uv run tools/lint_logging.py --events`](../how-to/lint-call-sites.md#list-the-events).

"""


def modules() -> Iterator[tuple[str, str]]:
    """Name and text of each: those that are the same in all services, templates, the adapters."""
    for path in sorted(api.STANDARD.rglob("*.py*")):
        name = path.relative_to(api.STANDARD).as_posix().removesuffix(".jinja").removesuffix(".py")
        for interface, adapter in api.KINDS.items():
            module = adapter if name == "{{ adapter }}" else name.replace("/", ".")
            yield module, api.source(module, interface)


def page() -> str:
    with tempfile.TemporaryDirectory() as folder:
        sources = []
        for number, (module, text) in enumerate(dict.fromkeys(modules())):
            path = Path(folder) / f"{number}.py"
            path.write_text(text, encoding="utf-8")
            sources.append(Source(path, f"observability/{module.replace('.', '/')}.py"))
        events = catalogue(sources, members_of(api.STANDARD / "events.py"))
    return HEAD + table(events, lines=False)
