"""What a plain `copier update` does where answers change, and what it cannot promise."""

import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from commands import commit, git, run
from futures import ADDED, REMOVED, RENAMED, REWRITTEN, edit
from living import Living
from releases import ROOT, WORKING_TREE, history_problem, newest, release_commits
from services import update

ANSWERS = {"framework": "fastapi", "redis": "none", "deploy": "railway", "python": "3.11"}
LAST_RELEASE = f"v{newest(list(release_commits(ROOT)))}"


@pytest.fixture
def living(history: Path, tmp_path: Path) -> Living:
    """A service of the last release, untouched."""
    living = Living(history, tmp_path / "orders", LAST_RELEASE, ANSWERS)
    commit(living.path, "Start")
    return living


@pytest.fixture
def of_today(future: Path, tmp_path: Path) -> Living:
    """A service of the working tree, which has a future."""
    living = Living(future, tmp_path / "orders", WORKING_TREE, ANSWERS)
    commit(living.path, "Start")
    return living


def update_cleanly(living: Living, **answers: str) -> None:
    update(living.service, **answers)
    assert not living.unmerged()
    commit(living.path, "Update")


def test_where_it_runs_can_change(living: Living) -> None:
    files = {"railway": {"Dockerfile", "railway.json"}, "docker": {"Dockerfile"}, "none": set()}

    for deploy in ("docker", "none", "railway"):
        update_cleanly(living, deploy=deploy)

        found = {name for name in files["railway"] if (living.path / name).exists()}
        assert found == files[deploy]


def test_redis_can_come_change_and_go(living: Living) -> None:
    """None, streams, client, none: each time the managed files are those of the answer."""
    observability = living.path / "src/orders/observability"
    files = {"none": set(), "client": {"redis.py"}, "streams": {"redis.py", "streams.py"}}

    for redis in ("streams", "client", "streams", "none"):
        update_cleanly(living, redis=redis)

        found = {name for name in files["streams"] if (observability / name).exists()}
        assert found == files[redis]
    assert (living.path / "src/orders/app.py").exists()


def test_a_starter_of_an_option_comes_with_it_and_stays_as_it_was_edited(living: Living) -> None:
    update_cleanly(living, redis="streams")
    consumer = living.path / "src/orders/consumer.py"
    edit(consumer, '"""', '"""(of the owner) ')
    text = consumer.read_text()
    (living.path / "tests/test_consumer.py").unlink()
    commit(living.path, "Work")

    update_cleanly(living, deploy="docker")

    assert consumer.read_text() == text
    assert not (living.path / "tests/test_consumer.py").exists()


def test_its_name_can_change_and_its_package_does_not(living: Living) -> None:
    update_cleanly(living, service_name="purchases")

    answers = yaml.safe_load((living.path / ".copier-answers.yml").read_text())
    project = tomllib.loads((living.path / "pyproject.toml").read_text())["project"]
    assert (answers["service_name"], answers["package"]) == ("purchases", "orders")
    assert project["name"] == "purchases"
    assert project["scripts"] == {"purchases": "orders.__main__:main"}
    assert not (living.path / "src/purchases").exists()


