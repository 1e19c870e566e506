"""What a release has given to services, the next one has too, or says where it went."""

from dataclasses import fields, replace
from pathlib import Path

import pytest
import yaml
from contract import Contract, contract_of, taken_back, tombstones
from releases import ROOT, newest, release_commits
from services import choices, render

LAST = newest(list(release_commits(ROOT)))

OPTION_STARTERS = ("src/orders/consumer.py", "tests/test_consumer.py")


@pytest.fixture(scope="module")
def released(history: Path) -> Contract:
    return contract_of(history, LAST)


@pytest.fixture(scope="module")
def today(history: Path) -> Contract:
    return contract_of(history, "99.0.0")


def test_nothing_that_was_released_is_missing(released: Contract, today: Contract) -> None:
    missing = taken_back(released, today, tombstones(ROOT))

    assert not missing, "a service would lose it: see docs/reference/compatibility.md"


@pytest.mark.parametrize("part", [field.name for field in fields(Contract)])
def test_whatever_is_taken_back_is_found(today: Contract, part: str) -> None:
    some = sorted(getattr(today, part))
    assert some, f"the contract has no {part}"
    less = replace(today, **{part: frozenset(some[1:])})

    assert taken_back(today, less, gone=set()) == [f"{part}: {some[0]} is missing"]
    assert taken_back(less, today, gone=set()) == []


def test_a_path_with_a_tombstone_may_go(today: Contract) -> None:
    some = sorted(today.paths)
    less = replace(today, paths=frozenset(some[1:]))

    assert taken_back(today, less, gone={some[0]}) == []


def test_each_tombstone_is_excluded_so_that_a_plain_update_keeps_an_edited_one() -> None:
    blocks = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))["_exclude"]
    excluded = "\n".join(blocks).replace("{{ within }}", "src/orders/").splitlines()

    assert not [path for path in tombstones(ROOT) if f"/{path}" not in excluded]


@pytest.mark.parametrize("framework", choices("framework"))
def test_starters_of_an_option_are_as_the_last_release_has_them(
    history: Path, tmp_path: Path, framework: str
) -> None:
    """They are frozen between majors: plain files, in which an update must find nothing to do."""
    answers = {"framework": framework, "redis": "streams"}
    before, after = (
        render(history, tmp_path / version / "orders", vcs_ref=f"v{version}", **answers).files()
        for version in (LAST, "99.0.0")
    )

    for path in OPTION_STARTERS:
        assert after[path] == before[path], f"{path} has changed since {LAST}"
