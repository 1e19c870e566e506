"""Writes what is made from the sources: pages of the reference, and .env.example."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from jinja2 import StrictUndefined, Template

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "template" / "tools")]

import api  # noqa: E402 - beside this file
import events  # noqa: E402
import scenarios  # noqa: E402 - from the folder above

STANDARD = api.STANDARD
REFERENCE = ROOT / "docs" / "reference"

EXAMPLE_HEAD = """\
# What the environment can say to this service, with the defaults. Copy this file to .env, uncomment
# what you change, and start with `uv run --env-file .env`.
"""
EXAMPLE_FOOT = """\
{%- if interface == "asgi" %}

# How uvicorn's own command logs: as the service does.
UVICORN_LOG_CONFIG=log-config.json
{%- endif %}
{%- if framework == "django" %}

# What Django signs with; staging and production need 50 random characters.
# SECRET_KEY=

# The names that clients call the service by.
# ALLOWED_HOSTS=localhost,127.0.0.1,[::1]

# Whether Django shows its errors to clients.
# Allowed: one of 0, 1.
# DEBUG=0
{%- endif %}

# Add your own below this line.
"""

ENVIRONMENT_HEAD = """\
# Environment variables

<!-- Made by `make docs-reference` from observability/variables.py. -->

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

EXISTING, NEW = "{{ start == 'existing' }}", "{{ start == 'new' }}"
ASKED = {
    (True, True): "",
    (True, False): "Not asked. ",
    (EXISTING, True): "Of existing code only. ",
    (NEW, True): "Of new services only. ",
    (True, "{{ start == 'existing' and layout != 'modules' }}"): "Asked of existing code only. ",
}
"""What the page says of a question's `when` and `ask`."""

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

REDACTION_HEAD = """\
# What redaction knows

<!-- Made by `make docs-reference` from observability/rules/. -->

What is found is replaced by `[redacted]`, in a URL by `***`.
[What not to log](../standard/what-not-to-log.md) says how redaction works, and how a service adds
to it.
"""

PERSONAL = """
## Personal data

| what | known by |
|---|---|
| numbers of cards | 13 to 19 digits, the network's first digits, the check digit (ISO/IEC 7812) |
| numbers of accounts | IBAN: the country, two check digits (ISO 13616) |
| US social security numbers | three, two and four digits with dashes |
| e-mail addresses | a name, `@` or `%40`, a domain |
| phone numbers | with `LOG_REDACT_PHONES=1` only: too many harmless numbers look alike |

The digits of a field whose name ends with `id` are kept, whatever their check digit says.
"""

UNITS = ("ms", "s", "bytes")


@cache
def variables(interface: str = "asgi", redis: str = "streams") -> dict[str, dict[str, Any]]:
    """Name and row of each variable of such a service.

    The module is rendered and run without its package, which is a template.
    """
    package = ModuleType("observability")
    package.__path__ = [str(STANDARD)]
    sys.modules["observability"] = package
    answers = {"interface": interface, "redis": redis, "package": "<package>"}
    source = (STANDARD / "variables.py.jinja").read_text(encoding="utf-8")
    module = ModuleType("observability.variables")
    module.__package__ = "observability"
    sys.modules["observability.variables"] = module
    exec(Template(source, undefined=StrictUndefined).render(answers), vars(module))
    return {row.name.upper(): dict(row.metadata) for row in fields(module.Settings)}


def conditions() -> dict[str, str]:
    """Each variable's condition: the Jinja test for services that have it, or nothing."""
    everywhere = variables("worker", "none")
    found = dict.fromkeys(everywhere, "")
    found |= dict.fromkeys(variables("asgi", "none").keys() - everywhere, 'interface != "worker"')
    found |= dict.fromkeys(variables("worker", "client").keys() - everywhere, 'redis != "none"')
    found |= {name: found.get(name, 'redis == "streams"') for name in variables()}
    return {name: found[name] for name in variables()}


WHERE = {
    "": "",
    'interface != "worker"': "Services that answer requests. ",
    'redis != "none"': "With Redis. ",
    'redis == "streams"': "With Redis Streams. ",
}
"""The same conditions in words."""


def allowed(row: dict[str, Any]) -> str:
    """What the variable may be, in the words with which it refuses another value."""
    try:
        row["parse"]("?")
    except ValueError as error:
        return str(error).partition("; use ")[2]
    return f"any {row['unit']}"


def env_example() -> str:
    entries, before = [], ""
    for (name, row), condition in zip(variables().items(), conditions().values(), strict=True):
        unit = f", in {row['unit']}" if row["unit"] in UNITS else ""
        if condition != before:
            entries.append("{%- endif %}\n" * bool(before))
            entries.append(f"{{%- if {condition} %}}\n" * bool(condition))
        default = row["default"].replace("<package>", "{{ package }}")
        comment = f"# {row['meaning']}.\n# Allowed: {allowed(row)}{unit}.\n"
        entries.append(f"\n{comment}# {name}={default}\n")
        before = condition
    entries.append("{%- endif %}\n" * bool(before))
    return EXAMPLE_HEAD + "".join(entries) + EXAMPLE_FOOT


