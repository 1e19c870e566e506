# Managed by the service template: change it there, or expect a merge on update.
"""The template in full, as a version makes it from answers, in a folder of its own."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from .answers import ANSWERS, read
from .commands import copier
from .problems import Problem, Refused

_NO_ANSWER = re.compile(r'Question "(\w+)" is required')
_WRONG = re.compile(r"ValueError: (.+)")
"""How Copier says that it was given an unknown version or a value that is not allowed."""


def render(
    service: Path, folder: Path, version: str | None, answers: Mapping[str, str]
) -> dict[str, str]:
    """Render the service's template into the new folder; what it recorded as answers.

    The newest version if none is given. Answers are those of the service but for the given ones.
    """
    source = read(service)["_src_path"]
    if source.startswith("."):
        raise Refused(f"_src_path in {ANSWERS} is {source}: make it an absolute path or a URL")
    folder.mkdir()
    shutil.copy(service / ANSWERS, folder)
    options = ["--defaults", "--overwrite", "--quiet", "--skip-tasks"]
    options += [f"--vcs-ref={version}"] if version else []
    options += [f"--data={name}={value}" for name, value in answers.items()]
    try:
        copier("recopy", *options, folder, cwd=folder)
    except Problem as problem:
        if found := _NO_ANSWER.search(str(problem)):
            raise Refused(
                f"the template asks for {found[1]} now: answer with --answer {found[1]}=..."
            ) from problem
        if found := _WRONG.search(str(problem)):
            raise Refused(found[1]) from problem
        raise
    return read(folder)
