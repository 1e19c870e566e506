"""Every combination of answers renders, without trust, files that parse, lint and type-check."""

import ast
import json
import os
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import interpreters
import pytest
import yaml
from commands import run
from conftest import MakeService, Rendered
from ownership import owner
from pytest_copie.plugin import Copie
from releases import ROOT, files_of
from services import (
    Answers,
    choices,
    combinations,
    label,
    of_existing_code,
    questions,
    render,
)
from sharing import Workshop, once
from updating.ownership import folder_of_code

EVERY_COMBINATION = pytest.mark.parametrize("answers", combinations(), ids=label)
EVERY_TREE = pytest.mark.parametrize("answers", [*combinations(), *of_existing_code()], ids=label)
EVERY_CODE = pytest.mark.parametrize("answers", combinations("framework", "redis"), ids=label)
"""Where a service runs changes no Python."""

SELDOM = pytest.mark.exhaustive

LONGEST_NAME = "a-name-of-forty-characters-that-is-legal"

# Counted in lines: runtime code that a service carries and may have to read.
LARGEST_MODULE = 150
LARGEST_ADAPTER = 60
LARGEST_STANDARD = {"none": 3_750, "client": 3_980, "streams": 4_400}

NOT_RUNTIME = {"__main__.py", "redis_embedded.py", "testing.py", "trail/verify.py", "viewing.py"}
"""What only a command line, development or tests load."""

MOST_FILES = {"none": 145, "client": 151, "streams": 161}
MOST_TOOLS = 36
"""Files, and of those of tools/, which no service runs, a count of their own."""

JINJA = re.compile(r"(?<!\$)\{\{-?\s*[a-z_]+[\s|.}(]|\{%|%\}|\{#|#\}")


def parse_toml(text: str) -> object:
    return tomllib.loads(text)


PARSERS: dict[str, Callable[[str], object]] = {
    ".json": json.loads,
    ".py": ast.parse,
    ".toml": parse_toml,
    ".yaml": yaml.safe_load,
    ".yml": yaml.safe_load,
}


@EVERY_COMBINATION
def test_pytest_copie_renders_it(copie: Copie, template: Path, answers: Answers) -> None:
    result = copie.copy(extra_answers={"service_name": "orders"} | answers, template_dir=template)

    assert result.exit_code == 0, result.exception
    of_existing_code = {"layout"}
    assert result.answers.keys() == questions().keys() - of_existing_code
    assert result.answers.items() >= answers.items()


@EVERY_TREE
def test_it_renders_without_trust_into_files_that_parse(
    rendered: Rendered, answers: Answers
) -> None:
    for path, content in rendered(answers).items():
        text = content.decode("utf-8")
        if parse := PARSERS.get(PurePosixPath(path).suffix):
            parse(text)
        assert not (left := JINJA.search(text)), f"{path} still has {left and left.group()!r}"
        assert not path.endswith(".jinja")


@EVERY_TREE
def test_it_looks_written_by_hand(rendered: Rendered, answers: Answers) -> None:
    for path, content in rendered(answers).items():
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
        assert "\r" not in text, f"{path} has line ends of Windows"


@EVERY_COMBINATION
def test_it_is_small(rendered: Rendered, answers: Answers) -> None:
    tools = [path for path in rendered(answers) if path.startswith("tools/")]

    assert len(tools) < MOST_TOOLS
    assert len(rendered(answers)) - len(tools) < MOST_FILES[answers["redis"]]


@EVERY_CODE
def test_the_standard_is_short_enough_to_read(make_service: MakeService, answers: Answers) -> None:
    framework = answers["framework"]
    service = make_service(**answers)
    standard = service.source / "observability"
    lines = {
        path.relative_to(standard).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in sorted(standard.rglob("*.py"))
    }
    adapter = "worker.py" if framework == "none" else f"{framework}.py"

    for module, count in lines.items():
        assert count <= LARGEST_MODULE, f"{module} has {count} lines, {LARGEST_MODULE} at most"
    assert lines[adapter] < LARGEST_ADAPTER, f"{adapter} has {lines[adapter]} lines"
    runtime = [standard / name for name in lines if name not in NOT_RUNTIME]
    code = sum(map(lines_of_code, runtime))
    assert code < LARGEST_STANDARD[answers["redis"]], f"{code} lines of code"


