"""Tools of the system's packages: what needs one runs where it is, and says so where it is not."""

import shutil

import pytest
import shipping

PURPOSES = {
    "jq": ("jq", "try its recipes, and to verify a trail that it has rewritten"),
    "lnav": ("lnav", "try its recipes"),
    "rsyslogd": ("rsyslog", "ship a log with it"),
    "syslog-ng": ("syslog-ng", "ship a log with it"),
}
"""Package of each command, and what it is for."""


def missing(command: str) -> str | None:
    """What to do to have it, None if it is there; any other command is."""
    if command not in PURPOSES or shutil.which(command, path=shipping.PATH):
        return None
    package, purpose = PURPOSES[command]
    return f"not run: install {package} to {purpose}"


def need(command: str) -> None:
    """Skip the test if the command is not there."""
    if sentence := missing(command):
        pytest.skip(sentence)


def not_run() -> list[str]:
    """For the summary of a run."""
    return [sentence for command in PURPOSES if (sentence := missing(command))]
