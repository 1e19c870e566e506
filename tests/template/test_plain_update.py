"""What a plain `copier update` does, beside the command: each row of docs/reference/updates.md."""

from pathlib import Path

import pytest
from rendering import ROOT, WORKING_TREE, commit, edit, plain_update, render, unmerged
from small_template import ADDED, FLOODS, STREAMS, TIMING, ask_for_a_team


def test_plain_edits_of_managed_and_shared_files_are_merged(service: Path) -> None:
    edit(service / TIMING, "THRESHOLD_MS = 1000", "THRESHOLD_MS = 500")
    edit(service / "pyproject.toml", "this line.\n", 'this line.\n    "attrs",\n')
    commit(service)

    plain_update(service)

    assert "THRESHOLD_MS = 500" in (service / TIMING).read_text()
    assert "return 2" in (service / TIMING).read_text()
    assert '"attrs",' in (service / "pyproject.toml").read_text()


def test_plain_starters_are_left_alone(service: Path) -> None:
    (service / "README.md").unlink()
    text = (service / "src/orders/app.py").read_text()
    commit(service)

    plain_update(service)

    assert not (service / "README.md").exists()
    assert (service / "src/orders/app.py").read_text() == text


def test_plain_a_conflict_ends_with_success(service: Path) -> None:
    edit(service / TIMING, "return 1", "return 3")
    commit(service)

    plain_update(service)  # raises nothing

    assert unmerged(service) == {TIMING}
    assert "return 3" in (service / TIMING).read_text()


def test_plain_an_edited_file_that_is_gone_is_deleted_with_the_edits(service: Path) -> None:
    edit(service / FLOODS, "WINDOW_S = 10.0", "WINDOW_S = 20.0")
    commit(service)

    plain_update(service)

    assert not (service / FLOODS).exists()
    assert not unmerged(service)


def test_plain_an_edited_file_of_an_option_goes_with_the_option(service: Path) -> None:
    plain_update(service, redis="streams")
    edit(service / STREAMS, "LENGTH = 100", "LENGTH = 200")
    edit(service / "src/orders/consumer.py", '"""', '"""(ours) ')
    commit(service)

    plain_update(service, redis="none")

    assert not (service / STREAMS).exists()
    assert not (service / "src/orders/consumer.py").exists()


def test_plain_a_deleted_file_stays_deleted(service: Path) -> None:
    (service / TIMING).unlink()
    commit(service)

    plain_update(service)

    assert not (service / TIMING).exists()


def test_plain_an_ignored_file_is_overwritten(service: Path) -> None:
    (service / ".gitignore").write_text("added.py\n")
    commit(service)
    (service / ADDED).write_text("OURS = 1\n")

    plain_update(service)

    assert "OURS" not in (service / ADDED).read_text()


def test_plain_a_question_without_a_default_ends_in_a_traceback(
    template: Path, service: Path
) -> None:
    ask_for_a_team(template)

    with pytest.raises(ValueError, match='Question "team" is required'):
        plain_update(service)


def test_plain_a_worker_that_loses_its_streams_gets_no_jobs(history: Path, tmp_path: Path) -> None:
    """Starters that every other worker has are left out of updates; the command brings them."""
    answers = {"framework": "none", "redis": "streams"}
    service = render(history, tmp_path / "orders", WORKING_TREE, **answers)

    plain_update(service, redis="none")

    assert not (service / "src/orders/jobs.py").exists()


def test_each_row_of_the_page_is_shown_by_a_test() -> None:
    page = (ROOT / "docs/reference/updates.md").read_text(encoding="utf-8")
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*update*.py"))
    rows = [line for line in page.splitlines() if "`test_" in line]

    named = {word.strip("`") for row in rows for word in row.split() if word.startswith("`test_")}
    shown = {name for name in named if f"def {name}(" in tests}
    assert len(rows) > 5
    assert named == shown, f"no test is called {sorted(named - shown)}"
    missing = [
        line.partition("(")[0].removeprefix("def ")
        for line in Path(__file__).read_text().splitlines()
        if line.startswith("def test_plain_") and line.partition("(")[0][4:] not in named
    ]
    assert not missing, "the page has no row for these"
