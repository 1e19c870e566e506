"""An update from the last release brings what the template changed and keeps what the owner did."""

import re
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from commands import commit, git, run
from ownership import owner
from releases import ROOT, WORKING_TREE, history_problem, newest, release_commits
from services import Service, choices, render, update

NEXT = "v100.0.0"

FRAMEWORKS_OF_THE_FIRST_RELEASE = ("fastapi", "none")

CONFLICT = re.compile(r"^(<<<<<<<|>>>>>>>) ", re.MULTILINE)


def last_release(history: Path) -> str:
    """The tag of the last release; until there is one, the working tree stands in for it."""
    released = release_commits(ROOT)
    return f"v{newest(list(released))}" if released else WORKING_TREE


@pytest.fixture
def releases(history: Path, tmp_path: Path) -> Path:
    """A repository of the template that a test may release from."""
    git(tmp_path, "clone", "--quiet", history, tmp_path / "template")
    return tmp_path / "template"


@dataclass
class Living:
    """A service made by the last release, as its owner keeps it: in git, everything committed."""

    service: Service
    releases: Path

    def path(self, name: str) -> Path:
        return self.service.path / name

    def read(self, name: str) -> str:
        return self.path(name).read_text(encoding="utf-8")

    def edit(self, name: str, change: Callable[[str], str]) -> None:
        edit(self.path(name), change)

    def commit(self) -> None:
        commit(self.service.path, "Work")

    def update(self, **answers: str) -> None:
        """A plain `copier update`, which must leave nothing to resolve and lose nothing."""
        self.commit()
        update(self.service, **answers)
        assert git(self.service.path, "ls-files", "--unmerged") == "", "conflicts"
        for name, content in self.service.files().items():
            assert not name.endswith(".rej"), f"{name} holds lines that were not merged"
            assert not CONFLICT.search(content.decode("utf-8")), f"{name} is in conflict"

    def status(self) -> str:
        return git(self.service.path, "status", "--porcelain")


def edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before, f"nothing changed in {path}"
    path.write_text(after, encoding="utf-8")


def insert_before(line: str, new: str) -> Callable[[str], str]:
    """Insert a line above the only one that reads so, at its indentation."""

    def change(text: str) -> str:
        (found,) = re.findall(rf"^([ \t]*)({re.escape(line)})$", text, re.MULTILINE)
        indented = f"{found[0]}{line}\n"
        return text.replace(indented, f"{found[0]}{new}\n{indented}", 1)

    return change


