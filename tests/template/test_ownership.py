"""Every file of a service has one owner; the page, copier.yml and the command agree on it."""

import re
from functools import cache

import pytest
import yaml
from rendered import EXISTING, FRAMEWORKS, NEW, Answers, Workshop, combinations, label
from rendering import ROOT

from timberframe.ownership import STARTERS, is_managed, is_starter

EVERY_ANSWER = [*NEW, *combinations(updates=("renovate", "workflow")), *EXISTING]


@cache
def table() -> dict[str, str]:
    """Return each pattern of the page and its class."""
    page = (ROOT / "docs" / "reference" / "updates.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| (`[^|]+`) \|$", page, re.MULTILINE)
    return {path: owner for owner, paths in rows for path in re.findall("`(.+?)`", paths)}


def owners(path: str) -> list[str]:
    def matches(pattern: str) -> bool:
        literal = re.escape(pattern).replace(r"\*\*", ".+").replace(r"\*", "[^/]+")
        return re.fullmatch(literal, path) is not None

    return [owner for pattern, owner in table().items() if matches(pattern)]


@pytest.mark.parametrize("answers", EVERY_ANSWER, ids=label)
def test_each_file_has_one_owner_and_says_if_it_is_managed(
    workshop: Workshop, answers: Answers
) -> None:
    for path, content in workshop.rendered(**answers).files().items():
        assert len(owners(path)) == 1, f"docs/reference/updates.md has to name {path} once"
        (owner,) = owners(path)
        assert is_starter(path) == (owner == "starter"), f"{path} is {owner}"
        if not path.endswith(".json"):  # JSON has no comments
            assert is_managed(content) == (owner == "managed"), f"{path} is {owner}"


def test_each_row_of_the_page_names_a_file(workshop: Workshop) -> None:
    paths = {path for row in EVERY_ANSWER for path in workshop.rendered(**row).files()}
    named = {pattern for pattern in table() if pattern in paths or "*" in pattern}

    assert not table().keys() - named, "no service has these"
    assert set(STARTERS) - {".vscode/*.json"} == {
        pattern for pattern, owner in table().items() if owner == "starter"
    }, "starters of 0.x that new services do not have are in the command only"


def test_plain_updates_leave_out_the_starters_that_need_no_option(workshop: Workshop) -> None:
    blocks = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))["_exclude"]
    (block,) = (block for block in blocks if '_copier_operation == "update"' in block)
    left_out = re.findall(r"^/(.+)$", block.replace("{{ within }}", "src/orders/"), re.MULTILINE)
    rows = combinations(framework=FRAMEWORKS)
    paths = {path for row in rows for path in workshop.rendered(**row).files()}

    assert sorted(left_out) == sorted(path for path in paths if is_starter(path))
