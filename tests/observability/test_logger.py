"""Call sites: fields as keywords, the right caller, and the same line without a LogRecord."""

import inspect
import json
import logging
from typing import Any

import pytest
from children import run
from observability.audit import audit_logger
from observability.logger import get_logger
from observability.testing import Logs

logger = get_logger(__name__)

METHODS = ("debug", "info", "warning", "error", "critical", "exception", "log")
ATTRIBUTES = sorted(vars(logging.makeLogRecord({})).keys() | {"message", "asctime"})


def call(method: str, *args: object, **fields: object) -> None:
    """Log by that method, at ERROR where the method has no level of its own."""
    number = (logging.ERROR,) if method == "log" else ()
    getattr(logger, method)(*number, *args, **fields)


@pytest.fixture(autouse=True)
def _every_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_takes_fields_as_keywords_even_named_like_its_own(
    logs: Logs, method: str
) -> None:
    clashing = {"msg": 1, "level": 2, "args": 3, "name": 4, "self": 5, "kwargs": 6}

    call(method, "Transcript published", session_id="s-1", **clashing)

    entry = logs.assert_event("transcript_published", session_id="s-1", self=5, kwargs=6)
    assert (entry["msg_"], entry["level_"], entry["args_"], entry["name_"]) == (1, 2, 3, 4)
    assert entry["level"] == {"exception": "ERROR", "log": "ERROR"}.get(method, method.upper())
    assert entry["logger"] == __name__


@pytest.mark.parametrize("name", sorted({*ATTRIBUTES} - {"exc_info", "stack_info"}))
def test_a_field_named_like_an_attribute_of_a_record_is_kept(logs: Logs, name: str) -> None:
    call("info", "Field kept", **{name: "forged"})

    entry = logs.assert_event("field_kept", logger=__name__, level="INFO", message="Field kept")
    assert entry[f"{name}_"] == "forged"


def test_extra_and_keywords_are_one_record_and_the_keyword_wins(logs: Logs) -> None:
    odd: dict[Any, Any] = {"a": 1, "b": 1, "msg": 1, 7: "seven"}

    logger.info("Both", extra=odd, b=2)

    logs.assert_event("both", a=1, b=2, msg_=1, **{"7": "seven"})


@pytest.mark.parametrize("method", METHODS)
def test_the_caller_is_the_line_that_calls_the_method(
    caplog: pytest.LogCaptureFixture, method: str
) -> None:
    frame = inspect.currentframe()
    assert frame
    number = (logging.ERROR,) if method == "log" else ()

    getattr(logger, method)(*number, "Here", length=1)
    line = frame.f_lineno - 1

    record = caplog.records[-1]
    assert record.funcName == "test_the_caller_is_the_line_that_calls_the_method"
    assert (record.pathname, record.lineno) == (__file__, line)


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
        given: dict[str, dict[str, Any]] = {
            "exception": {},
            "flag": {"exc_info": True},
            "instance": {"exc_info": error},
            "tuple": {"exc_info": (type(error), error, error.__traceback__)},
        }
        call("exception" if how == "exception" else "error", "Lookup failed", **given[how])

    entry = logs.assert_event("lookup_failed", error_type="LookupError")
    assert entry["error_message"] == "nothing there"
    assert "Traceback" in entry["exception"]


@pytest.mark.parametrize(
    "given", [True, False, None, "yes", (None, None, None), (), ("a",), (1, 2, 3), KeyError]
)
def test_exc_info_without_an_exception_is_just_a_line(logs: Logs, given: Any) -> None:
    logger.error("No exception", exc_info=given)

    assert not {"exception", "error_type"} & logs.assert_event("no_exception").keys()


def test_an_error_type_of_the_call_wins(logs: Logs) -> None:
    logger.error("It failed", error_type="Timeout", exc_info=OSError("reset"))

    logs.assert_event("it_failed", error_type="Timeout", error_message="reset")


def test_a_plain_logger_yields_the_same_record(logs: Logs) -> None:
    plain = logging.getLogger("logger.plain")

    plain.warning("It took %d", 3, extra={"session_id": "s", "duration_ms": 3.0})
    get_logger("logger.ours").warning("It took %d", 3, session_id="s", duration_ms=3.0)

    first, second = logs.entries
    for differs in ("timestamp", "logger"):
        del first[differs], second[differs]
    assert first == second
    assert type(plain) is logging.Logger


def test_a_logger_that_exists_is_converted_in_place_and_the_class_of_others_stays() -> None:
    plain, child = logging.getLogger("logger.old"), logging.getLogger("logger.old.child")
    handler = logging.NullHandler()
    plain.addHandler(handler)
    plain.setLevel(logging.ERROR)

    ours = get_logger("logger.old")

    assert ours is plain is get_logger("logger.old")
    assert (ours.level, ours.handlers) == (logging.ERROR, [handler])
    assert child.parent is ours
    assert logging.getLoggerClass() is logging.Logger
    assert type(logging.getLogger("logger.after")) is logging.Logger


def test_the_audit_logger_takes_fields_alike(logs: Logs) -> None:
    audit_logger.info("Session created", actor_id="a-1", name="kept")

    logs.assert_event("session_created", actor_id="a-1", name_="kept", logger="audit")


