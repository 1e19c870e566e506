"""The charts of docs/pictures, drawn from the results that are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import log10
from pathlib import Path

from cases import BARS, NAMES
from results import Results
from scenes import ALL
from terminals import DIM, EDGE, GROUND, TEXT

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"

WIDTH_PX = 960
MARGIN_PX = 24
LABEL_PX = 330
ROW_PX = 22
FONT_PX = 13
OURS, PEER, LIMIT = "#7ee787", "#79c0ff", "#ff7b72"
SECOND = "#ffa657"

FRAMEWORKS = {"starlette": "Starlette", "fastapi": "FastAPI", "flask": "Flask", "django": "Django"}


def words(x: float, y: float, shown: str, colour: str = TEXT, anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}"'
    return f"<text {place}>{escape(shown)}</text>"


def box(x: float, y: float, width: float, height: float, colour: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height:.1f}" '
        f'rx="2" fill="{colour}"/>'
    )


def line(x: float, top: float, bottom: float, colour: str) -> str:
    return f'<path d="M{x:.1f} {top:.1f}V{bottom:.1f}" stroke="{colour}"/>'


def picture(title: str, height: float, drawn: Sequence[str]) -> str:
    """A card with a ground of its own, which reads the same on a light and on a dark page."""
    card = (
        f'<rect x="1" y="1" width="{WIDTH_PX - 2}" height="{height - 2:.0f}" rx="8" '
        f'fill="{GROUND}" stroke="{EDGE}"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" '
        f'viewBox="0 0 {WIDTH_PX} {height:.0f}" font-family="system-ui, sans-serif" '
        f'font-size="{FONT_PX}">\n<title>{escape(title)}</title>\n'
        + "\n".join([card, *drawn])
        + "\n</svg>\n"
    )


def versions(results: Results, *packages: str) -> str:
    """What it was measured with."""
    found = [f"{name} {results.versions[name]}" for name in packages]
    return ", ".join([f"Python {results.versions['python']}", *found])


@dataclass(frozen=True)
class Row:
    """What one contender takes: a bar for each value, the later ones paler."""

    label: str
    values: Sequence[float]
    ours: bool = False


def rows(title: str, under: str, drawn_rows: Sequence[Row], feet: Sequence[str]) -> str:
    """Bars on a scale that begins at nothing."""
    drawn = [words(MARGIN_PX, 34, title), words(MARGIN_PX, 54, under, DIM)]
    most = max(value for row in drawn_rows for value in row.values)
    scale = (WIDTH_PX - LABEL_PX - 3 * MARGIN_PX - 30) / most
    y = 82.0
    for row in drawn_rows:
        colour = OURS if row.ours else PEER
        height = 15 * len(row.values)
        middle = y + height / 2 + 3
        drawn.append(words(LABEL_PX, middle, row.label, OURS if row.ours else TEXT, "end"))
        for number, value in enumerate(row.values):
            top = y + number * 15
            bar = box(LABEL_PX + 12, top, value * scale, 12, colour)
            drawn.append(f'<g opacity="{1 if number == 0 else 0.55}">{bar}</g>')
            drawn.append(words(LABEL_PX + 18 + value * scale, top + 10.5, f"{value:.2g}", DIM))
        y += height + 10
    for foot in feet:
        drawn.append(words(MARGIN_PX, y + 12, foot, DIM))
        y += 20
    return picture(title, y + 20, drawn)


def record(results: Results) -> str:
    """CPU of one INFO record with six fields, as a multiple of the least that a call can do."""
    costs = {name: [cost(results, scene, name) for scene in ("constant", "fresh")] for name in ALL}
    return rows(
        "CPU time of one INFO record with six fields, to a pipe",
        "as a multiple of the least that a call can do; shorter is better",
        [
            Row(NAMES[name], costs[name], ours=name == "ours")
            for name in sorted(costs, key=lambda name: costs[name][0])
        ],
        [
            "upper: constant event and operation; lower: a fresh id in each",
            versions(results, "orjson", "python-json-logger", "structlog", "loguru"),
            f"{results.machine}; {results.date}",
        ],
    )


def requests(results: Results) -> str:
    """CPU that is added to a request, as a multiple of what the server's access line adds."""
    shown = []
    for framework, name in FRAMEWORKS.items():
        ours = results.figures[f"{framework}/access"].value
        shown += [Row(f"{name}: the server's access line", [1])]
        if middleware := results.figures.get(f"{framework}/middleware"):
            shown.append(Row(f"{name}: {NAMES['middleware']}", [ours / middleware.value]))
        shown.append(Row(f"{name}: {NAMES['ours']}", [ours], ours=True))
    return rows(
        "CPU time that is added to a request",
        "as a multiple of what the server's own access line adds; shorter is better",
        shown,
        [
            versions(results, "uvicorn", "gunicorn", *FRAMEWORKS),
            f"{results.machine}; {results.date}",
        ],
    )


def cost(results: Results, scene: str, name: str) -> float:
    """A contender's cost as a multiple of the least, from its ratio to ours."""
    whole = results.figures[f"{scene}/least"].value
    return whole if name == "ours" else whole / results.figures[f"{scene}/{name}"].value


def bars(results: Sequence[Results]) -> str:
    """Each figure as a part of what its bar allows; right of the line it is missed."""
    title = "Each figure against its bar"
    left, right = LABEL_PX + 240.0, WIDTH_PX - MARGIN_PX - 10.0
    drawn = [
        words(MARGIN_PX, 34, title),
        words(
            MARGIN_PX, 54, "logarithmic; left of the red line it is met, right of it missed", DIM
        ),
    ]
    found = [
        (bar, [(one, part) for one in results if (part := used(one, bar.name)) is not None])
        for bar in BARS
    ]
    parts = [max(part, 0.05) for _, values in found for _, part in values] + [0.2, 2.0]
    low, high = log10(min(parts) / 1.2), log10(max(parts) * 1.2)

    def at(part: float) -> float:
        return left + (log10(max(part, 0.05)) - low) / (high - low) * (right - left)

    y = 78.0
    bottom = y + ROW_PX * len(found)
    drawn.append(line(at(1), y - 8, bottom, LIMIT))
    for bar, values in found:
        drawn.append(words(MARGIN_PX, y + 8, bar.title.replace("`", "")))
        drawn.append(words(left - 12, y + 8, NAMES[bar.against].partition(",")[0], DIM, "end"))
        for one, part in values:
            colour = (OURS, SECOND)[results.index(one) % 2]
            drawn.append(f'<circle cx="{at(part):.1f}" cy="{y + 4:.1f}" r="4.5" fill="{colour}"/>')
        y += ROW_PX
    for number, one in enumerate(results):
        drawn.append(words(MARGIN_PX, y + 18, f"● Python {one.python}", (OURS, SECOND)[number % 2]))
        drawn.append(words(MARGIN_PX + 110, y + 18, f"{one.machine}; {one.date}", DIM))
        y += 20
    return picture(title, y + 24, drawn)


def used(results: Results, name: str) -> float | None:
    """What part of its bar a figure takes; above 1 it is missed."""
    figure = results.figures.get(name)
    bar = next(bar for bar in BARS if bar.name == name)
    if figure is None:
        return None
    if bar.at_least:
        return bar.at_least / figure.value
    return max(figure.value, 0) / bar.at_most


def draw(results: Sequence[Results]) -> dict[str, str]:
    """Each chart by its file's name."""
    oldest = results[0]
    return {
        "speed-record.svg": record(oldest),
        "speed-requests.svg": requests(oldest),
        "speed-bars.svg": bars(results),
    }
