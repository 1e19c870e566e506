"""`timberframe update` keeps each edit, applies all or nothing, and says what to decide."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rendered import copy_working_tree, run, uv
from rendering import Command, commit, edit, files, git, render, snapshot, unmerged
from small_template import ADDED, FLOODS, STREAMS, TIMING, ask_for_a_team

from timberframe import applying


def assert_refused(
    timberframe: Command, service: Path, *options: str, code: int = 2, says: str
) -> None:
    """The command ends with that code and one line, and nothing at all has changed."""
    before = snapshot(service)

    said = timberframe("update", service, *options, code=code)

    assert says in said
    if code == 2:
        assert len(said.splitlines()) == 1, f"more than one line: {said}"
    assert snapshot(service) == before, "the service has changed"


# What an update does.


def test_says_what_changed_and_leaves_the_files_of_a_new_service(
    timberframe: Command, template: Path, service: Path, tmp_path: Path
) -> None:
    starters = {name: (service / name).read_bytes() for name in ("README.md", "src/orders/app.py")}

    said = timberframe("update", service)

    assert said.startswith("orders: v1.0.0 -> v2.0.0\n\n2.0.0\n\n- The second version.\n\nDone: ")
    assert "The first version" not in said
    for command in ("git diff", "uv sync && uv run pytest", "git add --all && git commit"):
        assert command in said
    assert git(service, "diff", "--cached", "--name-only") == "", "the index was touched"
    assert files(service) == files(render(template, tmp_path / "fresh" / "orders")) | starters


def test_edits_of_managed_and_shared_files_are_merged_also_from_a_url(
    timberframe: Command, template: Path, service: Path
) -> None:
    edit(service / TIMING, "THRESHOLD_MS = 1000", "THRESHOLD_MS = 500")
    edit(service / "pyproject.toml", "this line.\n", 'this line.\n    "attrs",\n')
    url = f"git+file://{template}"
    edit(service / ".copier-answers.yml", f"_src_path: {template}", f"_src_path: {url}")
    commit(service)

    timberframe("update", service)

    assert f"_src_path: {url}\n" in (service / ".copier-answers.yml").read_text()
    assert "THRESHOLD_MS = 500" in (service / TIMING).read_text()
    assert "return 2" in (service / TIMING).read_text()
    assert '"orjson>=3.12",' in (service / "pyproject.toml").read_text()
    assert '"attrs",' in (service / "pyproject.toml").read_text()


def test_edits_of_a_managed_file_that_is_gone_stay_as_a_patch(
    timberframe: Command, service: Path
) -> None:
    original = (service / FLOODS).read_bytes()
    edit(service / FLOODS, "WINDOW_S = 10.0", "WINDOW_S = 20.0")
    edited = (service / FLOODS).read_bytes()
    commit(service)

    said = timberframe("update", service)

    assert not (service / FLOODS).exists()
    assert f"{FLOODS} is gone from the template; your edits of it are in {FLOODS}.patch" in said
    assert "-WINDOW_S = 10.0\n  +WINDOW_S = 20.0\n" in said, "the diff is not shown"
    (service / FLOODS).write_bytes(original)
    git(service, "apply", f"{FLOODS}.patch")
    assert (service / FLOODS).read_bytes() == edited


def test_an_edited_starter_stays_and_no_deleted_file_comes_back(
    timberframe: Command, service: Path
) -> None:
    (service / "README.md").unlink()
    (service / TIMING).unlink()
    edit(service / "src/orders/app.py", "timing", "timing, floods")
    text = (service / "src/orders/app.py").read_text()
    commit(service)

    assert f"{TIMING} stays deleted" in timberframe("update", service)

    assert not (service / "README.md").exists()
    assert not (service / TIMING).exists()
    assert (service / "src/orders/app.py").read_text() == text


def test_an_option_comes_goes_and_comes_back_with_the_edits(
    timberframe: Command, service: Path
) -> None:
    timberframe("update", service, "--answer", "redis=streams")
    assert "LENGTH = 100" in (service / STREAMS).read_text()
    edit(service / STREAMS, "LENGTH = 100", "LENGTH = 200")
    edit(service / "src/orders/consumer.py", '"""', '"""(ours) ')
    edit(service / "Dockerfile", "EXPOSE 8000", "EXPOSE 9000")
    commit(service)

    said = timberframe("update", service, "--answer", "redis=none", "--answer", "deploy=none")
    assert "Dockerfile stays, for you changed it" in said
    assert not (service / STREAMS).exists()
    assert "+LENGTH = 200" in (service / f"{STREAMS}.patch").read_text()
    assert "redis: none" in (service / ".copier-answers.yml").read_text()
    commit(service)

    timberframe("update", service, "--answer", "redis=streams", "--answer", "deploy=docker")
    assert "LENGTH = 100" in (service / STREAMS).read_text()
    assert "+LENGTH = 200" in (service / f"{STREAMS}.patch").read_text()
    assert "(ours)" in (service / "src/orders/consumer.py").read_text()
    assert "EXPOSE 9000" in (service / "Dockerfile").read_text()
    assert unmerged(service) == set()


def test_files_that_name_a_removed_one_are_listed_with_what_to_write(
    timberframe: Command, service: Path
) -> None:
    own = "from .observability.floods import BURST\n"
    (service / "src/orders/own.py").write_text(own)
    (service / "Procfile").write_text("web: gunicorn -c gunicorn.conf.py orders.app:app\n")
    commit(service)

    said = timberframe("update", service)

    assert f"src/orders/own.py:1 names {FLOODS}, which is gone" in said
    assert "Procfile:1 names gunicorn.conf.py, which is gone: write `--config python:" in said
    assert "README.md:3 names gunicorn.conf.py" in said


def test_a_dry_run_and_a_second_update_change_nothing(timberframe: Command, service: Path) -> None:
    before = snapshot(service)
    said = timberframe("update", service, "--dry-run")
    assert "It would be: " in said
    assert snapshot(service) == before
    assert said.partition("It would be: ")[0] in timberframe("update", service)
    commit(service)
    before = snapshot(service)

    assert timberframe("update", service) == "orders has v2.0.0, and nothing to change.\n"
    assert_refused(timberframe, service, "--to", "v1.0.0", says="v1.0.0 is older than v2.0.0")
    assert snapshot(service) == before


def test_a_service_of_a_commit_after_the_newest_release_is_up_to_date(
    timberframe: Command, template: Path, tmp_path: Path
) -> None:
    edit(template / "template" / "AGENTS.md", "# Agents", "# Agents and people")
    commit(template)
    service = render(template, tmp_path / "ahead" / "orders", "HEAD")

    assert "the newest version" in timberframe("check", service)
    assert "and nothing to change" in timberframe("update", service)
    timberframe("update", service, "--answer", "redis=streams")
    assert (service / STREAMS).exists()


def test_a_question_without_an_answer_is_named_and_an_older_release_may_be_taken(
    timberframe: Command, template: Path, service: Path
) -> None:
    ask_for_a_team(template)
    assert_refused(timberframe, service, says="--answer team=")

    timberframe("update", service, "--to", "2.0.0")
    assert "_commit: v2.0.0" in (service / ".copier-answers.yml").read_text()
    commit(service)
    timberframe("update", service, "--answer", "team=payments")
    assert "Team: payments" in (service / "AGENTS.md").read_text()


def test_another_service_of_the_repository_is_left_alone(
    timberframe: Command, template: Path, tmp_path: Path
) -> None:
    for name in ("one", "other"):
        render(template, tmp_path / "all" / name, "v1.0.0")
        os.rename(tmp_path / "all" / name / ".git", tmp_path / f"{name}.git")
    commit(tmp_path / "all")
    edit(tmp_path / "all" / "one" / TIMING, "return 1", "return 3")
    commit(tmp_path / "all")
    (tmp_path / "all" / "other" / "README.md").write_text("Work in progress.\n")
    before = snapshot(tmp_path / "all" / "other")

    timberframe("update", tmp_path / "all" / "one", "--with-conflicts")

    assert snapshot(tmp_path / "all" / "other") == before
    assert (tmp_path / "all" / "one" / ADDED).exists()
    assert unmerged(tmp_path / "all") == {f"one/{TIMING}"}


# Conflicts.


def test_a_conflict_changes_nothing_unless_it_is_asked_for(
    timberframe: Command, service: Path
) -> None:
    """An own file of the name of a new one is a conflict too."""
    edit(service / TIMING, "return 1", "return 3")
    (service / ADDED).write_text("OURS = 1\n")
    commit(service)
    assert_refused(timberframe, service, code=3, says=TIMING)
    assert_refused(timberframe, service, code=3, says=ADDED)

    said = timberframe("update", service, "--with-conflicts")

    assert "git status" in said
    assert unmerged(service) == {ADDED, TIMING}
    text = (service / TIMING).read_text()
    assert "<<<<<<< yours\n    return 3\n=======\n    return 2\n>>>>>>> template-v2.0.0" in text
    assert "OURS = 1\n" in (service / ADDED).read_text()
    git(service, "checkout", "--theirs", TIMING)
    assert "return 2" in (service / TIMING).read_text()


# What is refused.


@pytest.mark.parametrize("kind", ["untracked", "ignored", "link"])
def test_a_file_that_git_does_not_know_is_never_overwritten(
    timberframe: Command, service: Path, kind: str
) -> None:
    if kind == "ignored":
        (service / ".gitignore").write_text("added.py\n")
        commit(service)
    if kind == "link":
        (service / ADDED).symlink_to(service / "README.md")
        commit(service)
    else:
        (service / ADDED).write_text("OURS = 1\n")

    assert_refused(timberframe, service, says=f"{ADDED} is in the way")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--answer", "framework=flask"], "framework cannot change by an update"),
        (["--answer", "redis"], "give NAME=VALUE"),
        (["--answer", "rediss=none"], "the template has no such question; it has deploy, frame"),
        (["--answer", "redis=valkey"], "redis"),
        (["--to", "v55.0.0"], "the template has no version v55.0.0; it has v2.0.0, v1.0.0"),
        (["--to=--upload-pack=x"], "the template has no version"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_refused_in_one_line(
    timberframe: Command, service: Path, options: list[str], says: str
) -> None:
    assert_refused(timberframe, service, *options, says=says)


def test_an_answer_that_is_not_offered_any_more_is_named(
    timberframe: Command, template: Path, service: Path
) -> None:
    edit(template / "copier.yml", "[docker, none], default: docker", "[none], default: none")
    commit(template, "Fewer", "v4.0.0")

    assert_refused(timberframe, service, says="deploy is docker, which the template does not offer")


def test_a_folder_that_is_no_service_is_named(timberframe: Command, tmp_path: Path) -> None:
    says = "is no service, it has no .copier-answers.yml: give a service's folder"

    assert timberframe("update", tmp_path, code=2) == f"{tmp_path} {says}\n"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("/nowhere/template", "the template cannot be reached at /nowhere/template"),
        ("https://user:secret@127.0.0.1:9/t.git", "be reached at https://127.0.0.1:9/t.git"),
        ("../template", "make _src_path in .copier-answers.yml its URL or its absolute path"),
    ],
)
def test_a_template_that_cannot_be_reached_is_one_line(
    timberframe: Command, template: Path, service: Path, source: str, says: str
) -> None:
    edit(service / ".copier-answers.yml", f"_src_path: {template}", f"_src_path: {source}")
    commit(service)
    said = timberframe("update", service, code=2)

    assert says in said
    assert len(said.splitlines()) == 1, said
    assert "secret" not in said


# All or nothing.


def test_a_failure_half_way_is_undone(
    timberframe: Command, service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device fills up: here the fourth write fails as it would."""
    before, put, calls = snapshot(service), applying._put, []

    def failing(place: Path, content: bytes | None) -> None:
        calls.append(place)
        if len(calls) == 4:
            raise OSError(28, "No space left on device", str(place))
        put(place, content)

    monkeypatch.setattr(applying, "_put", failing)

    assert "No space left on device; nothing was changed" in timberframe("update", service, code=1)
    assert snapshot(service) == before


