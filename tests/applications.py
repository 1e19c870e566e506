"""Applications that have no logging standard yet, in the styles that people have.

Each is a folder beside the file that says how it takes the standard over: the answers, the edits,
how it is started, what to ask it, and which lines are to come of calls that stay as they were.
"""

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commands import commit
from releases import ROOT
from services import Service, render

FOLDER = ROOT / "tests" / "applications"
NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))


@dataclass(frozen=True)
class Application:
    """One of them, in a folder of its own."""

    path: Path
    how: dict[str, Any]

    @property
    def answers(self) -> dict[str, str]:
        return {"start": "existing", **self.how["answers"]}

    @property
    def standard(self) -> str:
        """What it imports the standard by."""
        flat = self.answers["layout"] == "modules"
        return "observability" if flat else f"{self.answers['service_name']}.observability"

    def adopt(self, template: Path, vcs_ref: str | None = None) -> Service:
        """Render the template over it."""
        return render(template, self.path, vcs_ref=vcs_ref, **self.answers)

    def connect(self) -> None:
        """Make the edits that docs/adopt.md asks for."""
        for edit in self.how["edits"]:
            file = self.path / edit["path"]
            text = file.read_text(encoding="utf-8")
            assert edit["old"] in text, f"{edit['path']} has no {edit['old']!r}"
            file.write_text(text.replace(edit["old"], edit["new"], 1), encoding="utf-8")


def made(name: str, path: Path) -> Application:
    """The application of that name, committed by its owner."""
    how = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    shutil.copytree(FOLDER / name, path, ignore=shutil.ignore_patterns("__pycache__"))
    commit(path, "What there is")
    return Application(path, how)
