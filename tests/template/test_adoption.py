"""Existing code takes the package over: no file of it changes, and its calls stay as they are."""

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from rendered import FRAMEWORKS, Workshop, render, run

CALL = """
import logging

logger = logging.getLogger(__name__)


def lend(book: str) -> str:
    logger.info("Book %s lent, token=%s", book, "abcdef-secret")
    return book
"""


STRICT = """
[tool:pytest]
filterwarnings = error
addopts = --strict-markers --strict-config
"""

HOSTILE_CONFTEST = """
import logging
from logging.config import dictConfig

import pytest


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    logging.getLogger("loans").setLevel(logging.CRITICAL)
    logging.disable(logging.CRITICAL)
    yield


@pytest.fixture(autouse=True, scope="session")
def configured():
    dictConfig({"version": 1, "disable_existing_loggers": False, "root": {"level": "WARNING"}})
"""

RUFF = """
target-version = "py310"
line-length = 79
lint.select = ["ALL"]
lint.ignore = ["PGH004"]
format.quote-style = "single"
"""


@dataclass(frozen=True)
class Application:
    """A small one, as it is found, what its owner adds, and how it is driven once."""

    framework: str
    layout: str
    module: str
    found: str
    added: str
    drive: str


APPLICATIONS = (
    Application(
        "fastapi",
        "src",
        "src/loans/app.py",
        "from fastapi import FastAPI\n\napp = FastAPI()\napp.get('/books/{book}')(lend)\n",
        "from loans.observability import instrument\n\ninstrument(app)\n",
        "from fastapi.testclient import TestClient\nfrom loans.app import app\n"
        "TestClient(app).get('/books/ink')",
    ),
    Application(
        "flask",
        "package",
        "loans/app.py",
        "from flask import Flask\n\napp = Flask(__name__)\napp.get('/books/<book>')(lend)\n",
        "from loans.observability import instrument\n\ninstrument(app)\n",
        "from loans.app import app\napp.test_client().get('/books/ink')",
    ),
    Application(
        "none",
        "modules",
        "main.py",
        "async def main(stop) -> None:\n    lend('ink')\n",
        "from observability import work\n\nmain_without_work = main\n\n\n"
        "async def main(stop) -> None:\n    with work('lending', request_id='job-1'):\n"
        "        await main_without_work(stop)\n",
        "from observability import run\nrun('main:main')",
    ),
)


@pytest.mark.installs
@pytest.mark.parametrize("application", APPLICATIONS, ids=lambda one: one.framework)
def test_old_calls_write_records_and_the_contract_test_passes(
    workshop: Workshop, tmp_path: Path, application: Application
) -> None:
    folder = tmp_path / "loans"
    module = folder / application.module
    module.parent.mkdir(parents=True)
    module.write_text(CALL + application.found)
    (folder / "README.md").write_text("# Loans\n")
    run("git", "init", "--quiet", cwd=folder)
    run("git", "add", "--all", cwd=folder)
    answers = {"service_name": "loans", "start": "existing", "layout": application.layout}

    render(workshop.template, folder, framework=application.framework, **answers)

    status = run("git", "diff", "--name-only", cwd=folder)
    assert status == "", f"files of the owner changed: {status}"
    python = workshop.installed(application.framework).python
    path = str(folder / "src") if application.layout == "src" else str(folder)
    (folder / "setup.cfg").write_text(STRICT)
    (folder / "tests" / "conftest.py").write_text(HOSTILE_CONFTEST)
    run(python, "-m", "pytest", "-q", "tests/test_logging.py", cwd=folder, PYTHONPATH=path)

    module.write_text(CALL + application.found + application.added)
    production = {"ENVIRONMENT": "production", "PORT": "0", "PYTHONPATH": path}
    written = run(python, "-c", application.drive, cwd=folder, **production)  # type: ignore[arg-type]
    records = [json.loads(line) for line in written.splitlines()]
    (lent,) = [record for record in records if "Book ink lent" in record["message"]]
    assert lent["service"] == "loans"
    assert lent["request_id"], "the line belongs to its request"
    assert "abcdef-secret" not in written


