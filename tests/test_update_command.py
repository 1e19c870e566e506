"""What `tools/standard.py` promises, against a next release that does all that one may do."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import clean_environment, commit, git
from futures import (
    ADDED,
    FUTURE,
    ITS_NAME_NOW,
    REMOVED,
    RENAMED,
    REWRITTEN,
    STEP,
    edit,
)
from living import COMMAND, Living, by_command, snapshot
from releases import WORKING_TREE
from services import Answers
from updating.applying import New, apply
from updating.problems import Problem

ANSWERS = {"framework": "fastapi", "redis": "none", "deploy": "railway", "python": "3.11"}
STREAMS = ANSWERS | {"redis": "streams"}

FLOODS = f"src/orders/{RENAMED}"
TORRENTS = f"src/orders/{ITS_NAME_NOW}"

MakeLiving = Callable[..., Living]


@pytest.fixture
def living(future: Path, tmp_path: Path) -> Living:
    """A service of today's version, committed, which has nothing of its owner's yet."""
    return start(future, tmp_path / "orders", ANSWERS)


def start(template: Path, path: Path, answers: Answers) -> Living:
    living = Living(template, path, WORKING_TREE, answers)
    commit(living.path, "Start")
    return living


def assert_refused(living: Living, *options: str, code: int, says: str) -> None:
    """The command ends with that code and says so, and nothing at all has changed."""
    before = snapshot(living.path)

    said = by_command(living.path, "update", *options, code=code)

    assert says in said
    after = snapshot(living.path)
    assert after == before, sorted(
        path for path in {*before, *after} if before.get(path) != after.get(path)
    )


def test_it_says_what_changed_and_the_next_commands(living: Living) -> None:
    said = by_command(living.path, "update")

    assert said.startswith(
        f"orders: {WORKING_TREE} -> {FUTURE}\n\n100.0.0\n\n- The future has come."
    )
    for command in ("git diff", "uv sync && uv run pytest", "git add --all && git commit"):
        assert command in said
    assert git(living.path, "diff", "--cached", "--name-only") == "", "the index was touched"


def test_a_dry_run_says_the_same_and_changes_nothing(living: Living) -> None:
    before = snapshot(living.path)

    said = by_command(living.path, "update", "--dry-run")

    assert "It would be: " in said
    assert snapshot(living.path) == before


def test_a_renamed_file_takes_the_owner_s_edits_along(living: Living) -> None:
    edit(living.path / FLOODS, "WINDOW_S = 10.0", "WINDOW_S = 20.0")
    commit(living.path, "Work")

    said = by_command(living.path, "update")

    text = (living.path / TORRENTS).read_text()
    assert '"""(moved) ' in text
    assert "WINDOW_S = 20.0" in text
    assert not (living.path / FLOODS).exists()
    assert f"{TORRENTS} has your edits of {FLOODS}" in said


def test_a_removed_file_goes_if_nobody_edited_it_and_else_stays(living: Living) -> None:
    by_command(living.path, "update")
    assert not (living.path / REMOVED).exists()
    assert not (living.path / FLOODS).exists()
    git(living.path, "reset", "--hard", "--quiet")
    git(living.path, "clean", "-fdq")
    edit(living.path / REMOVED, '"""', '"""(of the owner) ')
    commit(living.path, "Work")

    said = by_command(living.path, "update")

    assert "(of the owner)" in (living.path / REMOVED).read_text()
    assert f"{REMOVED} stays, for you changed it" in said


def test_what_a_plain_update_has_left_goes_too_unless_it_was_edited(
    living: Living, future: Path, tmp_path: Path
) -> None:
    left = {name: (living.path / name).read_text() for name in (FLOODS, REMOVED)}
    by_command(living.path, "update")
    for name, text in left.items():
        (living.path / name).write_text(text)
    edit(living.path / REMOVED, '"""', '"""(of the owner) ')
    commit(living.path, "Work, and what a plain update would have left")
    releases = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", future, releases)
    edit(releases / "template" / "AGENTS.md.jinja", "\n", "\nAfter.\n")
    commit(releases, "After", "v101.0.0")
    edit(living.path / ".copier-answers.yml", f"_src_path: {future}", f"_src_path: {releases}")
    commit(living.path, "Move")

    said = by_command(living.path, "update")

    assert not (living.path / FLOODS).exists()
    assert "(of the owner)" in (living.path / REMOVED).read_text()
    assert f"{REMOVED} stays, for you changed it" in said


