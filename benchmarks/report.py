"""The results that are kept (results.json), and the page that shows them."""

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cases import CASES, FLOORS, NAMES
from footprint import TITLES
from measure import HERE, ROOT, Figure

FILE = HERE / "results.json"
PAGE = ROOT / "docs" / "reference" / "speed.md"
BEGIN, END = "<!-- Made by `make bench`. -->", "<!-- End of what is made. -->"


@dataclass
class Results:
    """The figures of one Python by `case/peer` or by the name in TITLES; `python` is a minor."""

    python: str
    date: str = ""
    machine: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)

    @property
    def packages(self) -> str:
        return ", ".join(f"{name} {version}" for name, version in self.versions.items())

    def missed(self) -> list[str]:
        """Return the floors that are missed."""
        found = []
        for (case, peer), most in FLOORS.items():
            figure = self.figures.get(f"{case}/{peer}")
            if figure and figure.value > most:
                found.append(f"{case}/{peer}: {figure.value:g}, at most {most:g}")
        return found


def load() -> list[Results]:
    """Return what is kept, the oldest Python first."""
    kept = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else []
    for one in kept:
        figures = {name: map(float, text.split()) for name, text in one["figures"].items()}
        one["figures"] = {name: Figure(*values) for name, values in figures.items()}
    return [Results(**one) for one in kept]


def save(results: Results) -> None:
    """Keep the results in the place of earlier ones of that Python; write the pages."""
    kept = [one for one in load() if one.python != results.python] + [results]
    kept.sort(key=lambda one: tuple(map(int, one.python.split("."))))
    rows = [asdict(one) for one in kept]
    for row in rows:
        for name, figure in row["figures"].items():
            row["figures"][name] = " ".join(map(str, figure.values()))
    FILE.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    text = f"{before}{BEGIN}\n\n{table(kept)}\n\n{END}{rest.partition(END)[2]}"
    PAGE.write_text(text, encoding="utf-8")


def table(results: list[Results]) -> str:
    """Return the one table of the page; a figure that misses its floor is bold."""
    titles = {
        f"{name}/{peer}": (case.title, NAMES[peer], FLOORS.get((name, peer)))
        for name, case in CASES.items()
        for peer in case.peers
    }
    titles |= {name: (title, "", None) for name, title in TITLES.items()}
    rows = [
        f"| what | against | at most | {' | '.join(one.python for one in results)} |",
        f"|---|---|---|{'---|' * len(results)}",
    ]
    for name, (title, peer, most) in titles.items():
        cells = [cell(one.figures[name], most) for one in results]
        rows.append(f"| {title} | {peer} | {most or ''} | {' | '.join(cells)} |")
    for one in results:
        rows += ["", f"{one.date}, {one.machine}: {one.packages}."]
    return "\n".join(rows)


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


def today() -> str:
    return datetime.now(UTC).date().isoformat()
