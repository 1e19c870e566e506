"""Time to import and configure the package, and the memory that it takes."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from measure import Figure, Reader, WrongLine, environment

# Modules of others are imported before the clock runs: most services have them anyway.
CODE = """
import json, os, sys, time
from importlib import import_module

def resident_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

def log(lines):
    for number in range(lines):
        logger.info("Transcript published", transcript_id=os.urandom(16).hex(), number=number)
    return resident_mb()

others, lines = json.loads(sys.argv[1]), int(sys.argv[2])
for name in others:
    import_module(name)
known, memory, began = set(sys.modules), resident_mb(), time.process_time()
for name in ("audit", "config", "context", "logger", "timing"):
    import_module(f"observability.{name}")
sys.modules["observability.config"].configure_logging()
found = {"import": (time.process_time() - began) * 1000}
logger = sys.modules["observability.logger"].get_logger("footprint")
found["memory"] = log(100) - memory
warm = log(10_000)
found["growth"] = log(lines) - warm
found["others"] = [name for name in sys.modules if name not in known]
print(json.dumps(found), file=sys.stderr)
"""

TITLES = {
    "import": "import and `configure_logging()`, CPU ms",
    "memory": "memory of the configured package, MB",
    "growth": "memory that 1,000,000 lines add, MB",
}


def footprint(python: Path, starts: int, lines: int) -> dict[str, Figure]:
    """Return the figures of TITLES."""
    # _sysconfigdata... is a module of this build of Python, under a name of its own.
    mine = ("observability", "_sysconfigdata")
    others = [name for name in run(python, [], 0)["others"] if not name.startswith(mine)]
    taken = [run(python, others, 0) for _ in range(starts)]
    growth = run(python, others, lines)["growth"]
    found = {name: Figure.of([one[name] for one in taken]) for name in ("import", "memory")}
    return found | {"growth": Figure.of([growth])}


def run(python: Path, others: list[str], lines: int) -> dict[str, Any]:
    reader = Reader()
    reader.keeps = False
    done = subprocess.run(
        [python, "-c", CODE, json.dumps(others), str(lines)],
        env=environment(),
        stdout=reader.sink,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(reader.sink)
    if done.returncode:
        raise WrongLine(done.stderr.decode())
    found: dict[str, Any] = json.loads(done.stderr)
    return found
