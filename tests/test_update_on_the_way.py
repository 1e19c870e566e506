"""From every release, by either way: options that come and go, and places that both have taken."""

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import commit, git
from conftest import Rendered
from daily import params
from futures import FUTURE
from living import Living, snapshot
from quick import QuickCopier
from scenarios import FIRST, TODAY, lived_through_every_day, releases
from services import Answers, render, update

WAYS = ("plain", "command")
IN_EACH = {FIRST: "none", TODAY: "starlette"}
"""What services of a release answer with; in 0.1.0, those with FastAPI have a conflict anyway."""

Take = Callable[..., None]


@pytest.fixture(params=params(releases(), every_day=lived_through_every_day()))
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
        gone = [edit.path for edit in living.edits if not (living.path / edit.path).exists()]
        assert not gone, "the command keeps what was edited; a plain update need not"

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
    living.assert_it_is_fresh_but_for_the_edits(fresh)


def test_what_both_have_taken_is_a_conflict_with_both_in_it(
    repository: Path,
    rendered: Rendered,
    tmp_path: Path,
    release: str,
    answers: Answers,
    living: Living,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A line that the template changes, and a file that it brings: as far as this one does."""
    fresh = newest(repository, rendered, tmp_path, release, answers)
    commit(living.path, "Start")
    before = living.service.files()
    taken: dict[str, str] = {}
    for path, line in changed_line(before, fresh):
        taken[path] = f"{line}  # of the owner"
        text = before[path].decode().replace(f"{line}\n", f"{taken[path]}\n", 1)
        (living.path / path).write_text(text, encoding="utf-8")
    for path in [path for path in fresh if path not in before and path.endswith(".py")][:1]:
        taken[path] = "OF_THE_OWNER = 1"
        living.add(path, f"{taken[path]}\n")
    if not taken:
        pytest.skip(f"{release} is all that there is")  # so it is right after a release
    commit(living.path, "Work")
    untouched = snapshot(living.path)
    command = QuickCopier(monkeypatch)

    refused = command.update(living.path, code=3)

    assert not [path for path in taken if path not in refused]
    assert snapshot(living.path) == untouched, "a conflict has changed something"
    for way in WAYS:
        if way == "plain":
            update(living.service)
        else:
            command.update(living.path, "--with-conflicts")
        assert living.unmerged() == taken.keys(), way
        for path, line in taken.items():
            assert line in (living.path / path).read_text(encoding="utf-8").splitlines(), way
        git(living.path, "reset", "--quiet", "--hard")
        git(living.path, "clean", "--quiet", "--force", "-d")


def changed_line(before: dict[str, bytes], fresh: dict[str, bytes]) -> list[tuple[str, str]]:
    """A managed module and a line of it, there once, that the new one has otherwise; if any."""
    for path in sorted(fresh.keys() & before.keys()):
        if not path.startswith("src/orders/observability/"):
            continue
        old, new = (tree[path].decode().splitlines() for tree in (before, fresh))
        for kind, begin, end, *_ in difflib.SequenceMatcher(a=old, b=new).get_opcodes():
            if kind == "replace" and old.count(old[begin]) == 1 and end - begin == 1:
                return [(path, old[begin])]
    return []
