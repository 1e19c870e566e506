"""The console: time, level, message, then a request or fields, short ids, a traceback below."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from children import BEGIN, HANG_S, Ended, environment, run
from observability.formatters import BOLD, COLOURS, DIM, ConsoleFormatter
from observability.logger import get_logger
from observability.record import event_of

ONE_LINE = "logger.info('Transcript published', session_id='s-1', text='two words')"
CLOCK = r"\d\d:\d\d:\d\d\.\d{3}"


def painted(code: str, text: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m"


def shown(colour: bool = False, **fields: Any) -> str:
    event = {"timestamp": "2026-01-01T00:00:00.000Z", "level": "INFO", "message": "Order placed"}
    formatter = ConsoleFormatter()
    formatter.colour = colour
    return formatter.to_text({**event, "logger": "observability.http", **fields})


@pytest.mark.parametrize("where", ["development", "test"])
def test_people_get_a_line_to_read(tmp_path: Path, where: str) -> None:
    done = run(ONE_LINE, ENVIRONMENT=where, folder=tmp_path)

    pattern = rf'{CLOCK} INFO     Transcript published text="two words" session_id=s-1 \[child\]\n'
    assert re.fullmatch(pattern, done.output), done.output


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "INFO     Order placed         [http]"),
        ({"level": "CRITICAL"}, "CRITICAL Order placed         [http]"),
        (
            {"request_id": "0192f0c1" * 3 + "-the-end", "a": 1, "tenant_id": "europe"},
            "INFO     Order placed         a=1 request_id=-the-end tenant_id=europe [http]",
        ),
        (
            {"method": "GET", "path": "/orders/7", "route": "/orders/{id}", "status": 200}
            | {"duration_ms": 1.234, "outcome": "success", "trace_id": "a" * 32, "pid": 7},
            "INFO     Order placed         GET /orders/{id} 200 1.2 ms outcome=success [http]",
        ),
        (
            {"method": "GET", "path": "/a\nb", "route": None, "status": None, "duration_ms": 2.0},
            "INFO     Order placed         GET /a\\u000ab None 2.0 ms [http]",
        ),
        ({"method": "card"}, "INFO     Order placed         method=card [http]"),
        ({"path": 7, "method": []}, "INFO     Order placed         path=7 method=[] [http]"),
        ({"message": "a\x1b[31m\nb", "logger": "\x07"}, r"INFO     a\u001b[31m\u000ab   [\u0007]"),
    ],
)
def test_a_line_has_message_request_fields_and_ids_in_this_order(
    fields: dict[str, Any], line: str
) -> None:
    assert shown(**fields)[len("00:00:00.000 ") :] == line


def on_a_terminal(**variables: str) -> str:
    controller, terminal = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", BEGIN + ONE_LINE],
        env=environment(ENVIRONMENT="test", **variables),
        stdout=terminal,
        check=True,
        timeout=HANG_S,
    )
    os.close(terminal)
    text = os.read(controller, 65_536).decode()
    os.close(controller)
    return text


def test_colour_is_for_a_terminal_unless_a_variable_overrides_it() -> None:
    assert "\x1b[" in on_a_terminal()
    assert "\x1b[" not in on_a_terminal(NO_COLOR="1")
    assert "\x1b[" in run(ONE_LINE, ENVIRONMENT="test", FORCE_COLOR="1").output
    assert "\x1b[" not in run(ONE_LINE, ENVIRONMENT="test").output


@pytest.mark.parametrize("level", COLOURS)
def test_level_message_and_ids_are_painted(level: str) -> None:
    text = shown(colour=True, level=level, session_id="s")

    assert painted(COLOURS[level], f"{level:8}") in text
    assert painted(BOLD, f"{'Order placed':20}") in text
    assert painted(DIM, "session_id=s") in text


def test_a_traceback_is_below_its_line_with_own_frames_bold(
    caplog: pytest.LogCaptureFixture,
) -> None:
    try:
        try:
            json.loads("{")
        except ValueError as error:
            raise ExceptionGroup("both\nlines \x07", [error, KeyError("k")]) from None
    except ExceptionGroup:
        get_logger("orders").exception("It failed")

    head, *below = shown(colour=True, **event_of(caplog.records[0])).split("\n")
    assert "It failed" in head
    assert all(line.startswith("    ") for line in below)
    text = "\n".join(below)
    own = Path(__file__).name
    assert len(re.findall(rf'\x1b\[1m[ |]+File "[^"]+{own}"', text)) == 2, text
    assert re.search(r'\x1b\[2m[ |]+File "[^"]+json/decoder\.py"', text), text
    assert re.search(r"\x1b\[31m  \| json\.decoder\.JSONDecodeError: ", text), text
    assert painted("31", "lines \\u0007 (2 sub-exceptions)") in text
    assert len(re.findall(r"\x1b\[2m  \+-+ [12] of 2", text)) == 2, text


def show(file: str) -> Ended:
    code = "import runpy; runpy.run_module('observability', run_name='__main__')"
    return run(code, "show", file, begin="")


def test_show_prints_lines_of_json_as_the_console_and_others_as_they_came(tmp_path: Path) -> None:
    (line,) = run(ONE_LINE).output.splitlines()
    strange = ["Traceback:", "{", "[1]", "null", '{"timestamp": 7}', "[" * 100_000]
    surrogate = line.replace("two words", r"\ud800 \u001b[2J")
    (tmp_path / "lines").write_text("\n".join([line, *strange, surrogate, "half"]))

    done = show(str(tmp_path / "lines"))

    assert (done.code, done.errors) == (0, "")
    first, *same, last, half = done.output.splitlines()
    assert re.fullmatch(rf'{CLOCK} INFO     Transcript published text="two words".*', first)
    assert same == strange
    assert "\x1b" not in last, "a line cannot speak to the terminal"
    assert half == "half"


def test_a_file_that_cannot_be_read_is_named_and_a_reader_that_leaves_is_no_failure() -> None:
    absent = show("/absent")
    assert absent.code == 2
    assert "error: /absent cannot be read: " in absent.errors.splitlines()[-1]

    code = f"yes | {sys.executable} -m observability show - | head -n 1"
    left = subprocess.run(
        ["bash", "-c", code], env=environment(), capture_output=True, text=True, timeout=HANG_S
    )
    assert (left.stdout, left.stderr) == ("y\n", "")
