# Managed by the service template: change it there, or expect a merge on update.
"""The answers that a service was made by, as .copier-answers.yml records them."""

import re
from collections.abc import Mapping
from pathlib import Path

from .problems import Refused

ANSWERS = ".copier-answers.yml"

FIXED = ("start", "layout", "framework", "package")
"""What a service cannot change by an update: its own code is written for it."""

HOW_TO = "docs/how-to/change-what-is-fixed.md"

_LINE = re.compile(r"^(\w+): *(.*)$", re.MULTILINE)


def read(folder: Path) -> dict[str, str]:
    """Each answer as it is written, less quotes: those of this template are single lines."""
    text = (folder / ANSWERS).read_text(encoding="utf-8")
    return {name: value.strip("'\"") for name, value in _LINE.findall(text)}


def given(options: list[str]) -> dict[str, str]:
    """What --answer NAME=VALUE gives; Refused where it is of no such form, or fixed."""
    answers = {}
    for option in options:
        name, sign, value = option.partition("=")
        if not sign or not name:
            raise Refused(f"--answer {option}: give it as NAME=VALUE, as in redis=streams")
        if name in FIXED:
            raise Refused(f"{name} cannot change by an update: {HOW_TO} of the template says how")
        answers[name] = value
    return answers


def refuse_other_answers(
    before: Mapping[str, str], after: Mapping[str, str], asked: Mapping[str, str]
) -> None:
    """Refused if an answer is no longer what it was, though nobody asked for that.

    Copier takes the default for a recorded value which the template does not offer any more.
    """
    for name in asked:
        if name not in after:
            raise Refused(f"--answer {name}: the template has no such question")
    for name, value in before.items():
        if name.startswith("_") or name not in after or after[name] == asked.get(name, value):
            continue
        raise Refused(
            f"{name} was {value}, which the template does not offer any more:"
            f" choose one with --answer {name}=..."
        )
