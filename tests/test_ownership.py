"""Every file of a service has one owner, and an update treats it as that owner's."""

import re
import tomllib

import pytest
import yaml
from conftest import MakeService, Rendered
from ownership import OWNERSHIP_LINE, matches, owner, owners, table
from releases import ROOT
from services import Answers, choices, combinations, label, of_existing_code

CLASSES = {"managed", "shared", "starter"}


@pytest.mark.parametrize("answers", [*combinations(), *of_existing_code()], ids=label)
def test_each_rendered_file_has_one_owner(rendered: Rendered, answers: Answers) -> None:
    wrong = {path: found for path in rendered(answers) if len(found := owners(path)) != 1}

    assert not wrong, f"docs/reference/ownership.md must name each file once: {wrong}"


def test_each_row_of_the_table_names_a_file_and_a_class(rendered: Rendered) -> None:
    every = [*combinations(), *combinations("updates"), *of_existing_code()]
    paths = {path for answers in every for path in rendered(answers)}

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


def test_updates_leave_out_the_starters_that_need_no_option(rendered: Rendered) -> None:
    """The table, copier.yml and the rendered trees agree; those of an option are plain files."""
    blocks = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))["_exclude"]
    (block,) = (block for block in blocks if '_copier_operation == "update"' in block)
    left_out = re.findall(r"^/(.+)$", block.replace("{{ within }}", "src/orders/"), re.MULTILINE)
    starters = {
        path
        for answers in combinations("framework")
        for path in rendered(answers)
        if owner(path) == "starter"
    }

    assert sorted(left_out) == sorted(starters)


def test_the_update_command_knows_the_same_owners() -> None:
    tools = ROOT / "template" / "tools" / "template.toml"

    assert tomllib.loads(tools.read_text(encoding="utf-8"))["owners"] == table()
