"""configure_logging(): one handler on the root logger, all lines through it, each once."""

import json
import logging
import secrets
import signal
from typing import Any

import pytest
from children import BEGIN, SetEnvironment, run
from observability.audit import audit_logger
from observability.config import configure_logging, stdout_handler
from observability.handlers import StdoutHandler
from observability.logger import get_logger
from observability.testing import Logs
from observability.tracebacks import mark_logged


def test_a_second_call_changes_nothing_and_the_factory_returns_the_handler() -> None:
    before = list(logging.getLogger().handlers), list(audit_logger.handlers)

    assert isinstance(stdout_handler(), StdoutHandler)
    configure_logging()

    assert (list(logging.getLogger().handlers), list(audit_logger.handlers)) == before


@pytest.mark.parametrize(
    "other",
    [
        "logging.info('at import'); logging.basicConfig(level='DEBUG')",
        "logging.basicConfig(stream=sys.stdout)",
        "logging.lastResort = None",
    ],
)
def test_what_others_configured_before_neither_doubles_nor_loses_a_line(other: str) -> None:
    done = run("logger.info('Later line')", begin=f"import logging, sys\n{other}\n{BEGIN}")

    assert done.output.count("Later line") == 1
    assert done.errors == ""


@pytest.mark.parametrize(
    "other",
    [
        "logging.basicConfig(force=True)",
        "import logging.config; logging.config.dictConfig({'version': 1, 'root': {'level': 40}})",
        "logging.getLogger().handlers.clear()",
        "logging.shutdown()",
    ],
)
def test_a_second_call_repairs_what_others_have_changed(other: str) -> None:
    code = f"{other}\nconfigure_logging()\nlogger.disabled = False\nlogger.info('Later line')"
    done = run(code)

    assert (done.output.count("Later line"), done.errors) == (1, "")


def test_handlers_of_others_stay_and_see_each_record(logs: Logs) -> None:
    root, foreign = logging.getLogger(), Logs()
    root.addHandler(foreign)
    configure_logging()
    get_logger("a").info("Seen", a=1)
    root.removeHandler(foreign)

    assert foreign.entries == logs.entries != []


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
    given: dict[str, Any] = {
        "LOG_REPEAT_BURST": "50",
        "AUDIT_ON_FAILURE": "raise",
        "LOG_MAX_LINE_BYTES": "9000",
    }
    (line,) = run("", **given).records

    assert (line["level"], line["variables"]) == ("WARNING", sorted(given))


def test_loggers_of_servers_are_adopted_whatever_they_had() -> None:
    before = """
import logging
servers = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.error", "gunicorn.error")]
for server in servers:
    server.addHandler(logging.StreamHandler())
    server.propagate, server.disabled = False, True
"""
    done = run("for server in servers: server.info('Started')", begin=before + BEGIN)

    assert (done.output.count("Started"), done.errors) == (3, "")


def test_what_a_server_says_that_a_line_of_ours_says_is_dropped(logs: Logs) -> None:
    server = logging.getLogger("uvicorn.error")
    written: Any = ValueError("written")
    mark_logged(written)

    server.info("connection open")
    server.info('%s - "WebSocket %s" [accepted]', "127.0.0.1", "/stream")
    server.error("Exception in ASGI application", exc_info=written)
    assert logs.entries == []

    server.error("Exception in ASGI application", exc_info=ValueError("new"))
    assert [entry["error_message"] for entry in logs.entries] == ["new"]


def test_levels_are_those_of_the_environment(environment: SetEnvironment, logs: Logs) -> None:
    environment(LOG_LEVEL="WARNING", LOG_LEVELS="chatty=DEBUG,httpx=INFO")
    for name in ("quiet", "chatty.child", "httpx", "httpcore", "uvicorn.access"):
        for level in (logging.DEBUG, logging.INFO, logging.WARNING):
            logging.getLogger(name).log(level, "Said")
    environment(LOG_LEVEL="INFO", LOG_LEVELS="")

    said = [(entry["logger"], entry["level"]) for entry in logs.entries]
    assert said == [
        ("quiet", "WARNING"),
        *(("chatty.child", level) for level in ("DEBUG", "INFO", "WARNING")),
        *(("httpx", level) for level in ("INFO", "WARNING")),
        ("httpcore", "WARNING"),
    ]
    logging.getLogger("chatty").setLevel(logging.NOTSET)
    logging.getLogger("httpx").setLevel(logging.WARNING)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ({"ENVIRONMENT": "production", "LOG_LEVEL": "DEBUG"}, 0),
        ({"ENVIRONMENT": "production", "LOG_LEVELS": "child=DEBUG"}, 0),
        ({"ENVIRONMENT": "production", "LOG_ALLOW_DEBUG": "1"}, 0),
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
        ({"ENVIRONMENT": "test", "LOG_FORMAT": "json"}, '{"timestamp":"2'),
        ({"ENVIRONMENT": "production", "LOG_FORMAT": "logfmt"}, "timestamp=2"),
        ({"ENVIRONMENT": "test", "LOG_FORMAT": "logfmt"}, "timestamp=2"),
    ],
)
def test_the_format_is_that_of_the_environment(given: dict[str, Any], beginning: str) -> None:
    code = "for one in (logger, plain, audit_logger): one.warning('Żółw 🐢')"
    done = run(code, PYTHONIOENCODING="ascii", **given)

    lines = done.output.splitlines()
    assert len(lines) == 5
    assert all(line.startswith(beginning) for line in lines)
    assert done.output.count("Żółw 🐢") == 3


