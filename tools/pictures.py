"""Draws docs/pictures: the demo here, and by screens.py the tools that read a log; of real runs."""

import json
import re

import demo
import screens
from terminals import DIM, GAP_PX, Row, Style, cut, height_of, picture, rows, terminal, width_of

PICTURE = demo.ROOT / "docs" / "pictures" / "demo.svg"

PEOPLE, MACHINES = 88, 56
"""Columns of the two terminals."""
KEY, STRING, OTHER = "#79c0ff", "#a5d6ff", "#ffa657"

DEVELOPMENT = (
    "Application starting",
    "Environment",
    "Application ready",
    "transcript_id=t-17",
    "status=404",
    "RuntimeError: failed because",
    "Slow operation detected",
    "WebSocket connection established",
    "Transcript published",
    "Session finalized",
    "WebSocket disconnected",
    "Session complete",
    "transcript_id=t-19",
    "About to fail password=",
    "Application shutting down",
    "Application stopped",
)
"""What is drawn of the run: the first record that has each of these texts."""

PRODUCTION = ("slow_operation_detected", "session_complete")


def records(output: str) -> list[str]:
    """The records of development output; the lines of a traceback belong to the one above."""
    return re.split(r"\n(?=\S)", output.rstrip())


def pairs(line: str) -> list[Row]:
    """The runs of each `"key":value` of a line of JSON."""
    dim = Style(DIM)
    found = [
        [
            (Style(KEY), json.dumps(key)),
            (dim, ":"),
            (Style(STRING if isinstance(value, str) else OTHER), json.dumps(value)),
            (dim, ","),
        ]
        for key, value in json.loads(line).items()
    ]
    found[0].insert(0, (dim, "{"))
    found[-1][-1] = (dim, "}")
    return found


def wrap(groups: list[Row]) -> list[Row]:
    """Rows of at most MACHINES characters that cut no group; the later ones are indented."""
    wrapped: list[Row] = [[]]
    used = 0
    for group in groups:
        length = sum(len(text) for _, text in group)
        if used + length > MACHINES:
            wrapped.append([(Style(), "  ")])
            used = 2
        wrapped[-1] += group
        used += length
    return wrapped


def draw(development: str, production: str) -> str:
    """The picture: development on the left, production on the right."""
    shown = records(development)
    chosen = [next(record for record in shown if text in record) for text in DEVELOPMENT]
    people = [cut(runs, PEOPLE) for runs in rows("\n".join(chosen))]

    events = {json.loads(line).get("event"): line for line in production.splitlines()}
    machines = [runs for event in PRODUCTION for runs in wrap(pairs(events[event]))]

    lines = max(len(people), len(machines))
    left = width_of(PEOPLE) + GAP_PX
    return picture(
        "What a service logs: coloured lines in development, JSON in production",
        left + width_of(MACHINES),
        height_of(lines),
        [
            terminal("uv run orders", people, PEOPLE, lines=lines),
            terminal(
                "ENVIRONMENT=production uv run orders", machines, MACHINES, lines=lines, left=left
            ),
        ],
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
