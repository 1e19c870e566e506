"""Every file of a service has one owner, and an update treats it as that owner's."""

from pathlib import Path

import pytest
from commands import commit, git
from conftest import MakeService, Rendered
from ownership import OWNERSHIP_LINE, matches, owner, owners, table
from services import Answers, choices, combinations, label, render, update

CLASSES = {"managed", "shared", "starter"}


@pytest.mark.parametrize("answers", combinations(), ids=label)
def test_each_rendered_file_has_one_owner(rendered: Rendered, answers: Answers) -> None:
    wrong = {path: found for path in rendered(answers) if len(found := owners(path)) != 1}

    assert not wrong, f"docs/reference/ownership.md must name each file once: {wrong}"


def test_each_row_of_the_table_names_a_file_and_a_class(rendered: Rendered) -> None:
    paths = {path for answers in combinations() for path in rendered(answers)}

    assert set(table().values()) == CLASSES
    for pattern in table():
        assert any(matches(pattern, path) for path in paths), f"nothing is called {pattern}"


@pytest.mark.parametrize("framework", choices("framework"))
def test_managed_files_begin_by_saying_so(make_service: MakeService, framework: str) -> None:
    for path, content in make_service(framework=framework, redis="streams").files().items():
        if path.endswith(".json"):
            continue  # JSON has no comments
        says_so = OWNERSHIP_LINE.encode() in content.partition(b"\n")[0]

        assert says_so == (owner(path) == "managed"), f"{path} is {owner(path)}"


@pytest.mark.parametrize("framework", choices("framework"))
def test_an_update_that_changes_every_file_reaches_all_but_starters(
    history: Path, tmp_path: Path, framework: str
) -> None:
    """The table and the update's exclusions in copier.yml agree."""
    releases = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", history, releases)
    service = render(releases, tmp_path / "orders", framework=framework)
    commit(service.path, "Start orders")
    before = service.files()
    for folder in ("template", "frameworks"):
        for path in (releases / folder).rglob("*"):
            if path.is_file():
                path.write_bytes(path.read_bytes() + b"\n")
    commit(releases, "Touch every file", "v100.0.0")

    update(service)

    changed = {path for path, content in service.files().items() if before.get(path) != content}
    expected = {path for path in before if owner(path) != "starter"}
    assert changed == expected
