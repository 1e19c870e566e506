"""Finds names of files that an update removes, in files that stay: imports, commands, pages."""

import re
from pathlib import Path

from .merging import Files
from .ownership import INSTEAD


def mentions(texts: Files, gone: set[str]) -> list[str]:
    """Return a line for each of these files and each path or module that it names and is gone."""
    modules = {
        f"observability.{Path(path).stem}": path
        for path in gone
        if Path(path).parent.name == "observability" and not path.startswith("tests/")
    }
    names = {path: path for path in gone} | modules
    if not names:
        return []
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, longest_first))})(?![\w-])")
    found: dict[tuple[str, str], str] = {}
    for path, content in sorted(texts.items()):
        text = "" if b"\0" in content else content.decode(errors="replace")
        for number, line in enumerate(text.splitlines(), start=1):
            for name in pattern.findall(line):
                target = names[name]
                instead = f": {INSTEAD[target]}" if target in INSTEAD else ""
                line_of = f"{path}:{number} names {target}, which is gone{instead}"
                found.setdefault((path, target), line_of)
    return list(found.values())
