"""Writes the tombstone of a path: `python tools/gone.py PATH [NOW]`, before it leaves the template.

PATH is as rendered, with PACKAGE for the service's package: src/PACKAGE/observability/old.py. The
row has the hash of each content that a release, or the working tree, has there.
"""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "template" / "tools" / "template.toml"
SERVICE, PACKAGE = "service-of-nobody", "service_of_nobody"

sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "template" / "tools")]

from releases import clone_with_releases  # noqa: E402 - found by the line above
from scenarios import possible, releases  # noqa: E402
from services import Answers, choices, render  # noqa: E402
from updating.ownership import folder_of_code  # noqa: E402


def contents(repository: Path, path: str, rows: Iterable[tuple[str, Answers]]) -> set[str]:
    """Hashes of what versions render there for answers, as `updating` makes them."""
    found = set()
    with tempfile.TemporaryDirectory() as name:
        for version, row in rows:
            folder = Path(name) / "service"
            answers = {"service_name": SERVICE, **row}
            made = render(repository, folder, vcs_ref=version, **answers).files()
            placed = path.replace("src/PACKAGE/", folder_of_code({"package": PACKAGE, **row}))
            if content := made.get(placed):
                text = content.decode().replace(PACKAGE, "PACKAGE").replace(SERVICE, "SERVICE")
                found.add(hashlib.sha256(text.encode()).hexdigest())
            shutil.rmtree(folder)
    return found


def versions_and_answers(layouts: list[str]) -> Iterator[tuple[str, Answers]]:
    """Each version, and the answers that change a file's text."""
    for version in releases():
        for row in possible(version):
            yield f"v{version}", row
        for framework, layout in product({row["framework"] for row in possible(version)}, layouts):
            yield f"v{version}", {"start": "existing", "framework": framework, "layout": layout}


def row_of(path: str, now: str, hashes: set[str]) -> str:
    """The row in TOML."""
    lines = "".join(f'    "{each}",\n' for each in sorted(hashes))
    return f'\n[[gone]]\npath = "{path}"\nnow = "{now}"\ncontents = [\n{lines}]\n'


def main() -> None:
    path, now = (*sys.argv[1:], "")[:2]
    with tempfile.TemporaryDirectory() as name:
        repository = clone_with_releases(Path(name) / "template")
        hashes = contents(repository, path, versions_and_answers(choices("layout")))
    if not hashes:
        raise SystemExit(f"{path}: no version has it; PATH is as rendered, with PACKAGE in it")
    with TABLE.open("a", encoding="utf-8") as table:
        table.write(row_of(path, now, hashes))
    print(f"Now remove it from the template, and exclude it in copier.yml: /{path}")


if __name__ == "__main__":
    main()
