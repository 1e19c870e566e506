"""A service as its owner keeps it: made by a release, lived in for a while, then updated."""

import copy
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from commands import clean_environment, commit, git
from ownership import owners
from releases import ROOT
from services import Answers, Service, render

COMMAND = ROOT / "template" / "tools" / "standard.py"
CONFLICT = re.compile(r"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)


@dataclass(frozen=True)
class Edit:
    """Lines of the owner, in a file of the template's: behind the first line that reads `behind`.

    Without one they stand at its end.
    """

    what: str
    path: str
    text: str
    behind: str = ""

    def apply(self, text: str) -> str:
        if not self.behind:
            return text + self.text
        before, found, after = f"\n{text}".partition(f"\n{self.behind}\n")
        assert found, f"{self.path} has no line {self.behind!r}"
        return f"{before}{found}{self.text}{after}"[1:]

    def lines(self) -> list[str]:
        return [line for line in self.text.splitlines() if line.strip()]


ANCHOR = "# Add your own below this line."

EDITS = (
    Edit(
        "a function in a managed module",
        "src/orders/observability/errors.py",
        '\n\ndef of_the_owner() -> str:\n    """Tell whose it is."""\n    return "the owner\'s"\n',
    ),
    Edit(
        "a test in a managed module of tests",
        "tests/observability/test_timing.py",
        '\n\ndef test_of_the_owner() -> None:\n    assert "owner"\n',
    ),
    Edit("a rule in a managed page", "docs/logging.md", "\n## Of the owner\n\nAsk before.\n"),
    Edit("a rule for agents", "AGENTS.md", "\n## Of the owner\n\nAsk before you add a name.\n"),
    Edit("a dependency", "pyproject.toml", '    "attrs>=25",\n', behind=f"    {ANCHOR}"),
    Edit("settings of a tool", "pyproject.toml", "\n[tool.of-the-owner]\nkept = true\n"),
    Edit("an ignored folder", ".gitignore", "of-the-owner/\n", behind=ANCHOR),
    Edit("a variable", ".env.example", "# OF_THE_OWNER=1\n", behind=ANCHOR),
    Edit(
        "a step of CI",
        ".github/workflows/ci.yml",
        "      - name: Step of the owner\n        run: uv run pytest --collect-only\n",
        behind="      # Add your own test steps below this line.",
    ),
    Edit(
        "a job of CI",
        ".github/workflows/ci.yml",
        "\n  of-the-owner:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make docs\n",
    ),
    Edit(
        "a stage of the image",
        "Dockerfile",
        "FROM node:24-slim AS of-the-owner\nRUN npm --version\n\n",
        behind="# syntax=docker/dockerfile:1",
    ),
    Edit("a line of the image", "Dockerfile", "LABEL of-the-owner=yes\n", behind="EXPOSE 8000"),
    Edit(
        "a setting of the platform",
        "railway.json",
        '    "numReplicas": 2,\n',
        behind='  "deploy": {',
    ),
    Edit("a section of the README", "README.md", "\n## Of the owner\n\nCall us first.\n"),
    Edit("a constant", "src/orders/settings.py", '\nOF_THE_OWNER = "kept"\n'),
    Edit("a helper", "src/orders/app.py", "\n\ndef of_the_owner() -> int:\n    return 1\n"),
    Edit("a job", "src/orders/jobs.py", "\n\ndef of_the_owner() -> int:\n    return 2\n"),
    Edit("a handler", "src/orders/consumer.py", "\n\ndef of_the_owner() -> int:\n    return 3\n"),
)
"""What owners do to the template's files; each is made where the service has the file."""

_ROUTE = "\n\n{decorator}def of_the_owner({given}) -> {type}:\n    return {answer}\n{added}"
_PLAIN = {"type": "dict[str, str]", "answer": '{"by": "the owner"}', "added": "", "given": ""}
ROUTES = {
    "fastapi": {"decorator": '@router.get("/of-the-owner")\nasync '},
    "litestar": {
        "decorator": '@get("/of-the-owner")\nasync ',
        "added": "\n\nhandlers.append(of_the_owner)\n",
    },
    "starlette": {
        "decorator": "async ",
        "given": "request: Request",
        "type": "JSONResponse",
        "answer": 'JSONResponse({"by": "the owner"})',
        "added": '\n\nroutes.append(Route("/of-the-owner", of_the_owner))\n',
    },
    "flask": {"decorator": '@routes.get("/of-the-owner")\n'},
    "django": {
        "decorator": "",
        "given": "request: HttpRequest",
        "type": "JsonResponse",
        "answer": 'JsonResponse({"by": "the owner"})',
        "added": '\n\nurlpatterns.append(path("of-the-owner", of_the_owner))\n',
    },
}

OWN_FILES = {
    "src/orders/payments/__init__.py": "AMOUNT = 1\n",
    "src/orders/payments/ledger.py": "from . import AMOUNT\n\nDOUBLE = 2 * AMOUNT\n",
    "src/orders/observability/of_the_owner.py": "HERE = True\n",
    "tests/test_payments.py": "def test_amount() -> None:\n    assert 1 + 1 == 2\n",
    "NOTES.md": "Of the owner.\n",
}
"""Files of the owner's own, a package and a module among the managed ones with them."""

DELETED = ("src/orders/py.typed", "tests/test_routes.py", "tests/test_jobs.py")
"""Starters that the owner has no use for."""


def edits_of(framework: str) -> Iterable[Edit]:
    """The edits, with an own route of that framework."""
    yield from EDITS
    if framework in ROUTES:
        route = _ROUTE.format(**_PLAIN | ROUTES[framework])
        yield Edit("a route", "src/orders/routes.py", route)


class Living:
    """A service made by a release, edited and committed as its owner does."""

    def __init__(self, template: Path, path: Path, release: str, answers: Answers) -> None:
        self.service: Service = render(template, path, vcs_ref=release, **answers)
        self.path = path
        self.framework = answers["framework"]
        self.edits: list[Edit] = []
        self.own: dict[str, str] = {}
        self.deleted: list[str] = []
        self.starters: dict[str, bytes] = {}

    def copied(self, path: Path) -> "Living":
        """The same service in another folder."""
        shutil.copytree(self.path, path, symlinks=True)
        twin = copy.copy(self)
        twin.path, twin.service = path, replace(self.service, path=path)
        return twin

    def live(self) -> None:
        """Do all that owners do, each where the service has the file."""
        commit(self.path, "Start")
        for edit in edits_of(self.framework):
            if (self.path / edit.path).exists():
                self.edit(edit)
        for name, text in OWN_FILES.items():
            self.add(name, text)
        for name in DELETED:
            if (self.path / name).exists():
                (self.path / name).unlink()
                self.deleted.append(name)
        commit(self.path, "Work")
        self.starters = self.starters_now()

    def starters_now(self) -> dict[str, bytes]:
        """The files of the service's own, by path."""
        files = self.service.files().items()
        return {path: content for path, content in files if owners(path) == ["starter"]}

    def edit(self, edit: Edit) -> None:
        file = self.path / edit.path
        file.write_text(edit.apply(file.read_text(encoding="utf-8")), encoding="utf-8")
        self.edits.append(edit)

    def add(self, name: str, text: str) -> None:
        assert not (self.path / name).exists(), f"{name} is the template's"
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_text(text, encoding="utf-8")
        self.own[name] = text

    def status(self) -> str:
        return git(self.path, "status", "--porcelain")

    def unmerged(self) -> set[str]:
        """Files that Git says are in conflict."""
        listed = git(self.path, "ls-files", "--unmerged", "-z").split("\0")
        return {line.partition("\t")[2] for line in listed if line}

    def assert_nothing_is_lost(self) -> None:
        """Each file, line and deletion of the owner is there; a conflict has its lines too."""
        for name, text in self.own.items():
            assert (self.path / name).exists(), f"{name}, a file of the owner's own, is gone"
            text_now = (self.path / name).read_text(encoding="utf-8")
            assert text_now == text, f"{name}, a file of the owner's own, has changed"
        for edit in self.edits:
            assert (self.path / edit.path).exists(), f"{edit.path} is gone with {edit.what}"
            there = (self.path / edit.path).read_text(encoding="utf-8").splitlines()
            lost = [line for line in edit.lines() if line not in there]
            assert not lost, f"{edit.path} has lost {edit.what}: {lost}"
        now = self.service.files()
        changed = [path for path, content in self.starters.items() if now.get(path) != content]
        assert not changed, f"{', '.join(changed)}: a starter is rendered once"
        back = [name for name in self.deleted if (self.path / name).exists()]
        assert not back, f"{', '.join(back)} came back, which the owner had deleted"

    def assert_it_is_fresh_but_for_the_edits(
        self, fresh: dict[str, bytes], in_conflict: Iterable[str] = ()
    ) -> None:
        """Files that the template owns, or shares, are those of a new service, and the edits."""
        owned = {path for path in fresh if owners(path) != ["starter"]}
        for path in owned - {".copier-answers.yml", *in_conflict}:
            now = (self.path / path).read_text(encoding="utf-8")
            assert not CONFLICT.search(now) or path == "docs/logging.md", f"{path} is in conflict"
            for edit in self.edits:
                if edit.path == path:
                    assert edit.text in now, f"{path}: {edit.what} was torn apart"
                    now = now.replace(edit.text, "", 1)
            assert now == fresh[path].decode(), f"{path} is not that of a new service"


def by_command(service: Path, *arguments: str, code: int = 0) -> str:
    """What the update command of the working tree says, of which that exit code is due."""
    command = [sys.executable, str(COMMAND), *arguments, "--service", str(service)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=clean_environment()
    )
    assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and bytes of all there is, tracked or not, git's own files included."""
    return {
        path.relative_to(folder).as_posix(): (
            path.lstat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(folder.rglob("*"))
    }