def test_a_step_like_the_template_s_stays_where_its_owner_put_it(living: Living) -> None:
    own = STEP.replace("the owner's kind", "the owner")
    anchor = "      # Add your own test steps below this line.\n"
    workflow = living.path / ".github/workflows/ci.yml"
    edit(workflow, anchor, anchor + own)
    commit(living.path, "Work")

    by_command(living.path, "update")

    assert workflow.read_text().endswith(STEP + anchor + own)


def test_a_conflict_changes_nothing_unless_it_is_asked_for(living: Living) -> None:
    path = f"src/orders/{REWRITTEN}"
    text = (living.path / path).read_text()
    line = next(line for line in text.splitlines() if line.lstrip().startswith("return "))
    edit(living.path / path, f"{line}\n", f"{line}  # of the owner\n")
    commit(living.path, "Work")
    assert_refused(living, code=3, says=path)

    by_command(living.path, "update", "--with-conflicts")

    assert living.unmerged() == {path}
    text = (living.path / path).read_text()
    assert f"{line}  # of the owner\n=======\n" in text
    assert f">>>>>>> template-{FUTURE}" in text
    git(living.path, "checkout", "--theirs", path)
    assert "# rewritten" in (living.path / path).read_text()


def test_a_module_named_like_a_new_one_is_a_conflict(living: Living) -> None:
    living.add(ADDED, "OF_THE_OWNER = 1\n")
    commit(living.path, "Work")
    assert_refused(living, code=3, says=ADDED)

    by_command(living.path, "update", "--with-conflicts")

    assert living.unmerged() == {ADDED}
    assert "OF_THE_OWNER = 1\n" in (living.path / ADDED).read_text()


@pytest.mark.parametrize("ignored", [False, True], ids=["untracked", "ignored"])
def test_a_file_that_git_does_not_know_is_never_overwritten(living: Living, ignored: bool) -> None:
    if ignored:
        edit(living.path / ".gitignore", "build/\n", "build/\nadded.py\n")
        commit(living.path, "Work")
    (living.path / ADDED).write_text("OF_THE_OWNER = 1\n")

    assert_refused(living, code=2, says=f"{ADDED} is in the way")


def test_starters_are_never_rewritten_nor_brought_back(living: Living) -> None:
    (living.path / "README.md").unlink()
    edit(living.path / "src/orders/settings.py", '"""', '"""(of the owner) ')
    settings = (living.path / "src/orders/settings.py").read_text()
    commit(living.path, "Work")

    by_command(living.path, "update")

    assert not (living.path / "README.md").exists()
    assert (living.path / "src/orders/settings.py").read_text() == settings


def test_an_option_brings_its_files_and_takes_away_only_what_nobody_edited(living: Living) -> None:
    managed, starter = "src/orders/observability/streams.py", "src/orders/consumer.py"
    by_command(living.path, "update", "--answer", "redis=streams")
    for name in (managed, starter):
        edit(living.path / name, '"""', '"""(of the owner) ')
    (living.path / "tests/test_consumer.py").unlink()
    commit(living.path, "Redis")

    said = by_command(living.path, "update", "--answer", "redis=none")

    assert f"{managed} stays, for you changed it" in said
    for name in (managed, starter):
        assert "(of the owner)" in (living.path / name).read_text()
    assert not (living.path / "src/orders/observability/messages.py").exists()
    assert "redis: none" in (living.path / ".copier-answers.yml").read_text()
    commit(living.path, "No Redis")

    said = by_command(living.path, "update", "--answer", "redis=streams")

    assert f"{managed} was here, and is the template's again" in said
    for name in (managed, starter):
        assert "(of the owner)" in (living.path / name).read_text()
    assert (living.path / "src/orders/observability/messages.py").exists()


def test_a_question_without_an_answer_is_named(
    living: Living, future: Path, tmp_path: Path
) -> None:
    releases = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", future, releases)
    edit(releases / "copier.yml", "\nservice_name:", "\nteam:\n  type: str\n\nservice_name:")
    edit(releases / "template/AGENTS.md.jinja", "\n", "\nTeam: {{ team }}\n")
    commit(releases, "Ask", "v101.0.0")
    edit(living.path / ".copier-answers.yml", f"_src_path: {future}", f"_src_path: {releases}")
    commit(living.path, "Move")
    assert_refused(living, code=2, says="--answer team=")

    by_command(living.path, "update", "--answer", "team=payments")

    assert "Team: payments" in (living.path / "AGENTS.md").read_text()


