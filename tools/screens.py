"""Draws what the tools of docs/how-to/read-logs.md show of a real run: lnav's screen, an answer."""

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path

import demo
import recipes
import traffic

FOLDER = demo.ROOT / "docs" / "pictures"
COLUMNS, ROWS = 100, 24
SOCKET = f"timberframe-{demo.ROOT.name}"

FONT_PX = 13
ADVANCE_PX = 7.8
LINE_PX = 19
BAR_PX = 30
MARGIN_PX = 18
WIDTH_PX = 2 * MARGIN_PX + COLUMNS * ADVANCE_PX

GROUND, BAR, EDGE, TEXT, DIM = "#161b22", "#21262d", "#30363d", "#e6edf3", "#8b949e"

# The sixteen colours of a terminal, the bright ones last.
NAMED = (
    *("#30363d", "#ff7b72", "#7ee787", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#b1bac4"),
    *("#6e7681", "#ffa198", "#aff5b4", "#f2cc60", "#a5d6ff", "#e2c5ff", "#b3f0ff", "#f0f6fc"),
)

FRAME = "┌┬┐├┼┤└┴┘─│"
FRAMED = re.compile(f"[{FRAME}]+|[^{FRAME}]+")

QUESTIONS = {
    "duckdb": ("Durations by route", "A histogram of durations, in SQL"),
    "jq": ("Slowest operations", "Error types", "A histogram of durations"),
}
"""What is asked in the picture of a tool: titles of recipes."""


@dataclass(frozen=True)
class Style:
    """Of a run of characters; a colour that is None is the terminal's own."""

    front: str | None = None
    back: str | None = None
    bold: bool = False

    def after(self, codes: list[int]) -> "Style":
        """What the parameters of one SGR sequence (ECMA-48) make of it."""
        style = self
        while codes:
            code = codes.pop(0)
            if code == 0:
                style = Style()
            elif code in (1, 22):
                style = replace(style, bold=code == 1)
            elif 30 <= code <= 49:
                style = style.coloured(code >= 40, colour(code % 10, codes, 0))
            elif 90 <= code <= 107:
                style = style.coloured(code >= 100, colour(code % 10, codes, 8))
        return style

    def coloured(self, back: bool, chosen: str | None) -> "Style":
        return replace(self, back=chosen) if back else replace(self, front=chosen)


Row = list[tuple[Style, str]]


def colour(digit: int, codes: list[int], first: int) -> str | None:
    """What the last digit of a code means; 8 takes `5;n` or `2;r;g;b` from the codes behind it."""
    if digit == 9:
        return None
    if digit < 8:
        return NAMED[first + digit]
    if codes.pop(0) == 2:
        red, green, blue = codes.pop(0), codes.pop(0), codes.pop(0)
    elif (number := codes.pop(0)) < 16:
        return NAMED[number]
    elif number >= 232:
        red = green = blue = 8 + 10 * (number - 232)
    else:
        steps = (0, 95, 135, 175, 215, 255)
        cube = number - 16
        red, green, blue = steps[cube // 36], steps[cube // 6 % 6], steps[cube % 6]
    return f"#{red:02x}{green:02x}{blue:02x}"


def rows(screen: str) -> Iterator[Row]:
    """The lines of a screen as runs of one style, which may go on over the end of a line."""
    style = Style()
    for line in screen.splitlines():
        runs: Row = []
        for codes, text in re.findall(r"\x1b\[([\d;]*)m|([^\x1b]+)", line):
            if text:
                runs.append((style, text))
            else:
                style = style.after([int(code or 0) for code in codes.split(";")])
        yield runs


def drawn_row(runs: Row, top: float) -> str:
    """Grounds first, then text that is stretched to its columns, so that any font fits."""
    grounds, spans, column = [], [], 0
    for style, text in runs:
        if style.back:
            x, width = MARGIN_PX + column * ADVANCE_PX, len(text) * ADVANCE_PX
            box = f'x="{x:.1f}" y="{top - 14:g}" width="{width:.1f}" height="{LINE_PX}"'
            grounds.append(f'<rect {box} fill="{style.back}"/>')
        # A gap inside a run is not stretched alike by all browsers: words stand by themselves.
        for word in re.finditer(r"\S+(?: \S+)*", text):
            x = MARGIN_PX + (column + word.start()) * ADVANCE_PX
            weight = ' font-weight="bold"' if style.bold else ""
            spans.append(
                f'<tspan x="{x:.1f}" textLength="{len(word[0]) * ADVANCE_PX:.1f}" '
                f'fill="{style.front or TEXT}"{weight}>{escape(word[0])}</tspan>'
            )
        column += len(text)
    return f'{"".join(grounds)}<text y="{top:g}">{"".join(spans)}</text>'


def draw(title: str, caption: str, shown: list[Row]) -> str:
    """A terminal with a title, for eyes; the caption is for those who cannot see it."""
    height = BAR_PX + len(shown) * LINE_PX + MARGIN_PX
    box = f'x="1" y="1" width="{WIDTH_PX - 2:g}" height="{height - 2:g}" rx="8"'
    bar = f"M1 {BAR_PX}v-20a8 8 0 0 1 8-8h{WIDTH_PX - 18:g}a8 8 0 0 1 8 8v20z"
    lines = [
        drawn_row(runs, BAR_PX + LINE_PX * number) for number, runs in enumerate(shown, start=1)
    ]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" xml:space="preserve" '
        f'viewBox="0 0 {WIDTH_PX:g} {height:g}" font-family="monospace" font-size="{FONT_PX}">\n'
        f"<title>{escape(caption)}</title>\n"
        f'<rect {box} fill="{GROUND}" stroke="{EDGE}"/>\n<path d="{bar}" fill="{BAR}"/>\n'
        + "\n".join([drawn_row([(Style(DIM), title)], 20), *lines])
        + "\n</svg>\n"
    )


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
    with Terminal(environment, folder).running("lnav orders.log") as terminal:
        terminal.wait_for("Finished server process")
        terminal.tell("send-keys", "g")
        terminal.wait_for("Started server process")
        terminal.tell("send-keys", "e")
        terminal.wait_for("RuntimeError: failed")
        terminal.tell("send-keys", *"kkkkkk")
        terminal.wait_for("/nowhere")
        terminal.tell("send-keys", "Escape")
        return list(rows(terminal.tell("capture-pane", "-p", "-e", "-N")))


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
            picture = FOLDER / f"read-{tool}.svg"
            picture.write_text(draw(title, caption, shown), encoding="utf-8")
