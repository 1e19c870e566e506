"""Updates 200 services in one go by the script of docs/how-to/fleet.md, and writes what was found.

Services of every release, with answers and edits of all kinds, the same in each run. It fails if an
edit is lost, or if a service that was not updated has changed.
"""

import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT / "tests")]

from commands import clean_environment, commit, git  # noqa: E402 - from the folder above
from living import DELETED, OWN_FILES, Edit, Living, edits_of  # noqa: E402
from releases import WORKING_TREE, clone_with_releases  # noqa: E402
from scenarios import possible, releases  # noqa: E402

SERVICES = 200
REPORT = Path(__file__).parent / "report.json"
"""Of each service what came of it: the script's own reports, less the paths."""

PAGE = ROOT / "docs" / "how-to" / "fleet.md"
SEED = 6


def script() -> str:
    """The script, as the page shows it."""
    (found,) = re.findall(r"```sh\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


def service(template: Path, path: Path, release: str, chance: random.Random) -> Living:
    """One that has been lived in for a while, with some of the edits, and some conflicts."""
    living = Living(template, path, f"v{release}", chance.choice(possible(release)))
    commit(path, "Start")
    for edit in edits_of(living.framework):
        if (path / edit.path).exists() and chance.random() < 0.5:
            living.edit(edit)
    for name, text in OWN_FILES.items():
        if chance.random() < 0.5:
            living.add(name, text)
    for name in DELETED:
        if (path / name).exists() and chance.random() < 0.3:
            (path / name).unlink()
            living.deleted.append(name)
    if chance.random() < 0.1:
        # A version of the template's own dependency that the owner chose.
        living.edit(Edit("a pin", "pyproject.toml", "# of the owner\n", behind="[project]"))
        project = path / "pyproject.toml"
        text = project.read_text(encoding="utf-8")
        project.write_text(text.replace('"uvicorn>=', '"uvicorn>=0.1,>='), encoding="utf-8")
    living.starters = living.starters_now()
    commit(path, "Work")
    return living


def main() -> None:
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = clone_with_releases(folder / "template")
        fleet = {}
        for number in range(SERVICES):
            release = releases()[number % len(releases())]
            path = folder / "services" / f"service-{number:03}"
            fleet[path.name] = service(template, path, release, chance)
        (folder / "fleet.sh").write_text(script(), encoding="utf-8")
        began = time.monotonic()
        subprocess.run(
            ["sh", "fleet.sh", template, folder / "services", folder / "reports"],
            cwd=folder,
            env=clean_environment(),
            check=True,
        )
        seconds = time.monotonic() - began
        told = {path.stem: json.loads(path.read_text()) for path in folder.glob("reports/*.json")}
        assert told.keys() == fleet.keys(), "a service has no report"
        for name, living in fleet.items():
            check(living, told[name])
        edits = sum(len(one.edits) + len(one.own) + len(one.deleted) for one in fleet.values())
    write(told, seconds, edits)


def check(living: Living, report: dict[str, object]) -> None:
    """Raise unless all of the owner's work is there, and nothing has changed that should not."""
    living.assert_nothing_is_lost()
    assert living.status() == "", f"{living.path} has changes that nobody has committed"
    branch = git(living.path, "branch", "--show-current").strip()
    assert (branch == "template-update") == (report["result"] == "updated")


def write(told: dict[str, dict[str, object]], seconds: float, edits: int) -> None:
    """Put the table into the page."""
    results = Counter(str(report["result"]) for report in told.values())
    each = sorted(float(str(report["seconds"])) for report in told.values())
    counted = ", ".join(f"{number} {result}" for result, number in results.most_common())
    table = f"""
| what | measured |
|---|---|
| services | {len(told)}, of {", ".join(releases()[:-1])} and {WORKING_TREE}, the working tree |
| results | {counted} |
| edits, files and deletions of owners | {edits} |
| lost | 0 |
| in all | {seconds / 60:.1f} minutes, {os.cpu_count()} cores, files in `{tempfile.gettempdir()}` |
| one service, seconds | median {statistics.median(each)}, longest {each[-1]} |
| taken on | {time.strftime("%Y-%m-%d")} |
"""
    begin, end = "<!-- Made by benchmarks/fleet/run.py. -->\n", "\n<!-- End of what is made. -->"
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(begin)
    PAGE.write_text(f"{head}{begin}{table}{end}{rest.partition(end)[2]}", encoding="utf-8")
    rows = [
        {"service": name} | {key: told[name][key] for key in ("from", "to", "result", "seconds")}
        for name in sorted(told)
    ]
    lines = ",\n".join(json.dumps(row) for row in rows)
    REPORT.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(table)


if __name__ == "__main__":
    assert shutil.which("jq"), "not run: install jq"
    main()
