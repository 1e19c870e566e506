"""configure_logging(): one handler on the root logger, all lines through it, each once."""

import logging
import secrets
import signal
from collections import Counter
from typing import Any

import pytest
from children import BEGIN, SetEnvironment, run
from observability.audit import audit_logger
from observability.config import configure_logging
from observability.handlers import StdoutHandler
from observability.logger import get_logger
from observability.testing import Logs


def test_a_second_call_changes_nothing_and_handlers_of_others_stay(logs: Logs) -> None:
    root, foreign = logging.getLogger(), Logs()
    root.addHandler(foreign)
    before = [*root.handlers], [*audit_logger.handlers]

    assert isinstance(configure_logging(), StdoutHandler), "the factory returns the handler"
    get_logger("a").info("Seen", a=1)

    assert ([*root.handlers], [*audit_logger.handlers]) == before
    root.removeHandler(foreign)
    assert foreign.entries == logs.entries != []


@pytest.mark.parametrize(
    "before",
    [
        "logging.info('at import'); logging.basicConfig(level='DEBUG')",
        "logging.basicConfig(stream=sys.stdout); logging.lastResort = None",
        "import threading; from observability.config import configure_logging as configure\n"
        "thread = threading.Thread(target=configure); thread.start(); thread.join()",
    ],
)
def test_what_others_configured_before_neither_doubles_nor_loses_a_line(before: str) -> None:
    done = run("logger.info('Later line')", begin=f"import logging, sys\n{before}\n{BEGIN}")

    assert (done.output.count("Later line"), done.errors) == (1, "")


def test_fields_of_the_process_are_on_every_line_and_a_later_call_keeps_them() -> None:
    code = """
configure_logging(fields={"region": "eu", "api_key": "hunter2-canary", "pid": "forged"})
configure_logging()
logger.info("Ours")
plain.warning("Theirs")
audit_logger.info("Audited")
"""
    done = run(code)

    assert [record["region"] for record in done.records] == ["eu"] * 5
    assert "canary" not in done.output
    assert {record["pid_"] for record in done.records} == {"forged"}


def test_retired_variables_are_named_in_one_warning() -> None:
    retired = ["AUDIT_ON_FAILURE", "LOG_REPEAT_BURST"]
    given: dict[str, Any] = dict.fromkeys(retired, "50")
    (line,) = run("", **given).records

    assert (line["level"], line["variables"]) == ("WARNING", retired)


def test_loggers_of_servers_are_adopted_and_what_repeats_a_line_of_ours_is_dropped() -> None:
    before = """
import logging
servers = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.error", "gunicorn.error")]
for server in servers:
    server.addHandler(logging.StreamHandler())
    server.propagate, server.disabled = False, True
"""
    code = """
written = ValueError("written")
logger.error("Ours", exc_info=written)
for server in servers:
    server.info("connection open")
    server.info('%s - "WebSocket %s" [accepted]', "127.0.0.1", "/stream")
    server.error("Exception in ASGI application", exc_info=written)
    server.error("Exception in ASGI application", exc_info=ValueError("new"))
"""
    done = run(code, begin=before + BEGIN)

    assert [line["error_message"] for line in done.records] == ["written", *["new"] * 3]
    assert done.errors == ""


def test_levels_are_those_of_the_environment(environment: SetEnvironment, logs: Logs) -> None:
    environment(LOG_LEVEL="WARNING", LOG_LEVELS="chatty=DEBUG,httpx=INFO")
    for name in ("quiet", "chatty.child", "httpx", "httpcore", "uvicorn.access"):
        for level in (logging.DEBUG, logging.INFO, logging.WARNING):
            logging.getLogger(name).log(level, "Said")
    environment(LOG_LEVEL="INFO", LOG_LEVELS="")

    said = Counter(entry["logger"] for entry in logs.entries)
    assert said == {"quiet": 1, "chatty.child": 3, "httpx": 2, "httpcore": 1}


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ({"ENVIRONMENT": "production", "LOG_LEVEL": "DEBUG"}, 0),
        ({"ENVIRONMENT": "production", "LOG_LEVELS": "child=DEBUG"}, 0),
        ({"ENVIRONMENT": "production", "LOG_LEVEL": "DEBUG", "LOG_ALLOW_DEBUG": "1"}, 1),
        ({"ENVIRONMENT": "staging", "LOG_LEVEL": "DEBUG"}, 1),
    ],
)
def test_production_writes_debug_only_if_it_is_allowed(given: dict[str, Any], written: int) -> None:
    assert run("logger.debug('Detail')", **given).output.count("Detail") == written


