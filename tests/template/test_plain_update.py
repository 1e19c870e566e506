"""What a plain `copier update` does, as Renovate runs it: the page on updates compares it."""

from pathlib import Path

from rendering import WORKING_TREE, commit, edit, plain_update, render, unmerged
from small_template import ADDED, FLOODS, STREAMS, TIMING


def test_edits_are_merged_and_deletions_stay(service: Path) -> None:
    edit(service / TIMING, "THRESHOLD_MS = 1000", "THRESHOLD_MS = 500")
    edit(service / "pyproject.toml", "this line.\n", 'this line.\n    "attrs",\n')
    (service / "Dockerfile").unlink()
    commit(service)

    plain_update(service)

    assert "THRESHOLD_MS = 500" in (service / TIMING).read_text()
    assert "return 2" in (service / TIMING).read_text()
    assert '"attrs",' in (service / "pyproject.toml").read_text()
    assert not (service / "Dockerfile").exists()


def test_a_conflict_ends_with_success(service: Path) -> None:
    edit(service / TIMING, "return 1", "return 3")
    commit(service)

    plain_update(service)  # raises nothing

    assert unmerged(service) == {TIMING}
    assert "return 3" in (service / TIMING).read_text()


def test_an_edited_file_that_is_gone_is_deleted_with_the_edits(service: Path) -> None:
    edit(service / FLOODS, "WINDOW_S = 10.0", "WINDOW_S = 20.0")
    commit(service)

    plain_update(service)

    assert not (service / FLOODS).exists()
    assert not unmerged(service)


def test_an_edited_file_of_an_option_goes_with_the_option(service: Path) -> None:
    plain_update(service, redis="streams")
    edit(service / STREAMS, "LENGTH = 100", "LENGTH = 200")
    edit(service / "src/orders/consumer.py", '"""', '"""(ours) ')
    commit(service)

    plain_update(service, redis="none")

    assert not (service / STREAMS).exists()
    assert not (service / "src/orders/consumer.py").exists()


def test_an_ignored_file_is_overwritten(service: Path) -> None:
    (service / ".gitignore").write_text("added.py\n")
    commit(service)
    (service / ADDED).write_text("OURS = 1\n")

    plain_update(service)

    assert "OURS" not in (service / ADDED).read_text()


def test_a_worker_that_loses_its_streams_gets_no_jobs(history: Path, tmp_path: Path) -> None:
    """Starters that every other worker has are left out of updates; the command brings them."""
    answers = {"framework": "none", "redis": "streams"}
    service = render(history, tmp_path / "orders", WORKING_TREE, **answers)

    plain_update(service, redis="none")

    assert not (service / "src/orders/jobs.py").exists()
