"""`timberframe fleet` updates many services side by side, and says what came of each."""

import json
import shutil
from pathlib import Path

import pytest
from rendered import once
from rendering import Command, commit, edit, git, render, snapshot, unmerged
from small_template import TIMING, release_twice


@pytest.fixture(scope="session")
def prepared_fleet(shared: Path) -> Path:
    """Five services: unedited, with an edit, with a conflict, up to date, with open work."""

    def make(folder: Path) -> None:
        template = release_twice(folder / "template")
        services = folder / "services"
        for name in ("conflicting", "edited", "open", "plain"):
            render(template, services / name, "v1.0.0")
        render(template, services / "newest")
        edit(services / "edited" / TIMING, "THRESHOLD_MS = 1000", "THRESHOLD_MS = 500")
        edit(services / "conflicting" / TIMING, "return 1", "return 3")
        for name in ("edited", "conflicting"):
            commit(services / name)
        edit(services / "open" / "README.md", "# Service", "# Ours")

    return once(shared / "fleet", make)


@pytest.fixture
def fleet(prepared_fleet: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared_fleet / "services", tmp_path / "services"))


def test_each_service_has_its_result(timberframe: Command, fleet: Path) -> None:
    before = {name: snapshot(fleet / name) for name in ("conflicting", "newest", "open")}

    rows = json.loads(timberframe("fleet", fleet, "--json", code=3))

    found = {Path(row["folder"]).name: row for row in rows}
    assert {name: row["result"] for name, row in found.items()} == {
        "conflicting": "conflict",
        "edited": "updated",
        "newest": "unchanged",
        "open": "refused",
        "plain": "updated",
    }
    assert found["conflicting"]["conflicts"] == [TIMING]
    assert "README.md has changes that are not committed" in found["open"]["message"]
    for name, files in before.items():
        assert snapshot(fleet / name) == files, f"{name} was not updated, and has changed"
    assert "THRESHOLD_MS = 500" in (fleet / "edited" / TIMING).read_text()
    assert unmerged(fleet / "edited") == set()


def test_the_report_counts_files_lines_and_seconds(timberframe: Command, fleet: Path) -> None:
    (row,) = json.loads(timberframe("fleet", fleet / "plain", "--json"))

    git(fleet / "plain", "add", "--all")
    diff = git(fleet / "plain", "diff", "--cached", "--numstat", "--no-renames").splitlines()
    added, removed = (sum(int(line.split()[column]) for line in diff) for column in (0, 1))
    assert len(row["changed"]) == len(diff)
    assert (row["lines_added"], row["lines_removed"]) == (added, removed)
    assert row["seconds"] > 0


def test_the_report_is_a_table_in_markdown(timberframe: Command, fleet: Path) -> None:
    said = timberframe("fleet", fleet / "plain", fleet / "conflicting", "--dry-run", code=3)

    lines = said.splitlines()
    assert lines[0].startswith("| service | result | from | to |")
    assert lines[2].startswith("| orders | planned | v1.0.0 | v2.0.0 |")
    assert TIMING in lines[3]
    assert lines[-1] == "2 services: 1 planned, 1 conflict."


def test_a_folder_without_services_is_named(timberframe: Command, tmp_path: Path) -> None:
    said = timberframe("fleet", tmp_path, code=2)

    assert said == f"{tmp_path} holds no service: give services, or folders of services\n"


def test_a_template_that_cannot_be_reached_stops_the_fleet(
    timberframe: Command, fleet: Path
) -> None:
    edit(fleet / "plain" / ".copier-answers.yml", "_src_path: /", "_src_path: /nowhere/")
    commit(fleet / "plain")
    before = snapshot(fleet)

    said = timberframe("fleet", fleet, code=2)

    assert "the template cannot be reached at /nowhere/" in said
    assert len(said.splitlines()) == 1
    assert snapshot(fleet) == before
