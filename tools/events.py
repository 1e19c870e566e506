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


def modules(interface: str) -> Iterator[str]:
    """Those that are the same in each service, those that are templates, and the adapter."""
    for path in sorted(api.STANDARD.rglob("*.py*")):
        name = path.relative_to(api.STANDARD).as_posix().removesuffix(".jinja").removesuffix(".py")
        yield api.KINDS[interface] if name == "{{ adapter }}" else name.replace("/", ".")


def page() -> str:
    with tempfile.TemporaryDirectory() as name:
        sources = []
        for interface in api.KINDS:
            for module in modules(interface):
                path = Path(name) / interface / f"{module}.py"
                path.parent.mkdir(exist_ok=True)
                path.write_text(api.source(module, interface), encoding="utf-8")
                sources.append(Source(path, f"observability/{module.replace('.', '/')}.py"))
        events = catalogue(sources, members_of(api.STANDARD / "events.py"))
    return HEAD + table(events, lines=False)
