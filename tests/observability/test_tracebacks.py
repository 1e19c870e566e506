"""A traceback: bounded, folded, redacted, written once, without a value of a local."""

import json
import linecache
import logging
import secrets
import shutil
import traceback
from collections.abc import Callable
from pathlib import Path

import observability.tracebacks
import pytest
from children import run
from observability.formatters import JSONFormatter
from observability.logger import get_logger
from observability.testing import Logs
from observability.tracebacks import MAX_FRAMES, format_exception

logger = get_logger(__name__)


class OwnError(Exception):
    """An exception of this module."""


def caught(raising: Callable[[], object]) -> BaseException:
    try:
        raising()
    except BaseException as error:  # noqa: BLE001 - any kind is shown
        return error
    raise AssertionError("it does not raise")


def fail(message: str = "reason") -> None:
    raise OwnError(message)


def chained(links: int, cause: bool = True) -> None:
    try:
        if not links:
            fail("first of all")
        chained(links - 1, cause)
    except Exception as error:
        if cause:
            raise ValueError(f"link {links}") from error
        raise ValueError(f"link {links}")  # noqa: B904 - the other is its context


@pytest.mark.parametrize("cause", [True, False])
def test_a_short_chain_reads_like_the_text_of_python(cause: bool) -> None:
    error = caught(lambda: chained(1, cause))
    stock = "".join(traceback.format_exception(error))
    without_marks = [line for line in stock.splitlines() if set(line) - set(" ~^")]

    assert [line for line in format_exception(error).splitlines() if line] == [
        line for line in without_marks if line
    ]


def test_a_traceback_is_written_once_and_the_message_each_time(logs: Logs) -> None:
    error = caught(fail)

    logger.error("First", exc_info=error)
    logger.error("Second", exc_info=error)
    logger.error("Another", exc_info=caught(fail))

    written = ["exception" in entry for entry in logs.entries]
    assert written == [True, False, True]
    own_type = f"{__name__}.OwnError"
    for entry in logs.entries:
        assert (entry["error_type"], entry["error_message"]) == (own_type, "reason")
    assert logs.entries[0]["exception"].endswith(f"{own_type}: reason\n")


def test_no_secret_of_a_message_a_note_a_source_line_or_a_local_is_shown(logs: Logs) -> None:
    secret, local = f"7Q{secrets.token_hex(14)}", secrets.token_hex(8)
    source = f'value, message = local, "password={secret}"; raise ValueError(message)'
    linecache.cache["made.py"] = (1, None, [source], "made.py")
    error = caught(lambda: exec(compile(source, "made.py", "exec"), {"local": local}))
    error.add_note(f"Cookie: sid={secret}")

    logger.error("It failed", exc_info=error)

    logs.assert_no_secret(secret, local)
    assert logs.entries[0]["exception"].count("[redacted]") == 3


def test_frames_of_libraries_are_counted_and_own_frames_are_shown() -> None:
    error = caught(lambda: json.loads("{"))

    text = format_exception(error)

    assert "more frames" in text
    assert "<lambda>" in text
    assert text.count("  File ") == 3, f"two of ours and the innermost one: {text}"


def test_of_a_deep_recursion_the_innermost_frames_are_shown() -> None:
    def deeper(left: int) -> None:
        if left:
            deeper(left - 1)
        fail()

    text = format_exception(caught(lambda: deeper(200)))

    assert text.count("  File ") == MAX_FRAMES
    assert "  ... 164 more frames ..." in text
    assert "in fail" in text


@pytest.mark.parametrize("cause", [True, False])
def test_of_a_long_chain_a_line_shows_the_first_and_the_last_exceptions(cause: bool) -> None:
    error = caught(lambda: chained(200, cause))

    record = logging.makeLogRecord({"msg": "It failed", "exc_info": error})
    text = json.loads(JSONFormatter().format(record))["exception"]

    assert "OwnError: first of all" in text
    assert text.endswith("ValueError: link 200\n")


def test_what_a_traceback_shows_as_a_cause_has_none_of_its_own_later(logs: Logs) -> None:
    error = caught(lambda: chained(1))

    logger.error("It failed", exc_info=error)
    logger.error("The cause", exc_info=error.__cause__)

    assert ["exception" in entry for entry in logs.entries] == [True, False]


def test_a_group_only_names_a_member_whose_traceback_is_written(logs: Logs) -> None:
    error = caught(fail)

    logger.error("One failed", exc_info=error)
    logger.error("All failed", exc_info=BaseExceptionGroup("all", [error, KeyError("other")]))

    text = logs.entries[1]["exception"]
    assert f" 1 of 2: {__name__}.OwnError\n" in text
    assert "KeyError: 'other'" in text
    assert "Traceback" not in text


def test_the_path_of_a_file_need_not_be_utf_8() -> None:
    code = r"""
try:
    exec(compile("raise ValueError('reason')", "/srv/\udce4.py", "exec"))
except ValueError:
    logger.exception("It failed")
"""
    (line,) = run(code).records

    assert r"/srv/\udce4.py" in line["exception"]


def test_causes_in_a_circle_are_shown_once() -> None:
    first, second = ValueError("first"), KeyError("second")
    first.__cause__, second.__cause__ = second, first

    assert format_exception(first).count("first") == 1


def test_members_of_groups_are_shown_to_a_depth_and_number() -> None:
    members = [ValueError(f"member {number}") for number in range(500)]
    nested: ExceptionGroup[Exception] = ExceptionGroup("many", members)

    text = format_exception(nested)
    assert "1 of 500" in text
    assert "member 9" in text
    assert "member 10" not in text

    for level in range(6):
        nested = ExceptionGroup(f"level {level}", [nested, OwnError(f"beside {level}")])
    text = format_exception(nested)
    assert "OwnError: beside 3" in text
    assert "beside 2" not in text, "too deep"


def test_a_service_that_is_installed_is_no_library(tmp_path: Path) -> None:
    """As in a container, where it lies in site-packages."""
    service = tmp_path / "site-packages" / "orders"
    here = Path(observability.tracebacks.__file__).parent
    shutil.copytree(here, service / "observability", ignore=shutil.ignore_patterns("__pycache__"))
    (service.parent / "stranger.py").write_text("def call(it):\n    it()\n")
    routes = "import stranger\ndef inner(): raise ValueError\ndef outer(): stranger.call(inner)\n"
    (service / "routes.py").write_text(routes)
    code = """
from orders.observability.tracebacks import format_exception
from orders.routes import outer
try:
    outer()
except ValueError as error:
    print(format_exception(error))
"""
    done = run(code, begin="", PYTHONPATH=str(service.parent))

    lines = [line.strip() for line in done.output.splitlines()]
    assert f'File "{service / "routes.py"}", line 3, in outer' in lines, done.errors
    assert "... 1 more frames ..." in lines
    assert f'File "{service / "routes.py"}", line 2, in inner' in lines