def test_uncaught_exceptions_and_warnings_are_lines_and_stderr_stays_empty() -> None:
    code = """
import warnings
def fail(): raise ValueError("in a thread")
thread = threading.Thread(target=fail, name="worker-7"); thread.start(); thread.join()
thread = threading.Thread(target=sys.exit); thread.start(); thread.join()
class Careless:
    def __del__(self): raise ValueError("in __del__")
careless = Careless()
del careless
warnings.warn("an old habit")
async def fail_later(): raise ValueError("in a task")
async def main():
    task = asyncio.ensure_future(fail_later())
    await asyncio.sleep(0)
    del task
asyncio.run(main())
try:
    raise ValueError("in main")
except ValueError as error:
    logger.error("First", exc_info=error)
    raise
"""
    done = run(code)

    thread, unraisable, warning, task, first, end = done.records
    assert (done.code, done.errors) == (1, "")
    assert (thread["level"], thread["thread_name"]) == ("CRITICAL", "worker-7")
    assert thread["message"] == "Unhandled exception in thread"
    assert (unraisable["level"], unraisable["error_message"]) == ("ERROR", "in __del__")
    assert (warning["level"], warning["logger"]) == ("WARNING", "py.warnings")
    assert "UserWarning: an old habit" in warning["message"]
    assert (task["level"], task["error_message"]) == ("ERROR", "in a task")
    assert "exception" in first
    assert (end["level"], end["message"]) == ("CRITICAL", "Unhandled exception")
    assert (end["error_message"], "exception" in end) == ("in main", False)


def test_control_c_and_hooks_of_others_stay_what_they_are() -> None:
    interrupted = run("raise KeyboardInterrupt")
    assert interrupted.output == ""
    assert "KeyboardInterrupt" in interrupted.errors

    before = """
import signal, sys, threading
def theirs(*args): print("theirs")
sys.excepthook = threading.excepthook = sys.unraisablehook = theirs
signal.signal(signal.SIGTERM, theirs)
"""
    hooks = "sys.excepthook, threading.excepthook, sys.unraisablehook"
    after = f"assert {{{hooks}, signal.getsignal(signal.SIGTERM)}} == {{theirs}}\nraise ValueError"
    assert run(after, begin=before + BEGIN).output == "theirs\n"


def test_sigterm_ends_the_process_with_every_line_written() -> None:
    code = "for n in range(500): logger.info('Before')\nos.kill(os.getpid(), signal.SIGTERM)"
    done = run(code)

    assert (done.code, done.output.count("Before")) == (-signal.SIGTERM, 500)


def test_it_can_be_called_outside_the_main_thread() -> None:
    call = "thread = threading.Thread(target=configure_logging); thread.start(); thread.join()"
    done = run(f"{call}; logger.info('After')", begin=BEGIN.replace("\nconfigure_logging()", ""))

    assert (done.output.count("After"), done.errors) == (1, "")


DOORS = """
import warnings
secret, held = sys.argv[1:]
def caught(error):
    try:
        raise error
    except BaseException as raised:
        return raised
def thread():
    def fail(): raise ValueError(held)
    started = threading.Thread(target=fail, name=held); started.start(); started.join()
def note():
    error = ValueError("it failed"); error.add_note(f"Cookie: sid={secret}"); return error
def context():
    with log_context(origin=held, session_token=secret), unit_of_work(origin_of_unit=held):
        logger.warning("Given")
def slow():
    with slow_operation(held, threshold_ms=-1): pass
def loop():
    async def main():
        asyncio.get_running_loop().call_exception_handler({"message": held, "api_key": secret})
    asyncio.run(main())
DOORS = [
    lambda: logger.warning(held), lambda: plain.warning("Given %s", held),
    lambda: plain.warning(held + " %d", "text"),
    lambda: logger.warning("Given", password=secret, url=f"redis://:{secret}@h:1/0"),
    lambda: plain.warning("Given", extra={"api_key": secret, "detail": held}),
    lambda: logger.warning("Given", a=[{"b": ({"token": secret}, held)}], c={held: 1}),
    lambda: logger.warning("Given", headers=[("authorization", f"Basic {secret}")]),
    lambda: logger.warning("Given", error_type=held, operation=held, tenant_id=held),
    lambda: logging.getLogger(held).warning("Given"),
    lambda: logger.error("Given", exc_info=caught(ValueError(held))),
    lambda: logger.error("Given", stack_info=True, detail=held),
    lambda: audit_logger.info("Given", actor_id=held, api_key=secret),
    lambda: logger.error("Given", exc_info=caught(ExceptionGroup("outer", [ValueError(held)]))),
    lambda: logger.error("Given", exc_info=note()),
    lambda: warnings.warn(held), lambda: configure_logging(fields={"of_process": held}),
    thread, context, slow, loop,
]
for number, door in enumerate(DOORS):
    door()
    plain.warning("Passed %s", chr(97 + number))
raise RuntimeError(held)
"""


@pytest.mark.parametrize("shape", ["json", "logfmt", "console"])
def test_no_door_lets_a_secret_out(shape: str) -> None:
    secret = f"7Q{secrets.token_hex(14)}"

    done = run(DOORS, secret, f"password={secret}", LOG_FORMAT=shape)

    assert secret[:10] not in done.output + done.errors
    assert (done.output.count("Passed "), done.errors) == (DOORS.count("lambda:") + 4, "")
    assert "Unhandled exception" in done.output
    if shape == "json":
        hidden = json.dumps(done.records)
        assert hidden.count("[redacted]") > 30, "the doors wrote less than they were given"
