"""Services of each 0.x release, lived in for a while, update to the working tree without a loss."""

import ast
import re
import sys
from pathlib import Path

import pytest
import rendering
from owner import work_on
from rendered import once, run
from rendering import WORKING_TREE, Command, commit, edit, files, render, snapshot, unmerged

from timberframe.ownership import is_starter

KINDS = rendering.kinds()
EVERY_SERVICE = pytest.mark.parametrize(("release", "framework"), KINDS)
OF_THE_LAST_RELEASE = pytest.mark.parametrize(
    ("release", "framework"), [(KINDS[-1][0], "fastapi")], ids=["fastapi"]
)
CONFLICTS = {("v0.1.0", "fastapi"): {"pyproject.toml"}}
"""Where the owner and the template wrote in the same place: at the end of the file."""

MARKER = re.compile(r"^(<{7}|={7}|>{7}).*\n", re.MULTILINE)
INIT = "src/orders/observability/__init__.py"


@pytest.fixture
def service(history: Path, tmp_path: Path, release: str, framework: str) -> Path:
    return render(history, tmp_path / "orders", release, framework=framework)


@pytest.fixture
def fresh(history: Path, shared: Path, framework: str) -> dict[str, bytes]:
    """The files of a new service."""
    path = shared / "fresh" / framework / "orders"
    return files(once(path, lambda path: render(history, path, framework=framework)))


def public_names(service: Path) -> set[str]:
    """Return what the package exports: by `__all__` in 0.x, as PEP 484 says today."""
    names = set[str | None]()
    for node in ast.parse((service / INIT).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
        if isinstance(node, ast.Assign):
            names.add(ast.unparse(node.targets[0]))
        elif isinstance(node, ast.ImportFrom):
            names.update(alias.asname for alias in node.names)
    return {name for name in names if name}


@EVERY_SERVICE
def test_a_service_is_a_new_one_with_its_owner_s_work(
    timberframe: Command, service: Path, fresh: dict[str, bytes], release: str, framework: str
) -> None:
    before, names, work = set(files(service)), public_names(service), work_on(service)
    conflicts = CONFLICTS.get((release, framework), set())
    if conflicts:
        untouched = snapshot(service)
        timberframe("update", service, code=3)
        assert snapshot(service) == untouched, "a conflict has changed something"

    said = timberframe("update", service, *(["--with-conflicts"] if conflicts else []))

    work.assert_kept(service)
    assert unmerged(service) == conflicts
    now = files(service)
    edited = {name for name, _ in work.edits}
    for name in fresh.keys() - edited - {".copier-answers.yml"}:
        if not (is_starter(name) and name in before):
            assert now[name] == fresh[name], f"{name} is not that of a new service"
    left = {name for name in now.keys() - fresh.keys() - work.own.keys() if not is_starter(name)}
    assert left <= {f"{name}.patch" for name in edited}, "files that the template has no more"
    assert f"_commit: {WORKING_TREE}\n" in now[".copier-answers.yml"].decode()
    for number, name in enumerate(("gunicorn.conf.py", "tools/standard.py"), start=1):
        if name in before:
            assert f"Procfile:{number} names {name}, which is gone: write `" in said
    assert names <= public_names(service), "a service that imports them would not start"
    for name in conflicts:
        (service / name).write_text(MARKER.sub("", now[name].decode()), encoding="utf-8")
    # This environment has all frameworks.
    run(sys.executable, "-B", "-m", "pytest", "-q", cwd=service, PYTHONPATH=str(service / "src"))


@OF_THE_LAST_RELEASE
def test_options_come_and_go_and_the_work_stays(
    timberframe: Command, service: Path, history: Path, tmp_path: Path
) -> None:
    work = work_on(service)
    last = {"redis": "streams", "deploy": "railway"}
    for answers in (
        {"redis": "streams"},
        {"redis": "client", "deploy": "docker"},
        {"redis": "none", "deploy": "none"},
        last,
    ):
        timberframe("update", service, *(f"--answer={n}={value}" for n, value in answers.items()))

        work.assert_kept(service)
        assert not unmerged(service)
        if answers == {"redis": "streams"}:
            edit(service / "src/orders/consumer.py", '"""', '"""(ours) ')
        commit(service)

    assert "(ours)" in (service / "src/orders/consumer.py").read_text()
    new = files(render(history, tmp_path / "new" / "orders", WORKING_TREE, **last))
    now, edited = files(service), {name for name, _ in work.edits}
    for name in new.keys() - edited:
        if not is_starter(name):
            assert now[name] == new[name], f"{name} is not that of a new service"


@pytest.mark.parametrize("edited", [False, True], ids=["unedited", "edited"])
def test_a_test_of_call_sites_goes_and_an_edited_one_is_named(
    timberframe: Command, history: Path, tmp_path: Path, edited: bool
) -> None:
    """Versions after the last 0.x release gave services tests/test_call_sites.py."""
    service = render(history, tmp_path / "orders", rendering.BEFORE_THE_REBUILD)
    test = service / "tests" / "test_call_sites.py"
    assert test.exists()
    if edited:
        edit(test, '"""', '"""(ours) ')
        commit(service)

    said = timberframe("update", service)

    assert test.exists() == edited
    stays = "tests/test_call_sites.py stays, for you changed it; the template has it no more"
    assert (stays in said) == edited
    names = re.search(r"tests/test_call_sites.py:\d+ names tools/lint_logging.py, which is", said)
    assert bool(names) == edited