def environment_page() -> str:
    rows = []
    for (name, row), condition in zip(variables().items(), conditions().values(), strict=True):
        default = f"`{row['default']}`" if row["default"] else "none"
        unit = f", in {row['unit']}" if row["unit"] in UNITS else ""
        meaning = WHERE[condition] + row["meaning"]
        rows.append(f"| `{name}` | {meaning} | {default} | {allowed(row)}{unit} |\n")
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
        asked = ASKED[question.get("when", True), question.get("ask", True)]
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
        (of,) = branch["if"]["properties"].values()
        wanted = branch["then"]
        sections += [f"\n## {wanted['title']}: {of['const']}\n", field_table(wanted)]
    return "".join(sections)


def field_table(schema: dict[str, Any]) -> str:
    rows = ["\n| field | type | always | meaning |\n|---|---|---|---|\n"]
    for name, field in schema["properties"].items():
        kind = field.get("type") or type_of(field)
        shown = kind if isinstance(kind, str) else " or ".join(kind)
        always = "yes" if name in schema["required"] else ""
        rows.append(f"| `{name}` | {shown} | {always} | {field['description']} |\n")
    return "".join(rows)


def redaction_page() -> str:
    variables()  # which makes the package importable
    shapes = import_module("observability.rules.shapes").SHAPES
    places = import_module("observability.rules.places").PLACES
    names = import_module("observability.rules.words")
    prefixes: dict[str, list[str]] = {}
    for shape in shapes:
        prefixes.setdefault(shape.provider, []).extend(shape.prefixes)
    sections = [REDACTION_HEAD]
    sections.append(f"\n## Secrets of {len(prefixes)} providers, wherever they stand\n")
    sections.append("\n| provider | begins with, or holds |\n|---|---|\n")
    for provider, told in prefixes.items():
        shown = " ".join(f"`{prefix}`" for prefix in told).replace("|", "\\|")
        sections.append(f"| {provider} | {shown} |\n")
    sections.append("\n## Secrets of any shape, by their place\n")
    sections.append("\n| place | source |\n|---|---|\n")
    sections += [f"| {place.name} | {place.source} |\n" for place in places]
    sections.append("| what is assigned to one of the names below | OWASP Logging Cheat Sheet |\n")
    sections.append(
        "\n## Names\n\nBy their words, in any case style: `db_password`, `dbPassword`.\n"
    )
    for title, words in (
        ("Secret anywhere in a name", names.SECRET),
        ("Secret at the end of a word", set(names.GLUED)),
        ("Secret before `key`", names.KEYS | names.VENDORS),
        ("Secret alone, if the value looks random", names.VENDORS),
        ("Secret before `code`", names.CODES),
        ("Secret before `url`, `uri`, `dsn`", names.URLS),
        ("Secret at the end of a name", names.LAST | {"session (the whole name)"}),
        ("No secret if the name ends so", names.HARMLESS_ENDINGS),
        ("No secret if the name begins so", names.HARMLESS_BEGINNINGS),
        ("No secret, whatever the lists above say", names.KEPT),
    ):
        shown = ", ".join(sorted(words))
        sections.append(f"\n**{title}**: {shown}.\n")
    sections.append(PERSONAL)
    return "".join(sections)


def type_of(field: dict[str, Any]) -> str:
    """The type of a field of which the schema lists the values."""
    if "const" in field:
        return f"`{json.dumps(field['const'])}`"
    return " or ".join(f"`{value}`" for value in field["enum"])


def updates_page() -> str:
    """The page with the table of what the tests do, which stands between the two comments."""
    page = (REFERENCE / "updates.md").read_text(encoding="utf-8")
    head, rows_and_foot = page.split("|---|---|---|---|---|---|\n")
    _, foot = rows_and_foot.split("\n<!-- End of what is made. -->")
    return (
        f"{head}|---|---|---|---|---|---|\n{scenarios.table()}\n<!-- End of what is made. -->{foot}"
    )


@cache
def files() -> dict[Path, str]:
    """Each file that is made, and its text."""
    return {
        ROOT / "template" / ".env.example.jinja": env_example(),
        REFERENCE / "api.md": api.page(),
        REFERENCE / "environment.md": environment_page(),
        REFERENCE / "events.md": events.page(),
        REFERENCE / "options.md": options_page(),
        REFERENCE / "record.md": record_page(),
        REFERENCE / "redaction.md": redaction_page(),
        REFERENCE / "updates.md": updates_page(),
    }


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
