"""A next release that does all at once that a template may do to the services that it has."""

import re
from pathlib import Path

from commands import commit, git
from gone import contents, row_of
from releases import WORKING_TREE
from services import Answers

FUTURE = "v100.0.0"

RENAMED, ITS_NAME_NOW = "observability/floods.py", "observability/torrents.py"
REMOVED = "tests/observability/test_tracing.py"
REWRITTEN = "observability/timing.py"
ADDED = "src/orders/observability/added.py"
STARTERS = (
    *(".vscode/settings.json", ".vscode/tasks.json"),
    *("README.md", "tests/conftest.py", "tests/test_jobs.py", "tests/test_routes.py"),
    *(f"src/*/{name}" for name in ("__init__.py", "app.py", "jobs.py", "py.typed")),
    *(f"src/*/{name}" for name in ("routes.py", "settings.py")),
)
"""Those of every service; what an option brings is frozen."""
STEP = """\
      - name: Step of the owner's kind
        run: uv run pytest --collect-only
"""


def release_future(repository: Path, answers: list[Answers]) -> None:
    """Release it, with tombstones that know the contents that services with these answers have."""
    template = repository / "template"
    package = template / "{{ within or '.' }}"
    rows = [(WORKING_TREE, row) for row in answers]
    graves = ""
    for path, now in (
        (f"src/PACKAGE/{RENAMED}", f"src/PACKAGE/{ITS_NAME_NOW}"),
        (REMOVED, ""),
    ):
        graves += row_of(path, now, contents(repository, path, rows))
    edit(template / "tools" / "template.toml", "\n# What the template had", graves + "\n#")
    git(repository, "mv", package / RENAMED, package / ITS_NAME_NOW)
    edit(package / ITS_NAME_NOW, '"""', '"""(moved) ')
    for module in [*package.rglob("*.py*"), *(template / "tests").rglob("*.py*")]:
        text = module.read_text(encoding="utf-8")
        text = re.sub(r"(from \.+|observability(?: \}\})?\.)floods\b", r"\1torrents", text)
        text = re.sub(r"(observability(?: \}\})? import )floods\b", r"\1torrents as floods", text)
        module.write_text(text, encoding="utf-8")
    (template / f"{REMOVED}.jinja").unlink()
    rewrite(package / REWRITTEN)
    (package / "observability" / "added.py").write_text('"""New."""\n', encoding="utf-8")
    needs = repository / "frameworks" / "dependencies.jinja"
    edit(needs, '"orjson>=3.11"', '"orjson>=3.11.1"')
    anchor = "      # Add your own test steps below this line.\n"
    edit(template / ".github" / "workflows" / "ci.yml.jinja", anchor, f"{STEP}{anchor}")
    edit(
        repository / "copier.yml",
        "\n_message_after_copy",
        f"\n  - |\n    /{{{{ within }}}}{RENAMED}\n    /{REMOVED}\n\n_message_after_copy",
    )
    edit(
        repository / "copier.yml",
        "\nservice_name:",
        '\nregion:\n  type: str\n  default: "eu"\n\nservice_name:',
    )
    edit(template / "AGENTS.md.jinja", "\n", "\nRegion: {{ region }}\n\n")
    edit(repository / "CHANGELOG.md", "\n## ", "\n## 100.0.0\n\n- The future has come.\n\n## ")
    for starter in STARTERS:
        for file in template.glob(f"{starter}*"):
            file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    commit(repository, "The future", FUTURE)


def rewrite(path: Path) -> None:
    """Change every function of a module."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"^( *)(return )", r"\1# rewritten\n\1\2", text, flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path} has no {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