@pytest.mark.parametrize(
    ("given", "beginning"),
    [
        ({"ENVIRONMENT": "staging"}, '{"timestamp":"2'),
        ({"ENVIRONMENT": "test", "LOG_FORMAT": "logfmt"}, "timestamp=2"),
    ],
)
def test_the_format_is_that_of_the_environment(given: dict[str, Any], beginning: str) -> None:
    code = "for one in (logger, plain, audit_logger): one.warning('Żółw 🐢')"
    done = run(code, PYTHONIOENCODING="ascii", **given)

    assert [line.startswith(beginning) for line in done.output.splitlines()] == [True] * 5
    assert done.output.count("Żółw 🐢") == 3


def test_uncaught_exceptions_and_warnings_are_lines_and_stderr_stays_empty() -> None:
    code = """
import warnings
def fail(): raise ValueError("in a thread")
thread = threading.Thread(target=fail, name="w-7"); thread.start(); thread.join()
thread = threading.Thread(target=sys.exit); thread.start(); thread.join()
class Careless:
    def __del__(self): raise ValueError("in __del__")
Careless()
warnings.warn("an old habit")
async def fail_later(): raise ValueError("in a task")
async def main():
    task = asyncio.ensure_future(fail_later())
    await asyncio.sleep(0)
    del task
asyncio.run(main())
raise ValueError("in main")
"""
    done = run(code)

    assert (done.code, done.errors) == (1, "")
    assert [(one["level"], one.get("error_message")) for one in done.records] == [
        ("CRITICAL", "in a thread"),
        ("ERROR", "in __del__"),
        ("WARNING", None),
        ("ERROR", "in a task"),
        ("CRITICAL", "in main"),
    ]
    thread, _, warning, _, _ = done.records
    assert (thread["message"], thread["thread_name"]) == ("Unhandled exception in thread", "w-7")
    assert "UserWarning: an old habit" in warning["message"]


def test_control_c_is_one_record_and_ends_the_process_as_ever() -> None:
    code = "try: raise ValueError('password=S3cr3t')\nexcept ValueError: raise KeyboardInterrupt"
    interrupted = run(code)

    (line,) = interrupted.records
    assert (line["error_type"], interrupted.code) == ("KeyboardInterrupt", -signal.SIGINT)
    assert (interrupted.errors, "S3cr3t" in interrupted.output) == ("", False)


def test_the_text_of_an_exit_is_redacted() -> None:
    done = run("sys.exit('no connection: password=S3cr3t')")

    assert (done.code, done.output) == (1, "")
    assert done.errors == "no connection: password=[redacted]\n"


def test_hooks_of_others_stay() -> None:
    before = """
import signal, sys, threading
def theirs(*args): print("theirs")
sys.excepthook = threading.excepthook = sys.unraisablehook = theirs
signal.signal(signal.SIGTERM, theirs)
"""
    hooks = "sys.excepthook, threading.excepthook, sys.unraisablehook"
    after = f"assert {{{hooks}, signal.getsignal(signal.SIGTERM)}} == {{theirs}}\nraise ValueError"
    assert run(after, begin=before + BEGIN).output == "theirs\n"


DOORS = """
import warnings
secret, held = sys.argv[1:]
def context():
    with log_context(origin=held, session_token=secret), unit_of_work(origin_of_unit=held):
        logger.warning("Given")
DOORS = [
    lambda: logger.warning(held), lambda: plain.warning("Given %s", held),
    lambda: plain.warning(held + " %d", "text"), lambda: logging.getLogger(held).warning("Given"),
    lambda: logger.warning("Given", a=[{"b": ({"token": secret}, held)}], c={held: 1}),
    lambda: plain.warning("Given", extra={"api_key": secret, "error_type": held}),
    lambda: logger.error("Given", exc_info=ExceptionGroup(held, [ValueError(held)])),
    lambda: logger.error("Given", stack_info=True, operation=held, tenant_id=held),
    lambda: audit_logger.info("Given", actor_id=held, api_key=secret),
    lambda: warnings.warn(held), lambda: configure_logging(fields={"of_process": held}),
    context, slow_operation(held, threshold_ms=-1)(int),
]
for door in DOORS:
    door()
    plain.warning("Passed")
raise RuntimeError(held)
"""


@pytest.mark.parametrize("shape", ["json", "logfmt", "console"])
def test_no_door_lets_a_secret_out(shape: str) -> None:
    secret = f"7Q{secrets.token_hex(14)}"

    done = run(DOORS, secret, f"password={secret}", LOG_FORMAT=shape)

    assert secret[:10] not in done.output + done.errors
    assert (done.output.count("Passed"), done.errors) == (DOORS.count("lambda:") + 2, "")
    assert "Unhandled exception" in done.output
    assert done.output.count("[redacted]") > 20, "the doors wrote less than they were given"
