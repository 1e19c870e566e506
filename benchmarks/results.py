"""What a run has found, as it is kept: benchmarks/results/<Python>.json."""

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rounds import Figure

FOLDER = Path(__file__).parent / "results"


@dataclass
class Results:
    """The figures of one Python by the names of their bars; those of peers without a bar too."""

    python: str
    mode: str = ""
    date: str = ""
    machine: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)

    def save(self, folder: Path = FOLDER) -> None:
        folder.mkdir(exist_ok=True)
        text = json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False)
        (folder / f"{self.python}.json").write_text(f"{text}\n", encoding="utf-8")


def load(folder: Path = FOLDER) -> list[Results]:
    """Those that are kept, the oldest Python first."""
    found = []
    for path in folder.glob("*.json"):
        kept = json.loads(path.read_text(encoding="utf-8"))
        kept["figures"] = {name: Figure(**figure) for name, figure in kept["figures"].items()}
        found.append(Results(**kept))
    return sorted(found, key=lambda results: tuple(map(int, results.python.split("."))))


def machine() -> str:
    """What it was measured on, and nothing that names whose it is."""
    cpu = "an unknown CPU"
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cpu = names[0] if names else cpu
    kernel = platform.release().partition("-")[0]
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()} {kernel}"


def today() -> str:
    return datetime.now(UTC).date().isoformat()
