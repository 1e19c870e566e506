"""From which release, with which answers, services are updated in the tests."""

from functools import cache
from itertools import combinations as some_of

from living import DELETED, EDITS, OWN_FILES
from releases import ROOT, WORKING_TREE, release_commits
from services import Answers, combinations

FIRST = "0.1.0"
TODAY = WORKING_TREE.removeprefix("v")
"""From here on to the next release: the future is made up, and does all at once."""
CHOICES_OF_THE_FIRST = {"framework": {"fastapi", "none"}, "redis": {"none"}}
BOTH_CHANGED = {(FIRST, "fastapi"): {"pyproject.toml"}}
"""Where the template and the owners of our edits changed the same place: release and framework."""


def covering(rows: list[Answers], size: int) -> list[Answers]:
    """So many of the rows that all that any `size` answers of one can be stands in one of them."""

    def groups(row: Answers) -> set[tuple[tuple[str, str], ...]]:
        return set(some_of(sorted(row.items()), size))

    left = set().union(*map(groups, rows))
    taken = []
    while left:
        best = max(rows, key=lambda row: len(left & groups(row)))
        left -= groups(best)
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


@cache
def releases() -> list[str]:
    """All that a service may come from: the releases, and the working tree."""
    return [*release_commits(ROOT), TODAY]


def lived_through_every_day() -> set[str]:
    """Whose services are also run, and changed on the way: the oldest and the two newest."""
    return {FIRST, *releases()[-2:]}


@cache
def every_day() -> dict[str, list[Answers]]:
    """Of each release the answers that are tried every day: each of them, today each pair."""
    return {
        **{release: covering(possible(release), 1) for release in release_commits(ROOT)},
        TODAY: covering(possible(TODAY), 2),
    }


def table() -> str:
    """What is tried, as docs/reference/updates.md has it."""
    edits = len(EDITS) + len(OWN_FILES) + len(DELETED) + 1  # a route
    rows = []
    for release in releases():
        daily, all_of_them = len(every_day()[release]), len(possible(release))
        name = "the working tree, to the future" if release == TODAY else release
        rows.append(f"| {name} | {daily} | {all_of_them} | {edits} | {2 * daily} | 0 |\n")
    return "".join(rows)
