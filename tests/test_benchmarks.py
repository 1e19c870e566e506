"""The benchmark measures what it says; no test asks how fast anything is."""

import sys
from pathlib import Path

import measure
import pytest
import report
from cases import CASES, FLOORS, NAMES
from contenders import CONTENDERS
from measure import Contender, Figure, WrongLine, check

LINE = b'{"timestamp":"2026-01-31T09:30:00Z","level":"INFO","message":"Sent","size":3}'


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    measure.BUILD = tmp_path_factory.mktemp("benchmarks")
    return measure.install(sys.executable)


@pytest.mark.installs
@pytest.mark.parametrize("case", CASES)
def test_every_line_of_every_contender_carries_all_fields(python: Path, case: str) -> None:
    for name in ("ours", *CASES[case].peers):
        with Contender(python, name, case) as contender:
            contender.check()
            assert contender.measure() > 0
            contender.count()

            contender.reader.count += 1
            with pytest.raises(WrongLine, match=f"^{name}: .* lines of .* calls"):
                contender.count()


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        (LINE.replace(b"3", b"4"), "size missing"),
        (LINE.replace(b"INFO", b""), "level missing"),
        (LINE.replace(b"2026", b""), "timestamp missing"),
        (LINE[1:], "not JSON"),
    ],
)
def test_a_line_without_a_value_is_refused_with_its_contender(line: bytes, missing: str) -> None:
    check("peer", LINE, {"message": "Sent", "size": 3})

    with pytest.raises(WrongLine, match=f"^peer: {missing}"):
        check("peer", line, {"message": "Sent", "size": 3})


def test_each_floor_belongs_to_a_case_and_a_peer_that_are_measured() -> None:
    for case, peer in FLOORS:
        assert peer in CASES[case].peers, f"{case} is not measured against {peer}"
    assert {peer for case in CASES.values() for peer in case.peers} | {"ours"} == set(CONTENDERS)
    assert set(NAMES) == set(CONTENDERS)


def test_a_floor_that_is_missed_is_named_and_bold() -> None:
    figures = {f"{case}/{peer}": Figure(9, 8, 10) for case, peer in FLOORS}

    assert len(report.Results("3.11", figures=figures).missed()) == len(FLOORS)
    assert report.cell(Figure(9, 8, 10), 1.0) == "**9** (8 to 10)"