def lines_of_code(path: Path) -> int:
    """Lines that are not blank, nor of comments or docstrings alone, as line counters count."""
    text = path.read_text(encoding="utf-8")
    documented = {
        number
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    return sum(
        bool(line.strip()) and not line.strip().startswith("#")
        for number, line in enumerate(text.splitlines(), start=1)
        if number not in documented
    )


@pytest.mark.parametrize("framework", choices("framework"))
def test_a_starter_is_the_same_whatever_else_was_chosen(rendered: Rendered, framework: str) -> None:
    found: dict[str, set[bytes]] = {}
    for answers in [one for one in combinations() if one["framework"] == framework]:
        for path, content in rendered(answers).items():
            if owner(path) == "starter":
                found.setdefault(path, set()).add(content)

    assert found
    differ = [path for path, contents in found.items() if len(contents) > 1]
    assert not differ, f"an option changes {differ}, which no update would bring"


def test_the_folder_leaves_no_trace(template: Path, tmp_path: Path) -> None:
    """An update renders in temporary folders; a trace of those would be a conflict."""
    one, other = (render(template, tmp_path / name).files() for name in ("here", "there"))

    assert one == other


@pytest.mark.parametrize("framework", choices("framework"))
@pytest.mark.parametrize("page", ["AGENTS.md", "README.md"])
def test_each_path_that_a_page_names_exists(
    make_service: MakeService, framework: str, page: str
) -> None:
    service = make_service(framework=framework)
    text = (service.path / page).read_text(encoding="utf-8")
    named = re.findall(r"`([\w.]+/[\w./-]*)`|\]\(([\w./-]+)\)|`([\w-]+\.(?:toml|md|py))`", text)

    assert len(named) > 4
    for path in map("".join, named):
        assert (service.path / path).exists(), f"{page} names {path}, which is not rendered"


def test_renovate_accepts_its_settings(make_service: MakeService) -> None:
    settings = make_service(updates="renovate").path / "renovate.json"

    run(
        *(sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.renovate"),
        settings,
        cwd=ROOT,
    )


def test_who_proposes_updates_is_asked_for(make_service: MakeService) -> None:
    files = {"renovate": "renovate.json", "workflow": ".github/workflows/template.yml"}

    for answer in choices("updates"):
        made = make_service(answer, updates=answer).files()
        assert [name for name in files.values() if name in made] == [
            name for key, name in files.items() if key == answer
        ]


def test_every_excluded_file_is_a_file_of_the_template() -> None:
    """A pattern that matches nothing is a file that got a new name and is rendered again."""
    blocks = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))["_exclude"]
    patterns = re.findall(r"^/(.+)$", "\n".join(blocks), re.MULTILINE)
    folder = "{{ within or '.' }}/"

    assert patterns
    for pattern in patterns:
        path = pattern.replace("{{ within }}", folder)
        found = [file for end in ("", ".jinja") for file in (ROOT / "template").glob(path + end)]
        assert found, f"copier.yml excludes {pattern}, which the template does not have"


def test_file_names_are_portable(make_service: MakeService) -> None:
    """They work on Windows and macOS, where case does not count and some names are devices."""
    rendered = {
        path
        for number, answers in enumerate(combinations("framework", "redis"))
        for path in make_service(f"orders{number}", service_name=LONGEST_NAME, **answers).files()
    }
    for name in (*files_of(ROOT), *rendered):
        assert not re.search(r'[<>:"\\|?*\x00-\x1f]|[. ](/|$)', name), name
        assert not re.search(r"(^|/)(con|prn|aux|nul|com\d|lpt\d)(\.|/|$)", name.lower()), name
        assert len(name) <= 140, f"{name} leaves too little of the 260 characters of Windows"
        assert name.isascii(), name
    for names in (files_of(ROOT), rendered):
        alike = [name for name, count in Counter(n.lower() for n in names).items() if count > 1]
        assert not alike, f"these differ only in case: {alike}"


def checkers(workshop: Workshop, framework: str) -> Path:
    """The ruff and mypy of one service of each framework, which check all the others."""

    def install(path: Path) -> None:
        service = workshop.copied(path, framework=framework, redis="streams")
        # Its own package would stand in for a module that the service at hand lacks.
        service.install(interpreters.available()["3.11"], "--no-install-project")

    return once(workshop.folder / "checkers" / framework, install) / ".venv" / "bin"


def mypy_cache(tools: Path, kind: str = "new") -> str:
    """The option for it: each worker has its own, for two at a time break it."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return f"--cache-dir={tools.parent.parent}.mypy_cache-{kind}-{worker}"


@pytest.mark.installs
@pytest.mark.parametrize("name", ["orders", LONGEST_NAME])
@EVERY_CODE
def test_it_is_formatted_linted_and_typed(
    make_service: MakeService, workshop: Workshop, answers: Answers, name: str
) -> None:
    tools = checkers(workshop, answers["framework"])
    service = make_service(service_name=name, **answers)

    run(tools / "ruff", "format", "--check", "--diff", cwd=service.path)
    run(tools / "ruff", "check", cwd=service.path)
    if name == LONGEST_NAME:
        return  # a name has a width, and no type
    run(tools / "mypy", mypy_cache(tools), cwd=service.path)


@pytest.mark.installs
@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(row, id=label(row), marks=() if number % 3 == number // 3 % 3 else SELDOM)
        for number, row in enumerate(of_existing_code())
    ],
)
def test_what_existing_code_gets_is_formatted_linted_and_typed(
    make_service: MakeService, workshop: Workshop, answers: Answers
) -> None:
    """By the settings of a new service, as if they were the owner's."""
    tools = checkers(workshop, answers["framework"])
    service = make_service(**answers)
    within = folder_of_code({"package": "orders", **answers})
    settings = tools.parent.parent / "pyproject.toml"
    folders = (f"{within}observability", "tests", "tools")

    ruff = ("--config", settings, "--config", 'src = [".", "src", "tools"]', *folders)
    run(tools / "ruff", "format", "--check", "--diff", *ruff, cwd=service.path)
    run(tools / "ruff", "check", *ruff, cwd=service.path)
    mypy = ("--config-file", settings, mypy_cache(tools, "existing"), *folders)
    run(tools / "mypy", *mypy, cwd=service.path, MYPYPATH=".:src:tools")
