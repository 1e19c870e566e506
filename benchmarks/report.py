"""The results of a run, and the page that shows them."""

import os
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cases import CASES, FLOORS, NAMES
from footprint import TITLES
from measure import ROOT, Figure

PAGE = ROOT / "docs" / "reference" / "speed.md"
BEGIN, END = "<!-- Made by `make bench`. -->", "<!-- End of what is made. -->"


@dataclass
class Results:
    """The figures of one Python by `case/peer` or by the name in TITLES; `python` is a minor."""

    python: str
    versions: dict[str, str]
    figures: dict[str, Figure] = field(default_factory=dict)

    def missed(self) -> list[str]:
        """Return the floors that are missed."""
        found = []
        for (case, peer), most in FLOORS.items():
            figure = self.figures.get(f"{case}/{peer}")
            if figure and figure.value > most:
                found.append(f"{case}/{peer}: {figure.value:g}, at most {most:g}")
        return found


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
