"""The stdout handler never raises; the rate limit counts what it refuses; the development file."""

import io
import logging
import sys
from pathlib import Path

import pytest
from children import Ended, run
from observability.handlers import StdoutHandler, writer


def test_a_line_goes_to_what_stdout_is_then_and_is_counted_if_that_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replaced, handler = io.StringIO(), StdoutHandler()
    monkeypatch.setattr(sys, "stdout", replaced)

    handler.handle(logging.makeLogRecord({"msg": "Two\nlines"}))
    assert replaced.getvalue() == "Two\nlines\n"
    replaced.close()
    handler.handle(logging.makeLogRecord({"msg": "Lost"}))
    assert handler.lost == 1


OWN = """
handler = logging.getLogger().handlers[0]
class Formatter(type(handler.formatter)):
    def format(self, record): return "formatter: " + record.getMessage()
def change(record): return setattr(record, "msg", "Changed") or True
def other(record): return logging.makeLogRecord({"msg": "another record"})
def fail(record): raise ValueError("a filter of others")
"""
NEW = "another record" if sys.version_info >= (3, 12) else "Said"


@pytest.mark.parametrize(
    ("step", "written", "lost"),
    [
        ("handler.setFormatter(Formatter())", "formatter: Said\n", 0),
        ("handler.setFormatter(logging.Formatter('%(message)s \\ud800'))", "Said \\ud800\n", 0),
        ("handler.addFilter(change)", '"message":"Changed"', 0),
        ("handler.addFilter(other)", f'"message":"{NEW}"', 0),
        ("handler.addFilter(fail)", "", 2),
    ],
)
def test_what_an_owner_changes_of_the_handler_is_obeyed(step: str, written: str, lost: int) -> None:
    say = "plain.warning('Said'); logger.warning('Said')"
    done = run(f"{OWN}\n{step}\n{say}\nprint(handler.lost, file=sys.stderr)")

    assert done.output.count(written) == (2 if written else 1), done.output
    assert bool(done.output) == bool(written)
    assert done.errors.splitlines()[-1] == str(lost)


def test_a_limit_refuses_debug_and_info_first_and_counts_what_it_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted: list[int] = []
    monkeypatch.setattr(writer, "count_dropped", counted.append)
    monkeypatch.setattr("observability.handlers.time.monotonic", lambda: 1000.5)
    handler = StdoutHandler()
    handler.limit = 10

    admitted = dict.fromkeys((10, 20, 30, 40), 0)
    for level in admitted:
        for _ in range(20):
            admitted[level] += handler.admits(level)

    assert admitted == {10: 5, 20: 3, 30: 2, 40: 0}
    assert len(counted) == 70
    monkeypatch.setattr("observability.handlers.time.monotonic", lambda: 1001.5)
    assert handler.admits(40), "a second begins anew"


@pytest.mark.parametrize("by", ["logger", "plain"])
def test_each_line_beyond_the_limit_is_reported_before_the_end(by: str) -> None:
    code = f"for number in range(500): {by}.info('Burst')"
    done = run(code, LOG_MAX_LINES_PER_SECOND="25")

    lines = done.records
    reports = [line for line in lines if line["message"] == "Logs dropped"]
    written = sum(line["message"] == "Burst" for line in lines)
    assert reports
    assert written + sum(line["dropped"]["INFO"] for line in reports) == 500
    assert {line["level"] for line in reports} == {"WARNING"}


def develop(code: str, folder: Path, **variables: str) -> Ended:
    given = {"ENVIRONMENT": "development", "LOG_FORMAT": "json"}
    return run(code, folder=folder, **given | variables)


def test_development_writes_a_file(tmp_path: Path) -> None:
    done = develop("logger.info('Sent', title='Große'); audit_logger.info('Granted')", tmp_path)

    text = (tmp_path / "app.log").read_text(encoding="utf-8")
    assert "title=Große" in text
    hashes = [record["audit_hash"] for record in done.records if "audit_hash" in record]
    assert f"audit_hash={hashes[1]}" in text


@pytest.mark.parametrize(
    ("name", "text"), [("ENVIRONMENT", "test"), ("ENVIRONMENT", "production"), ("LOG_FILE", "-")]
)
def test_no_other_environment_writes_a_file(tmp_path: Path, name: str, text: str) -> None:
    done = develop("logger.info('Sent')", tmp_path, **{name: text})

    assert done.records
    assert list(tmp_path.iterdir()) == []


LIMIT = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))"


@pytest.mark.parametrize(
    ("file", "before", "during"),
    [
        ("/proc/app.log", "", ""),
        ("absent/app.log", "", ""),
        (".", "", ""),
        ("app.log", LIMIT, ""),
        ("logs/app.log", "os.mkdir('logs')", "__import__('shutil').rmtree('logs')"),
    ],
)
def test_a_file_that_cannot_be_written_costs_no_line(
    tmp_path: Path, file: str, before: str, during: str
) -> None:
    code = f"""
{before}
for number in range(200):
    logger.info("Burst", number=number)
    if number == 100: {during or "pass"}
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""
    done = develop(code, tmp_path, LOG_FILE=file)

    assert [record["number"] for record in done.records] == list(range(200))
    assert done.code == 0
    assert done.errors.count("\n") == done.errors.count("RotatingFileHandler: ") <= 1


def test_processes_share_the_file(tmp_path: Path) -> None:
    code = """
for process in range(4):
    if os.fork() == 0:
        for number in range(50):
            logger.info("Burst", number=1000 * process + number)
        sys.exit()
for process in range(4):
    assert os.wait()[1] == 0
"""
    done = develop(code, tmp_path)

    expected = [1000 * process + number for process in range(4) for number in range(50)]
    assert sorted(record["number"] for record in done.records) == expected
    lines = (tmp_path / "app.log").read_text(encoding="utf-8").splitlines()
    assert sorted(int(line.partition("number=")[2].split()[0]) for line in lines) == expected
