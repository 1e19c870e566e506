"""Writes what is made from the sources: three pages of the reference, and .env.example."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
STANDARD = ROOT / "template" / "src" / "{{ package }}" / "observability"
REFERENCE = ROOT / "docs" / "reference"

EXAMPLE_HEAD = """\
# What the environment can say to this service, with the defaults. Copy this file to .env, uncomment
# what you change, and start with `uv run --env-file .env`.
"""
EXAMPLE_FOOT = """
# Add your own below this line.
"""

ENVIRONMENT_HEAD = """\
# Environment variables

<!-- Made by `make docs-reference` from observability/settings.py. -->

A service reads these once, when it starts. An empty variable counts as unset. A value that is not
allowed stops the start: one line on stderr that names the variable, the value and what is allowed,
and exit code 2.

| variable | meaning | default | allowed |
|---|---|---|---|
"""
ENVIRONMENT_FOOT = """
Two variables of Railway are read too: `RAILWAY_ENVIRONMENT_NAME` implies the environment where
`ENVIRONMENT` is unset (`production` is production, any other name is staging), and
`RAILWAY_REPLICA_ID` is the `instance_id` of each line; elsewhere that is the host's name.

On a terminal the colours follow `NO_COLOR` and `FORCE_COLOR`. A service's own settings are its own:
`src/<package>/settings.py`.
"""

OPTIONS_HEAD = """\
# Options

<!-- Made by `make docs-reference` from copier.yml. -->

`copier copy` asks for these, apart from those that say "Not asked". `--data name=value` gives an
answer on the command line; `--defaults` asks nothing that has a default. The answers are kept in
`.copier-answers.yml`, where `copier update` finds them.
"""

RECORD_HEAD = """\
# The record

<!-- Made by `make docs-reference` from observability/record.schema.json. -->

A line is one flat JSON object. Beside the fields below it has those of its context and of the call,
with any JSON value, redacted. `python -m <package>.observability validate FILE` checks lines
against the schema, which lies in the package.

## All lines
"""

UNITS = ("ms", "s", "bytes")


def variables() -> list[tuple[str, dict[str, Any]]]:
    """Name and row of each variable; the module is imported without its package, a template."""
    package = ModuleType("observability")
    package.__path__ = [str(STANDARD)]
    sys.modules["observability"] = package
    settings = import_module("observability.settings").Settings
    return [(row.name.upper(), dict(row.metadata)) for row in fields(settings)]


def allowed(row: dict[str, Any]) -> str:
    """What the variable may be, in the words with which it refuses another value."""
    try:
        row["parse"]("?")
    except ValueError as error:
        return str(error).partition("; use ")[2]
    return f"any {row['unit']}"


def env_example() -> str:
    entries = []
    for name, row in variables():
        unit = f", in {row['unit']}" if row["unit"] in UNITS else ""
        comment = f"# {row['meaning']}.\n# Allowed: {allowed(row)}{unit}.\n"
        entries.append(f"\n{comment}# {name}={row['default']}\n")
    return EXAMPLE_HEAD + "".join(entries) + EXAMPLE_FOOT


def environment_page() -> str:
    rows = []
    for name, row in variables():
        default = f"`{row['default']}`" if row["default"] else "none"
        unit = f", in {row['unit']}" if row["unit"] in UNITS else ""
        rows.append(f"| `{name}` | {row['meaning']} | {default} | {allowed(row)}{unit} |\n")
    return ENVIRONMENT_HEAD + "".join(rows) + ENVIRONMENT_FOOT


def questions() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each question of copier.yml that takes an answer."""
    loaded = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    for name, question in loaded.items():
        if not name.startswith("_") and question.get("when") is not False:
            yield name, question


def options_page() -> str:
    sections = [OPTIONS_HEAD]
    for name, question in questions():
        asked = "" if question.get("ask", True) else "Not asked. "
        sections.append(f"\n## {name}\n\n{asked}{question['help'].strip()}\n\n")
        choices = question.get("choices")
        if isinstance(choices, dict):
            sections += [f"- `{value}`: {meaning(text)}\n" for text, value in choices.items()]
        elif choices:
            sections.append(f"One of {', '.join(f'`{value}`' for value in choices)}.\n")
        if choices:
            sections.append("\n")
        sections.append(f"Default: {default(question)}.\n")
    return "".join(sections)


def meaning(choice: str) -> str:
    """`a Dockerfile` of the choice `Docker: a Dockerfile`."""
    return choice.partition(": ")[2] or choice


def default(question: dict[str, Any]) -> str:
    """The default; one that follows from other answers, in words."""
    text = str(question["default"])
    if "_folder_name" in text:
        return "the name of the folder, where that can be a service's name"
    if "replace('-', '_')" in text:
        return "`service_name` with underscores for its hyphens"
    return "`" + re.sub(r"\{\{ (\w+) \}\}", r"<\1>", text) + "`"


def record_page() -> str:
    schema = json.loads((STANDARD / "record.schema.json").read_text(encoding="utf-8"))
    sections = [RECORD_HEAD, field_table(schema)]
    for branch in schema["allOf"]:
        event, wanted = branch["if"]["properties"]["event"]["const"], branch["then"]
        sections += [f"\n## {wanted['title']}: {event}\n", field_table(wanted)]
    return "".join(sections)


def field_table(schema: dict[str, Any]) -> str:
    rows = ["\n| field | type | always | meaning |\n|---|---|---|---|\n"]
    for name, field in schema["properties"].items():
        kind = field.get("type") or type_of(field)
        shown = kind if isinstance(kind, str) else " or ".join(kind)
        always = "yes" if name in schema["required"] else ""
        rows.append(f"| `{name}` | {shown} | {always} | {field['description']} |\n")
    return "".join(rows)


def type_of(field: dict[str, Any]) -> str:
    """The type of a field of which the schema lists the values."""
    if "const" in field:
        return f"`{json.dumps(field['const'])}`"
    return " or ".join(f"`{value}`" for value in field["enum"])


def files() -> dict[Path, str]:
    """Each file that is made, and its text."""
    return {
        ROOT / "template" / ".env.example": env_example(),
        REFERENCE / "environment.md": environment_page(),
        REFERENCE / "options.md": options_page(),
        REFERENCE / "record.md": record_page(),
    }


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
