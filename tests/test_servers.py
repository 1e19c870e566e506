"""Each framework on each server that we claim behaves as the page says."""

from pathlib import Path

import pytest
import servers
from services import Service
from sharing import once

pytestmark = pytest.mark.installs


@pytest.mark.parametrize(
    ("framework", "command"),
    servers.matrix(),
    ids=[f"{framework} {command.shown}" for framework, command in servers.matrix()],
)
def test_a_server_does_what_the_page_says(
    framework: str,
    command: servers.Command,
    template: Path,
    shared: Path,
) -> None:
    path = shared / "served" / framework
    once(path, lambda path: servers.install(template, path, framework))
    found = servers.probe(Service(path, "orders", "orders"), framework, command)
    title = f"### {servers.TITLES[framework]}\n"
    table = servers.PAGE.read_text(encoding="utf-8").partition(title)[2].partition("###")[0]

    said = servers.row(command, found)
    assert said in table.splitlines(), f"`make docs-servers` would write:\n{said}"
