"""Draws docs/pictures: the demo here, and by screens.py the tools that read a log; of real runs."""

import json
import re
from html import escape

import demo
import screens

PICTURE = demo.ROOT / "docs" / "pictures" / "demo.svg"

COLUMNS = 118
FONT_PX = 13
ADVANCE_PX = 7.8
"""Width of a character: each run of text is stretched to it, so that any monospace font fits."""
LINE_PX = 19
BAR_PX = 30
MARGIN_PX = 18
GAP_PX = 14
WIDTH_PX = 2 * MARGIN_PX + COLUMNS * ADVANCE_PX

# One card with a ground of its own reads the same on a light and on a dark page.
GROUND, BAR, EDGE, TEXT, DIM = "#161b22", "#21262d", "#30363d", "#e6edf3", "#8b949e"
COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "36": "#79c0ff", "2": DIM}
KEY, STRING, OTHER = "#79c0ff", "#a5d6ff", "#ffa657"

DEVELOPMENT = (
    "Application ready",
    "status=404",
    "RuntimeError: failed because",
    "Slow operation detected",
    "WebSocket connection established",
    "Session complete",
    "password=[redacted]  ",
    "Application stopped",
)
"""What is drawn of the run: the first record that has each of these texts."""

PRODUCTION = ("slow_operation_detected", "session_complete")

Run = tuple[str, str]
"""A colour, and text in it."""


def records(output: str) -> list[str]:
    """The records of development output; the lines of a traceback belong to the one above."""
    return re.split(r"\n(?=\S)", output.rstrip())


def coloured(line: str) -> list[Run]:
    """The runs of a line with terminal colours."""
    parts = re.findall(r"\x1b\[(\d+)m(.*?)\x1b\[0m|([^\x1b]+)", line)
    return [(COLOURS[code], text) if code else (TEXT, plain) for code, text, plain in parts]


def pairs(line: str) -> list[list[Run]]:
    """The runs of each `"key":value` of a line of JSON."""
    fields = list(json.loads(line).items())
    shown = [(json.dumps(key), json.dumps(value), value) for key, value in fields]
    found = [
        [(KEY, key), (DIM, ":"), (STRING if isinstance(value, str) else OTHER, text), (DIM, ",")]
        for key, text, value in shown
    ]
    found[0].insert(0, (DIM, "{"))
    found[-1][-1] = (DIM, "}")
    return found


def cut(runs: list[Run]) -> list[Run]:
    """At most COLUMNS characters; `…` where some are left out."""
    kept: list[Run] = []
    room = COLUMNS
    for colour, text in runs:
        if len(text) > room:
            return [*kept, (colour, text[: room - 1] + "…")]
        kept.append((colour, text))
        room -= len(text)
    return kept


def wrap(groups: list[list[Run]]) -> list[list[Run]]:
    """Rows of at most COLUMNS characters that cut no group; the later ones are indented."""
    rows: list[list[Run]] = [[]]
    used = 0
    for group in groups:
        length = sum(len(text) for _, text in group)
        if used + length > COLUMNS:
            rows.append([(TEXT, "  ")])
            used = 2
        rows[-1] += group
        used += length
    return rows


def row(runs: list[Run], y: float) -> str:
    column = 0
    spans = []
    for colour, text in runs:
        if bare := text.strip():
            x = MARGIN_PX + (column + len(text) - len(text.lstrip())) * ADVANCE_PX
            spans.append(
                f'<tspan x="{x:.1f}" textLength="{len(bare) * ADVANCE_PX:.1f}" fill="{colour}">'
                f"{escape(bare)}</tspan>"
            )
        column += len(text)
    return f'<text y="{y}">{"".join(spans)}</text>'


def card(title: str, rows: list[list[Run]], top: float) -> tuple[str, float]:
    """A terminal with a title; its SVG and its height."""
    height = BAR_PX + len(rows) * LINE_PX + MARGIN_PX
    box = f'x="1" y="{top + 1:g}" width="{WIDTH_PX - 2:g}" height="{height - 2:g}" rx="8"'
    bar = f"M1 {top + BAR_PX:g}v-20a8 8 0 0 1 8-8h{WIDTH_PX - 18:g}a8 8 0 0 1 8 8v20z"
    drawn = [
        f'<rect {box} fill="{GROUND}" stroke="{EDGE}"/>',
        f'<path d="{bar}" fill="{BAR}"/>',
        row([(DIM, title)], top + 20),
        *(row(runs, top + BAR_PX + LINE_PX * number) for number, runs in enumerate(rows, 1)),
    ]
    return "\n".join(drawn), height


def draw(development: str, production: str) -> str:
    """The picture: development above, production below."""
    shown = records(development)
    chosen = [next(record for record in shown if text in record) for text in DEVELOPMENT]
    people = [cut(coloured(line)) for record in chosen for line in record.splitlines()]

    events = {json.loads(line).get("event"): line for line in production.splitlines()}
    machines = [runs for event in PRODUCTION for runs in wrap(pairs(events[event]))]

    first, height = card("uv run orders", people, 0)
    second, more = card("ENVIRONMENT=production uv run orders", machines, height + GAP_PX)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" xml:space="preserve" '
        f'viewBox="0 0 {WIDTH_PX:g} {height + GAP_PX + more:g}" '
        f'font-family="monospace" font-size="{FONT_PX}">\n'
        "<title>What a service logs: coloured lines in development, JSON in production</title>\n"
        f"{first}\n{second}\n</svg>\n"
    )


def silent(text: str) -> None:
    """Show nothing: the picture does."""


def main() -> None:
    demo.render()
    development = demo.drive(silent, silent, FORCE_COLOR="1")
    # Else the picture would hold the name of whoever's machine drew it.
    production = demo.drive(
        silent, silent, ENVIRONMENT="production", RAILWAY_REPLICA_ID="replica-1"
    )
    demo.check(development, production)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    drawn = draw(development.replace(f"{demo.FOLDER}/", ""), production)
    PICTURE.write_text(drawn, encoding="utf-8")
    screens.draw_all()


if __name__ == "__main__":
    main()