def test_a_second_update_does_nothing(living: Living) -> None:
    by_command(living.path, "update")
    commit(living.path, "Update")
    before = snapshot(living.path)

    assert "nothing to change" in by_command(living.path, "update")
    assert snapshot(living.path) == before


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--answer", "framework=flask"], "framework cannot change by an update"),
        (["--answer", "package=other"], "package cannot change by an update"),
        (["--answer", "redis"], "give it as NAME=VALUE"),
        (["--answer", "rediss=none"], "the template has no such question"),
        (["--answer", "redis=valkey"], "redis"),
        (["--to", "v0.1.0"], "v0.1.0 is older than"),
        (["--to", "v55.0.0"], "v55.0.0"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_is_refused_in_a_line(living: Living, options: list[str], says: str) -> None:
    before = snapshot(living.path)

    said = by_command(living.path, "update", *options, code=2)

    assert says in said
    assert len(said.splitlines()) == 1, said
    assert snapshot(living.path) == before


def test_work_that_is_not_committed_or_not_finished_is_refused(living: Living) -> None:
    (living.path / "README.md").write_text("Mine.\n")
    assert_refused(living, code=2, says="README.md has changes that are not committed")
    git(living.path, "checkout", "--quiet", "-b", "other")
    commit(living.path, "One")
    git(living.path, "checkout", "--quiet", "-")
    (living.path / "README.md").write_text("Yours.\n")
    commit(living.path, "Another")
    subprocess.run(["git", "merge", "other"], cwd=living.path, capture_output=True, check=False)
    assert_refused(living, code=2, says="a merge is not finished")


def test_a_folder_that_is_no_service_is_named(tmp_path: Path) -> None:
    said = by_command(tmp_path, "update", code=2)

    assert said == f"{tmp_path} is no service: it has no .copier-answers.yml; use --service\n"


def test_another_service_of_the_repository_is_left_alone(future: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    one, other = (Living(future, tmp_path / n, WORKING_TREE, ANSWERS) for n in ("one", "other"))
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "-m", "Two services")
    (other.path / "README.md").write_text("Work in progress.\n")
    before = snapshot(other.path)

    by_command(one.path, "update")

    assert snapshot(other.path) == before
    assert (one.path / ADDED).exists()
    assert not (tmp_path / ADDED).exists()


def test_a_failure_half_way_is_undone(tmp_path: Path) -> None:
    """A device fills up, or somebody is faster: here a folder is needed where a file has come."""
    for name in ("changed", "deleted", "folder/kept"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("before\n")
    (tmp_path / "in-the-way").write_text("before\n")
    before = snapshot(tmp_path)
    new = New(b"after\n", executable=False)

    with pytest.raises(Problem, match="nothing was changed"):
        apply(
            tmp_path,
            {"changed": new, "deleted": None, "new/folder/file": new, "in-the-way/file": new},
        )

    assert snapshot(tmp_path) == before


def test_what_was_killed_half_way_is_undone_by_the_next_start(living: Living) -> None:
    before = snapshot(living.path)
    command = [sys.executable, str(COMMAND), "update", "--service", str(living.path)]
    killed = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=clean_environment())
    journal = living.path / ".template-update" / "journal.json"
    while killed.poll() is None and not journal.exists():
        time.sleep(0.0001)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    if not journal.exists():
        pytest.fail("it was done before it was killed")

    assert "An update that was cut off is undone" in by_command(living.path, "update", "--dry-run")

    assert snapshot(living.path) == before


def test_check_says_whether_it_is_behind_and_what_was_edited(living: Living) -> None:
    said = by_command(living.path, "check", code=5)
    assert f"orders has {WORKING_TREE}; " in said
    assert "uv run tools/standard.py update" in said
    by_command(living.path, "update")
    edit(living.path / TORRENTS, "WINDOW_S = 10.0", "WINDOW_S = 20.0")

    said = by_command(living.path, "check")

    assert f"orders has {FUTURE}, the newest version." in said
    assert f"+++ {TORRENTS}\n" in said
    assert "-WINDOW_S = 10.0\n+WINDOW_S = 20.0\n" in said


def test_a_script_gets_one_json_object(living: Living) -> None:
    told = json.loads(by_command(living.path, "update", "--json"))

    assert told["result"] == "updated"
    assert (told["service"], told["from"], told["to"]) == ("orders", WORKING_TREE, FUTURE)
    assert ADDED in told["changed"]
    told = json.loads(by_command(living.path, "update", "--json", code=2))
    assert told["result"] == "refused"
    assert "not committed" in told["message"]
