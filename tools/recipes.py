"""Runs the recipes of docs/how-to/read-logs.md on a real run, and writes what they print there.

A recipe is a block ```sh and the block ```text after it, if there is one. What was run, and when,
goes to docs/reference/tools.md, with what came of the configurations of docs/how-to/shipping.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import demo
import shipping
import traffic

PAGE = demo.ROOT / "docs" / "how-to" / "read-logs.md"
TRIED = demo.ROOT / "docs" / "reference" / "tools.md"
LNAV_FORMAT = demo.ROOT / "template" / "docs" / "lnav.json"

BLOCK = re.compile(
    r"^```sh\n(?P<command>.*?)^```\n(?:\n^```text\n(?P<shown>.*?)^```\n)?", re.MULTILINE | re.DOTALL
)
TITLE = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)

VERSIONS = {
    "jq": ("jq", "--version"),
    "DuckDB": (shipping.DUCKDB, "--version"),
    "lnav": ("lnav", "-V"),
    "rsyslog": ("rsyslogd", "-v"),
    "syslog-ng": ("syslog-ng", "--version"),
}
"""How each tool says its version, which is the first number with points in it."""

# What no two runs have alike, and what a table does to make room for it.
MASKS = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?"), "<time>"),
    (re.compile(r"\b\d\d:\d\d:\d\d\.\d{3}\b"), "<time>"),
    (re.compile(r"\b\d+\.\d+\b|\b\d{4,}\b"), "<number>"),  # a duration may be a whole number
    (re.compile(r"^ *exception: {2,}.*\n", re.MULTILINE), ""),  # the frames of a traceback
    (re.compile(r"─+"), "─"),
    (re.compile(r" +"), " "),
)


@dataclass(frozen=True)
class Recipe:
    """A command of the page below a title, the line that it stands on, and what it should print."""

    title: str
    line: int
    command: str
    shown: str

    @property
    def tool(self) -> str:
        return self.command.split(maxsplit=1)[0]

    def __str__(self) -> str:
        return f"{PAGE.name}:{self.line}"


def recipes() -> list[Recipe]:
    """In the order of the page: some need what one before has made."""
    text = PAGE.read_text(encoding="utf-8")
    return [
        Recipe(
            TITLE.findall(text, 0, found.start())[-1],
            text.count("\n", 0, found.start()) + 1,
            found["command"],
            found["shown"] or "",
        )
        for found in BLOCK.finditer(text)
    ]


def masked(text: str) -> list[str]:
    """Its lines, without what differs from run to run."""
    for pattern, mask in MASKS:
        text = pattern.sub(mask, text)
    return [line.strip() for line in text.splitlines()]


def environment(folder: Path) -> dict[str, str]:
    """That of a person without settings, at home in the folder; on PATH beside all else: duckdb."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {"HOME": str(home), "PATH": path, "LC_ALL": "C.UTF-8", "TERM": "dumb", "TZ": "UTC"}


def run(recipe: Recipe, folder: Path) -> str:
    """What it prints in a folder with the log; raises `CalledProcessError` if it fails."""
    done = subprocess.run(
        ("bash", "-euo", "pipefail", "-c", recipe.command),
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def lay_out(folder: Path, log: Path) -> Path:
    """A folder as that of a service, as far as the recipes look at it."""
    (folder / "docs").mkdir(parents=True)
    shutil.copy(LNAV_FORMAT, folder / "docs")
    shutil.copy(log, folder)
    return folder


def page(folder: Path) -> str:
    """The page with what all of them print in this folder."""
    outputs = iter([run(recipe, folder) for recipe in recipes()])

    def renewed(found: re.Match[str]) -> str:
        printed = next(outputs).replace(f"{demo.FOLDER}/", "")
        lines = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
        block = f"```sh\n{found['command']}```\n"
        return block if found["shown"] is None else f"{block}\n```text\n{lines}```\n"

    return BLOCK.sub(renewed, PAGE.read_text(encoding="utf-8"))


def version(tool: str) -> str:
    command, *arguments = map(str, VERSIONS[tool])
    program = shutil.which(command, path=shipping.PATH)
    if not program:
        raise demo.DemoError(f"install {tool}: all tools are tried on the same day")
    done = subprocess.run((program, *arguments), check=True, capture_output=True, text=True)
    found = re.search(r"\d+(\.\d+)+", done.stdout)
    return found[0] if found else done.stdout.strip()


def shipped(log: Path, folder: Path) -> dict[str, tuple[int, int]]:
    """How many records came out at the other end, and how many lines were laid aside, by way."""
    counted = {}
    for name in shipping.COMMANDS:
        came = shipping.ship(name, log, folder / name)
        counted[name] = len(came.messages), len(came.other)
    parquet = shipping.archive(log, folder / "duckdb")
    (row,) = shipping.query(f"SELECT count(*) AS records FROM read_parquet('{parquet}')")
    counted["duckdb"] = row["records"], len(shipping.laid_aside(folder / "duckdb" / "other.log"))
    return counted


def tried(log: Path, folder: Path) -> str:
    """The page of what was run."""
    counted = shipped(log, folder)
    every = len(log.read_bytes().splitlines())
    rows = []
    for tool in VERSIONS:
        command, what = tool.lower(), []
        if number := sum(recipe.tool == command for recipe in recipes()):
            what.append(f"{number} recipes of [Read logs here](../how-to/read-logs.md)")
        if command in counted:
            (path,) = shipping.FOLDER.glob(f"{command}.*")
            records, other = counted[command]
            out = f"{records} records, {other} other lines apart"
            what.append(f"[{path.name}](../how-to/shipping/{path.name}): {out}")
        rows.append(f"| {tool} | {version(tool)} | {'; '.join(what)} |")
    left = [
        f"| {tool} | {f'[{name}](../how-to/shipping/{name})' if name else 'none'} |"
        for tool, name in shipping.NOT_RUN.items()
    ]
    return "\n".join(
        [
            "# Tools that were tried",
            "",
            "<!-- Made by `make docs-recipes`. -->",
            "",
            f"Last run on {datetime.now(UTC):%Y-%m-%d}, with the log of one real run of the sample "
            f"service: {every} lines, {len(shipping.records(log))} of them records.",
            "`make test` runs the same with the tools that the machine has.",
            "",
            "| tool | version | what came out |",
            "|---|---|---|",
            *rows,
            "",
            "Not run here, for no package registry has them:",
            "",
            "| tool | configuration |",
            "|---|---|",
            *left,
            "",
        ]
    )


def main() -> None:
    demo.render()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "run" / "orders.log"
        traffic.record(demo.COMMANDS / "python", log)
        PAGE.write_text(page(lay_out(folder / "service", log)), encoding="utf-8")
        TRIED.write_text(tried(log, folder / "shipping"), encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except (demo.DemoError, OSError) as error:
        sys.exit(f"recipes: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"recipes: {error}\n{error.stdout}{error.stderr}")
