"""Draws what the tools of docs/how-to/read-logs.md show of a real run: lnav's screen, an answer."""

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import demo
import recipes
import traffic
from terminals import DIM, NAMED, Row, Style, height_of, picture, rows, terminal, width_of

FOLDER = demo.ROOT / "docs" / "pictures"
COLUMNS, ROWS = 100, 24
SOCKET = f"timberframe-{demo.ROOT.name}"

FRAME = "┌┬┐├┼┤└┴┘─│"
FRAMED = re.compile(f"[{FRAME}]+|[^{FRAME}]+")

QUESTIONS = {
    "duckdb": ("Durations by route", "A histogram of durations, in SQL"),
    "jq": ("Slowest operations", "Error types", "A histogram of durations"),
}
"""What is asked in the picture of a tool: titles of recipes."""


@dataclass
class Terminal:
    """A program in a terminal of tmux, on a socket of its own."""

    environment: dict[str, str]
    folder: Path
    tmux: tuple[str, ...] = field(default=("tmux", "-L", SOCKET, "-f", "/dev/null"))

    def tell(self, *arguments: str) -> str:
        done = subprocess.run(
            (*self.tmux, *arguments),
            cwd=self.folder,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def wait_for(self, text: str) -> None:
        given_up = time.monotonic() + demo.PATIENCE_S
        while text not in (seen := self.tell("capture-pane", "-p")):
            if time.monotonic() > given_up:
                raise demo.DemoError(f"{text!r} does not appear:\n{seen}")
            time.sleep(0.05)

    @contextmanager
    def running(self, command: str) -> Iterator["Terminal"]:
        size = ("-x", str(COLUMNS), "-y", str(ROWS))
        self.tell("new-session", "-d", *size, command)
        try:
            yield self
        finally:
            self.tell("kill-server")


def lnav(folder: Path) -> list[Row]:
    """Its screen with the first failed request in the middle."""
    environment = recipes.environment(folder) | {"TERM": "xterm-256color"}
    with Terminal(environment, folder).running("lnav orders.log") as screen:
        screen.wait_for("Finished server process")
        screen.tell("send-keys", "g")
        screen.wait_for("Started server process")
        screen.tell("send-keys", "e")
        screen.wait_for("RuntimeError: failed")
        screen.tell("send-keys", *"kkkkkk")
        screen.wait_for("/nowhere")
        screen.tell("send-keys", "Escape")
        return list(rows(screen.tell("capture-pane", "-p", "-e", "-N")))


def answers(tool: str, folder: Path) -> list[Row]:
    """Questions, and what the tool answers."""
    shown: list[Row] = []
    for recipe in recipes.recipes():
        if recipe.tool != tool:
            continue
        printed = recipes.run(recipe, folder)
        if recipe.title in QUESTIONS[tool]:
            shown += [[(Style(NAMED[4]), line)] for line in f"$ {recipe.command}".splitlines()]
            shown += [
                [(Style(DIM if part[0] in FRAME else None), part) for part in FRAMED.findall(line)]
                for line in printed.expandtabs().splitlines()
            ]
            shown.append([])
    return shown[:-1]


def draw_all() -> None:
    """From the log of a run of the demo's service, which must have been rendered."""
    for tool in ("lnav", "tmux"):
        if not shutil.which(tool):
            raise demo.DemoError(f"install {tool} to draw the pictures")
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "run" / "orders.log"
        traffic.record(demo.COMMANDS / "python", log)
        text = log.read_text(encoding="utf-8").replace(f"{demo.FOLDER}/", "")
        log.write_text(text.replace(f"{demo.ROOT}/", ""), encoding="utf-8")
        folder = recipes.lay_out(Path(name) / "orders", log)
        (installing,) = (r for r in recipes.recipes() if r.command.startswith("lnav -i"))
        recipes.run(installing, folder)
        for tool, title, caption, shown in (
            ("lnav", "lnav orders.log", "lnav shows a log, a failed request", lnav(folder)),
            ("jq", "orders", "jq finds slow operations and errors", answers("jq", folder)),
            ("duckdb", "orders", "DuckDB counts requests", answers("duckdb", folder)),
        ):
            drawn = terminal(title, shown, COLUMNS)
            size = width_of(COLUMNS), height_of(len(shown))
            path = FOLDER / f"read-{tool}.svg"
            path.write_text(picture(caption, *size, [drawn]), encoding="utf-8")
