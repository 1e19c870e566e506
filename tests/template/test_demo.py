"""`make demo` shows a real service at work, in both formats, and leaves nothing running."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rendered import ROOT, clean_environment, copy_working_tree, run, uv

pytestmark = [pytest.mark.installs, pytest.mark.long]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What the demo needs of the repository, edits included."""
    folder = tmp_path / "timberframe"
    copy_working_tree(folder)
    for name in ("tools", "src"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("Makefile", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, folder)
    return folder


def demo(clone: Path) -> "subprocess.CompletedProcess[str]":
    """Run it with the interpreter of this environment instead of one that uv would install."""
    command = ["make", "--silent", "demo", "UV_RUN="]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    given = clean_environment(PATH=path, UV=uv())
    done = subprocess.run(command, cwd=clone, env=given, capture_output=True, text=True)
    left = run("ps", "-A", "-ww", "-o", "pid=,args=", cwd=clone).splitlines()
    assert not [line for line in left if f"{clone}/build" in line], "the service still runs"
    return done


def test_each_step_is_shown_in_both_formats_and_no_secret(clone: Path) -> None:
    done = demo(clone)

    assert done.returncode == 0, done.stdout + done.stderr
    head, development, production = re.split(r"# (?:Development|Production): .*", done.stdout)
    production, _, foot = production.partition("\n# Done")
    assert "Render a service to build/demo" in head
    assert "no line has a secret" in foot
    for text in ("GET /nowhere 404", "RuntimeError: failed", "Slow operation detected"):
        assert text in development
    assert "chunks_received=50" in development
    assert "\x1b" not in done.stdout, "colour codes are for terminals"
    records = [json.loads(line) for line in production.splitlines() if line.startswith("{")]
    events = [record.get("event") for record in records]
    assert (events.count("request_completed"), events.count("session_complete")) == (6, 1)
    assert {record["environment"] for record in records} == {"production"}
    for secret in re.findall(r"^# .*(?:api_key|password)=(\S+)$", done.stdout, re.MULTILINE):
        lines = [line for line in done.stdout.splitlines() if secret in line]
        assert all(line.startswith("# ") for line in lines), lines


def test_a_demo_that_fails_says_why_in_one_line(clone: Path) -> None:
    (clone / "frameworks" / "fastapi" / "routes.py").write_text("raise SystemExit(3)\n")

    done = demo(clone)

    assert done.returncode != 0
    assert "demo: the service ended before it logged 'Uvicorn running'\n" in done.stderr
    assert "Traceback" not in done.stderr
