"""Existing code takes the package over: no file of it changes, and its calls stay as they are."""

import json
import re
import sys
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
    dictConfig({"version": 1, "disable_existing_loggers": False, "root": {"level": "WARNING"}})
"""

RUFF = """
target-version = "py310"
line-length = 79
lint.select = ["ALL"]
lint.ignore = ["PGH004"]
format.quote-style = "single"
"""

INSTRUMENT = "from loans.observability import instrument\n\ninstrument(app)\n"
APPLICATIONS = {
    "fastapi": (
        *("src", "src/loans/app.py"),
        "from fastapi import FastAPI\n\napp = FastAPI()\napp.get('/books/{book}')(lend)\n",
        INSTRUMENT,
        "from fastapi.testclient import TestClient\nfrom loans.app import app\n"
        "TestClient(app).get('/books/ink')",
    ),
    "flask": (
        *("package", "loans/app.py"),
        "from flask import Flask\n\napp = Flask(__name__)\napp.get('/books/<book>')(lend)\n",
        INSTRUMENT,
        "from loans.app import app\napp.test_client().get('/books/ink')",
    ),
    "none": (
        *("modules", "main.py"),
        "async def main(stop) -> None:\n    lend('ink')\n",
        "from observability import work\n\nold = main\n\n\nasync def main(stop) -> None:\n"
        "    with work('lending', request_id='job-1'):\n        await old(stop)\n",
        "from observability import run\nrun('main:main')",
    ),
}
"""By framework: layout, module, its code as found, what its owner adds, how it is driven once."""


@pytest.mark.installs
@pytest.mark.parametrize("framework", APPLICATIONS)
def test_old_calls_write_records_and_the_contract_test_passes(
    workshop: Workshop, tmp_path: Path, framework: str
) -> None:
    layout, name, found, added, drive = APPLICATIONS[framework]
    folder = tmp_path / "loans"
    module = folder / name
    module.parent.mkdir(parents=True)
    module.write_text(CALL + found)
    (folder / "README.md").write_text("# Loans\n")
    run("git", "init", "--quiet", cwd=folder)
    run("git", "add", "--all", cwd=folder)
    answers = {"service_name": "loans", "start": "existing", "layout": layout}

    render(workshop.template, folder, framework=framework, **answers)

    status = run("git", "diff", "--name-only", cwd=folder)
    assert status == "", f"files of the owner changed: {status}"
    python = workshop.installed(framework).python
    path = str(folder / "src") if layout == "src" else str(folder)
    (folder / "setup.cfg").write_text(STRICT)
    (folder / "tests" / "conftest.py").write_text(HOSTILE_CONFTEST)
    run(python, "-m", "pytest", "-q", "tests/test_logging.py", cwd=folder, PYTHONPATH=path)

    module.write_text(CALL + found + added)
    production = {"ENVIRONMENT": "production", "PORT": "0", "PYTHONPATH": path}
    written = run(python, "-c", drive, cwd=folder, **production)  # type: ignore[arg-type]
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


NAME = "Use your package's name"
OTHER = "Use another layout or package: .+"


@pytest.mark.parametrize(
    ("layout", "package", "match"),
    [
        *(("src", name, NAME) for name in ("class", "a b", "../loans", "loans/app", "a.b", "")),
        ("src", "orders", f"{OTHER}src/orders/"),
        ("package", "loans", f"{OTHER}loans/"),
        ("modules", "loans", f"{OTHER}top"),
    ],
)
def test_a_wrong_layout_or_package_is_refused(
    workshop: Workshop, tmp_path: Path, layout: str, package: str, match: str
) -> None:
    (tmp_path / "src" / "loans").mkdir(parents=True)
    (tmp_path / "src" / "loans" / "app.py").write_text(CALL)

    with pytest.raises(ValueError, match=match):
        render(workshop.template, tmp_path, start="existing", layout=layout, package=package)

    assert {path.name for path in tmp_path.rglob("*.*")} == {"app.py"}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_ruff_of_the_code_around_it_finds_nothing(
    workshop: Workshop, tmp_path: Path, framework: str
) -> None:
    """Neither its rules nor its Python, nor its format where the files are the template's alone."""
    render(workshop.template, tmp_path, start="existing", layout="package", framework=framework)
    (tmp_path / "ruff.toml").write_text(RUFF)

    run(sys.executable, "-m", "ruff", "check", "--no-cache", cwd=tmp_path)
    run(sys.executable, "-m", "ruff", "format", "--no-cache", "--check", "orders", cwd=tmp_path)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("project", ["requirements.txt", "pyproject.toml"])
def test_the_lines_to_add_are_shown_and_are_python_and_dependencies_are_named(
    workshop: Workshop, tmp_path: Path, project: str, framework: str
) -> None:
    (tmp_path / project).touch()
    (tmp_path / "src" / "loans").mkdir(parents=True)
    (tmp_path / "src" / "loans" / "app.py").write_text(CALL)
    answers = ("start=existing", "service_name=loans", f"framework={framework}")
    copy = (sys.executable, "-m", "copier", "copy", "--defaults")

    shown = run(*copy, *(f"--data={one}" for one in answers), workshop.template, ".", cwd=tmp_path)

    lines = re.search(r"Lines to add:\n\n((?:  .+\n)+)", shown)
    assert lines, shown
    code = re.sub("^  ", "", lines[1], flags=re.MULTILINE)
    compile(code.replace("with work", "if True:\n    with work"), "the lines", "exec")
    assert "from loans.observability import" in code
    assert "ahocorasick-rs>=" in shown
    assert ('uv add "ahocorasick-rs>=' in shown) == (project == "pyproject.toml")