COUNT_RECORDS = """
import string, random, time, unittest, uuid
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
time.time = lambda: 1754000000.1239
logging.time = time
time.time_ns = lambda: 1754000000123900000
chance = random.Random(0)
def word(letters=string.ascii_lowercase):
    return "".join(chance.choices(letters, k=chance.randint(1, 12)))
NAMES = "order_id duration_ms operation event level message name password api_key_id note"
NAMES = [*NAMES.split(), *"request_id trace_id truncated audit_seq é exception".split(), "x y"]
VALUES = [
    word,
    lambda: str(uuid.UUID(int=chance.getrandbits(128))),
    lambda: "password=" + word() + "4Kq",
    lambda: "é\\u2028\\x7f\\x00" + word(),
    lambda: word() * 500,
    lambda: chance.randint(-5, 10**16),
    lambda: chance.random() * 10 ** chance.randint(-3, 20),
    lambda: {chance.choice(NAMES): chance.choice(["open", 3, 1.5, {"state": "on"}, None])},
    lambda: chance.choice([4111111111111111, None, True, "", b"bytes", float("nan"), object]),
]
MESSAGES = ["Order placed", "request_completed", "Ünï", "token=" + "7Qx" * 9, "a" * 6000, ""]
def some():
    return {chance.choice(NAMES): chance.choice(VALUES)() for _ in range(chance.randint(0, 5))}
def both(message, /, *args, **given):
    made.clear()
    logger.info(message, *args, **given)
    direct = not made or not given.keys().isdisjoint({"name", "message"})
    logger.addFilter(seen)
    logger.info(message, *args, **given)
    logger.removeFilter(seen)
    assert direct and made, "the first is written without a LogRecord, the second with one"
for number in range(700):
    message = chance.choice(MESSAGES) if number % 3 else word() + " " + word()
    error = chance.choice([None, None, None, ValueError("reason " + word())])
    with log_context(**some()), unit_of_work(**some()):
        both(message, **some())
both("%s of %d", "one", 2)
both("%d", "wrong")
"""


def test_a_line_has_the_same_bytes_with_a_record_and_without() -> None:
    done = run(COUNT_RECORDS + EITHER_WAY)

    assert (done.code, done.errors) == (0, "")
    lines = done.output.splitlines()
    assert len(lines) == 2 * 702
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
        for name in ("handle", "callHandlers", "makeRecord")
    },
}
RESET = """
def reset(real=(logging.Logger.handle, logging.Logger.callHandlers, logging.Logger.makeRecord)):
    logging.Logger.handle, logging.Logger.callHandlers, logging.Logger.makeRecord = real
    logging.setLogRecordFactory(logging.LogRecord)
    for where in (logger, handler): where.removeFilter(seen)
    for where in (logging.getLogger(), logging.getLogger("a")): where.removeHandler(queue)
    found = len(made), [(r.getMessage(), r.order_id, r.amount, r.funcName) for r in kept]
    made.clear(), kept.clear()
    return found
logger = get_logger("a.b")
"""


def test_each_listener_is_given_a_whole_record_and_without_one_none_is_made() -> None:
    steps = [
        f"{code}\norder()\nprint(json.dumps(reset()), file=sys.stderr)\n" for code in SEES.values()
    ]
    done = run(COUNT_RECORDS + RESET + "".join(steps))

    found = map(json.loads, done.errors.splitlines())
    for who, (made, kept) in zip(SEES, found, strict=True):
        expected = [] if who == "nothing" else [["Order placed", "o-17", 3, "order"]]
        assert (made, kept) == (len(expected), expected), who
    assert [record["order_id"] for record in done.records] == ["o-17"] * len(SEES)


STOPS = """
def check(change, undo):
    change(); order(); undo(); print("|", flush=True)
for name, value in (("propagate", False), ("disabled", True), ("level", logging.ERROR)):
    before = getattr(logger, name)
    check(lambda: setattr(logger, name, value), lambda: setattr(logger, name, before))
    logger.manager._clear_cache()
check(lambda: handler.setLevel(logging.WARNING), lambda: handler.setLevel(0))
check(lambda: logging.disable(logging.INFO), lambda: logging.disable(0))
check(lambda: handler.addFilter(bool_of_none), lambda: handler.removeFilter(bool_of_none))
"""


def test_what_holds_a_line_back_is_obeyed() -> None:
    filtered = "def bool_of_none(record): return None\n"
    done = run(COUNT_RECORDS + filtered + STOPS + "order()")

    assert done.output.split("|\n")[:-1] == [""] * 6, done.errors
    assert done.output.count("o-17") == 1


def test_a_record_that_cannot_be_encoded_is_counted_and_raises_nothing() -> None:
    code = """
from observability import logger as module
def fail(event): raise ValueError("on purpose")
module.to_line = fail
logger.info("Lost")
print(logging.getLogger().handlers[0].lost, file=sys.stderr)
"""
    done = run(code)

    assert (done.output, done.errors) == ("", "ValueError; 1 lines lost\n1\n")


def test_a_forked_child_writes_its_own_pid() -> None:
    code = """
logger.info("Order placed")
child = os.fork()
logger.info("Order placed")
if child:
    os.waitpid(child, 0)
    print(os.getpid(), child, file=sys.stderr)
"""
    done = run(code)

    parent, child = map(int, done.errors.split())
    assert sorted(record["pid"] for record in done.records) == sorted([parent, parent, child])
