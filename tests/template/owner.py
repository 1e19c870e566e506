"""What owners do to a service: edits of the template's files, files of their own, deletions."""

from dataclasses import dataclass, field
from pathlib import Path

from rendering import commit

ANCHOR = "# Add your own below this line."

EDITS = (
    ("AGENTS.md", "", "\n## Ours\n\nAsk before you add a name.\n"),
    ("Dockerfile", "EXPOSE 8000", "LABEL ours=yes\n"),
    (".env.example", ANCHOR, "# OURS=1\n"),
    (".github/workflows/ci.yml", "", "\n  ours:\n    runs-on: ubuntu-latest\n    steps: []\n"),
    (".gitignore", ANCHOR, "ours/\n"),
    ("docs/logging.md", "", "\n## Our fields\n\n`cart_id` is ours.\n"),
    ("pyproject.toml", f"    {ANCHOR}", '    "attrs>=25",\n'),
    ("pyproject.toml", "", "\n[tool.ours]\nkept = true\n"),
    ("README.md", "", "\n## Ours\n\nCall us first.\n"),
    ("src/orders/app.py", "", "\n\ndef ours() -> int:\n    return 1\n"),
    ("src/orders/consumer.py", "", "\n\ndef ours() -> int:\n    return 3\n"),
    ("src/orders/jobs.py", "", "\n\ndef ours() -> int:\n    return 2\n"),
    ("src/orders/observability/errors.py", "", '\n\ndef ours() -> str:\n    return "ours"\n'),
    ("src/orders/settings.py", "", '\nOURS = "kept"\n'),
    ("tests/observability/test_timing.py", "", "\n\ndef test_ours() -> None:\n    assert True\n"),
)
"""Path, the line that the text follows (the end if none), and the text."""

OWN_FILES = {
    "NOTES.md": "Of the owner.\n",
    "Procfile": "web: gunicorn -c gunicorn.conf.py orders.app:app\nnews: tools/standard.py check\n",
    "src/orders/observability/ours.py": "HERE = True\n",
    "src/orders/payments/__init__.py": "AMOUNT = 1\n",
    "src/orders/payments/ledger.py": "from . import AMOUNT\n\nDOUBLE = 2 * AMOUNT\n",
    "tests/test_payments.py": "def test_amount() -> None:\n    assert 1 + 1 == 2\n",
}

DELETED = ("src/orders/py.typed", "tests/test_routes.py")


@dataclass
class Work:
    """What an owner did to a service."""

    edits: list[tuple[str, str]] = field(default_factory=list)
    own: dict[str, str] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)

    def assert_kept(self, service: Path) -> None:
        """Each own file, each added line, in the file or in its patch, and each deletion."""
        for name, text in self.own.items():
            assert (service / name).is_file(), f"{name}, a file of the owner's own, is gone"
            assert (service / name).read_text() == text, f"{name}, of the owner's own, has changed"
        for name, text in self.edits:
            patch = service / f"{name}.patch"
            place, sign = (service / name, "") if (service / name).exists() else (patch, "+")
            there = place.read_text(encoding="utf-8").splitlines() if place.exists() else []
            lost = [line for line in text.splitlines() if f"{sign}{line}" not in there]
            assert not lost, f"{name} has lost {lost}"
        back = [name for name in self.deleted if (service / name).exists()]
        assert not back, f"{', '.join(back)} came back, which the owner had deleted"


def work_on(service: Path) -> Work:
    """Do all that owners do, each where the service has the file, and commit it."""
    work = Work()
    for name, behind, text in EDITS:
        place = service / name
        if place.exists():
            before = place.read_text(encoding="utf-8")
            if behind:
                assert f"\n{behind}\n" in before, f"{name} has no line {behind!r}"
                place.write_text(before.replace(f"\n{behind}\n", f"\n{behind}\n{text}", 1))
            else:
                place.write_text(before + text)
            work.edits.append((name, text))
    for name, text in OWN_FILES.items():
        assert not (service / name).exists(), f"{name} is the template's"
        (service / name).parent.mkdir(parents=True, exist_ok=True)
        (service / name).write_text(text)
        work.own[name] = text
    for name in DELETED:
        if (service / name).exists():
            (service / name).unlink()
            work.deleted.append(name)
    commit(service, "Work")
    return work
