"""Workflows of GitHub run commands that exist, with few rights and no text of strangers."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from rendered import ROOT, Workshop, run

PYTHONS = ("3.11", "3.12", "3.13")
UNTRUSTED = re.compile(r"\$\{\{\s*github\.(event\.|head_ref|ref_name|actor)")


def workflows(workshop: Workshop) -> dict[str, Any]:
    folders = [ROOT / ".github" / "workflows"]
    for answers in ({"updates": "workflow"}, {"python": "3.12"}):
        folders.append(workshop.rendered(**answers).path / ".github" / "workflows")
    return {
        str(path): yaml.safe_load(path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted(folder.iterdir())
    }


def test_a_workflow_has_few_rights_and_runs_no_text_of_strangers(workshop: Workshop) -> None:
    for path, workflow in workflows(workshop).items():
        assert workflow["permissions"] == {"contents": "read"}, path
        for job in workflow["jobs"].values():
            for step in job["steps"]:
                assert not UNTRUSTED.search(step.get("run", "")), f"{path}: {step['name']}"
                uses = step.get("uses", "")
                assert not uses or re.fullmatch(r"[\w-]+/[\w-]+@v\d+", uses), f"{path}: {uses}"
                if uses.startswith("actions/checkout"):
                    assert step["with"]["persist-credentials"] is False, path


@pytest.mark.parametrize("source", ["gh:of/template", "git+https://github.com/of/template"])
def test_the_update_finds_the_template_by_each_of_copiers_names(
    workshop: Workshop, tmp_path: Path, source: str
) -> None:
    step = workshop.rendered(updates="workflow").path / ".github" / "workflows" / "template.yml"
    script = yaml.safe_load(step.read_text())["jobs"]["update"]["steps"][2]["run"]
    (tmp_path / ".copier-answers.yml").write_text(f"_src_path: {source}\n")

    finds = f"{script.partition('uvx')[0]}\necho $template"
    assert run("bash", "-c", finds, cwd=tmp_path) == "https://github.com/of/template\n"


@pytest.mark.parametrize("python", PYTHONS)
def test_a_service_is_tested_on_each_python_that_it_supports(
    workshop: Workshop, python: str
) -> None:
    service = workshop.rendered(python=python)
    workflow = yaml.safe_load((service.path / ".github" / "workflows" / "ci.yml").read_text())

    tested = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert tested == [version for version in PYTHONS if version >= python]
