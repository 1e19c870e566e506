"""The workflows of services, and the template's own, are what GitHub accepts, and are safe."""

import re
import sys
from pathlib import Path

import interpreters
import pytest
import yaml
from commands import SCRIPTS, run
from conftest import MakeService
from releases import ROOT
from services import combinations, label

ZIZMOR = (SCRIPTS / "zizmor", "--offline", "--no-progress", "--persona=regular")


@pytest.fixture
def folders(make_service: MakeService) -> list[Path]:
    """`.github` of the template, and each that a service may have."""
    rows = [*combinations("python"), {"updates": "workflow"}]
    found = {}
    for row in rows:
        folder = make_service(label(row), **row).path / ".github"
        texts = [path.read_bytes() for path in sorted(folder.rglob("*.yml"))]
        found[tuple(texts)] = folder
    return [ROOT / ".github", *found.values()]


def test_workflows_are_what_github_accepts(folders: list[Path]) -> None:
    workflows = [path for folder in folders for path in (folder / "workflows").iterdir()]
    check = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", "github-workflows")

    run(*check, *workflows, cwd=ROOT)
    assert {path.name for path in workflows} == {"ci.yml", "template.yml"}


def test_zizmor_finds_nothing_in_a_workflow(folders: list[Path]) -> None:
    for folder in folders:
        run(*ZIZMOR, folder, cwd=folder.parent)


def test_zizmor_finds_what_is_wrong(folders: list[Path]) -> None:
    workflow = folders[1] / "workflows" / "ci.yml"
    text = workflow.read_text(encoding="utf-8")
    workflow.write_text(
        text.replace("uv run ruff check", "echo ${{ github.event.pull_request.title }}")
    )

    found = run(*ZIZMOR, folders[1], cwd=folders[1].parent, fails=True).stdout
    assert "template-injection" in found


def test_what_zizmor_is_told_has_a_reason(folders: list[Path]) -> None:
    for folder in folders:
        lines = (folder / "zizmor.yml").read_text(encoding="utf-8").splitlines()
        (number,) = [number for number, line in enumerate(lines) if "ref-pin" in line]
        assert lines[number - 1].strip().startswith("# "), f"{folder}: a policy without a reason"


def test_the_template_is_tested_on_each_python_that_services_may_have() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    steps = workflow["jobs"]["test"]["steps"]
    (pythons,) = [step["with"]["python-version"] for step in steps if "setup-python" in str(step)]
    (command,) = [step["run"] for step in steps if "run" in step]

    assert sorted(pythons.split()) == list(interpreters.DECLARED)
    target = command.removeprefix("make ")
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
