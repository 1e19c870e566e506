# Managed by the service template: change it there, or expect a merge on update.
"""Who owns a path, and what the template once had and has no more: tools/template.toml."""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TABLE = "tools/template.toml"


@dataclass(frozen=True)
class Gone:
    """A path that the template had: where it is `now`, if anywhere, and each content it had there.

    A content is the SHA-256 of the text with the names of package and service as placeholders.
    """

    path: str
    now: str
    contents: frozenset[str]


class Ownership:
    """The table of one version."""

    def __init__(self, folder: Path, answers: Mapping[str, str]) -> None:
        """Read the table of a rendered service."""
        table = tomllib.loads((folder / TABLE).read_text(encoding="utf-8"))
        self._names = {answers["package"]: "PACKAGE", answers["service_name"]: "SERVICE"}
        self._within = folder_of_code(answers)
        self._owners = {_pattern(pattern): owner for pattern, owner in table["owners"].items()}
        self.gone = [
            Gone(self._placed(row["path"]), self._placed(row["now"]), frozenset(row["contents"]))
            for row in table.get("gone", [])
        ]

    def owner(self, path: str) -> str:
        """`managed`, `starter` or `shared`; "" for what is no file of the template's."""
        found = (owner for pattern, owner in self._owners.items() if pattern.fullmatch(path))
        return next(found, "")

    def had(self, gone: Gone, content: bytes) -> bool:
        """Whether the template once had just this there: nobody has edited it."""
        text = content.decode(errors="replace")
        for name, placeholder in self._names.items():
            text = text.replace(name, placeholder)
        return hashlib.sha256(text.encode()).hexdigest() in gone.contents

    def _placed(self, path: str) -> str:
        return path.replace("src/PACKAGE/", self._within)


def folder_of_code(answers: Mapping[str, str]) -> str:
    """`src/orders/`, or where code that was there before the template is; empty for the top."""
    at_the_top = {"package": f"{answers['package']}/", "modules": ""}
    return at_the_top.get(answers.get("layout", "src"), f"src/{answers['package']}/")


def _pattern(pattern: str) -> re.Pattern[str]:
    """`*` is any name, `**` any path below."""
    literal = re.escape(pattern).replace(r"\*\*", ".+").replace(r"\*", "[^/]+")
    return re.compile(literal)
