"""The configurations of docs/how-to/shipping, fed a real run, and counted out at the other end."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pages
import pytest
import recipes
import shipping
import system_tools
import traffic
import yaml
from commands import run
from recipes import Recipe
from releases import ROOT
from sharing import Workshop
from shipping import FOLDER, NOT_RUN, Shipped

PAGE = FOLDER.parent / "ship-logs.md"
TRIED = recipes.TRIED.read_text(encoding="utf-8")

PROGRAMS = {"rsyslog": "rsyslogd", "syslog-ng": "syslog-ng"}
SEVERITIES = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}
LOCAL0 = 16

Ship = Callable[[str], Shipped]
EACH_DAEMON = pytest.mark.parametrize("name", shipping.COMMANDS)


@pytest.fixture(scope="module")
def shipped(log: Path, tmp_path_factory: pytest.TempPathFactory) -> Ship:
    """What a daemon has sent to a server, and what it has laid aside."""
    known: dict[str, Shipped] = {}

    def ship(name: str) -> Shipped:
        system_tools.need(PROGRAMS[name])
        if name not in known:
            known[name] = shipping.ship(name, log, tmp_path_factory.mktemp(name))
        return known[name]

    return ship


@pytest.mark.installs
def test_the_log_has_what_a_collector_may_stumble_over(log: Path) -> None:
    lines = log.read_bytes().splitlines()
    records = [json.loads(line) for line in shipping.records(log)]
    lengths = [len(line) + 1 for line in lines]

    assert len(records) == len(lines) - len(traffic.OTHER)
    assert {record["level"] for record in records} == SEVERITIES.keys()
    assert any(3_900 < length <= 4_096 for length in lengths), lengths
    assert traffic.LONGEST - 1_000 < max(lengths) <= traffic.LONGEST, lengths
    assert any("🖋" in line.decode() for line in lines)
    assert any(isinstance(record.get("order"), dict) for record in records)
    assert any(record["logger"] == "audit" for record in records)
    assert any("\n" in record.get("exception", "") for record in records)


@pytest.mark.installs
@EACH_DAEMON
def test_every_record_arrives_as_it_was_written(shipped: Ship, log: Path, name: str) -> None:
    assert [message.line for message in shipped(name).messages] == shipping.records(log)


@pytest.mark.installs
@EACH_DAEMON
def test_the_header_of_a_message_says_what_the_record_says(shipped: Ship, name: str) -> None:
    for message in shipped(name).messages:
        record = json.loads(message.line)
        event = record.get("event")

        assert message.facility == LOCAL0
        assert message.severity == SEVERITIES[record["level"]], record
        assert message.timestamp.replace("+00:00", "Z") == record["timestamp"]
        assert message.host == record["instance_id"]
        assert message.program == record["service"]
        assert message.process == str(record["pid"])
        assert message.message_id == (event[:32] if event else "-")


@pytest.mark.installs
@EACH_DAEMON
def test_what_is_no_record_is_kept_apart(shipped: Ship, name: str) -> None:
    assert tuple(shipped(name).other) == traffic.OTHER


@pytest.mark.installs
@EACH_DAEMON
def test_the_audit_trail_is_whole_at_the_other_end(
    shipped: Ship, workshop: Workshop, tmp_path: Path, name: str
) -> None:
    (tmp_path / "log").write_bytes(b"\n".join(message.line for message in shipped(name).messages))

    verify = ("-m", "orders.observability", "verify", "log")
    said = run(workshop.installed("fastapi").python, *verify, cwd=tmp_path).stdout

    assert "4 records" in said, said


@pytest.mark.installs
@EACH_DAEMON
def test_the_daemon_finds_nothing_wrong_with_its_configuration(tmp_path: Path, name: str) -> None:
    """By the command that the page shows."""
    program = PROGRAMS[name]
    system_tools.need(program)
    (path,) = FOLDER.glob(f"{name}.*")
    (tmp_path / path.name).write_text(shipping.configured(name, tmp_path, 514), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    (command,) = (
        line.partition("  #")[0]
        for _, kind, _, text in pages.blocks(page)
        for line in text.splitlines()
        if kind == "console" and line.startswith(program)
    )

    done = subprocess.run(
        ("sh", "-c", command),
        cwd=tmp_path,
        env={"PATH": shipping.PATH},
        capture_output=True,
        text=True,
        check=False,
    )

    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert not re.search("error|warning|deprecated", said, re.IGNORECASE), said


@pytest.mark.installs
def test_every_record_is_in_the_archive_of_duckdb(log: Path, tmp_path: Path) -> None:
    files = shipping.archive(log, tmp_path)
    rows = shipping.query(
        'SELECT record::VARCHAR AS line, "timestamp"::VARCHAR AS time, * EXCLUDE "timestamp"'
        f" FROM read_parquet('{files}')"
    )

    assert sorted(row["line"].encode() for row in rows) == sorted(shipping.records(log))
    for row in rows:
        record = json.loads(row["line"])
        happened = datetime.fromisoformat(record["timestamp"]).replace(tzinfo=None)
        assert datetime.fromisoformat(row["time"]) == happened
        for column in ("level", "service", "event", "message", "request_id", "trace_id"):
            assert row[column] == record.get(column)
        assert row["duration_ms"] == record.get("duration_ms")
    assert tuple(shipping.laid_aside(tmp_path / "other.log")) == traffic.OTHER


@pytest.mark.installs
def test_a_path_finds_a_nested_field_in_the_archive(log: Path, tmp_path: Path) -> None:
    path = re.search(r"record->'[^']+'", PAGE.read_text(encoding="utf-8"))
    assert path, "the page shows how to find a nested field"
    files = shipping.archive(log, tmp_path)

    rows = shipping.query(
        f"SELECT {path[0]}::VARCHAR AS article FROM read_parquet('{files}')"
        " WHERE event = 'order_placed' AND request_id = 'request-013'"
    )

    assert rows == [{"article": "Füller 🖋"}]


@pytest.mark.installs
def test_lnav_reads_every_record(log: Path, tmp_path: Path) -> None:
    system_tools.need("lnav")
    folder = recipes.lay_out(tmp_path / "orders", log)
    command = (
        "lnav -i docs/lnav.json && lnav -n -c ';SELECT log_raw_text FROM service_log'"
        " -c ':write-json-to -' orders.log"
    )

    rows = json.loads(recipes.run(Recipe("", 0, command, ""), folder))

    lines = [row["log_raw_text"].encode() for row in rows]
    text, cut, _ = traffic.OTHER
    # It sorts by time, and of two records that meet the later one may be written first.
    assert sorted(lines) == sorted([*shipping.records(log), text.encode(), cut.encode()])


def sections(page: str) -> dict[str, str]:
    """The text below each title of the page."""
    _, *parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)
    return {title: text.strip() for title, text in zip(parts[::2], parts[1::2], strict=True)}


def test_each_configuration_is_run_or_says_that_it_is_not() -> None:
    page = PAGE.read_text(encoding="utf-8")
    below = sections(page)
    files = {path.name for path in FOLDER.iterdir()}
    tried = {
        path.name for name in (*shipping.COMMANDS, "duckdb") for path in FOLDER.glob(f"{name}.*")
    }

    assert files == tried | {name for name in NOT_RUN.values() if name}
    marked = {title for title, text in below.items() if text.startswith("*Not run here.*")}
    assert marked == NOT_RUN.keys(), "tools/shipping.py lists what is not run"
    rows = re.findall(r"^\| \[.*?\]\(#(.+?)\) \|.*\| (yes|no) \|$", page, re.MULTILINE)
    anchors = {title.lower().replace(" ", "-"): title for title in below}
    assert {anchors[anchor] for anchor, answer in rows if answer == "no"} == NOT_RUN.keys()
    for name in files:
        assert f"](shipping/{name})" in page, f"the page does not link to {name}"
        assert f"](../how-to/shipping/{name})" in TRIED, "run `make docs-recipes`"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.name)
def test_a_configuration_in_yaml_is_yaml(path: Path) -> None:
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert isinstance(loaded, dict), path.name


@pytest.mark.installs
def test_the_page_of_what_was_tried_counts_what_comes_out_today(log: Path) -> None:
    out = f"{len(shipping.records(log))} records, {len(traffic.OTHER)} other lines apart"

    assert TRIED.count(out) == len(shipping.COMMANDS) + 1, "run `make docs-recipes`"
    assert re.search(r"Last run on \d{4}-\d\d-\d\d,", TRIED)


def test_what_cannot_be_installed_is_told_and_stops_nothing(tmp_path: Path) -> None:
    """On a machine with neither the tools nor apt-get."""
    for name in ("bash", "chmod", "dirname", "id", "mktemp", "rm"):
        found = shutil.which(name)
        assert found
        (tmp_path / name).symlink_to(found)
    script = tmp_path / "tools" / "system-tools"
    script.parent.mkdir()
    script.write_bytes((ROOT / "tools" / "system-tools").read_bytes())

    done = subprocess.run(
        (tmp_path / "bash", script), env={"PATH": str(tmp_path)}, capture_output=True, text=True
    )

    assert done.returncode == 0
    assert not done.stdout
    assert re.fullmatch(r"system-tools: install .*jq.*lnav.*rsyslog.*syslog-ng.*\n", done.stderr)
