"""Finds names of files that an update removes, in files that stay: imports, commands, pages."""

import re
from collections.abc import Iterable
from pathlib import Path

from .merging import Files
from .ownership import INSTEAD

_LARGEST = 1_000_000  # bytes of a file that is searched


def mentions(service: Path, stay: Iterable[str], merged: Files, gone: set[str]) -> list[str]:
    """Return a line for each file that stays and each path or module that it names and is gone."""
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
    for path in sorted(stay):
        for number, line in enumerate(_lines(service, path, merged), start=1):
            for name in pattern.findall(line):
                target = names[name]
                instead = f": {INSTEAD[target]}" if target in INSTEAD else ""
                line_of = f"{path}:{number} names {target}, which is gone{instead}"
                found.setdefault((path, target), line_of)
    return list(found.values())


def _lines(service: Path, path: str, merged: Files) -> list[str]:
    """Return the lines of a text as it is after the update."""
    content, file = merged.get(path, b""), service / path
    if path not in merged and file.is_file() and file.stat().st_size < _LARGEST:
        content = file.read_bytes()
    return [] if b"\0" in content else content.decode(errors="replace").splitlines()
