"""What the page "Beside the service" says, with the real libraries."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis_processes import RedisServer
from rendered import ROOT, Service, Workshop, clean_environment, once, run, uv

pytestmark = pytest.mark.installs

PAGE = ROOT / "docs" / "how-to" / "beside-the-service.md"
BLOCK = re.compile(r"<!-- beside: (\w+) -->\n```py\n(.*?)^```$", re.M | re.S)
LIBRARIES = "alembic apscheduler<4 arq celery gunicorn ipykernel nbclient sqlalchemy uvicorn-worker"
HANG_S = 60

Record = dict[str, Any]


def blocks() -> dict[str, str]:
    return dict(BLOCK.findall(PAGE.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def beside(workshop: Workshop) -> Service:
    """A service with the libraries in its environment."""

    def make(path: Path) -> None:
        workshop.copied(path, framework="fastapi", redis="none").install()
        python = path / ".venv" / "bin" / "python"
        run(uv(), "pip", "install", "--quiet", "--python", python, *LIBRARIES.split(), cwd=path)

    return Service(once(workshop.folder / "installed-beside" / "orders", make))


Start = Callable[..., "Process"]


class Process:
    """A process of the service's environment in a folder of its own, where `beside.py` is."""

    def __init__(self, service: Service, folder: Path, command: tuple[str, ...], **more: str):
        self.output, self.errors = folder / "output", folder / "errors"
        with self.output.open("wb") as output, self.errors.open("wb") as errors:
            self.popen = subprocess.Popen(
                [str(service.python.with_name(command[0])), *command[1:]],
                cwd=folder,
                env=clean_environment(ENVIRONMENT="production", PYTHONPATH=str(folder), **more),
                stdout=output,
                stderr=errors,
            )

    def records(self) -> list[Record]:
        """The lines of stdout, each of which has to be JSON."""
        return [json.loads(line) for line in self.output.read_bytes().splitlines()]

    def wait_for(self, message: str, times: int = 1) -> Record:
        deadline = time.monotonic() + HANG_S
        while time.monotonic() < deadline and self.popen.poll() is None:
            found = [record for record in self.records() if record["message"] == message]
            if len(found) == times:
                return found[0]
            time.sleep(0.1)
        raise AssertionError(self.output.read_text() + self.errors.read_text())

    def ended(self, *, kernel: bool = False) -> list[Record]:
        self.popen.wait(HANG_S)
        errors = self.errors.read_text().splitlines()
        assert [line for line in errors if not (kernel and line.startswith("[IPKernelApp]"))] == []
        assert "S3cr3t" not in self.output.read_text()
        return self.records()


@pytest.fixture
def start(beside: Service, tmp_path: Path) -> Iterator[Start]:
    """`start(block, *command, more="")` runs a command beside a block of the page."""
    processes: list[Process] = []

    def started(
        block: str,
        *command: str,
        more: str = "",
        file: str = "beside.py",
        **env: str,
    ) -> Process:
        (tmp_path / file).write_text(f"{blocks()[block]}\n{more}", encoding="utf-8")
        processes.append(Process(beside, tmp_path, command or ("python", file), **env))
        return processes[-1]

    yield started
    for process in processes:
        process.popen.kill()
        process.popen.wait()


def test_celery_writes_records_and_what_a_task_binds_ends_with_it(
    start: Start, beside: Service, tmp_path: Path
) -> None:
    (tmp_path / "data_in").mkdir()
    (tmp_path / "data_out").symlink_to("data_in")  # so that what is sent is received
    fail = '@app.task\ndef fail(): raise ValueError("password=S3cr3t")\n'
    command = "celery --quiet -A beside worker -c 1 --without-gossip --without-mingle".split()
    # It warns on stderr if it is run by root, before it configures anything.
    broker, variables = "filesystem://", {"PYTHONWARNINGS": "ignore"}
    worker = start("celery", *command, more=fail, CELERY_BROKER_URL=broker, **variables)
    send = "import beside\nbeside.send_invoice.delay(1), beside.fail.delay()"
    send += "\nbeside.send_invoice.delay(2)"
    run(beside.python, "-c", send, cwd=tmp_path, PYTHONPATH=str(tmp_path), CELERY_BROKER_URL=broker)

    worker.wait_for("Invoice sent", times=2)
    records = worker.records()  # before it says in text that it stops
    assert worker.errors.read_text() == ""

    sent = [record for record in records if record["message"] == "Invoice sent"]
    assert [(record["operation"], record["invoice"]) for record in sent] == [
        ("send_invoice", 1),
        ("send_invoice", 2),
    ]
    (failed,) = [record for record in records if record["level"] == "ERROR"]
    assert failed["error_message"] == "password=[redacted]"
    assert "invoice" not in failed


