"""Writes template/.env.example from the table of variables in observability/settings.py."""

import sys
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parent.parent
STANDARD = ROOT / "template" / "src" / "{{ package }}" / "observability"
EXAMPLE = ROOT / "template" / ".env.example"

HEAD = """\
# What the environment can say to this service, with the defaults. Copy this file to .env, uncomment
# what you change, and start with `uv run --env-file .env`.
"""
FOOT = """
# Add your own below this line.
"""

UNITS = ("ms", "s", "bytes")


def table() -> ModuleType:
    """The settings module, imported without its package, which needs rendering first."""
    package = ModuleType("observability")
    package.__path__ = [str(STANDARD)]
    sys.modules["observability"] = package
    return import_module("observability.settings")


def example() -> str:
    """The file's text."""
    entries = []
    for row in fields(table().Settings):
        unit = row.metadata["unit"]
        shown = f" ({unit})" if unit in UNITS else ""
        setting = f"{row.name.upper()}={row.metadata['default']}"
        entries.append(f"\n# {row.metadata['meaning']}{shown}\n# {setting}\n")
    return HEAD + "".join(entries) + FOOT


if __name__ == "__main__":
    EXAMPLE.write_text(example(), encoding="utf-8")
