"""Write what follows from the sources: the variables and the options of docs/reference/, and
.env.example. `make docs-reference` runs it; with --check it only names the files out of date.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "template" / "{{ code }}")]

from observability import redis, settings, streams  # noqa: E402 - from the folder above

MADE = re.compile(
    r"(?<=Made by `make docs-reference`)([^\n]*\n).*?(?=[^\n]*End of what is made)", re.DOTALL
)
"""The part of a file that is written here; the text around it is not."""

CONDITIONS = {
    "": "",
    'interface != "worker"': " (not for workers)",
    'redis != "none"': " (with Redis)",
    'redis == "streams"': " (with Redis Streams)",
}
"""The services that have a variable: a test in Jinja, and its words."""

NOT_FOR_WORKERS = ("web_concurrency", "forwarded_allow_ips")


def variables() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the condition, the name and the row of each variable, in the order of the tables."""
    everywhere, web, with_redis, with_streams = CONDITIONS
    for condition, table in (
        (everywhere, settings.Settings),
        (with_redis, redis.RedisSettings),
        (with_streams, streams.StreamSettings),
    ):
        for row in fields(table):
            found = web if row.name in NOT_FOR_WORKERS else condition
            yield found, row.name.upper(), {**row.metadata, "allowed": row.metadata["kind"][1]}


def default_of(row: dict[str, Any]) -> str:
    """Return the default; the package of a service is `observability` only here."""
    return re.sub("^observability$", "<package>", row["default"])


def env_example() -> str:
    text = ""
    for condition, rows in groupby(variables(), key=lambda row: row[0]):
        text += f"{{%- if {condition} %}}\n" if condition else ""
        for _, name, row in rows:
            default = default_of(row).replace("<package>", "{{ package }}")
            allowed = f" ({row['allowed']})" if row["allowed"] != "any text" else ""
            text += f"\n# {row['meaning']}{allowed}.\n# {name}={default}\n"
        text += "{%- endif %}\n" if condition else ""
    return text


def environment_table() -> str:
    text = "\n| variable | meaning | default | allowed |\n|---|---|---|---|\n"
    for condition, name, row in variables():
        default = f"`{default_of(row)}`" if row["default"] else "none"
        meaning = row["meaning"] + CONDITIONS[condition]
        text += f"| `{name}` | {meaning} | {default} | {row['allowed']} |\n"
    return text


def options() -> str:
    text = "\n| option | values | what it decides |\n|---|---|---|\n"
    for name, question in yaml.safe_load((ROOT / "copier.yml").read_text("utf-8")).items():
        if name.startswith("_") or question.get("when") is False:
            continue
        decides = asked_of(question) + " ".join(question["help"].split())
        choices = question.get("choices", {})
        if isinstance(choices, list):
            decides, choices = f"{decides} One of {', '.join(choices)}.", {}
        text += f"| **`{name}`** | default: {default_answer(question)} | {decides} |\n"
        for label, value in choices.items():
            text += f"| | `{value}` | {label.partition(': ')[2]} |\n"
    return text


def asked_of(question: dict[str, Any]) -> str:
    """Return the services that a question is for, from its `ask` and `when`."""
    condition = f"{question.get('when', '')} {question.get('ask', '')}"
    if "start == " not in condition:
        return "Not asked. " if question.get("ask") is False else ""
    return f"Asked of {'existing code' if 'existing' in condition else 'new services'} only. "


def default_answer(question: dict[str, Any]) -> str:
    """Return the default; one that follows from other answers, in words."""
    text = str(question["default"])
    if "_folder_name" in text:
        return "the name of the folder, if a service can have it"
    if "replace('-', '_')" in text:
        return "`service_name` with underscores for its hyphens"
    return "`" + re.sub(r"\{\{ (\w+) \}\}", r"<\1>", text) + "`"


def files() -> Iterator[tuple[Path, str, str]]:
    """Yield each file, its text now, and its text with the part that is written here."""
    for name, made in {
        "template/.env.example.jinja": env_example(),
        "docs/reference/environment.md": environment_table(),
        "docs/reference/options.md": options(),
    }.items():
        now = (ROOT / name).read_text(encoding="utf-8")
        found = MADE.search(now)
        assert found, f"{name} has no part that is made here"
        text = now[: found.end(1)] + made + now[found.end() :]
        yield ROOT / name, now, text


def main() -> None:
    stale = [(path, text) for path, now, text in files() if now != text]
    if "--check" in sys.argv and stale:
        names = ", ".join(str(path.relative_to(ROOT)) for path, _ in stale)
        sys.exit(f"run `make docs-reference`: {names} is not what the sources say")
    for path, text in stale:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
