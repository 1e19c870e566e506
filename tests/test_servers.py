"""Each framework on each server that we claim behaves as the page says."""

from functools import cache
from pathlib import Path

import pytest
import servers
from services import Service

pytestmark = pytest.mark.installs


@cache
def installed(template: Path, folder: Path, framework: str) -> Service:
    return servers.install(template, folder / framework, framework)


@pytest.mark.parametrize(
    ("framework", "command"),
    servers.matrix(),
    ids=[f"{framework} {command.shown}" for framework, command in servers.matrix()],
)
def test_a_server_does_what_the_page_says(
    framework: str,
    command: servers.Command,
    template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.getbasetemp() / "served"
    found = servers.probe(installed(template, folder, framework), framework, command)
    title = f"### {servers.TITLES[framework]}\n"
    table = servers.PAGE.read_text(encoding="utf-8").partition(title)[2].partition("###")[0]

    said = servers.row(command, found)
    assert said in table.splitlines(), f"`make docs-servers` would write:\n{said}"
