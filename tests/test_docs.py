"""What the pages say is so: their code writes what they show, and their links lead somewhere."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pages
import pytest
import reference
from commands import run
from conftest import MakeService
from pages import PAGES, TUTORIAL, Example
from releases import ROOT
from services import Service, choices
from sharing import Workshop

EXAMPLES = [
    example
    for page in PAGES
    if page != TUTORIAL
    for example in pages.examples(page)
    if not example.file
]

README = ROOT / "README.md"
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
LAUNCH = """
from runpy import run_path

from orders.observability import configure_logging

configure_logging()
run_path("example.py")
"""
"""What a service's launcher does before it runs code of the service."""

SERVICES = [*choices("framework"), "redis"]
"""Those whose pages and examples are run."""

SCREEN = 60
"""Lines of a page that needs no scrolling, or little."""


def label(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=label)


@pytest.fixture(scope="session")
def installed(workshop: Workshop) -> Callable[[str], Service]:
    """A service of a framework, or one with Redis streams, ready to run."""
    return lambda name: workshop.installed(
        *(("fastapi", "streams") if name == "redis" else (name,))
    )


def run_example(example: Example, service: Service, folder: Path, *arguments: str) -> None:
    """Run it as a file of its own, or as a test of the service; compare what it writes."""
    if example.is_test:
        path = service.path / "tests" / f"{folder.name}_{os.getpid()}" / "test_example.py"
        path.parent.mkdir()
        path.write_text(example.code, encoding="utf-8")
        try:
            run(service.python, "-m", "pytest", "--quiet", path, cwd=service.path)
        finally:
            shutil.rmtree(path.parent)
        return
    (folder / "example.py").write_text(example.code, encoding="utf-8")
    given = arguments or ("example.py",)
    done = run(service.python, *given, cwd=folder, fails=False, **example.environment)

    absent = pages.missing(example, done.stdout)
    assert absent is None, f"{example} shows this, in this order:\n{absent}\nfor:\n{done.stdout}"
    assert not done.stderr, done.stderr


@pytest.mark.installs
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_code_writes_what_the_page_shows(
    installed: Callable[[str], Service], tmp_path: Path, example: Example
) -> None:
    run_example(example, installed(example.service), tmp_path)


@pytest.mark.installs
@pytest.mark.parametrize("name", SERVICES)
def test_code_of_a_services_own_page_runs(
    installed: Callable[[str], Service], tmp_path: Path, name: str
) -> None:
    page = installed(name).path / "docs" / "logging.md"
    found = pages.examples(page)

    assert len(found) > 4, f"{page} has few examples"
    for number, example in enumerate(found):
        folder = tmp_path / f"{name}{number}"
        folder.mkdir()
        run_example(example, installed(name), folder, "-c", LAUNCH)


@pytest.mark.parametrize("framework", choices("framework"))
def test_a_services_own_page_is_short(make_service: MakeService, framework: str) -> None:
    page = make_service(framework=framework).path / "docs" / "logging.md"

    assert len(page.read_text(encoding="utf-8").splitlines()) < 150


def test_each_page_about_the_standard_has_code_that_runs() -> None:
    for page in (ROOT / "docs" / "standard").glob("*.md"):
        assert pages.examples(page), f"{label(page)} has no example"


@EVERY_PAGE
def test_links_lead_somewhere(page: Path) -> None:
    for link in pages.links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{label(page)} links to {link}, which does not exist"
        assert target.is_relative_to(ROOT), f"{label(page)} links out of the repository: {link}"
        if anchor:
            assert anchor in pages.headings(target), f"{label(page)} links to {link}: no such title"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [README]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        targets = [(page.parent / link.partition("#")[0]).resolve() for link in pages.links(page)]
        waiting += [
            target for target in targets if target.suffix == ".md" and target not in reached
        ]

    unreached = [label(page) for page in PAGES if page not in reached]
    assert not unreached, f"no page links to {', '.join(unreached)}"


@pytest.mark.parametrize("path", reference.files(), ids=label)
def test_what_is_made_from_the_sources_is_not_stale(path: Path) -> None:
    made = reference.files()[path]

    assert path.read_text(encoding="utf-8") == made, "run `make docs-reference` to write it anew"


@pytest.mark.parametrize("framework", choices("framework"))
def test_each_promise_names_a_test_that_every_service_has(
    make_service: MakeService, framework: str
) -> None:
    page = (ROOT / "docs" / "reference" / "guarantees.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+\.py)::(test_\w+)`", page))
    folder = make_service(framework=framework).path / "tests" / "observability"

    assert len(named) > 20
    for file, name in sorted(named):
        assert f"def {name}(" in (folder / file).read_text(encoding="utf-8"), f"{file} lacks {name}"


def test_what_no_plain_update_can_promise_is_shown_by_a_test() -> None:
    page = (ROOT / "docs" / "reference" / "updates.md").read_text(encoding="utf-8")
    tests = (ROOT / "tests" / "test_update.py").read_text(encoding="utf-8")

    assert sorted(re.findall(r"`(test_plain_\w+)`", page)) == sorted(
        re.findall(r"^def (test_plain_\w+)", tests, re.MULTILINE)
    )


@pytest.mark.parametrize("page", DECISIONS, ids=label)
def test_a_decision_fits_on_a_screen(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()

    assert len(lines) <= SCREEN
    assert re.fullmatch(r"# \d+\. .+", lines[0]), "its title begins with its number"
    assert lines[0].split()[1].rstrip(".") == page.name[:4].lstrip("0")


@EVERY_PAGE
def test_no_command_asks_for_trust(page: Path) -> None:
    for _, language, _, content in pages.blocks(page.read_text(encoding="utf-8")):
        if language == "console":
            assert "--trust" not in content
            assert "--UNSAFE" not in content


@EVERY_PAGE
def test_make_has_each_target_that_a_page_names(page: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    named = re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.M)

    assert not (unknown := set(named) - set(targets)), f"make has no {unknown}"


def console_blocks(page: Path) -> list[list[str]]:
    """The commands of each block, without their comments."""
    found = [
        content
        for _, language, _, content in pages.blocks(page.read_text(encoding="utf-8"))
        if language == "console"
    ]
    return [[line.partition("  #")[0].strip() for line in block.splitlines()] for block in found]


def test_the_readme_starts_a_service_as_the_tutorial_does() -> None:
    """Whose commands a test types."""
    steps = next(block for block in console_blocks(README) if "cd orders" in block)
    typed = [step for block in console_blocks(TUTORIAL) for step in block]

    assert set(steps) <= set(typed)


def test_the_picture_is_drawn_without_anything_from_outside() -> None:
    picture = ROOT / "docs" / "pictures" / "demo.svg"
    root = ElementTree.parse(picture).getroot()
    text = picture.read_text(encoding="utf-8")

    assert root.get("font-family") == "monospace"
    assert not re.search(r"href|url\(|@import|<script|<style", text)
    assert str(Path.home()) not in text
    assert "request_completed" in text
    assert "&quot;event&quot;" in text
    assert picture in [(README.parent / link).resolve() for link in pages.links(README)]
