"""Every combination of answers renders, without trust, files that parse, lint and type-check."""

import ast
import json
import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
import yaml
from pytest_copie.plugin import Copie
from rendered import EVERY_CODE, EXISTING, NEW, Answers, Workshop, label, once, questions, run

EVERY_TREE = pytest.mark.parametrize("answers", [*NEW, *EXISTING], ids=label)
LONGEST_NAME = "a-name-of-forty-characters-that-is-legal"
JINJA = re.compile(r"(?<!\$)\{\{-?\s*[a-z_]+[\s|.}(]|\{%|%\}|\{#|#\}")
PARSERS: dict[str, Callable[[str], object]] = {
    ".json": json.loads,
    ".py": ast.parse,
    ".toml": tomllib.loads,
    ".yaml": yaml.safe_load,
    ".yml": lambda text: list(yaml.safe_load_all(text)),
}
DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


@EVERY_CODE
def test_pytest_copie_renders_it(copie: Copie, workshop: Workshop, answers: Answers) -> None:
    given = {"service_name": "orders"} | answers
    result = copie.copy(extra_answers=given, template_dir=workshop.template)

    assert result.exit_code == 0, result.exception
    assert result.answers.keys() == questions().keys() - {"layout"}
    assert result.answers.items() >= given.items()


@EVERY_TREE
def test_it_renders_into_files_that_parse(workshop: Workshop, answers: Answers) -> None:
    for path, content in workshop.rendered(**answers).files().items():
        text = content.decode("utf-8")
        if parse := PARSERS.get(PurePosixPath(path).suffix):
            parse(text)
        # Plain Python of the package may hold braces in f-strings.
        left = None if "/observability/" in f"/{path}" else JINJA.search(text)
        assert left is None, f"{path} still has {left and left.group()!r}"


@EVERY_TREE
def test_it_looks_written_by_hand(workshop: Workshop, answers: Answers) -> None:
    for path, content in workshop.rendered(**answers).files().items():
        text = content.decode("utf-8")
        if not text:
            continue  # py.typed is a marker
        blank_lines = 2 if path.endswith(".py") else 1
        if path.endswith(".md"):
            text = re.sub(r"^```.*?^```$", "code", text, flags=re.DOTALL | re.MULTILINE)

        assert text.endswith("\n"), f"{path} ends without a line end"
        assert not text.endswith("\n\n"), f"{path} ends with a blank line"
        assert not text.startswith("\n"), f"{path} begins with a blank line"
        assert "\n" * (blank_lines + 2) not in text, f"{path} has the scar of a removed option"
        assert not re.search(r"[ \t]+$", text, re.MULTILINE), f"{path} has spaces at a line's end"


@EVERY_TREE
def test_its_file_names_are_portable(workshop: Workshop, answers: Answers) -> None:
    paths = list(workshop.rendered(**answers).files())

    assert len({path.lower() for path in paths}) == len(paths)
    for path in paths:
        assert re.fullmatch(r"[A-Za-z0-9_./-]+", path), path
        assert not any(map(DEVICES.fullmatch, PurePosixPath(path).parts)), path


def test_the_template_needs_no_trust() -> None:
    """Copier asks for it where there are tasks, migrations or extensions."""
    loaded = yaml.safe_load((Path(__file__).parents[2] / "copier.yml").read_text("utf-8"))

    assert not loaded.keys() & {"_tasks", "_migrations", "_jinja_extensions"}
    assert loaded["_envops"]["undefined"] == "jinja2.StrictUndefined"


@pytest.mark.parametrize("answers", EXISTING, ids=label)
def test_existing_code_gets_the_package_and_nothing_of_its_own(
    workshop: Workshop, answers: Answers
) -> None:
    paths = set(workshop.rendered(**answers).files())

    rest = {path for path in paths if "observability/" not in path}
    expected = {".copier-answers.yml", "docs/logging.md", "logging-rules.yml"}
    assert rest == expected | {"tests/test_logging.py"}


def checkers(workshop: Workshop, framework: str) -> Path:
    """Return the tools of one service of each framework, which check all the others."""

    def install(path: Path) -> None:
        service = workshop.copied(path, framework=framework, redis="streams")
        # Its own package would stand in for a module that the service at hand lacks.
        service.install("--no-install-project")

    return once(workshop.folder / "checkers" / framework, install) / ".venv" / "bin"


def check(tools: Path, folder: Path, *options: str | Path, places: tuple[str, ...] = ()) -> None:
    """Run ruff and mypy; each worker has a cache of its own, for two at a time break it."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    config = ("--config", options[1], "--config", 'src = [".", "src"]') if options else ()
    run(tools / "ruff", "format", "--check", "--diff", *config, *places, cwd=folder)
    run(tools / "ruff", "check", *config, *places, cwd=folder)
    cache = f"--cache-dir={tools.parent.parent}.mypy_cache-{worker}"
    run(tools / "mypy", cache, *options, *places, cwd=folder, MYPYPATH=".:src")


@pytest.mark.installs
@EVERY_CODE
def test_it_is_formatted_linted_and_typed(workshop: Workshop, answers: Answers) -> None:
    check(checkers(workshop, answers["framework"]), workshop.rendered(**answers).path)


@pytest.mark.installs
@EVERY_CODE
def test_a_long_name_is_formatted_and_linted(workshop: Workshop, answers: Answers) -> None:
    tools = checkers(workshop, answers["framework"])
    service = workshop.rendered(service_name=LONGEST_NAME, **answers)

    run(tools / "ruff", "format", "--check", "--diff", cwd=service.path)
    run(tools / "ruff", "check", cwd=service.path)


@pytest.mark.installs
@pytest.mark.parametrize("answers", EXISTING[::2], ids=label)
def test_what_existing_code_gets_passes_strict_checks(workshop: Workshop, answers: Answers) -> None:
    """By the settings of a new service, as if they were the owner's."""
    tools = checkers(workshop, answers["framework"])
    service = workshop.rendered(**answers)
    package = next(service.path.rglob("observability")).relative_to(service.path)

    settings = tools.parent.parent / "pyproject.toml"
    check(tools, service.path, "--config-file", settings, places=(str(package), "tests"))
