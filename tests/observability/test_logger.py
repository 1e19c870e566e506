"""Call sites: fields as keywords, the right caller, and the same line without a LogRecord."""

import inspect
import json
import logging
from typing import Any

import pytest
from children import run
from observability.logger import get_logger
from observability.testing import Logs

logger = get_logger(__name__)

METHODS = ("debug", "info", "warning", "error", "critical", "exception", "log")
ATTRIBUTES = vars(logging.makeLogRecord({})).keys() - {"exc_info", "stack_info"}
ARGUMENTS = {"message", "asctime", "level", "self", "kwargs"}


@pytest.fixture(autouse=True)
def _every_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_takes_fields_whatever_their_names_and_the_caller_is_its_line(
    logs: Logs, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    frame = inspect.currentframe()
    assert frame
    number = (logging.ERROR,) if method == "log" else ()
    clashing: dict[str, Any] = dict.fromkeys(ATTRIBUTES | ARGUMENTS, "given")

    getattr(logger, method)(*number, "Transcript published", session_id="s-1", **clashing)
    line = frame.f_lineno - 1

    entry = logs.assert_event("transcript_published", session_id="s-1", logger=__name__)
    assert entry["level"] == {"exception": "ERROR", "log": "ERROR"}.get(method, method.upper())
    for name in clashing:
        assert "given" in (entry.get(name), entry.get(f"{name}_")), f"{name} is not on the line"
    record = caplog.records[-1]
    assert record.funcName == inspect.getframeinfo(frame).function
    assert (record.pathname, record.lineno) == (__file__, line)


def test_extra_and_keywords_are_one_record_and_the_keyword_wins(logs: Logs) -> None:
    odd: dict[Any, Any] = {"a": 1, "b": 1, "msg": 1, 7: "seven"}

    logger.info("Both", extra=odd, b=2)

    logs.assert_event("both", a=1, b=2, msg=1, **{"7": "seven"})


def test_stacklevel_looks_further_out(caplog: pytest.LogCaptureFixture) -> None:
    def helper() -> None:
        logger.info("Through a helper", stacklevel=2)

    helper()

    assert caplog.records[-1].funcName == "test_stacklevel_looks_further_out"


@pytest.mark.parametrize("how", ["exception", "flag", "instance", "tuple"])
def test_an_exception_is_taken_however_it_is_given(logs: Logs, how: str) -> None:
    try:
        raise LookupError("nothing there")
    except LookupError as error:
        if how == "exception":
            logger.exception("Lookup failed", error_type="Timeout")
        else:
            parts = (type(error), error, error.__traceback__)
            given: Any = {"flag": True, "instance": error, "tuple": parts}[how]
            logger.error("Lookup failed", exc_info=given, error_type="Timeout")

    entry = logs.assert_event("lookup_failed", error_message="nothing there")
    assert entry["error_type"] == "Timeout", "the call's own type is lost"
    assert "LookupError" in entry["exception"]


@pytest.mark.parametrize("given", ["to our handler", "in a record"])
def test_an_exception_that_is_empty_is_one(given: str) -> None:
    code = """
class Empty(Exception):
    def __len__(self): return 0
logger.error("It failed", exc_info=Empty("why"), stack_info=len(sys.argv[1]) < 12)
"""
    (entry,) = run(code, given).records

    assert (entry["error_type"], entry["error_message"]) == ("__main__.Empty", "why")


def test_a_field_may_be_named_like_an_attribute_that_a_factory_sets() -> None:
    code = """
def make(*args, **kwargs):
    record = logging.LogRecord(*args, **kwargs)
    record.request_id = "the factory's"
    return record
logging.setLogRecordFactory(make)
logger.info("Given", request_id="ours")
logger.info("Not given")
"""
    given, other = run(code).records

    assert (given["request_id"], other["request_id"]) == ("ours", "the factory's")


@pytest.mark.parametrize(
    "given", [True, False, None, "yes", (None, None, None), (), ("a",), (1, 2, 3), KeyError]
)
def test_exc_info_without_an_exception_is_just_a_line(logs: Logs, given: Any) -> None:
    logger.error("No exception", exc_info=given)

    assert not {"exception", "error_type"} & logs.assert_event("no_exception").keys()


def test_a_plain_logger_yields_the_same_record(logs: Logs) -> None:
    plain = logging.getLogger("logger.plain")

    plain.warning("It took %d", 3, extra={"session_id": "s", "duration_ms": 3.0})
    get_logger("logger.ours").warning("It took %d", 3, session_id="s", duration_ms=3.0)

    first, second = logs.entries
    for differs in ("timestamp", "logger"):
        del first[differs], second[differs]
    assert first == second


def test_a_logger_that_exists_is_converted_in_place_and_the_class_of_others_stays() -> None:
    plain, child = logging.getLogger("logger.old"), logging.getLogger("logger.old.child")
    plain.setLevel(logging.ERROR)

    ours = get_logger("logger.old")

    assert ours is plain is get_logger("logger.old") is child.parent
    assert ours.level == logging.ERROR
    assert type(child) is type(logging.getLogger("logger.after")) is logging.Logger


COUNT_RECORDS = """
from logging.handlers import QueueHandler
from queue import SimpleQueue
made, kept = [], []
make = logging.LogRecord.__init__
def counted(self, *args, **kwargs):
    made.append(self)
    make(self, *args, **kwargs)
logging.LogRecord.__init__ = counted
handler = logging.getLogger().handlers[0]
def order():
    logger.info("Order placed", order_id="o-17", amount=3)
def seen(record):
    kept.append(record)
    return True
queue = QueueHandler(SimpleQueue())
queue.emit = kept.append
"""

EITHER_WAY = """
import itertools, time
time.time = lambda: 1754000000.1239
logging.time = time
time.time_ns = lambda: 1754000000123900000
MESSAGES = ["Order placed", "request_completed", "Ünï", "token=" + "7Qx" * 9, "a" * 6000, "", 7]
FIELDS = [
    {},
    {"order_id": "o-17", "request_id": 7, "duration_ms": 1.5, "event": "named.event"},
    {"password": "hunter22", "note": "password=hunter22", "n": 4111111111111111},
    {"é": "é\\u2028\\x7f\\x00", "x y": "text" * 2000, "nested": {"password": [1.5, None, True]}},
    {"name": 1, "message": 2, "level": 3, "truncated": 4, "audit_seq": 5, "exception": 6},
    {"trace_id": 1.5, "duration_ms": float("nan"), "event": "", "bytes": b"bytes", "type": object},
]
def both(message, /, *args, **given):
    made.clear()
    logger.info(message, *args, **given)
    direct = not made or "name" in given
    logger.addFilter(seen)
    logger.info(message, *args, **given)
    logger.removeFilter(seen)
    assert direct and made, "the first is written without a LogRecord, the second with one"
for message, fields, block, unit in itertools.product(MESSAGES, FIELDS, FIELDS, FIELDS[:3]):
    with log_context(**block), unit_of_work(**unit):
        both(message, **fields)
both("%s of %d", "one", 2)
both("%d", "wrong")
"""


def test_a_line_has_the_same_bytes_with_a_record_and_without() -> None:
    done = run(COUNT_RECORDS + EITHER_WAY)

    assert (done.code, done.errors) == (0, "")
    lines = done.output.splitlines()
    assert len(lines) == 2 * (7 * 6 * 6 * 3 + 2)
    for direct, by_record in zip(lines[::2], lines[1::2], strict=True):
        assert direct == by_record


SEES = {
    "nothing": "",
    "a handler on the root logger": "logging.getLogger().addHandler(queue)",
    "a handler on a logger above": "logging.getLogger('a').addHandler(queue)",
    "a filter on the logger": "logger.addFilter(seen)",
    "a filter on the handler": "handler.addFilter(seen)",
    "a record factory": """
class Factory(logging.LogRecord):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        kept.append(self)
logging.setLogRecordFactory(Factory)
""",
    **{
        f"a replaced {name}": f"""
real = logging.Logger.{name}
def replaced(self, *args, **kwargs):
    found = real(self, *args, **kwargs)
    kept.append(found or args[0])
    return found
logging.Logger.{name} = replaced
"""
        for name in ("callHandlers", "makeRecord")
    },
}


@pytest.mark.parametrize("who", SEES)
def test_each_listener_is_given_a_whole_record_and_without_one_none_is_made(who: str) -> None:
    code = """
order()
shown = [[record.getMessage(), record.order_id, record.funcName] for record in kept]
print(json.dumps([len(made), *shown]), file=sys.stderr)
"""
    done = run(f"{COUNT_RECORDS}\nlogger = get_logger('a.b')\n{SEES[who]}\n{code}")

    expected = [0] if who == "nothing" else [1, ["Order placed", "o-17", "order"]]
    assert json.loads(done.errors) == expected
    assert [record["order_id"] for record in done.records] == ["o-17"]


@pytest.mark.parametrize(
    "change",
    [
        "logger.propagate = False; logger.addHandler(logging.NullHandler())",
        *("logger.disabled = True", "logger.setLevel(logging.ERROR)"),
        *("handler.setLevel(logging.WARNING)", "logging.disable(logging.INFO)"),
        *("logger.addFilter(lambda record: 0)", "handler.addFilter(lambda record: None)"),
    ],
)
def test_what_holds_a_line_back_is_obeyed(change: str) -> None:
    done = run(f"handler = logging.getLogger().handlers[0]\n{change}\nlogger.info('Held back')")

    assert (done.output, done.errors) == ("", "")


def test_a_record_that_cannot_be_encoded_is_counted_and_raises_nothing() -> None:
    code = """
from observability import logger as module
def fail(*parts): raise ValueError("on purpose")
module.to_line = fail
logger.info("Lost")
print(logging.getLogger().handlers[0].lost, file=sys.stderr)
"""
    done = run(code)

    assert (done.output, done.errors) == ("", "StdoutHandler: ValueError; 1 lost\n1\n")
