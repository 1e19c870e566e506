"""`make demo` shows a real service at work, checks what it shows, and leaves nothing running."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import demo
import pytest
from commands import clean_environment, run, uv_executable
from releases import copy_working_tree

pytestmark = pytest.mark.installs


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Path]:
    """A copy of the template, and the demand that nothing of it runs in the end."""
    yield copy_working_tree(tmp_path / "timberframe")

    processes = run("ps", "-A", "-ww", "-o", "pid=,args=", cwd=tmp_path).stdout
    left = [line for line in processes.splitlines() if str(tmp_path) in line]
    assert not left, "the demo left processes behind:\n" + "\n".join(left)


def start(clone: Path) -> "subprocess.Popen[str]":
    """`make demo`, as a person in a terminal or another program would start it."""
    path = f"{Path(uv_executable()).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        ("make", "--silent", "demo"),
        cwd=clone,
        env=clean_environment() | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_the_demo_shows_each_step_in_both_formats_and_no_secret(clone: Path) -> None:
    shown, complaints = (process := start(clone)).communicate()

    assert process.returncode == 0, shown + complaints
    head, development, production = re.split(
        r"^# (?:Development|Production): .*$", shown, flags=re.MULTILINE
    )
    production, _, foot = production.partition("\n# Done")
    captions = ["Start", *(title for title, _ in demo.STEPS), "SIGTERM"]
    for part in (development, production):
        assert re.findall(r"^# ([^:\n]+)", part, re.MULTILINE) == captions
    assert "Render a service to build/demo" in head
    for text in ("status=404", "RuntimeError: failed", "Slow operation detected"):
        assert text in development
    assert "chunks_received=50" in development
    assert "\x1b" not in shown, "colour codes are for terminals"
    assert "cd build/demo" in foot

    lines = [line for line in production.splitlines() if line and not line.startswith("#")]
    records = [json.loads(line) for line in lines]
    events = [record.get("event") for record in records]
    assert events.count("request_completed") == 6
    assert events.count("session_complete") == 1
    assert {record["environment"] for record in records} == {"production"}
    assert f"Each of the {len(records)} lines of JSON is valid" in foot

    secrets = set(re.findall(r"^# .*(?:api_key|password)=(\S+)$", shown, re.MULTILINE))
    assert len(secrets) == 2, "the demo sends one secret in a query, one in a message"
    for line in shown.splitlines():
        assert line.startswith("#") or not any(secret in line for secret in secrets), line


@pytest.mark.parametrize(
    "number",
    [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.exhaustive)],
    ids=lambda number: number.name,
)
def test_an_interrupted_demo_says_so_and_stops_the_service(
    clone: Path, number: signal.Signals
) -> None:
    process = start(clone)
    assert process.stdout
    shown = ""
    while "Application ready" not in shown:
        line = process.stdout.readline()
        assert line, f"the demo ended early:\n{shown}"
        shown += line

    os.killpg(process.pid, number)
    _, complaints = process.communicate()

    assert process.returncode != 0
    assert "demo: interrupted; nothing runs any more" in complaints
    assert "Traceback" not in complaints


def test_a_demo_that_fails_says_why_in_one_line(clone: Path) -> None:
    (clone / "frameworks" / "fastapi" / "routes.py").write_text("raise SystemExit(3)\n")

    shown, complaints = (process := start(clone)).communicate()

    assert process.returncode != 0
    said = [line for line in complaints.splitlines() if line.startswith("demo: ")]
    assert said == ["demo: the service ended before it logged 'Uvicorn running'"], shown
    assert "Traceback" not in complaints