@pytest.mark.parametrize("package", ["src", "Loans", "old__loans", "server"])
def test_a_package_keeps_its_name(workshop: Workshop, tmp_path: Path, package: str) -> None:
    (tmp_path / package).mkdir()
    (tmp_path / package / "app.py").write_text(CALL)

    render(workshop.template, tmp_path, start="existing", layout="package", package=package)

    assert (tmp_path / package / "observability" / "fastapi.py").exists()
    assert f"from {package}.observability import" in (tmp_path / "docs/logging.md").read_text()


@pytest.mark.parametrize("package", ["class", "a b", "../loans", "loans/app", "loans.app", ""])
def test_what_cannot_be_a_package_is_refused(
    workshop: Workshop, tmp_path: Path, package: str
) -> None:
    with pytest.raises(ValueError, match="Use your package's name"):
        render(workshop.template, tmp_path, start="existing", package=package)

    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_ruff_of_the_code_around_it_finds_nothing(
    workshop: Workshop, tmp_path: Path, framework: str
) -> None:
    """Neither its rules nor its Python, nor its format where the files are the template's alone."""
    folder = tmp_path / "loans"
    render(workshop.template, folder, start="existing", layout="package", framework=framework)
    (folder / "ruff.toml").write_text(RUFF)

    run(sys.executable, "-m", "ruff", "check", "--no-cache", cwd=folder)
    run(sys.executable, "-m", "ruff", "format", "--no-cache", "--check", "orders", cwd=folder)


def test_without_a_pyproject_the_dependencies_are_names(workshop: Workshop, tmp_path: Path) -> None:
    shown = {}
    for name in ("requirements.txt", "pyproject.toml"):
        folder = tmp_path / name[:4]
        folder.mkdir()
        (folder / name).touch()
        (folder / "main.py").write_text(CALL)
        answers = ("--data=start=existing", "--data=layout=modules", "--data=framework=flask")
        copy = (sys.executable, "-m", "copier", "copy", "--defaults", *answers)
        shown[name] = run(*copy, workshop.template, ".", cwd=folder)

    assert "uv add" not in shown["requirements.txt"]
    assert "ahocorasick-rs>=" in shown["requirements.txt"]
    assert 'uv add "ahocorasick-rs>=' in shown["pyproject.toml"]


@pytest.mark.parametrize(
    ("layout", "package", "place"),
    [("src", "orders", "src/orders/"), ("package", "loans", "loans/"), ("modules", "loans", "top")],
)
def test_a_wrong_layout_or_package_is_refused(
    workshop: Workshop, tmp_path: Path, layout: str, package: str, place: str
) -> None:
    (tmp_path / "src" / "loans").mkdir(parents=True)
    (tmp_path / "src" / "loans" / "app.py").write_text(CALL)
    (tmp_path / "README.md").write_text("# Loans\n")

    with pytest.raises(ValueError, match=rf"Use another layout or package: .+{place}"):
        render(workshop.template, tmp_path, start="existing", layout=layout, package=package)

    assert {path.name for path in tmp_path.rglob("*.*")} == {"README.md", "app.py"}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_lines_to_add_are_shown_and_are_python(
    workshop: Workshop, tmp_path: Path, framework: str
) -> None:
    answers = (
        "--data=start=existing",
        "--data=service_name=loans",
        f"--data=framework={framework}",
    )
    copy = (sys.executable, "-m", "copier", "copy", "--defaults", *answers)

    shown = run(*copy, workshop.template, "loans", cwd=tmp_path)

    lines = re.search(r"Lines to add:\n\n((?:  .+\n)+)", shown)
    assert lines, shown
    code = re.sub("^  ", "", lines[1], flags=re.MULTILINE)
    compile(code.replace("with work", "if True:\n    with work"), "the lines", "exec")
    assert "from loans.observability import" in code