def test_its_oldest_python_can_change(living: Living) -> None:
    update_cleanly(living, python="3.12")

    project = tomllib.loads((living.path / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.12"
    assert "3.11" not in (living.path / ".github/workflows/ci.yml").read_text()


def test_a_second_update_does_nothing(living: Living) -> None:
    update_cleanly(living)

    update(living.service)

    assert living.status() == ""


# What a plain update cannot promise: a row of docs/reference/updates.md each.


def test_plain_a_conflict_ends_with_success(of_today: Living) -> None:
    path = f"src/orders/{REWRITTEN}"
    text = (of_today.path / path).read_text()
    line = next(line for line in text.splitlines() if line.lstrip().startswith("return "))
    edit(of_today.path / path, f"{line}\n", f"{line}  # of the owner\n")
    commit(of_today.path, "Work")

    update(of_today.service)  # raises nothing

    assert of_today.unmerged() == {path}
    assert f"{line}  # of the owner\n" in (of_today.path / path).read_text()


def test_plain_an_edited_file_of_an_option_goes_with_the_option(living: Living) -> None:
    update_cleanly(living, redis="streams")
    managed, starter = "src/orders/observability/streams.py", "src/orders/consumer.py"
    for name in (managed, starter):
        edit(living.path / name, '"""', '"""(of the owner) ')
    commit(living.path, "Work")

    update_cleanly(living, redis="none")

    assert not (living.path / managed).exists()
    assert not (living.path / starter).exists()


def test_plain_a_renamed_file_does_not_take_the_edits_along(of_today: Living) -> None:
    edit(of_today.path / f"src/orders/{RENAMED}", "WINDOW_S = 10.0", "WINDOW_S = 20.0")
    commit(of_today.path, "Work")

    update_cleanly(of_today)

    assert "WINDOW_S = 20.0" in (of_today.path / f"src/orders/{RENAMED}").read_text()
    changed = git(of_today.path, "grep", "-l", "WINDOW_S = 20.0")
    assert changed.split() == [f"src/orders/{RENAMED}"]


def test_plain_what_the_template_has_no_more_is_left_and_does_no_harm(of_today: Living) -> None:
    update_cleanly(of_today)

    assert (of_today.path / REMOVED).exists()
    assert (of_today.path / f"src/orders/{RENAMED}").exists()
    imports = git(of_today.path, "grep", "-hE", "^ *(from|import) ", "src", "tests")
    assert "torrents" in imports
    assert not [
        line for line in imports.splitlines() if line.endswith(("import floods", ".floods"))
    ]
    assert "floods import" not in imports
    collected = "collect_ignore" in (of_today.path / "tests/observability/conftest.py").read_text()
    assert collected, f"{REMOVED} would still be collected"


def test_plain_an_ignored_file_is_overwritten(of_today: Living) -> None:
    edit(of_today.path / ".gitignore", "build/\n", "build/\nadded.py\n")
    commit(of_today.path, "Work")
    (of_today.path / ADDED).write_text("OF_THE_OWNER = 1\n")

    update(of_today.service)

    assert "OF_THE_OWNER" not in (of_today.path / ADDED).read_text()


def test_plain_a_question_without_a_default_ends_in_a_traceback(
    of_today: Living, future: Path, tmp_path: Path
) -> None:
    releases = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", future, releases)
    edit(releases / "copier.yml", "\nservice_name:", "\nteam:\n  type: str\n\nservice_name:")
    commit(releases, "Ask", "v101.0.0")
    edit(of_today.path / ".copier-answers.yml", f"_src_path: {future}", f"_src_path: {releases}")
    commit(of_today.path, "Move")

    with pytest.raises(ValueError, match='Question "team" is required'):
        update(of_today.service)


def test_plain_a_worker_that_loses_its_streams_gets_no_jobs(history: Path, tmp_path: Path) -> None:
    """Starters that every other worker has are left out of updates; the command brings them."""
    answers = ANSWERS | {"framework": "none", "redis": "streams"}
    living = Living(history, tmp_path / "orders", WORKING_TREE, answers)
    commit(living.path, "Start")

    update_cleanly(living, redis="none")

    assert not (living.path / "src/orders/jobs.py").exists()


# Releases.


def test_a_shallow_clone_is_told_what_to_do(tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{ROOT}", "shallow")

    refused = run(
        sys.executable, "-m", "pytest", "--collect-only", cwd=tmp_path / "shallow", fails=True
    )

    problem = history_problem(tmp_path / "shallow")
    assert problem is not None
    assert refused.stderr.count(problem) == 1, refused.stderr
    assert "git fetch --unshallow" in problem


def test_a_release_is_the_first_commit_with_its_heading(tmp_path: Path) -> None:
    changes = tmp_path / "CHANGELOG.md"
    for text in ("## Unreleased", "## 0.9.0\n", "## 0.9.0 (again)\n", "## 0.10.0\n\n## 0.9.0\n"):
        changes.write_text(f"# Changes\n\n{text}")
        commit(tmp_path, text.splitlines()[0])

    found = release_commits(tmp_path)

    subjects = {v: git(tmp_path, "log", "-1", "--format=%s", c).strip() for v, c in found.items()}
    assert subjects == {"0.9.0": "## 0.9.0", "0.10.0": "## 0.10.0"}
    assert newest(list(found)) == "0.10.0"
