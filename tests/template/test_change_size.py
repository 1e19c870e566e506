"""A typical change of the standard is a small merge request in each service, as the page says."""

import shutil
from pathlib import Path

import pytest
from rendering import ROOT, WORKING_TREE, Command, commit, edit, git, render

PAGE = ROOT / "docs" / "reference" / "updates.md"
FILES, LINES = 3, 40

LOGGING = "{{ code }}/observability"
CHANGES = {
    "a new redaction row": {
        f"{LOGGING}/patterns.py": {
            '    ("AWS: A': '    ("Acme: acme_live_ acme_test_", r"[A-Z0-9]{24}"),\n    ("AWS: A'
        },
    },
    "a new field on every line": {
        f"{LOGGING}/record.py": {
            "import os\n": "import os\nimport platform\n",
            '"pid")': '"pid", "python")',
            "    values = (": "    python = platform.python_version()\n    values = (",
            ", os.getpid())": ", os.getpid(), python)",
        },
        "tests/test_logging.py.jinja": {'    "pid",\n': '    "pid",\n    "python",\n'},
    },
    "a changed default": {
        f"{LOGGING}/settings.py": {'(_ms, "1000"': '(_ms, "500"'},
        ".env.example.jinja": {
            "SLOW_OPERATION_THRESHOLD_MS=1000": "SLOW_OPERATION_THRESHOLD_MS=500"
        },
    },
}
"""What the template's maintainer edits: files of template/, texts in them and their new texts."""


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_standard_is_a_small_merge_request(
    timberframe: Command, history: Path, tmp_path: Path, change: str
) -> None:
    template = Path(shutil.copytree(history, tmp_path / "template"))
    service = render(template, tmp_path / "orders", WORKING_TREE)
    for name, edits in CHANGES[change].items():
        for old, new in edits.items():
            edit(template / "template" / name, old, new)
    commit(template, change, "v99.1.0")

    timberframe("update", service)

    git(service, "add", "--all")
    rows = [row.split() for row in git(service, "diff", "--cached", "--numstat").splitlines()]
    added, removed = (sum(int(row[column]) for row in rows) for column in (0, 1))
    assert len(rows) <= FILES, rows
    assert added + removed <= LINES, rows
    assert f"| {change} | {len(rows)} | +{added} -{removed} |" in PAGE.read_text(encoding="utf-8")