def test_arq_writes_records(start: Start, beside: Service, redis_server: RedisServer) -> None:
    port = redis_server.url.rpartition(":")[2].partition("/")[0]
    more = f"    redis_settings = __import__('arq').connections.RedisSettings(port={port})\n"
    more += "    max_jobs = 1\n"
    worker = start("arq", "arq", "beside.WorkerSettings", more=more)
    send = f"""
import asyncio, arq
async def main():
    pool = await arq.create_pool(arq.connections.RedisSettings(port={port}))
    await pool.enqueue_job("send_invoice", 1)
asyncio.run(main())
"""
    run(beside.python, "-c", send, cwd=beside.path)

    sent = worker.wait_for("Invoice sent")
    worker.popen.terminate()
    assert (sent["operation"], sent["invoice"]) == ("send_invoice", 1)
    assert {"arq.worker", "beside"} <= {record["logger"] for record in worker.ended()}


def test_apscheduler_keeps_what_a_run_binds_apart(start: Start) -> None:
    more = """
import time
runs = 0
def fail():
    logger.info("Fails")
    raise ValueError("password=S3cr3t")
scheduler.add_job(fail, "interval", seconds=1)
scheduler.start()
time.sleep(3.5)
scheduler.shutdown()
"""
    records = start("apscheduler", more=more).ended()

    assert {r.get("operation") for r in records if r["message"] == "Cleaned"} == {"clean"}
    assert {r.get("operation") for r in records if r["message"] == "Fails"} == {None}
    failed = [record for record in records if record["level"] == "ERROR"]
    assert {record["error_message"] for record in failed} == {"password=[redacted]"}


@pytest.mark.parametrize("entry", ["command line", "in process"])
def test_alembic_costs_no_line(start: Start, beside: Service, tmp_path: Path, entry: str) -> None:
    alembic = beside.python.with_name("alembic")
    run(alembic, "init", "migrations", cwd=tmp_path)
    ini = tmp_path / "alembic.ini"
    ini.write_text(re.sub("sqlalchemy.url = .*", "sqlalchemy.url = sqlite://", ini.read_text()))
    run(alembic, "revision", "-m", "first", cwd=tmp_path)
    if entry == "command line":
        script = tmp_path / "migrations" / "env.py"
        script.write_text(
            f"{script.read_text()}\n".replace(
                "\n# add your model", f"\n{blocks()['alembic']}\n# add your model", 1
            )
        )
        command = ("alembic", "upgrade", "head")
        records = start("alembic", *command, file="unused.py").ended()
    else:
        more = """
import logging
from alembic import command
from alembic.config import Config
from orders.observability import get_logger
logger = get_logger("ours")
command.upgrade(Config("alembic.ini"), "head")
logger.info("Ours")
logging.getLogger("library").info("password=S3cr3t")
"""
        records = start("alembic", more=more).ended()
        assert [record["message"] for record in records[-2:]] == ["Ours", "password=[redacted]"]
    assert "alembic.runtime.migration" in {record["logger"] for record in records}


@pytest.mark.parametrize("echo", ["", "echo"])
def test_sqlalchemy_writes_each_statement_once_and_redacted(start: Start, echo: str) -> None:
    more = """
with create_engine("sqlite://", echo=True).connect() as connection:
    connection.execute(text("SELECT :password"), {"password": "hello"})
"""
    records = start("sqlalchemy", more=more if echo else "").ended()

    texts = [record["message"] for record in records]
    assert texts.count("SELECT 1") == 1
    assert texts.count("SELECT ?") == bool(echo)


def test_children_of_a_process_pool_configure_themselves(start: Start) -> None:
    records = start("processes").ended()

    assert sorted(record["number"] for record in records) == [0, 1, 2, 3]
    assert {(record["region"], record["message"]) for record in records} == {("eu", "Counted")}
    assert len({record["pid"] for record in records}) <= 2


def test_threads_carry_the_fields_of_their_caller(start: Start) -> None:
    records = start("threads").ended()

    assert [record["operation"] for record in records] == ["count", "count"]


def test_a_notebook_shows_each_line_in_its_cell(start: Start) -> None:
    run_cells = """
import nbformat, sys
from nbclient import NotebookClient
cells = [nbformat.v4.new_code_cell(open("cell.py").read())]
notebook = nbformat.v4.new_notebook(cells=cells)
NotebookClient(notebook).execute()
sys.stdout.write("".join(output["text"] for output in notebook.cells[0].outputs))
"""
    (record,) = start("notebook", "python", "-c", run_cells, file="cell.py").ended(kernel=True)

    assert (record["message"], record["rows"]) == ("Loaded", 3)


def test_gunicorn_with_uvicorn_workers_writes_records(start: Start) -> None:
    server = start(
        "gunicorn", "gunicorn", "-b", "127.0.0.1:0", "orders.app:app", file="gunicorn.conf.py"
    )
    server.wait_for("Application ready")
    server.popen.terminate()
    records = server.ended()

    assert "Application stopped" in {record["message"] for record in records}
    assert "gunicorn.error" in {record["logger"] for record in records}


def test_each_block_of_the_page_is_run() -> None:
    text = Path(__file__).read_text(encoding="utf-8")

    assert blocks()
    assert all(f'"{name}"' in text for name in blocks())
