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
    "tests/test_*.py",
)
"""Rendered once, the owner's from then on; docs/reference/ownership.md has the same rows."""

NOT_KEPT = frozenset({"tests/test_call_sites.py"})
"""Starters of old versions that fail in newer ones: removed unless they were edited."""

INSTEAD = {
    "gunicorn.conf.py": "write `gunicorn --config python:<package>.observability.gunicorn_conf`",
    "docs/changes.md": "the update shows the changes",
    "tools/lint_logging.py": "write `uv run ast-grep scan --config logging-rules.yml`",
    "tools/standard.py": "write `uvx --from <template> timberframe`",
}
"""What to write instead of a path that is gone, in the owner's files."""


def is_managed(content: bytes) -> bool:
    """Whether the first line of a file says that the template owns it."""
    return b"Managed by the " in content.partition(b"\n")[0]


def is_starter(path: str, content: bytes) -> bool:
    """Whether the file is rendered once and never touched again."""
    matches = any(PurePosixPath(path).match(pattern) for pattern in STARTERS)
    return matches and path not in NOT_KEPT and not is_managed(content)
