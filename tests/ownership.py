"""The one table of owners, read from the reference page."""

import re
from functools import cache

from releases import ROOT

PAGE = ROOT / "docs" / "reference" / "ownership.md"

OWNERSHIP_LINE = "Managed by the service template: change it there, or expect a merge on update."


@cache
def table() -> dict[str, str]:
    """Each pattern and its class."""
    rows = re.findall(r"^\| `([^`]+)` \| (\w+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(rows)


def matches(pattern: str, path: str) -> bool:
    literal = re.escape(pattern).replace(r"\*\*", ".+").replace(r"\*", "[^/]+")
    return re.fullmatch(literal, path) is not None


def owners(path: str) -> list[str]:
    return [owner for pattern, owner in table().items() if matches(pattern, path)]


def owner(path: str) -> str:
    (only,) = owners(path)
    return only
