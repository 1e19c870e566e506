"""The service's own calls that log keep the standard."""

import subprocess
import sys

import pytest


def test_each_call_that_logs_keeps_the_standard(pytestconfig: pytest.Config) -> None:
    """`uv run tools/lint_logging.py src` says the same; with --help, what the rules are."""
    command = [sys.executable, "tools/lint_logging.py", "src"]
    done = subprocess.run(command, cwd=pytestconfig.rootpath, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
