# Managed by the service template: change it there, or expect a merge on update.
"""Patterns that few texts need, compiled for the first: to compile all makes every start slower."""

import re
from collections.abc import Callable
from functools import cache


def late(expression: str, flags: int = 0) -> Callable[[], re.Pattern[str]]:
    """What gives the pattern, the same one each time."""
    return cache(lambda: re.compile(expression, flags))
