"""Which files of a service are its owner's, and what replaces files that are gone."""

from pathlib import PurePosixPath

STARTERS = (
    ".vscode/*.json",
    "README.md",
    "src/*/__init__.py",
    "src/*/app.py",
    "src/*/consumer.py",
    "src/*/jobs.py",
    "src/*/py.typed",
    "src/*/routes.py",
    "src/*/settings.py",
    "tests/conftest.py",
    "tests/test_consumer.py",
    "tests/test_jobs.py",
    "tests/test_routes.py",
)
"""Rendered once, the owner's from then on; docs/reference/updates.md has the same rows."""

INSTEAD = {
    "gunicorn.conf.py": "write `--config python:<package>.observability.wsgi` with Flask"
    " and Django, and start other services by their own command or uvicorn's",
    "docs/changes.md": "an update shows the changes",
    "tools/lint_logging.py": "write `uv run ast-grep scan --rule logging-rules.yml src`",
    "tools/standard.py": "write `uvx --from git+<template> timberframe`",
}
"""What to write instead of a path that is gone, in the owner's files."""


def is_managed(content: bytes) -> bool:
    """Whether the first line of a file says that the template owns it."""
    return b"Managed by the " in content.partition(b"\n")[0]


def is_starter(path: str) -> bool:
    """Whether the file is rendered once and never touched again."""
    return any(PurePosixPath(path).match(pattern) for pattern in STARTERS)
