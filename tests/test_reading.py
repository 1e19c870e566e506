"""The recipes of docs/how-to/read-logs.md, run as they stand on the log of a real run."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pages
import pytest
import recipes
import screens
import shipping
import system_tools
import traffic
from recipes import Recipe
from releases import ROOT
from sharing import Workshop

RECIPES = recipes.recipes()
TOOLS = sorted({recipe.tool for recipe in RECIPES})
Printed = Callable[[str], dict[Recipe, str]]
Row = tuple[str | float, ...]

pytestmark = pytest.mark.installs


@pytest.fixture(scope="module")
def printed(log: Path, tmp_path_factory: pytest.TempPathFactory) -> Printed:
    """What each recipe of a tool prints, in a folder of their own and in the order of the page."""
    known: dict[str, dict[Recipe, str]] = {}

    def outputs(tool: str) -> dict[Recipe, str]:
        system_tools.need(tool)
        if tool not in known:
            folder = recipes.lay_out(tmp_path_factory.mktemp(tool) / "orders", log)
            ours = [recipe for recipe in RECIPES if recipe.tool == tool]
            known[tool] = {recipe: recipes.run(recipe, folder) for recipe in ours}
        return known[tool]

    return outputs


def records(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in shipping.records(log)]


def counted(values: Iterable[str]) -> list[Row]:
    return [(float(number), value) for value, number in Counter(values).items()]


def answers(log: Path) -> dict[str, list[Row]]:
    """What the recipes below a title should find, counted here: rows of words and numbers."""
    found = records(log)
    requests = [record for record in found if record.get("event") == "request_completed"]
    slow = [record for record in found if record.get("event") == "slow_operation_detected"]
    slow.sort(key=lambda record: float(record["duration_ms"]), reverse=True)
    powers = Counter(10.0 ** math.floor(math.log10(r["duration_ms"])) for r in requests)
    failing = [record for record in found if record.get("request_id") == "request-010"]
    assert len(slow) == 3
    assert len(failing) == 2
    return {
        "Count by level": counted(record["level"] for record in found),
        "Slowest operations": [(r["operation"], r["request_id"]) for r in slow],
        "Error types": counted(r["error_type"] for r in found if "error_type" in r),
        "A histogram of durations": [(float(n), power) for power, n in powers.items()],
        "One request's lines in order": [(r["level"], r["message"]) for r in failing],
    }


ORDERED = ("Slowest operations", "One request's lines in order")
QUESTIONS = (*ORDERED, "Count by level", "Error types", "A histogram of durations")


def has(line: str, row: Row) -> bool:
    """Whether a line of output has all of a row; numbers may be written in any way."""
    numbers = Counter(float(number) for number in re.findall(r"(?<![\w.-])\d+(?:\.\d+)?", line))
    wanted = Counter(part for part in row if isinstance(part, float))
    words = (part for part in row if isinstance(part, str))
    return wanted <= numbers and all(word.casefold() in line.casefold() for word in words)


@pytest.mark.parametrize("tool", TOOLS)
def test_recipes_print_what_the_page_shows(printed: Printed, tool: str) -> None:
    for recipe, output in printed(tool).items():
        shown, written = recipes.masked(recipe.shown), recipes.masked(output)
        if "histogram" in recipe.title:  # how long a request takes is another matter each time
            shown, written = shown[:1], written[:1]
            if tool == "jq":  # no head of a table
                continue
        assert written == shown, (
            f"{recipe}: if it is right, `make docs-recipes` shows it:\n{output}"
        )


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_recipes_find_what_is_in_the_log(
    printed: Printed, log: Path, tool: str, question: str
) -> None:
    outputs = [out for recipe, out in printed(tool).items() if recipe.title.startswith(question)]
    assert outputs, f"the page has no recipe of {tool} for: {question}"
    lines = outputs[0].splitlines()

    places = []
    for row in answers(log)[question]:
        place = next((number for number, line in enumerate(lines) if has(line, row)), None)
        assert place is not None, f"no line has {row}:\n{outputs[0]}"
        places.append(place)
    if question in ORDERED:
        assert places == sorted(places), f"they are not in order:\n{outputs[0]}"


def test_lnav_shows_lines_that_are_no_json_where_they_stand(log: Path, tmp_path: Path) -> None:
    system_tools.need("lnav")
    folder = recipes.lay_out(tmp_path / "orders", log)
    shown = recipes.run(Recipe("", 0, "lnav -i docs/lnav.json && lnav -n orders.log", ""), folder)

    text, cut, no_record = traffic.OTHER
    before, _, after = shown.partition(text)
    assert "Inventory begins" in before
    assert "Inventory impossible" in after
    assert cut in after
    assert no_record not in shown, "the page says that lnav leaves it out"


@pytest.mark.parametrize("tool", TOOLS)
def test_a_picture_is_drawn_of_a_real_run_and_of_nothing_from_outside(tool: str) -> None:
    path = screens.FOLDER / f"read-{tool}.svg"
    text = path.read_text(encoding="utf-8")
    shown = "".join(ElementTree.parse(path).getroot().itertext())

    assert not re.search(r"href|url\(|@import|<script|<style", text)
    assert str(ROOT) not in text
    words = {
        "duckdb": ("median_ms", "NULL"),
        "jq": ("request-019", "KeyError"),
        "lnav": ("/failure", "request-010"),
    }
    for word in words[tool]:
        assert word in shown
    assert path in [(recipes.PAGE.parent / link).resolve() for link in pages.links(recipes.PAGE)]


def test_a_services_own_readme_has_commands_that_work(
    workshop: Workshop, log: Path, tmp_path: Path
) -> None:
    page = workshop.rendered(framework="fastapi").path / "README.md"
    blocks = pages.blocks(page.read_text(encoding="utf-8"))
    lines = [line for _, kind, _, text in blocks if kind == "console" for line in text.splitlines()]
    commands = [line for line in lines if line.split()[0] in {"jq", "duckdb", "lnav"}]
    folder = recipes.lay_out(tmp_path / "orders", log)

    assert len(commands) == 3
    for command in commands:
        tool = command.split()[0]
        if system_tools.missing(tool):
            continue  # the summary says so
        shown = command.replace("FILE", "orders.log").replace("&& lnav", "&& lnav -n")
        output = recipes.run(Recipe("", 0, shown, ""), folder)
        assert re.search("KeyError" if tool == "jq" else "request_completed", output), shown
