# Managed by the service template: change it there, or expect a merge on update.
"""How the service stands to its template: whether it is behind, and what of it was edited."""

import json
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory

from . import answers as recorded
from .checkouts import Checkout
from .commands import copier
from .ownership import TABLE, Ownership
from .rendering import render

HERE = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Standing:
    """The version that the service has, the newest, and diffs of the managed files, by path."""

    service: str
    version: str
    newest: str
    edited: dict[str, str]

    @property
    def is_behind(self) -> bool:
        return self.version.removeprefix("v") != self.newest.removeprefix("v")


def standing(checkout: Checkout) -> Standing:
    """Look at the service's files as they lie there, committed or not."""
    answers = recorded.read(checkout.path)
    asked = ("check-update", "--output-format=json", checkout.path)
    found = json.loads(copier(*asked, cwd=checkout.path))
    newest = found["latest_version"] if found["update_available"] else answers["_commit"]
    edited = {}
    with TemporaryDirectory(prefix="template-check-") as name:
        base = Path(name).resolve() / "base"
        render(checkout.path, base, answers["_commit"], {})
        # Older versions have no table.
        ownership = Ownership(base if (base / TABLE).exists() else HERE, answers)
        for file in sorted(base.rglob("*")):
            path = file.relative_to(base).as_posix()
            if file.is_file() and ownership.owner(path) == "managed":
                edited[path] = _diff(path, file, checkout.path / path)
    changed = {path: diff for path, diff in edited.items() if diff}
    return Standing(answers["service_name"], answers["_commit"], newest, changed)


def _diff(path: str, before: Path, after: Path) -> str:
    if not after.is_file():
        return f"{path} is deleted\n"
    if before.read_bytes() == after.read_bytes():
        return ""
    old, new = (file.read_text("utf-8", "replace").splitlines(True) for file in (before, after))
    return "".join(unified_diff(old, new, f"template/{path}", path))
