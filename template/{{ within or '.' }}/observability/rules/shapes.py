# Managed by the service template: change it there, or expect a merge on update.
"""The table of secrets that are known by their shape alone, wherever they stand."""

import re
from dataclasses import dataclass
from functools import cached_property

from . import providers_a_k, providers_l_z


@dataclass(eq=False, repr=False)
class Shape:
    """What a provider's secrets look like: one of the prefixes, then the body.

    The prefixes are tried first, as plain text: a pattern costs far more. A `lead` is a pattern
    for what stands before the prefix.
    """

    provider: str
    prefixes: tuple[str, ...]
    body: str
    lead: str = ""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled where a prefix is met: all of them would make every start slower."""
        start = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f][0-9A-Fa-f]))"
        prefix = "|".join(map(re.escape, self.prefixes))
        return re.compile(f"{start}{self.lead}(?:{prefix}){self.body}", re.ASCII)


SHAPES = tuple(
    Shape(provider, tuple(prefixes.split()), *patterns)
    for provider, prefixes, *patterns in (*providers_a_k.ROWS, *providers_l_z.ROWS)
)

_SIGNS = {
    prefix: next((sign for sign in "_-." if sign in prefix), "")
    for shape in SHAPES
    for prefix in shape.prefixes
}

SPACED = tuple((p, shape) for shape in SHAPES for p in shape.prefixes if shape.provider == "PEM")
"""The prefix that is no single word."""

BY_SIGN = tuple(
    (sign, [(p, shape) for shape in SHAPES for p in shape.prefixes if _SIGNS[p] == sign])
    for sign in ("", "_", "-", ".")
)
"""Prefixes by a sign that they hold: most texts lack one, and with it a quarter of the table."""
