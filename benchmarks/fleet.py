"""Update a fleet of services side by side, and write what was measured into the page on updates.

Services of every 0.x release and framework, each with what owners do. It fails if work is lost.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from itertools import cycle, islice
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests" / "template"), str(ROOT / "tests" / "services")]

from owner import work_on  # noqa: E402 - from the folder above
from rendering import clone_with_releases, kinds, render  # noqa: E402

OWNER = {
    f"GIT_{role}_{part}": "owner" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")
}
SERVICES = 200
PAGE = ROOT / "docs" / "reference" / "updates.md"
BEGIN, END = "<!-- Made by benchmarks/fleet.py. -->\n", "<!-- End of what is made. -->"


def main() -> None:
    os.environ.update(OWNER)
    with tempfile.TemporaryDirectory(prefix="timberframe-") as name:
        folder = Path(name)
        template = clone_with_releases(folder / "template")
        work = {}
        for number, (release, framework) in enumerate(islice(cycle(kinds()), SERVICES)):
            path = folder / "services" / f"service-{number:03}"
            render(template, path, release, framework=framework)
            work[path] = work_on(path)
        began = time.monotonic()
        command = [sys.executable, "-c", "from timberframe.command_line import main; exit(main())"]
        done = subprocess.run(
            [*command, "fleet", folder / "services", "--json"], stdout=subprocess.PIPE, check=False
        )
        seconds = time.monotonic() - began
        rows = json.loads(done.stdout)
        for path, done_there in work.items():
            done_there.assert_kept(path)
    results = Counter(row["result"] for row in rows).most_common()
    each = sorted(row["seconds"] for row in rows)
    pieces = sum(len(one.edits) + len(one.own) + len(one.deleted) for one in work.values())
    table = f"""
| what | measured |
|---|---|
| services | {len(rows)}, of {", ".join(dict.fromkeys(release for release, _ in kinds()))} |
| results | {", ".join(f"{number} {result}" for result, number in results)} |
| edits, files and deletions of owners | {pieces} |
| lost | 0 |
| in all | {seconds:.0f} seconds, {os.cpu_count()} cores |
| one service | {median(each)} seconds (median), {each[-1]} at most |
| files changed in one service | {median(len(row["changed"]) for row in rows):.0f} (median) |
| taken on | {time.strftime("%Y-%m-%d")} |

"""
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}{table}{END}{rest.partition(END)[2]}", encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