STOPS = """
import sys
from timberframe import applying, command_line
put, done = applying._put, []
def stops(place, content):
    put(place, content)
    done.append(place)
    if len(done) in (3, 5):
        print("written", flush=True)
        sys.stdin.readline()
applying._put = stops
sys.exit(command_line.main(sys.argv[1:]))
"""


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_an_update_that_is_stopped_half_way_is_undone(service: Path, stop: signal.Signals) -> None:
    before = snapshot(service)
    command = [sys.executable, "-c", STOPS, "update", str(service)]
    pipes: Any = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
    with subprocess.Popen(command, text=True, **pipes) as stopped:
        assert stopped.stdout
        for _ in range(2):  # the second one meets the undoing
            assert stopped.stdout.readline() == "written\n"
            stopped.send_signal(stop)
    assert stopped.returncode != 0

    assert snapshot(service) == before


# The command itself.


def test_check_says_whether_it_is_behind_and_what_was_edited(
    timberframe: Command, service: Path
) -> None:
    said = timberframe("check", service, code=5)
    assert said == "orders has v1.0.0; v2.0.0 is there: run `timberframe update`\n"
    timberframe("update", service)
    edit(service / TIMING, "THRESHOLD_MS = 1000", "THRESHOLD_MS = 500")

    said = timberframe("check", service)

    assert "orders has v2.0.0, the newest version." in said
    assert f"+++ b/{TIMING}\n" in said
    assert "-THRESHOLD_MS = 1000\n+THRESHOLD_MS = 500\n" in said
    assert json.loads(timberframe("check", service, "--json"))["edited"].keys() == {TIMING}