def insert_after(line: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        (found,) = re.findall(rf"^([ \t]*)({re.escape(line)})$", text, re.MULTILINE)
        indented = f"{found[0]}{line}\n"
        return text.replace(indented, f"{indented}{found[0]}{new}\n", 1)

    return change


def first(line: str, new: str) -> Callable[[str], str]:
    """The same where the line occurs more than once: above its first occurrence."""
    return lambda text: text.replace(line, f"{new}\n    {line}", 1)


def appended(text: str) -> Callable[[str], str]:
    return lambda content: content + text


@pytest.fixture(params=FRAMEWORKS_OF_THE_FIRST_RELEASE)
def living(releases: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Living:
    service = render(
        releases, tmp_path / "orders", vcs_ref=last_release(releases), framework=request.param
    )
    living = Living(service, releases)
    living.commit()
    return living


@pytest.fixture
def release_next(releases: Path) -> None:
    """The working tree, and a change in managed, shared and starter files."""
    package = releases / "template" / "src" / "{{ package }}"
    edit(
        package / "observability" / "errors.py",
        lambda text: text.replace('"""', '"""(next release) ', 1),
    )
    edit(
        releases / "template" / "pyproject.toml.jinja",
        first("# Add your own below this line.", '"tomli-w>=1",'),
    )
    edit(releases / "template" / ".gitignore", insert_before("build/", "by-the-template/"))
    edit(
        releases / "template" / ".github" / "workflows" / "ci.yml.jinja",
        insert_before(
            "# Add your own test steps below this line.",
            "- name: Step of the template\n        run: uv run pytest --version",
        ),
    )
    edit(
        releases / "template" / "Dockerfile.jinja",
        insert_before("USER 10001", "# Line of the template."),
    )
    edit(releases / "template" / "README.md.jinja", appended("\nChanged by the template.\n"))
    edit(package / "py.typed", appended("# changed by the template\n"))
    for framework in choices("framework"):
        edit(releases / "frameworks" / framework / "app.py", appended("# by the template\n"))
    commit(releases, "The next release", NEXT)


@pytest.mark.usefixtures("release_next")
def test_each_change_arrives_or_stays_away_as_its_class_says(living: Living) -> None:
    kept = living.read("README.md")

    living.update()

    assert yaml.safe_load(living.read(".copier-answers.yml"))["_commit"] == NEXT
    assert "(next release)" in living.read("src/orders/observability/errors.py")
    assert '"tomli-w>=1"' in living.read("pyproject.toml")
    assert "by-the-template/" in living.read(".gitignore")
    assert "Step of the template" in living.read(".github/workflows/ci.yml")
    assert "Line of the template." in living.read("Dockerfile")
    assert living.read("README.md") == kept
    assert "by the template" not in living.read("src/orders/app.py")
    assert "by the template" not in living.read("src/orders/py.typed")


@pytest.mark.usefixtures("release_next")
def test_an_edit_of_a_managed_file_is_kept(living: Living) -> None:
    name = "src/orders/observability/errors.py"
    living.edit(name, appended("\n\ndef of_the_owner() -> None:\n    pass\n"))

    living.update()

    assert "(next release)" in living.read(name)
    assert "def of_the_owner()" in living.read(name)


@pytest.mark.usefixtures("release_next")
def test_own_lines_next_to_the_template_s_lines_are_kept(living: Living) -> None:
    anchor = "# Add your own below this line."
    living.edit(
        "pyproject.toml",
        lambda text: text.replace(f"    {anchor}\n", f'    {anchor}\n    "attrs>=25",\n', 1),
    )
    living.edit(".gitignore", insert_after(anchor, "of-the-owner/"))
    living.edit(
        ".github/workflows/ci.yml",
        insert_after(
            "# Add your own test steps below this line.",
            "- name: Step of the owner\n        run: uv run pytest --co",
        ),
    )
    living.edit("Dockerfile", insert_before("EXPOSE 8000", "# Line of the owner."))

    living.update()

    dependencies = tomllib.loads(living.read("pyproject.toml"))["project"]["dependencies"]
    assert {"attrs>=25", "tomli-w>=1"} <= set(dependencies)
    assert {"of-the-owner/", "by-the-template/"} <= set(living.read(".gitignore").splitlines())
    steps = yaml.safe_load(living.read(".github/workflows/ci.yml"))["jobs"]["test"]["steps"]
    assert [step["name"] for step in steps][-3:] == [
        "Tests",
        "Step of the template",
        "Step of the owner",
    ]
    assert "# Line of the template.\nUSER 10001\n# Line of the owner." in living.read("Dockerfile")


@pytest.mark.usefixtures("release_next")
def test_edited_and_deleted_starters_stay_so(living: Living) -> None:
    living.edit("src/orders/app.py", appended("\n# of the owner\n"))
    app = living.read("src/orders/app.py")
    living.path("README.md").unlink()
    living.path("src/orders/py.typed").unlink()

    living.update()

    assert living.read("src/orders/app.py") == app
    assert not living.path("README.md").exists()
    assert not living.path("src/orders/py.typed").exists()


@pytest.mark.usefixtures("release_next")
def test_own_files_are_not_touched(living: Living) -> None:
    own = {
        "src/orders/payments.py": "AMOUNT = 1\n",
        "src/orders/observability/own.py": "HERE = True\n",
        "tests/test_payments.py": "def test_amount() -> None: ...\n",
        "NOTES.md": "Mine.\n",
    }
    for name, content in own.items():
        living.path(name).write_text(content, encoding="utf-8")

    living.update()

    assert {name: living.read(name) for name in own} == own


@pytest.mark.usefixtures("release_next")
def test_an_untouched_service_becomes_what_a_new_one_is(living: Living, tmp_path: Path) -> None:
    fresh = render(
        living.releases,
        tmp_path / "fresh" / "orders",
        framework=yaml.safe_load(living.read(".copier-answers.yml"))["framework"],
    ).files()

    living.update()

    updated = living.service.files()
    template_s = {path for path in {*fresh, *updated} if owner(path) != "starter"}
    differ = {path for path in template_s if fresh.get(path) != updated.get(path)}
    assert not differ


@pytest.mark.usefixtures("release_next")
def test_a_second_update_does_nothing(living: Living) -> None:
    living.edit("src/orders/observability/errors.py", appended("\n# of the owner\n"))
    living.path("README.md").unlink()
    living.update()
    assert living.status()

    living.update()

    assert living.status() == ""


def test_where_it_runs_can_change(living: Living) -> None:
    files = {"railway": {"Dockerfile", "railway.json"}, "docker": {"Dockerfile"}, "none": set()}
    living.update()

    for deploy in ("docker", "none", "railway", "none", "docker", "railway"):
        living.update(deploy=deploy)

        assert {name for name in files["railway"] if living.path(name).exists()} == files[deploy]


def test_its_name_can_change_and_its_package_does_not(living: Living) -> None:
    living.update(service_name="purchases")

    answers = yaml.safe_load(living.read(".copier-answers.yml"))
    project = tomllib.loads(living.read("pyproject.toml"))["project"]
    assert (answers["service_name"], answers["package"]) == ("purchases", "orders")
    assert project["name"] == "purchases"
    assert project["scripts"] == {"purchases": "orders.__main__:main"}
    assert not living.path("src/purchases").exists()


def test_its_oldest_python_can_change(living: Living) -> None:
    living.update(python="3.12")

    assert tomllib.loads(living.read("pyproject.toml"))["project"]["requires-python"] == ">=3.12"
    assert "3.11" not in living.read(".github/workflows/ci.yml")


def test_a_shallow_clone_is_told_what_to_do(history: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{history}", "shallow")

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
