"""What a configured service takes beside its work: memory, memory that grows, time to import."""

import json
import subprocess
from pathlib import Path

from commands import clean_environment
from environments import service
from lines import WrongLine
from processes import ENVIRONMENT, Contender
from serving import resident, servers

CHUNK = 5000
"""Calls that are asked for at once, so that their values take no memory of note."""
WARM_UP = 10_000

LOADED = """
import json, sys
before = set(sys.modules)
import orders.observability
loaded = [name for name in sys.modules if name not in before]
print(json.dumps([loaded, sorted(sys.stdlib_module_names)]))
"""
IMPORT = """
import sys, time
from importlib import import_module
for name in sys.argv[1:]:
    import_module(name)
began = time.process_time()
import orders.observability
print((time.process_time() - began) * 1000)
"""


def idle(version: str, rounds: int) -> list[float]:
    """MB that the logging adds to a Starlette service which has answered a few requests."""
    found = []
    for _ in range(rounds):
        with servers(service(version, "starlette").python, "starlette", "ours", "bare") as both:
            found.append(both["ours"].memory() - both["bare"].memory())
    return found


def growth(version: str, lines: int) -> float:
    """MB that a process grows by, over that many lines with a fresh id in each."""
    with Contender(service(version, "none").python, "ours", "fresh") as ours:
        ours.check()
        sizes = []
        for count in (WARM_UP, lines):
            for _ in range(count // CHUNK):
                ours.ask(str(CHUNK))
            ours.count()
            sizes.append(resident(ours.process.pid))
    return sizes[1] - sizes[0]


def importing(version: str, rounds: int) -> list[float]:
    """CPU ms to import the package of a worker, what it imports of others being there already."""
    python = service(version, "none").python
    run_python(python, "-m", "compileall", "-q", str(service(version, "none").source))
    names, standard = json.loads(run_python(python, "-c", LOADED))
    # The standard library's own of this build has a name that is not in its list.
    known = [name for name in names if not name.startswith("_sysconfigdata")]
    others = [name for name in known if name.partition(".")[0] != "orders"]
    strangers = {name.partition(".")[0] for name in others} - {*standard, "orjson"}
    if strangers:
        raise WrongLine(f"the package of a worker imports {', '.join(sorted(strangers))}")
    return [float(run_python(python, "-c", IMPORT, *others)) for _ in range(rounds)]


def run_python(python: Path, *arguments: str) -> str:
    environment = clean_environment() | ENVIRONMENT
    command = [str(python), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise WrongLine(f"{' '.join(command[:3])}: {done.stderr}")
    return done.stdout
