"""Measure the logging package in place, against its peers: `make bench`.

Writes docs/reference/speed.md, unless --quick or --case is given.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cases import CASES, FLOORS, NAMES
from footprint import TITLES, footprint
from measure import NEEDS, PEERS, ROOT, Figure, WrongLine, install, ratios

PAGE = ROOT / "docs" / "reference" / "speed.md"
BEGIN, END = "<!-- Made by `make bench`. -->", "<!-- End of what is made. -->"

VERSIONS = """
import json, platform, sys
from importlib.metadata import version
print(json.dumps({"python": platform.python_version()} | {n: version(n) for n in sys.argv[1:]}))
"""


@dataclass
class Results:
    """The figures of one Python by `case/peer` or by the name in TITLES; `python` is a minor."""

    python: str
    versions: dict[str, str]
    figures: dict[str, Figure] = field(default_factory=dict)


def write(results: Results) -> None:
    """Put the table into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    text = f"{before}{BEGIN}\n\n{table(results)}\n\n{END}{rest.partition(END)[2]}"
    PAGE.write_text(text, encoding="utf-8")


def table(results: Results) -> str:
    """Return the one table of the page; a figure that misses its floor is bold."""
    titles = {
        f"{name}/{peer}": (case.title, NAMES[peer], FLOORS.get((name, peer)))
        for name, case in CASES.items()
        for peer in case.peers
    }
    titles |= {name: (title, "", None) for name, title in TITLES.items()}
    rows = [f"| what | against | at most | {results.python} |", "|---|---|---|---|"]
    for name, (title, peer, most) in titles.items():
        rows.append(f"| {title} | {peer} | {most or ''} | {cell(results.figures[name], most)} |")
    packages = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    return "\n".join([*rows, "", f"{datetime.now(UTC).date()}, {machine()}: {packages}."])


def cell(figure: Figure, most: float | None) -> str:
    value = f"**{figure.value:g}**" if most and figure.value > most else f"{figure.value:g}"
    spread = f" ({figure.low:g} to {figure.high:g})" if figure.low != figure.high else ""
    return value + spread


def machine() -> str:
    """Return the processor and the system; nothing that names the machine."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cpu = names[0] if names else platform.machine()
    kernel = platform.release().partition("-")[0]
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()} {kernel}"


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


def measure(python: Path, cases: list[str], *, quick: bool) -> Results:
    done = subprocess.run(
        [python, "-c", VERSIONS, *PEERS, *NEEDS], capture_output=True, text=True, check=True
    )
    versions = json.loads(done.stdout)
    minor = versions["python"].rpartition(".")[0]
    found = Results(minor, versions)
    for case in cases:
        if case == "footprint":
            figures = footprint(python, 1 if quick else 9, 10_000 if quick else 1_000_000)
        else:
            against = ratios(python, case, 21 if quick else 101)
            figures = {f"{case}/{peer}": figure for peer, figure in against.items()}
        found.figures |= figures
        for name, figure in figures.items():
            most = FLOORS.get((case, name.partition("/")[2]))
            bound = f", at most {most}" if most else ""
            print(f"{minor}  {name:32} {cell(figure, most)}{bound}", flush=True)
    return found


def main() -> None:
    given = arguments()
    found = measure(install(given.python), given.case or given.known, quick=given.quick)
    if not given.quick and not given.case:
        write(found)


if __name__ == "__main__":
    try:
        main()
    except WrongLine as wrong:
        sys.exit(f"A contender is wrong. {wrong}")
