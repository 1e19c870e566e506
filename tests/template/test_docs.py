"""What the pages show is true: code writes what follows it, links and targets exist."""

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from rendered import FRAMEWORKS, ROOT, Workshop, run

README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"^(?:<!-- ([^\n]*) -->\n)?```(\w+)\n(.*?)^```\n(?:\s*```(json|text)\n(.*?)^```$)?", re.M | re.S
)
"""A block of code, the comment above it and the block of output that follows it."""

LINK = re.compile(r"\]\(([^)\s]+)\)")
PRELUDE = """
from orders.observability import configure_logging, get_logger
configure_logging()
logger = get_logger("orders.payments")
"""
"""What the first block of a page has, and the others leave out."""

CHANGES = re.compile(r"\d\d:\d\d:\d\d\.\d{3}|(?<=_ms=)[\d.]+|(?<=_id=)[0-9a-f]{8}|[\d.]+ ms")


@dataclass(frozen=True)
class Example:
    """Code that is run, as its comment says: `service: redis NAME=value`."""

    page: Path
    line: int
    comment: str
    code: str
    language: str
    output: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"

    @property
    def environment(self) -> dict[str, str]:
        """JSON is what production writes, lines for people are what development writes."""
        where = {"json": "production", "text": "development"}.get(self.language, "test")
        return {"ENVIRONMENT": where, **dict(re.findall(r"([A-Z_]+)=(\S*)", self.comment))}


def examples(page: Path) -> list[Example]:
    """Return the blocks of `python` that are not a file of a service; `py` is a fragment."""
    text = page.read_text(encoding="utf-8")
    return [
        Example(page, text.count("\n", 0, found.start()) + 1, comment, code, language, output)
        for found in BLOCK.finditer(text)
        for comment, kind, code, language, output in [found.groups(default="")]
        if kind == "python" and "file:" not in comment
    ]


def unwritten(example: Example, written: str) -> str:
    """Return the first that the page shows and the code did not write, in this order."""
    if example.language == "text":
        lines = iter(CHANGES.sub("0", written).splitlines())
        shown = CHANGES.sub("0", example.output).splitlines()
        return next((line for line in shown if line not in lines), "")
    records = (json.loads(line) for line in written.splitlines())
    rest = example.output
    while rest := rest.lstrip():
        wanted, end = json.JSONDecoder().raw_decode(rest)
        if not any(wanted.items() <= record.items() for record in records):
            return rest[:end]
        rest = rest[end:]
    return ""


@pytest.mark.installs
@pytest.mark.parametrize("example", [one for page in PAGES for one in examples(page)], ids=str)
def test_code_writes_what_the_page_shows(
    workshop: Workshop, tmp_path: Path, example: Example
) -> None:
    redis = "streams" if "service: redis" in example.comment else "none"
    service = workshop.installed("fastapi", redis)
    code = example.code if "configure_logging" in example.code else PRELUDE + example.code
    (tmp_path / "example.py").write_text(code, encoding="utf-8")
    settings = service.path / "pyproject.toml"
    as_test = ("-m", "pytest", "-c", settings) if "def test_" in code else ()
    command = (service.python, *as_test, "example.py")
    written = run(*command, cwd=tmp_path, **example.environment)  # type: ignore[arg-type]

    missing = unwritten(example, written)
    assert not missing, f"{example} shows this:\n{missing}\nbut it wrote:\n{written}"


@pytest.mark.installs
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_code_of_a_services_own_page_runs(
    workshop: Workshop, tmp_path: Path, framework: str
) -> None:
    service = workshop.installed(framework)
    found = [one.code for one in examples(service.path / "docs" / "logging.md")]
    codes = [code for code in found if "def test_" not in code]
    program = f"for code in {codes!r}:\n    exec(code, globals())\n"

    assert len(codes) > 4
    run(service.python, "-c", program, cwd=tmp_path, SECRET_KEY="x" * 50)


def headings(page: Path) -> set[str]:
    """Return the anchors of a page, as GitHub names them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def links(page: Path) -> list[str]:
    prose = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [link for link in LINK.findall(prose) if not re.match("[a-z]+:", link)]


def test_every_link_leads_somewhere_and_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [README]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        for link in links(page):
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), f"{page.name} links to {link}, which does not exist"
            assert target.is_relative_to(ROOT), f"{page.name} links out of the repository: {link}"
            assert not anchor or anchor in headings(target), f"{page.name}: no title for {link}"
            if target.suffix == ".md" and target not in {*reached, *waiting}:
                waiting.append(target)

    assert not set(PAGES) - reached, "no page links to these"


def test_what_is_made_from_the_sources_is_up_to_date() -> None:
    run(sys.executable, ROOT / "tools" / "reference.py", "--check", cwd=ROOT)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist_and_none_asks_for_trust(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)

    named = re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)
    assert not set(named) - set(targets), "make has no such target"
    commands = [found[3] for found in BLOCK.finditer(text) if found[2] == "console"]
    assert not re.search("--trust|--UNSAFE", "".join(commands))
