"""From every release, by either way: options that come and go, and places that both have taken."""

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import commit, git
from conftest import Rendered
from futures import FUTURE
from living import Living, snapshot
from ownership import owner
from quick import QuickCopier
from scenarios import FIRST, TODAY, releases
from services import Answers, render, update

WAYS = ("plain", "command")
IN_EACH = {FIRST: "none", TODAY: "starlette"}
"""What services of a release answer with; in 0.1.0, those with FastAPI have a conflict anyway."""

Take = Callable[..., None]


@pytest.fixture(params=releases())
def release(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def answers(release: str) -> Answers:
    framework = IN_EACH.get(release, "flask")
    return {"framework": framework, "redis": "none", "deploy": "railway", "python": "3.11"}


@pytest.fixture
def repository(history: Path, future: Path, release: str) -> Path:
    return future if release == TODAY else history


@pytest.fixture
def living(repository: Path, tmp_path: Path, release: str, answers: Answers) -> Living:
    return Living(repository, tmp_path / "orders", f"v{release}", answers)


@pytest.fixture(params=WAYS)
def take(living: Living, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Take:
    """Update the service, with some other answers."""
    command = QuickCopier(monkeypatch)

    def plain(**other: str) -> None:
        update(living.service, **other)

    def by_command(**other: str) -> None:
        given = [f"--answer={name}={value}" for name, value in other.items()]
        command.update(living.path, "--with-conflicts", *given)

    return {"plain": plain, "command": by_command}[request.param]


def newest(
    repository: Path, rendered: Rendered, tmp_path: Path, release: str, answers: Answers
) -> dict[str, bytes]:
    """What a new service of the version to come has."""
    if release != TODAY:
        return rendered(answers)
    return render(repository, tmp_path / "new" / "orders", vcs_ref=FUTURE, **answers).files()


def test_options_come_and_go_and_all_of_the_owner_s_stays(
    repository: Path,
    rendered: Rendered,
    tmp_path: Path,
    release: str,
    answers: Answers,
    living: Living,
    take: Take,
) -> None:
    """None, streams, client, none, streams, and no platform in between."""
    living.live()
    if answers["framework"] == "none":
        living.deleted.remove("tests/test_jobs.py")  # a worker without streams begins anew
    for other in (
        {"redis": "streams"},
        {"redis": "client", "deploy": "docker"},
        {"redis": "none"},
        {"redis": "streams", "deploy": "railway"},
    ):
        take(**other)

        assert living.unmerged() == set()
        living.edits = [edit for edit in living.edits if (living.path / edit.path).exists()]
        living.assert_nothing_is_lost()
        commit(living.path, str(other))

    fresh = newest(repository, rendered, tmp_path, release, answers | {"redis": "streams"})
    owned = {path for path in fresh if owner(path) != "starter" and path != ".copier-answers.yml"}
    living.assert_it_is_fresh_but_for_the_edits(fresh, owned)


def test_what_both_have_taken_is_a_conflict_with_both_in_it(
    repository: Path,
    rendered: Rendered,
    tmp_path: Path,
    release: str,
    answers: Answers,
    living: Living,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A line that the template changes, and a file that it brings."""
    fresh = newest(repository, rendered, tmp_path, release, answers)
    commit(living.path, "Start")
    path, line = changed_line(living, fresh)
    file = living.path / path
    mine = f"{line}  # of the owner"
    file.write_text(file.read_text(encoding="utf-8").replace(f"{line}\n", f"{mine}\n", 1))
    brought = next(path for path in fresh if path.endswith(".py") and not is_there(living, path))
    living.add(brought, "OF_THE_OWNER = 1\n")
    commit(living.path, "Work")
    before = snapshot(living.path)
    command = QuickCopier(monkeypatch)

    refused = command.update(living.path, code=3)

    assert path in refused
    assert brought in refused
    assert snapshot(living.path) == before, "a conflict has changed something"
    for way in WAYS:
        if way == "plain":
            update(living.service)
        else:
            command.update(living.path, "--with-conflicts")
        assert living.unmerged() == {path, brought}, way
        assert mine in file.read_text(encoding="utf-8").splitlines(), way
        assert "OF_THE_OWNER = 1\n" in (living.path / brought).read_text(encoding="utf-8"), way
        git(living.path, "reset", "--quiet", "--hard")
        git(living.path, "clean", "--quiet", "--force", "-d")


def is_there(living: Living, path: str) -> bool:
    return (living.path / path).exists()


def changed_line(living: Living, fresh: dict[str, bytes]) -> tuple[str, str]:
    """A managed module, and a line of it, which stands there once, that is not in the new one."""
    for path, content in fresh.items():
        if not path.startswith("src/orders/observability/") or not is_there(living, path):
            continue
        before = (living.path / path).read_text(encoding="utf-8").splitlines()
        after = content.decode().splitlines()
        for kind, begin, end, *_ in difflib.SequenceMatcher(a=before, b=after).get_opcodes():
            if kind == "replace" and before.count(before[begin]) == 1 and end - begin == 1:
                return path, before[begin]
    raise AssertionError("nothing has changed")
