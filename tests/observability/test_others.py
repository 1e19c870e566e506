"""What others do to `logging` in the process of a service costs no line, and shows nothing raw."""

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest
from children import BEGIN, environment, run, wait_until

INI = """
[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys =
[logger_root]
level = WARNING
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
"""

IMPORTS = "import logging.config, logging.handlers, multiprocessing, sys, time\n"

SAY = """
logger.info("Ours", password="S3cr3t")
plain.info("Theirs password=%s", "S3cr3t")
logging.getLogger("new").info("New")
"""
SAID = ["Ours", "Theirs password=[redacted]", "New"]

CONSOLE = "'handlers': {'c': {'class': 'logging.StreamHandler'}}"


@pytest.mark.parametrize(
    "theirs",
    [
        "logging.config.fileConfig(sys.argv[1])",
        "logging.config.dictConfig({'version': 1})",
        "logging.config.dictConfig({'version': 1, 'root': {'level': 'ERROR'}})",
        f"[logging.config.dictConfig({{'version': 1, {CONSOLE}, 'root': {{'handlers': ['c']}}}}) "
        "for again in range(3)]",
        "logging.basicConfig(force=True, level='ERROR')",
        "logging.getLogger().handlers.clear()",
        "logging.getLogger().handlers = []",
        "logging.getLogger().removeHandler(logging.getLogger().handlers[0])",
        "logging.shutdown()",
        "logger.disabled = plain.disabled = True; logging.disable(50); configure_logging()",
        "plain.addHandler(logging.StreamHandler())",
        "plain.addHandler(logging.StreamHandler(sys.stdout)); plain.propagate = True",
        "plain.addHandler(logging.StreamHandler()); plain.propagate = False",
        "plain.addHandler(logging.StreamHandler()); plain.propagate = False; plain.info('First'); "
        "plain.addHandler(logging.FileHandler(os.devnull))",
        "plain.propagate = False; plain.addHandler(logging.StreamHandler())\n"
        "plain.addHandler(logging.StreamHandler(sys.stdout))",
        "logging.getLogger().addHandler(logging.StreamHandler())",
        "logging.getLogger().handlers = [logging.StreamHandler()]",
        "logging.getLogger().handlers.append(logging.StreamHandler())",
        "plain.handlers = [logging.StreamHandler(sys.stdout)]; plain.propagate = False",
        "logging.getLogger().handlers.clear(); logging.basicConfig(filename=os.devnull)",
        "logging.config.dictConfig({'version': 1}); os.fork() and (os.wait(), os._exit(0))",
        "logging.config.dictConfig({'version': 1, 'incremental': True, 'root': {'level': 40}})",
        "class Own(logging.StreamHandler): emit = lambda *args: logging.StreamHandler.emit(*args)\n"
        "logging.getLogger().addHandler(Own())",
    ],
)
def test_what_others_configure_costs_no_line_and_shows_none_raw(
    theirs: str, tmp_path: Path
) -> None:
    (tmp_path / "their.ini").write_text(INI, encoding="utf-8")

    done = run(theirs + SAY, str(tmp_path / "their.ini"), begin=IMPORTS + BEGIN)

    assert [line["message"] for line in done.records if line["message"] != "First"] == SAID
    assert done.errors == ""


def test_a_handler_of_the_console_doubles_no_audit_record() -> None:
    say = "audit_logger.addHandler(logging.StreamHandler()); audit_logger.info('Granted')"
    assert run(say).output.count("Granted") == 1


def test_handlers_of_others_for_other_targets_stay_and_show_no_line_that_they_lose() -> None:
    code = """
import io
text = io.StringIO()
plain.addHandler(logging.StreamHandler(text))
configure_logging()
plain.warning("Both")
print(text.getvalue(), end="", file=sys.stderr, flush=True)
text.close()
plain.warning("password=%s", "S3cr3t")
"""
    done = run(code, begin=IMPORTS + BEGIN)

    assert done.errors == "Both\nStreamHandler: ValueError; 1 lost\n"
    assert [line["message"] for line in done.records] == ["Both", "password=[redacted]"]


@pytest.mark.parametrize("theirs", ["", "import logging; logging.basicConfig()"])
def test_a_logger_writes_redacted_json_before_the_configuration(theirs: str) -> None:
    done = run(
        f"{theirs}\nimport observability.config; from observability.logger import get_logger\n"
        "get_logger('early').warning('Early', password='S3cr3t')",
        begin="",
        ENVIRONMENT="production",
    )

    (line,) = done.records
    assert (line["message"], line["password"], done.errors) == ("Early", "[redacted]", "")


