"""Draws terminals as SVG, of text with the colours of a real one."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html import escape

FONT_PX = 13
ADVANCE_PX = 7.8
"""Width of a character: each run of text is stretched to it, so that any monospace font fits."""
LINE_PX = 19
BAR_PX = 30
MARGIN_PX = 18
GAP_PX = 14

# One card with a ground of its own reads the same on a light and on a dark page.
GROUND, BAR, EDGE, TEXT, DIM = "#161b22", "#21262d", "#30363d", "#e6edf3", "#8b949e"

# The sixteen colours of a terminal, the bright ones last.
NAMED = (
    *("#30363d", "#ff7b72", "#7ee787", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#b1bac4"),
    *("#6e7681", "#ffa198", "#aff5b4", "#f2cc60", "#a5d6ff", "#e2c5ff", "#b3f0ff", "#f0f6fc"),
)


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
            elif code == 2:
                style = replace(style, front=DIM)
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


def cut(runs: Row, columns: int) -> Row:
    """At most that many characters; `…` where some are left out."""
    if sum(len(text) for _, text in runs) <= columns:
        return runs
    kept: Row = []
    room = columns - 1
    for style, text in runs:
        kept.append((style, text[:room]))
        room -= len(text)
        if room <= 0:
            break
    return [*kept, (Style(DIM), "…")]


def width_of(columns: int) -> float:
    """Pixels of a terminal."""
    return 2 * MARGIN_PX + columns * ADVANCE_PX


def height_of(lines: int) -> float:
    return BAR_PX + lines * LINE_PX + MARGIN_PX


def terminal(title: str, shown: list[Row], columns: int, *, lines: int = 0, left: float = 0) -> str:
    """One with a title, `lines` high or as high as its rows need."""
    height, width = height_of(max(lines, len(shown))), width_of(columns)
    box = f'x="{left + 1:g}" y="1" width="{width - 2:g}" height="{height - 2:g}" rx="8"'
    bar = f"M{left + 1:g} {BAR_PX}v-20a8 8 0 0 1 8-8h{width - 18:g}a8 8 0 0 1 8 8v20z"
    drawn = [
        f'<rect {box} fill="{GROUND}" stroke="{EDGE}"/>\n<path d="{bar}" fill="{BAR}"/>',
        row([(Style(DIM), title)], 20, left),
        *(row(runs, BAR_PX + LINE_PX * number, left) for number, runs in enumerate(shown, 1)),
    ]
    return "\n".join(drawn)


def row(runs: Row, top: float, left: float) -> str:
    """Grounds first, then text that is stretched to its columns."""
    grounds, spans, column = [], [], 0
    for style, text in runs:
        if style.back:
            x, width = left + MARGIN_PX + column * ADVANCE_PX, len(text) * ADVANCE_PX
            box = f'x="{x:.1f}" y="{top - 14:g}" width="{width:.1f}" height="{LINE_PX}"'
            grounds.append(f'<rect {box} fill="{style.back}"/>')
        # A gap inside a run is not stretched alike by all browsers: words stand by themselves.
        for word in re.finditer(r"\S+(?: \S+)*", text):
            x = left + MARGIN_PX + (column + word.start()) * ADVANCE_PX
            weight = ' font-weight="bold"' if style.bold else ""
            spans.append(
                f'<tspan x="{x:.1f}" textLength="{len(word[0]) * ADVANCE_PX:.1f}" '
                f'fill="{style.front or TEXT}"{weight}>{escape(word[0])}</tspan>'
            )
        column += len(text)
    return f'{"".join(grounds)}<text y="{top:g}">{"".join(spans)}</text>'


def picture(caption: str, width: float, height: float, drawn: Iterable[str]) -> str:
    """An SVG of terminals; the caption is for those who cannot see it."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" xml:space="preserve" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="monospace" font-size="{FONT_PX}">\n'
        f"<title>{escape(caption)}</title>\n" + "\n".join(drawn) + "\n</svg>\n"
    )
