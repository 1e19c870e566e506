"""The tables of docs/reference/speed.md, from the results that are kept."""

from collections.abc import Sequence
from pathlib import Path

from cases import BARS, NAMES, Bar, title_of
from results import Results
from rounds import Figure
from scenes import ALL, SCENES

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "speed.md"
BEGIN, END = "<!-- Made by `make bench-speed`. -->", "<!-- End of what is made. -->"

INFO = ("constant", "fresh")
SECTIONS = {
    "Other calls": [name for name in SCENES if name not in INFO],
    "Requests": ["called", "starlette", "fastapi", "flask", "django", "throughput", "websocket"],
    "Memory, imports, generation": ["idle", "growth", "import", "copy", "update"],
}


def number(value: float) -> str:
    """Three digits that count."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def cell(figure: Figure | None, bar: Bar | None = None) -> str:
    """A figure with the middle half of its rounds; bold where it misses its bar."""
    if figure is None:
        return ""
    shown = number(figure.value)
    if bar and not bar.met(figure.value):
        shown = f"**{shown}**"
    spread = figure.low != figure.high
    return f"{shown} ({number(figure.low)} to {number(figure.high)})" if spread else shown


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def bar_of(name: str) -> Bar | None:
    return next((bar for bar in BARS if bar.name == name), None)


def info_table(results: Sequence[Results]) -> str:
    head = ["against"]
    for title in ("constant", "a fresh id"):
        head += [f"{title}: at most", *(f"{one.python}" for one in results)]
    rows = []
    for other in ALL[1:]:
        row = [NAMES[other]]
        for scene in INFO:
            bar = bar_of(f"{scene}/{other}")
            row.append(bar.shown if bar else "")
            row += [cell(one.figures.get(f"{scene}/{other}"), bar) for one in results]
        rows.append(row)
    return table(head, rows)


def section_table(cases: Sequence[str], results: Sequence[Results]) -> str:
    """Those with a bar first, in the order of their table, and then what else was measured."""
    rows = []
    for case in cases:
        names = [bar.name for bar in BARS if bar.case == case]
        names += sorted({name for one in results for name in one.figures} - set(names))
        for name in names:
            if name.startswith(f"{case}/"):
                bar = bar_of(name)
                figures = [cell(one.figures.get(name), bar) for one in results]
                other = NAMES[name.partition("/")[2]]
                rows.append([title_of(case), other, bar.shown if bar else "", *figures])
    return table(["what", "against", "bar", *(one.python for one in results)], rows)


def missed(results: Sequence[Results]) -> list[str]:
    """The bars that a figure does not keep, and by how much."""
    found = []
    for bar in BARS:
        for one in results:
            figure = one.figures.get(bar.name)
            if figure and not bar.met(figure.value):
                found.append(
                    f"- {bar.title}, against {NAMES[bar.against]}, on {one.python}: "
                    f"{number(figure.value)}, and the bar is {bar.shown}"
                )
    return found


def better(results: Sequence[Results]) -> list[str]:
    """Where each peer takes less than this template does."""
    found = []
    for other in ALL:
        cases = [
            f"{title_of(case)} ({number(1 / figure.value)} x)"
            for case in SCENES
            for one in results[:1]
            if (figure := one.figures.get(f"{case}/{other}")) and figure.value > 1
        ]
        if cases and other != "least":
            found.append(f"- **{NAMES[other]}** takes less for: {'; '.join(cases)}.")
    return found


def made(results: Sequence[Results]) -> str:
    """All that stands between the markers."""
    parts = ["### An INFO record", info_table(results)]
    for title, cases in SECTIONS.items():
        parts += [f"### {title}", section_table(cases, results)]
    lost = missed(results)
    parts += ["### Bars that are missed", "\n".join(lost) or "None."]
    ahead = "\n".join(better(results)) or "No peer takes less for any of these calls."
    parts += [
        "### What a peer does better",
        f"On {results[0].python}, as a multiple of what this template takes:",
        ahead,
    ]
    parts.append("### Measured on")
    for one in results:
        versions = ", ".join(f"{name} {version}" for name, version in sorted(one.versions.items()))
        parts.append(f"- {one.date}, {one.machine}, {one.mode} run: {versions}")
    return "\n\n".join(parts)


def page(results: Sequence[Results], text: str) -> str:
    """The page with what is made of the results in its place."""
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{made(results)}\n\n{END}{after}"


def console(name: str, figure: Figure) -> str:
    """One line for whoever waits."""
    bar = bar_of(name)
    verdict = (
        "" if bar is None else f"{bar.shown:10} {'met' if bar.met(figure.value) else 'MISSED'}"
    )
    spread = f"({number(figure.low)} to {number(figure.high)})"
    return f"{name:32} {number(figure.value):>8}  {spread:22} {verdict}".rstrip()
