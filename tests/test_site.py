"""The site builds from docs/, its links lead somewhere, and it asks nobody else for anything."""

import shutil
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from commands import run
from releases import ROOT

DECISIONS = "decisions/0"
"""What is reached from their index alone."""


class Reader(HTMLParser):
    """What a page links to, what it loads, and the anchors that it has."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "link" and given.get("rel") not in {"canonical", "next", "prev"}:
            self.loads.append(given.get("href", ""))
        elif "src" in given:
            self.loads.append(given["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` does, from a copy of what it is built from."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(ROOT / "zensical.toml", folder)
    run(sys.executable, "-m", "zensical", "build", "--strict", cwd=folder)
    return folder / "build" / "site"


def targets(page: Path, links: list[str]) -> Iterator[tuple[str, Path, str]]:
    for link in links:
        parts = urlsplit(link)
        if not parts.scheme and not parts.netloc and link:
            path = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            yield link, path, unquote(parts.fragment)


def test_every_link_and_every_picture_is_there(site: Path) -> None:
    read = {page.resolve(): Reader(page) for page in site.rglob("*.html")}
    del read[site.resolve() / "404.html"]  # whose links are the ones of a server's root

    assert len(read) > 50
    for page, reader in read.items():
        for link, path, anchor in targets(page, reader.links + reader.loads):
            path = path / "index.html" if path.is_dir() else path
            assert path.exists(), f"{page.name} links to {link}"
            if anchor and path in read:
                assert anchor in read[path].anchors, f"{page.name} links to {link}: no such title"


def test_nobody_else_is_asked_for_anything(site: Path) -> None:
    for page in site.rglob("*.html"):
        for source in Reader(page).loads:
            assert not urlsplit(source).netloc, f"{page.name} loads {source}"


def test_no_block_is_shown_as_text(site: Path) -> None:
    for page in site.rglob("*.html"):
        assert "```" not in page.read_text(encoding="utf-8"), f"{page.name} shows a fence"


def entries(navigation: list[dict[str, object]]) -> Iterator[str]:
    for entry in navigation:
        for value in entry.values():
            if isinstance(value, list):
                yield from entries(value)
            else:
                yield str(value)


def test_each_page_has_its_place() -> None:
    settings = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))
    placed = list(entries(settings["project"]["nav"]))
    docs = ROOT / "docs"
    there = [path.relative_to(docs).as_posix() for path in docs.rglob("*.md")]

    assert len(placed) == len(set(placed)), "a page is twice in the navigation"
    assert set(placed) == {path for path in there if not path.startswith(DECISIONS)}
