"""The tutorial leads where it says, typed as it stands."""

import re
import shlex
from pathlib import Path

import pages
import pytest
from daily import DEFAULTS, options
from pages import PAGES, TUTORIAL
from releases import ROOT
from walks import ACTIONS, Walk


@pytest.mark.installs
@pytest.mark.long
def test_the_tutorial_leads_from_nothing_to_an_updated_service(
    history: Path, tmp_path: Path
) -> None:
    """`uv run pytest` leaves out what the suites of other services run the same day."""
    with Walk(tmp_path, history, PYTEST_ADDOPTS=shlex.join(options(*DEFAULTS))) as reader:
        reader.take(TUTORIAL)

    assert (reader.folder / "tests" / "test_items.py").exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_block_of_a_page_says_how_it_is_run(page: Path) -> None:
    """The page says it of all that say nothing themselves: `<!-- run by PATH -->`."""
    text = page.read_text(encoding="utf-8")
    of_all = re.findall(r"^<!-- run by (\S+) -->$", text, re.MULTILINE)
    for line, language, words, _ in pages.blocks(text):
        where = f"{page.name}:{line}"
        assert " " not in language, f"{where}: words stand in a comment above the block"
        if language in {"console", "sh", "py"}:
            action, _, argument = (words or f"elsewhere {''.join(of_all)}").partition(" ")
            assert action in ACTIONS, f"{where} needs <!-- run: one of {', '.join(ACTIONS)} -->"
            if action == "elsewhere":
                known = argument == "a signature" or argument.startswith("nothing: ")
                assert known or (argument and (ROOT / argument).exists()), (
                    f"{where}: no comment says which file runs it, or {argument!r} does not exist"
                )
            else:
                assert page == TUTORIAL, f"{where}: only the tutorial is walked through"
