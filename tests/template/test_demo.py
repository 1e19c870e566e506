"""`make demo` shows a real service at work, in both formats, and leaves nothing running."""

import json
import os
import re
import sys
from pathlib import Path

import pytest
from rendered import RENDERED_FROM, copy_working_tree, run, uv

pytestmark = pytest.mark.installs


def test_each_step_is_shown_in_both_formats_and_no_secret(tmp_path: Path) -> None:
    copy_working_tree(tmp_path, (*RENDERED_FROM, "Makefile", "tools"))
    # With the interpreter of this environment instead of one that uv would install.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shown = run("make", "--silent", "demo", "UV_RUN=", cwd=tmp_path, PATH=path, UV=uv())

    left = run("ps", "-A", "-ww", "-o", "pid=,args=", cwd=tmp_path).splitlines()
    assert not [line for line in left if f"{tmp_path}/build" in line], "the service still runs"
    head, development, production = re.split(r"# (?:Development|Production): .*", shown)
    production, _, foot = production.partition("\n# Done")
    assert "Render a service to build/demo" in head
    assert "no line has a secret" in foot
    for text in ("GET /nowhere 404", "RuntimeError: failed", "Slow operation detected"):
        assert text in development
    assert "chunks_received=50" in development
    assert "\x1b" not in shown, "colour codes are for terminals"
    records = [json.loads(line) for line in production.splitlines() if line.startswith("{")]
    events = [record.get("event") for record in records]
    assert (events.count("request_completed"), events.count("session_complete")) == (6, 1)
    assert {record["environment"] for record in records} == {"production"}
