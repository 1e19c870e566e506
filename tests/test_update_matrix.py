"""From every release, for answers in pairs, by either way: what an owner did is there after it."""

from collections.abc import Iterator
from itertools import combinations as pairs_of
from pathlib import Path

import pytest
from commands import commit
from living import Living
from ownership import owner
from releases import ROOT, WORKING_TREE, release_commits
from services import Answers, combinations, label, render, update

FIRST = "0.1.0"
BOTH_CHANGED = {FIRST: {"pyproject.toml"}}
"""Where the template and the owners of our edits changed the same place, by the release."""
CHOICES_OF_THE_FIRST = {"framework": {"fastapi", "none"}, "redis": {"none"}}


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


def scenarios() -> Iterator[object]:
    for release in release_commits(ROOT):
        often = pairwise(possible(release))
        for row in possible(release):
            marks = () if row in often else (pytest.mark.exhaustive,)
            yield pytest.param(release, row, id=f"{release}-{label(row)}", marks=marks)


@pytest.mark.parametrize(("release", "answers"), list(scenarios()))
def test_a_plain_update_keeps_what_the_owner_did(
    history: Path, tmp_path: Path, release: str, answers: Answers
) -> None:
    living = Living(history, tmp_path / "orders", f"v{release}", answers)
    living.live()
    fresh = render(history, tmp_path / "fresh" / "orders", vcs_ref=WORKING_TREE, **answers).files()
    owned = {path for path in fresh if owner(path) != "starter" and not path.startswith(".copier")}

    update(living.service)

    living.assert_nothing_is_lost()
    in_conflict = living.unmerged()
    assert in_conflict <= BOTH_CHANGED.get(release, set())
    owned -= in_conflict
    living.assert_it_is_fresh_but_for_the_edits(fresh, owned)
    commit(living.path, "Update")
    update(living.service)
    assert living.status() == "", "a second update did something"
