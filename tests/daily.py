"""What of the services' own suites runs every day; docs/reference/tests.md tells the rules.

The rest is for `make test-all`.
"""

import os
from collections.abc import Container, Iterable

import pytest
from _pytest.mark import ParameterSet

EXHAUSTIVE = "EXHAUSTIVE" in os.environ
"""Whether `make test-all` runs."""

WHOLE = ("none", "none")
DEFAULTS = ("fastapi", "none")
"""Framework and Redis of the service that the pages start, whose suite test_tutorial.py runs."""

SUITES = (
    *(WHOLE, DEFAULTS, ("fastapi", "streams"), ("starlette", "client"), ("litestar", "none")),
    *(("flask", "streams"), ("django", "client"), ("none", "streams")),
)
"""Every framework, every use of Redis and, as test_generated_suite.py deals them, every Python."""

# What these tests are about is the same in all services; every day the whole suite has them.
SAME_EVERYWHERE = (
    *("audit", "audit_chain", "console", "delivery", "development_file", "direct", "errors"),
    *("floods", "forks", "formats", "hostile", "record", "redaction", "redaction_bounds"),
    *("redaction_own", "redaction_personal", "redaction_shapes", "settings", "viewing"),
)

# These know ASGI, WSGI or a worker, but no framework; every day one suite of each kind has them.
SAME_IN_A_KIND = (
    *("configuration", "gunicorn", "redis"),
    *("doors::test_no_door_lets_a_secret_out", "doors::test_each_door_wrote_what_it_was_given"),
)
OF_A_KIND = {("fastapi", "streams"), ("django", "client"), ("none", "streams")}

USUAL = ("django", "none")
"""One whose suite leaves out all that another one has."""

CONSUMER = ("none", "streams")
"""What handles messages is the same in all; every day this one has its tests."""


OF_EACH_KIND = ("fastapi", "flask", "none")
"""A framework of each interface, ASGI, WSGI and worker, where no other differs in the outcome."""


def params(values: Iterable[str], *, every_day: Container[str]) -> list[ParameterSet]:
    """All of them for `make test-all`; of every day those that are given."""
    return [
        pytest.param(value, marks=() if value in every_day else pytest.mark.exhaustive)
        for value in values
    ]


def left_out(framework: str, redis: str) -> list[str]:
    """The files, and the tests of a file, that the suite of this service goes without."""
    service = (framework, redis)
    if EXHAUSTIVE or service == WHOLE:
        return []
    left = list(SAME_EVERYWHERE)
    if service not in OF_A_KIND:
        left += SAME_IN_A_KIND
    if service != CONSUMER:
        left.append("consumer")
    return left


def options(framework: str, redis: str) -> list[str]:
    """The same as options of pytest."""
    given = []
    for name in left_out(framework, redis):
        file, _, test = name.partition("::")
        path = f"tests/observability/test_{file}.py"
        given.append(f"--deselect={path}::{test}" if test else f"--ignore={path}")
    return given
