# Managed by the service template: change it there, or expect a merge on update.
"""Whether all that the owner did is in what a merge made: the last look before it is applied."""

from collections import Counter
from collections.abc import Mapping

from .sides import Sides
from .trees import Blob, Tree


def lost(sides: Sides, merged: Tree, contents: Mapping[Blob, bytes]) -> list[str]:
    """What the owner has done that the merged files lack, a line each.

    Files and lines that the owner has and the template did not give.
    """
    found = []
    for path, ours in sides.ours.items():
        base = sides.base.get(path)
        if ours == base:
            continue
        if path not in merged:
            found.append(f"{path}: the file")
            continue
        given = Counter(contents[base].splitlines() if base else ())
        own = Counter(contents[ours].splitlines()) - given
        for line in own - Counter(contents[merged[path]].splitlines()):
            found.append(f"{path}: {line.decode(errors='replace').strip()}")
    return found
