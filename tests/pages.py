"""Reads the pages of docs/: their blocks of code with what these should write, and their links."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from releases import ROOT

TUTORIAL = ROOT / "docs" / "tutorial.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

BLOCK = re.compile(
    r"^(?:<!-- run: ([^\n]*) -->\n)?```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")

CHANGING = {"timestamp", "instance_id", "pid", "version", "duration_ms", "exception"} | {
    "request_id", "trace_id", "span_id"
}  # fmt: skip
"""Fields that are never the same twice; of those a page shows only their type."""

# What is never the same twice in a line for people.
MASKS = (
    (re.compile(r"\btimestamp=\S+"), "timestamp=0"),
    (re.compile(r"\b\d\d:\d\d:\d\d\.\d{3}\b"), "00:00:00.000"),
    (re.compile(r"\b(duration_ms)=[0-9.]+"), r"\1=0"),
    (re.compile(r"\b(request_id|session_id)=[0-9a-f]{8}\b"), r"\1=0"),
    (re.compile(r'File ".*?([^/"]+)", line \d+'), r'File "\1", line 0'),
    (re.compile(r"\.\.\. \d+ library frames"), "... library frames"),
)


@dataclass(frozen=True)
class Example:
    """A block of Python, and the block of output that follows it, if one does.

    The words of the comment above it, `<!-- run: ... -->`, are `worker` for a service without a
    framework, `redis` for one with streams, NAME=value, and the path of a file of the service,
    where test_listeners.py puts it.
    """

    page: Path
    line: int
    words: tuple[str, ...]
    code: str
    language: str = ""
    output: str = ""

    @property
    def service(self) -> str:
        """Whose code it is: a key of the installed services."""
        return "redis" if "redis" in self.words else "none" if "worker" in self.words else "fastapi"

    @property
    def environment(self) -> dict[str, str]:
        """JSON is what production writes, lines for people are what development writes."""
        shown = {"json": "production", "text": "development"}.get(self.language, "test")
        given = [word.partition("=") for word in self.words if "=" in word]
        chosen = {"ENVIRONMENT": shown, "REDIS_URL": "redis://127.0.0.1:1"}
        if self.service == "redis":  # development starts one
            form = "json" if self.language == "json" else "auto"
            chosen |= {"ENVIRONMENT": "development", "LOG_FORMAT": form, "REDIS_URL": ""}
        return chosen | {name: value for name, _, value in given}

    @property
    def file(self) -> str:
        """The file that it is a part of; empty if it is run by itself."""
        return next((word for word in self.words[:1] if word.endswith(".py")), "")

    @property
    def is_test(self) -> bool:
        return "def test_" in self.code

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(text: str) -> Iterator[tuple[int, str, str, str]]:
    """Line, language, further words and content of each fenced block."""
    for found in BLOCK.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, found[2], found[1] or "", found[3]


def examples(page: Path) -> list[Example]:
    """The blocks of Python of a page."""
    listed = list(blocks(page.read_text(encoding="utf-8")))
    found = []
    for number, (line, language, words, code) in enumerate(listed):
        if language == "python":
            after = listed[number + 1 : number + 2]
            shown = [(kind, text) for _, kind, _, text in after if kind in {"json", "text"}]
            found.append(Example(page, line, tuple(words.split()), code, *(*shown, ("", ""))[0]))
    return found


def records(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects of a text, which may stretch over lines."""
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        record, end = decoder.raw_decode(text)
        yield record
        text = text[end:]


def comparable(record: dict[str, Any]) -> dict[str, Any]:
    return {
        name: type(value).__name__ if name in CHANGING else value for name, value in record.items()
    }


def masked(text: str) -> list[str]:
    for pattern, mask in MASKS:
        text = pattern.sub(mask, text)
    return [line.rstrip() for line in text.splitlines()]


def missing(example: Example, written: str) -> str | None:
    """What the page shows and the example did not write, in this order; None if nothing."""
    if example.language == "json":
        left = iter([json.loads(line) for line in written.splitlines() if line.startswith("{")])
        for record in records(example.output):
            wanted = comparable(record).items()
            if not any(wanted <= comparable(line).items() for line in left):
                return json.dumps(record)
    else:
        lines = iter(masked(written))
        for shown in masked(example.output):
            if shown not in lines:
                return shown
    return None


def headings(page: Path) -> set[str]:
    """The anchors that a page has, as GitHub names them."""
    prose = BLOCK.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def links(page: Path) -> list[str]:
    """Targets of the links and pictures of a page, those to other sites aside."""
    prose = BLOCK.sub("", page.read_text(encoding="utf-8"))
    found = ["".join(target) for target in LINK.findall(prose)]
    return [target for target in found if not re.match(r"[a-z]+:", target)]