JOBS = """
import multiprocessing, sys
from observability.audit import audit_logger
from observability.config import configure_child
from observability.logger import get_logger
configure_child()  # which the package does when it is imported
def job(): get_logger("jobs").info("Job done", password="S3cr3t")
def fail(): raise ValueError("password=S3cr3t")
def leave(): sys.exit(3)
def explain(): sys.exit("password=S3cr3t")
def interrupt(): raise KeyboardInterrupt("password=S3cr3t")
def burst():
    audit_logger.info("Granted")
    for _ in range(3000): get_logger("jobs").info("Burst")
def start(method, target):
    context = multiprocessing.get_context(method)
    class Own(context.Process):
        def run(self): target()
    for kind in (context.Process, Own)[: 1 + (method == "fork")]:  # a local class is not pickled
        process = kind(target=target)
        process.start(); process.join()
        yield process.exitcode
"""
METHODS = pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])


def with_jobs(folder: Path, code: str) -> str:
    """Return the code of a process that has the module `jobs`, as have those that it starts."""
    (folder / "jobs.py").write_text(JOBS)
    path = f'sys.path.insert(0, {str(folder)!r}); os.environ["PYTHONPATH"] += ":{folder}"'
    return f"{IMPORTS}{BEGIN}\n{path}\nimport jobs\n{code}"


@METHODS
def test_a_process_of_multiprocessing_logs_as_its_parent_does(method: str, tmp_path: Path) -> None:
    code = f"configure_logging(fields={{'region': 'eu'}}); [*jobs.start({method!r}, jobs.job)]"
    done = run("", begin=with_jobs(tmp_path, code))

    lines = [line for line in done.records if line["message"] == "Job done"]
    assert {(line["password"], line["region"]) for line in lines} == {("[redacted]", "eu")}
    assert done.errors == ""


@METHODS
def test_the_exception_of_a_process_is_one_redacted_record(method: str, tmp_path: Path) -> None:
    code = "codes = [*jobs.start({0!r}, jobs.{1})]; assert set(codes) == {{{2}}}, codes\n"
    codes = {"fail": 1, "interrupt": 1, "leave": 3, "explain": 1}
    steps = "".join(code.format(method, target, codes[target]) for target in codes)
    done = run("", begin=with_jobs(tmp_path, steps))

    times = 1 + (method == "fork")
    shown = [line for line in done.errors.splitlines() if not line.startswith("Process ")]
    assert (done.code, shown) == (0, ["password=[redacted]"] * times)
    assert [(line["message"], line["error_message"], line["level"]) for line in done.records] == [
        ("Unhandled exception in process", "password=[redacted]", "CRITICAL")
    ] * (2 * times)


@METHODS
def test_a_process_loses_no_line_at_its_end(method: str, tmp_path: Path) -> None:
    code = with_jobs(tmp_path, f"[*jobs.start({method!r}, jobs.burst)]")
    env = environment(AUDIT_DEADLINE_MS="60000")
    reader, pipe = os.pipe()
    with (
        subprocess.Popen([sys.executable, "-c", code], stdout=pipe, env=env),
        open(reader) as lines,
    ):
        wait_until(lambda: not select.select([], [pipe], [], 0)[1], "lines wait for the reader")
        os.close(pipe)
        output = lines.read()

    times = 1 + (method == "fork")
    assert (output.count("Burst"), output.count("Audit stopped")) == (3000 * times, times)


def test_what_a_job_of_a_thread_pool_binds_ends_with_it() -> None:
    code = """
from concurrent.futures import ThreadPoolExecutor
def job(**fields):
    bind(**fields)
    logger.info("In the job")
def later(): logger.info("In a later job")
with ThreadPoolExecutor(1) as pool:
    for future in (pool.submit(job, tenant_id="t-1"), pool.submit(later)): future.result()
async def main():
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))
    await loop.run_in_executor(None, bind)
    await loop.run_in_executor(None, lambda: job(tenant_id="t-2"))
    await loop.run_in_executor(None, later)
    with unit_of_work(request_id="r-1"):
        await asyncio.to_thread(bind, tenant_id="t-3")
        logger.info("In the unit")
asyncio.run(main())
"""
    found = [(line["message"], line.get("tenant_id")) for line in run(code).records]

    later = ("In a later job", None)
    first, second = ("In the job", "t-1"), ("In the job", "t-2")
    assert found == [first, later, second, later, ("In the unit", "t-3")]
