"""From which release, with which answers, services are updated in the tests."""

from itertools import combinations as pairs_of

from living import DELETED, EDITS, OWN_FILES
from releases import ROOT, WORKING_TREE, release_commits
from services import Answers, combinations

FIRST = "0.1.0"
TODAY = WORKING_TREE.removeprefix("v")
"""From here on to the next release: the future is made up, and does all at once."""
CHOICES_OF_THE_FIRST = {"framework": {"fastapi", "none"}, "redis": {"none"}}
BOTH_CHANGED = {(FIRST, "fastapi"): {"pyproject.toml"}}
"""Where the template and the owners of our edits changed the same place: release and framework."""


def pairwise(rows: list[Answers]) -> list[Answers]:
    """So many of the rows that each pair of answers that any row has stands in one."""

    def pairs(row: Answers) -> set[tuple[tuple[str, str], ...]]:
        return set(pairs_of(sorted(row.items()), 2))

    left = set().union(*map(pairs, rows))
    taken = []
    while left:
        best = max(rows, key=lambda row: len(left & pairs(row)))
        left -= pairs(best)
        taken.append(best)
    return taken


def possible(release: str) -> list[Answers]:
    """The answers that a service of that release may have."""
    allowed = CHOICES_OF_THE_FIRST if release == FIRST else {}
    return [
        row
        for row in combinations("framework", "redis", "deploy", "python")
        if all(row[name] in values for name, values in allowed.items())
    ]


def releases() -> list[str]:
    """All that a service may come from: the releases, and the working tree."""
    return [*release_commits(ROOT), TODAY]


def table() -> str:
    """What is tried, as docs/reference/updates.md has it."""
    edits = len(EDITS) + len(OWN_FILES) + len(DELETED) + 1  # a route
    rows = []
    for release in releases():
        every_day, all_of_them = len(pairwise(possible(release))), len(possible(release))
        name = "the working tree, to the future" if release == TODAY else release
        rows.append(f"| {name} | {every_day} | {all_of_them} | {edits} | {2 * every_day} | 0 |\n")
    return "".join(rows)