def test_a_script_gets_one_json_object_and_work_that_is_not_committed_stays(
    timberframe: Command, service: Path
) -> None:
    found = json.loads(timberframe("update", service, "--json"))

    assert found["result"] == "updated"
    assert (found["service"], found["from"], found["to"]) == ("orders", "v1.0.0", "v2.0.0")
    assert ADDED in found["changed"]
    assert_refused(timberframe, service, says="has changes that are not committed")
    found = json.loads(timberframe("update", service, "--json", code=2))
    assert found["result"] == "refused"
    assert "not committed" in found["message"]


@pytest.mark.installs
def test_uvx_runs_the_command_of_a_clone_as_the_clone_is_now(tmp_path: Path) -> None:
    """A clone that has changed never runs the command of yesterday."""
    clone = tmp_path / "clone"
    copy_working_tree(clone, ["pyproject.toml", "src"])
    commit(clone)
    uvx = (uv(), "tool", "run", "--quiet", "--from", clone, "timberframe", "--help")
    before = run(*uvx, cwd=tmp_path)
    edit(clone / "src/timberframe/command_line.py", "exit codes:", "Exit codes of today:")

    after = run(*uvx, cwd=tmp_path)

    assert "update" in before
    assert "Exit codes of today:" not in before
    assert "Exit codes of today:" in after
