"""Measure the logging package in place, against its peers: `make bench`.

Writes docs/reference/speed.md, unless --quick or --case is given.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import report
from cases import CASES, FLOORS
from footprint import footprint
from measure import NEEDS, PEERS, WrongLine, install, ratios

VERSIONS = """
import json, platform, sys
from importlib.metadata import version
print(json.dumps({"python": platform.python_version()} | {n: version(n) for n in sys.argv[1:]}))
"""


def arguments() -> argparse.Namespace:
    known = [*CASES, "footprint"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds; writes nothing")
    parser.add_argument("--case", action="append", choices=known, metavar="NAME", help=str(known))
    parser.add_argument(
        "--python", default=sys.executable, help="a version or a path that uv can find"
    )
    parser.set_defaults(known=known)
    return parser.parse_args()


def measure(python: Path, cases: list[str], *, quick: bool) -> report.Results:
    done = subprocess.run(
        [python, "-c", VERSIONS, *PEERS, *NEEDS], capture_output=True, text=True, check=True
    )
    versions = json.loads(done.stdout)
    minor = versions["python"].rpartition(".")[0]
    found = report.Results(minor, versions)
    for case in cases:
        if case == "footprint":
            figures = footprint(python, 1 if quick else 9, 10_000 if quick else 1_000_000)
        else:
            against = ratios(python, case, 21 if quick else 101)
            figures = {f"{case}/{peer}": figure for peer, figure in against.items()}
        found.figures |= figures
        for name, figure in figures.items():
            most = FLOORS.get((case, name.partition("/")[2]))
            print(f"{minor}  {name:32} {report.cell(figure, most)}", flush=True)
    return found


def main() -> None:
    given = arguments()
    found = measure(install(given.python), given.case or given.known, quick=given.quick)
    if not given.quick and not given.case:
        report.write(found)
    for one in found.missed():
        print(f"MISSED  {one}")


if __name__ == "__main__":
    try:
        main()
    except WrongLine as wrong:
        sys.exit(f"A contender is wrong. {wrong}")
