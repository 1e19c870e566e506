"""What others do to `logging` in the process of a service costs no line, and shows nothing raw."""

from pathlib import Path

import pytest
from children import BEGIN, run

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
time.sleep(0.3)  # what others configured is restored by a thread
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
        "logging.getLogger().addHandler(logging.StreamHandler())",
    ],
)
def test_what_others_configure_costs_no_line_and_shows_none_raw(
    theirs: str, tmp_path: Path
) -> None:
    (tmp_path / "their.ini").write_text(INI, encoding="utf-8")

    done = run(theirs + SAY, str(tmp_path / "their.ini"), begin=IMPORTS + BEGIN)

    assert [line["message"] for line in done.records][:3] == SAID
    assert "S3cr3t" not in done.errors + done.output


def test_handlers_of_others_that_are_not_the_console_s_stay() -> None:
    code = """
import io
text = io.StringIO()
plain.addHandler(logging.StreamHandler(text))
configure_logging()
plain.warning("Both")
sys.stderr.write(text.getvalue())
"""
    done = run(code, begin=IMPORTS + BEGIN)

    assert done.errors == "Both\n"
    assert [line["message"] for line in done.records] == ["Both"]


def test_a_logger_writes_redacted_json_before_the_configuration() -> None:
    done = run(
        "import observability.config; from observability.logger import get_logger\n"
        "get_logger('early').warning('Early', password='S3cr3t')",
        begin="",
        ENVIRONMENT="production",
    )

    (line,) = done.records
    assert (line["message"], line["password"], done.errors) == ("Early", "[redacted]", "")


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_a_process_of_multiprocessing_logs_as_its_parent_does(method: str, tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text(
        "from observability.config import configure_child\n"
        "from observability.logger import get_logger\n"
        "configure_child()\n"  # which the package does when it is imported
        "def job(): get_logger('jobs').info('Job done', password='S3cr3t')\n"
    )
    code = f"""
sys.path.insert(0, {str(tmp_path)!r})
os.environ["PYTHONPATH"] += os.pathsep + {str(tmp_path)!r}
import jobs
configure_logging(fields={{"region": "eu"}})
process = multiprocessing.get_context({method!r}).Process(target=jobs.job)
process.start(); process.join()
"""
    done = run(code, begin=IMPORTS + BEGIN)

    (line,) = [line for line in done.records if line["message"] == "Job done"]
    assert (line["password"], line["region"]) == ("[redacted]", "eu")
    assert done.errors == ""
