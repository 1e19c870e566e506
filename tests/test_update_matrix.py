"""From every release, for answers in pairs, by either way: what an owner did is there after it."""

from collections.abc import Iterator
from pathlib import Path

import interpreters
import pytest
from commands import commit, run
from conftest import Rendered
from daily import USUAL, options
from futures import FUTURE
from living import Living, snapshot
from quick import QuickCopier
from scenarios import (
    BOTH_CHANGED,
    TODAY,
    every_day,
    lived_through_every_day,
    possible,
    releases,
)
from services import Answers, label, render, update


def scenarios() -> Iterator[object]:
    for release in releases():
        for row in possible(release):
            marks = () if row in every_day()[release] else (pytest.mark.exhaustive,)
            yield pytest.param(release, row, id=f"{release}-{label(row)}", marks=marks)


EVERY_SCENARIO = pytest.mark.parametrize(("release", "answers"), list(scenarios()))

Prepared = tuple[Living, dict[str, bytes]]


@pytest.fixture
def prepared(
    history: Path,
    future: Path,
    rendered: Rendered,
    tmp_path: Path,
    release: str,
    answers: Answers,
) -> Prepared:
    """A service of that release after some life, and what a new one has."""
    template = future if release == TODAY else history
    living = Living(template, tmp_path / "orders", f"v{release}", answers)
    living.live()
    if release != TODAY:
        return living, rendered(answers)
    return living, render(future, tmp_path / "fresh" / "orders", vcs_ref=FUTURE, **answers).files()


@EVERY_SCENARIO
def test_either_update_keeps_what_the_owner_did(
    prepared: Prepared,
    tmp_path: Path,
    release: str,
    answers: Answers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    living, fresh = prepared
    twin = living.copied(tmp_path / "twin" / "orders")
    both_changed = BOTH_CHANGED.get((release, answers["framework"]), set())

    update(living.service)
    assert_all_is_there(living, fresh, both_changed)

    command = QuickCopier(monkeypatch)
    if both_changed:
        assert_conflicts_are_told_first(twin, command, both_changed)
    command.update(twin.path, "--with-conflicts")
    assert_all_is_there(twin, fresh, both_changed)
    commit(twin.path, "Update")
    assert "nothing to change" in command.update(twin.path)
    assert twin.status() == ""


def assert_conflicts_are_told_first(
    living: Living, command: QuickCopier, both_changed: set[str]
) -> None:
    before = snapshot(living.path)

    refused = command.update(living.path, code=3)

    assert snapshot(living.path) == before, "a conflict has changed something"
    assert all(name in refused for name in both_changed)


def suites() -> Iterator[object]:
    """Those whose updates have no conflict; every day one of some releases."""
    for number, release in enumerate(releases()):
        answers = every_day()[release]
        rows = [row for row in answers if (release, row["framework"]) not in BOTH_CHANGED]
        for row in rows:
            daily = release in lived_through_every_day() and row is rows[number % len(rows)]
            marks = () if daily else (pytest.mark.exhaustive,)
            yield pytest.param(release, row, id=f"{release}-{label(row)}", marks=marks)


@pytest.mark.installs
@pytest.mark.long
@pytest.mark.parametrize(("release", "answers"), list(suites()))
def test_the_service_s_own_suite_passes_after_an_update(
    prepared: Prepared, release: str, answers: Answers
) -> None:
    living, _ = prepared
    update(living.service)

    living.service.install(interpreters.available()[answers["python"]])
    done = run(living.service.python, "-m", "pytest", "-v", *options(*USUAL), cwd=living.path)
    assert "tests/test_payments.py::test_amount PASSED" in done.stdout


def assert_all_is_there(living: Living, fresh: dict[str, bytes], both_changed: set[str]) -> None:
    living.assert_nothing_is_lost()
    assert living.unmerged() == both_changed
    living.assert_it_is_fresh_but_for_the_edits(fresh, both_changed)
