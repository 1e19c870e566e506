# Managed by the service template: change it there, or expect a merge on update.
"""What a merge cannot know, settled before it: starters, what went, what moved, what is in the way.

After this, each of the three trees holds only what a line-by-line merge decides rightly.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .answers import ANSWERS
from .ownership import Gone, Ownership
from .trees import Blob, Tree


@dataclass
class Sides:
    """The template as it was and as it will be, the owner's files, and what the owner should know.

    `decisions` are pairs of a path and what became of it.
    """

    base: Tree
    ours: Tree
    theirs: Tree
    decisions: list[tuple[str, str]] = field(default_factory=list)

    def keep(self, path: str, why: str = "") -> None:
        """Leave the owner's file as it is, or its absence."""
        here = self.ours.get(path)
        for tree in (self.base, self.theirs):
            tree.pop(path, None)
            if here is not None:
                tree[path] = here
        if why:
            self.decisions.append((path, why))


def settled(
    base: Tree, owned: Tree, theirs: Tree, ownership: Ownership, contents: Mapping[Blob, bytes]
) -> Sides:
    """The three sides of the merge, for the paths that the template has, had or will have.

    `owned` are all files of the service; `contents` has those of paths that are gone.
    """
    gone = {row.path: row for row in ownership.gone if row.path not in theirs}
    paths = {*base, *theirs, *gone}
    ours = {path: blob for path, blob in owned.items() if path in paths}
    sides = Sides(dict(base), ours, dict(theirs))
    for row in gone.values():
        _move_or_remove(sides, row, ownership, contents)
    for path in sorted({*sides.base, *sides.theirs}):
        if path == ANSWERS:
            sides.base[path] = sides.ours[path]  # its lines are Copier's
        elif ownership.owner(path) == "starter":
            _start_once(sides, path)
        else:
            _keep_what_the_owner_changed(sides, path)
    return sides


def _move_or_remove(
    sides: Sides, row: Gone, ownership: Ownership, contents: Mapping[Blob, bytes]
) -> None:
    here = sides.ours.get(row.path)
    if here is None:
        return
    unedited = here == sides.base.get(row.path) or ownership.had(row, contents[here])
    if unedited:
        sides.base[row.path] = here  # what a plain update had left goes as well
    elif row.path in sides.base and row.now in sides.theirs and row.now not in sides.ours:
        # The edits move along.
        sides.base[row.now] = sides.base.pop(row.path)
        sides.ours[row.now] = sides.ours.pop(row.path)
        sides.decisions.append((row.now, f"has your edits of {row.path}, whose place it takes"))
    else:
        now = f"{row.now} takes its place" if row.now else "the template has it no more"
        sides.keep(row.path, f"stays, for you changed it: {now}")


def _start_once(sides: Sides, path: str) -> None:
    if path in sides.base or path in sides.ours:
        sides.keep(path)


def _keep_what_the_owner_changed(sides: Sides, path: str) -> None:
    before, here, after = (tree.get(path) for tree in (sides.base, sides.ours, sides.theirs))
    if before is None or after == before or here == before:
        return
    if here is None:
        sides.keep(path, "stays deleted" if after is not None else "")
    elif after is None:
        sides.keep(path, "stays, for you changed it: the template has it no more")
