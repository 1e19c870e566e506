"""The benchmark measures what it says; how fast anything is, no test asks."""

import sys
from functools import partial
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree

import calling
import charts
import environments
import interpreters
import measure
import processes
import pytest
import report
import results
import rounds
import serving
from cases import BARS, NAMES
from lines import WrongLine, check
from releases import ROOT
from rounds import Figure
from scenes import SCENES

GOOD = """
import json
from contextlib import nullcontext

bound = {}

def setup():
    pass

def context(**fields):
    global bound
    bound = fields
    return nullcontext()

def constant(duration_ms):
    print(json.dumps(bound | {
        "timestamp": "2026-01-31T09:30:00.000Z",
        "level": "INFO",
        "message": "Transcript published",
        "event": "transcript_published",
        "operation": "publish",
        "duration_ms": duration_ms,
    }), flush=True)
"""

CONTENDERS = sorted(path.stem for path in (ROOT / "benchmarks" / "contenders").glob("*.py"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a test's own contenders are found, beside those of the benchmark."""
    found = tmp_path / "contenders"
    found.mkdir()
    paths = f"{processes.HERE}:{tmp_path}"
    monkeypatch.setitem(processes.ENVIRONMENT, "PYTHONPATH", paths)
    return found


def run_contender(folder: Path, code: str, scene: str = "constant") -> None:
    """Check and count a contender of that code, as a run does before and after it is timed."""
    (folder / "tried.py").write_text(dedent(code), encoding="utf-8")
    python = Path(sys.executable)
    with processes.contenders(python, scene, ("tried",)) as found:
        found["tried"].measure()


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Services of this test run, with the peers beside them."""
    environments.FOLDER = tmp_path_factory.mktemp("speed")


@pytest.mark.installs
@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("scene", SCENES)
def test_every_line_of_every_contender_carries_its_values(scene: str) -> None:
    python = environments.service(min(interpreters.available()), "none").python

    with processes.contenders(python, scene, SCENES[scene].contenders) as found:
        for contender in found.values():
            assert contender.measure() > 0


@pytest.mark.installs
@pytest.mark.usefixtures("measured")
def test_every_request_has_its_line() -> None:
    python = environments.service(min(interpreters.available()), "starlette").python
    names = measure.SERVED["starlette"]

    with serving.servers(python, "starlette", *names) as found:
        for server in found.values():
            assert server.request_cpu(10) > 0
            assert server.throughput() > 0
        for server in found.values():
            server.count()

        found["ours"].requests += 1
        with pytest.raises(WrongLine, match=r"starlette, ours: \d+ lines of \d+ requests"):
            found["ours"].count()
        found["ours"].requests -= 1
    with serving.servers(python, "starlette", "ours", "bare") as found:
        for server in found.values():
            assert server.frame_cpu(10) > 0


@pytest.mark.installs
@pytest.mark.usefixtures("measured")
def test_every_request_without_a_server_has_its_line() -> None:
    python = environments.service(min(interpreters.available()), "starlette").python

    with calling.callers(python, "starlette", "ours", "middleware", "bare") as found:
        for caller in found.values():
            assert caller.request_cpu(10) > 0

        found["ours"].called += 1
        with pytest.raises(WrongLine, match=r"ours: \d+ lines of \d+ requests"):
            found["ours"].count()
        found["ours"].called -= 1


def test_a_contender_that_is_right_is_taken(folder: Path) -> None:
    run_contender(folder, GOOD)


def test_a_line_without_one_of_the_values_is_told_with_its_contender(folder: Path) -> None:
    without = GOOD.replace('"operation": "publish",', "")

    with pytest.raises(WrongLine, match=r"^tried: operation missing in this line: \{.*tenant-"):
        run_contender(folder, without)


def test_a_value_of_an_earlier_call_is_told(folder: Path) -> None:
    stale = GOOD.replace('"duration_ms": duration_ms', '"duration_ms": 1.5')

    with pytest.raises(WrongLine, match="tried: duration_ms missing"):
        run_contender(folder, stale)


def test_a_context_that_is_not_renewed_is_told(folder: Path) -> None:
    stale = GOOD.replace("    bound = fields\n", "    bound = globals().get('bound', fields)\n")

    with pytest.raises(WrongLine, match="tried: request_id, tenant_id, session_id missing"):
        run_contender(folder, stale)


def test_a_line_that_is_no_json_is_told(folder: Path) -> None:
    with pytest.raises(WrongLine, match="tried: this line is no JSON: Transcript published"):
        run_contender(folder, GOOD.replace("print(json.dumps", "print('Transcript published', "))


def test_lines_that_are_lost_or_doubled_are_told(folder: Path) -> None:
    doubled = GOOD.replace("print(", "[print] * 2 and print(*['{}']); print(")

    with pytest.raises(WrongLine, match="tried: 60 lines of 30 calls"):
        run_contender(folder, doubled)


def test_a_contender_that_ends_says_why(folder: Path) -> None:
    with pytest.raises(WrongLine, match=r"tried ended: (?s:.*)ZeroDivisionError"):
        run_contender(folder, GOOD.replace("print(", "1 / 0; print("))


def test_a_line_where_none_is_due_is_told(folder: Path) -> None:
    with pytest.raises(WrongLine, match="tried: 30 lines of 0 calls"):
        run_contender(folder, GOOD, scene="debug")


def test_a_text_that_was_cut_counts_only_with_its_own_ends() -> None:
    said = "timestamp level " * 40
    line = '{"timestamp":"2026-01-31T09:30:00Z","level":"INFO","message":"%s…%s"}'

    check("ours", line % (said[:40], said[-9:]), {"message": said})
    with pytest.raises(WrongLine, match="message"):
        check("ours", line % (said[:40], "another"), {"message": said})


def test_each_round_has_a_turn_of_each_contender() -> None:
    turns: list[str] = []

    def turn(name: str) -> float:
        turns.append(name)
        return 1.0

    names = ("a", "b", "c")
    taken = rounds.take({name: partial(turn, name) for name in names}, rounds=20)

    assert all(len(found) == 20 for found in taken.values())
    each_round = [turns[first : first + 3] for first in range(0, len(turns), 3)]
    assert all(sorted(one) == list(names) for one in each_round)
    assert len({tuple(one) for one in each_round}) > 1


def test_a_figure_is_the_median_of_what_each_round_shows() -> None:
    slow_phase = {"ours": [1.0, 1.0, 30.0, 1.0, 4.0], "peer": [2.0, 2.0, 60.0, 2.0, 2.0]}
    bare = {"ours": [3.0, 3.5, 13.0], "peer": [5.0, 5.5, 15.0], "bare": [1.0, 1.5, 11.0]}

    assert rounds.ratio(slow_phase, "ours", "peer").value == 0.5
    assert rounds.added(bare, "ours", "peer", "bare") == Figure(0.5, 0.5, 0.5)


def test_what_adds_nothing_is_no_measure() -> None:
    with pytest.raises(ArithmeticError, match="peer adds nothing to bare"):
        rounds.added({"ours": [2.0], "peer": [1.0], "bare": [1.0]}, "ours", "peer", "bare")


def test_each_contender_is_measured_and_each_bar_is_of_a_case() -> None:
    assert {name for scene in SCENES.values() for name in scene.contenders} == set(CONTENDERS)
    for bar in BARS:
        assert bar.case in measure.CASES, bar
        assert bar.against in NAMES, bar
        if bar.case in SCENES:
            assert bar.against in SCENES[bar.case].contenders, bar


def test_the_results_have_a_figure_for_each_bar_and_tell_nobodys_name() -> None:
    kept = results.load()

    assert len(kept) >= 2, "the oldest Python and the newest"
    for number, one in enumerate(kept):
        due = {bar.name for bar in BARS if not number or bar.case not in measure.OF_THE_TEMPLATE}
        assert not due - one.figures.keys()
        assert one.mode != "quick"
        assert one.versions.keys() >= {"python", *environments.SHOWN}
    for path in results.FOLDER.glob("*.json"):
        assert "/home" not in path.read_text(encoding="utf-8")


def test_the_page_and_the_charts_are_made_from_the_results() -> None:
    kept = results.load()
    text = report.PAGE.read_text(encoding="utf-8")

    assert report.page(kept, text) == text, "run benchmarks/run.py --draw"
    for name, drawn in charts.draw(kept).items():
        assert (charts.PICTURES / name).read_text(encoding="utf-8") == drawn, name
        ElementTree.fromstring(drawn)
        assert f"pictures/{name}" in text


def test_the_page_has_every_bar_with_its_figures() -> None:
    text = report.PAGE.read_text(encoding="utf-8")
    kept = results.load()

    for bar in BARS:
        rows = [row for row in text.splitlines() if row.startswith("|") and bar.shown in row]
        found = [row for row in rows if NAMES[bar.against] in row]
        for one in kept:
            if bar.name in one.figures:
                shown = report.cell(one.figures[bar.name], bar)
                assert any(shown in row for row in found), bar


def test_a_bar_that_is_missed_is_told() -> None:
    bar = next(bar for bar in BARS if bar.name == "constant/structlog")
    kept = results.Results("3.99", figures={bar.name: Figure(1.5, 1.4, 1.6)})

    assert "**1.5** (1.4 to 1.6)" in report.made([kept])
    assert f"{bar.title}, against {NAMES['structlog']}, on 3.99: 1.5" in report.made([kept])
    less = f"**{NAMES['structlog']}** takes less for: {SCENES['constant'].title} (0.667 x)."
    assert less in report.made([kept])
    assert report.console(bar.name, kept.figures[bar.name]).endswith("MISSED")
