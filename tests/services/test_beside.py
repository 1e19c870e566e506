"""What the page "Beside the service" says, with the real libraries."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from children import Child, Record
from redis_processes import RedisServer
from rendered import ROOT, Service, Workshop, clean_environment, once, run, uv

pytestmark = pytest.mark.installs

PAGE = ROOT / "docs" / "how-to" / "beside-the-service.md"
BLOCK = re.compile(r"<!-- beside: (\w+) -->\n```py\n(.*?)^```$", re.M | re.S)
LIBRARIES = "alembic apscheduler<4 arq celery gunicorn ipykernel nbclient sqlalchemy uvicorn-worker"


def blocks() -> dict[str, str]:
    return dict(BLOCK.findall(PAGE.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def beside(workshop: Workshop) -> Service:
    def make(path: Path) -> None:
        workshop.copied(path, framework="fastapi", redis="none").install()
        python = path / ".venv" / "bin" / "python"
        run(uv(), "pip", "install", "--quiet", "--python", python, *LIBRARIES.split(), cwd=path)

    return Service(once(workshop.folder / "installed-beside" / "orders", make))


class Process(Child):
    def ended(self, *, kernel: bool = False) -> list[Record]:
        """Its records, each line of stdout being one; stderr has to be empty."""
        self.wait()
        errors = [line for line in self.errors if not (kernel and line.startswith("[IPKernelApp]"))]
        assert errors == []
        assert "S3cr3t" not in self.output
        assert len(self.records()) == len(self.lines), self.output
        return self.records()


Start = Callable[..., Process]


@pytest.fixture
def start(beside: Service, tmp_path: Path) -> Iterator[Start]:
    """`start(block, *command, more="")` runs a command beside a block of the page."""
    with ExitStack() as processes:

        def started(
            block: str, *command: str, more: str = "", file: str = "beside.py", **given: str
        ) -> Process:
            (tmp_path / file).write_text(f"{blocks()[block]}\n{more}", encoding="utf-8")
            given = {"ENVIRONMENT": "production", "PYTHONPATH": str(tmp_path)} | given
            program, *arguments = command or ("python", file)
            path, env = beside.python.with_name(program), clean_environment(**given)
            process = Process(path, *arguments, folder=tmp_path, env=env)
            processes.callback(process.close)
            return process

        yield started


def test_celery_writes_records_and_what_a_task_binds_ends_with_it(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "data_in").mkdir()
    (tmp_path / "data_out").symlink_to("data_in")  # so that what is sent is received
    fail = '@app.task\ndef fail(): raise ValueError("password=S3cr3t")\n'
    command = "celery --quiet -A beside worker -c 1 --without-gossip --without-mingle".split()
    # It warns on stderr if it is run by root, before it configures anything.
    given = {"CELERY_BROKER_URL": "filesystem://", "PYTHONWARNINGS": "ignore", "more": fail}
    # Before a worker is there, which would read a message that is written in part.
    send = "from beside import *; send_invoice.delay(1), fail.delay(), send_invoice.delay(2)"
    start("celery", "python", "-c", send, **given).ended()
    worker = start("celery", *command, **given)

    worker.wait_for("Invoice sent", 2)
    failed = worker.wait_for(level="ERROR")
    assert worker.errors == []  # before it says in text that it stops

    sent = worker.records("Invoice sent", operation="send_invoice")
    assert {record["invoice"] for record in sent} == {1, 2}
    assert failed["error_message"] == "password=[redacted]"
    assert "invoice" not in failed


def test_arq_writes_records(start: Start, beside: Service, redis_server: RedisServer) -> None:
    settings = f"__import__('arq').connections.RedisSettings(port={redis_server.port})"
    worker = start("arq", "arq", "beside.WorkerSettings", more=f"    redis_settings = {settings}\n")
    send = "async def main(): await (await arq.create_pool(%s)).enqueue_job('send_invoice', 1)"
    code = f"import asyncio, arq\n{send % settings}\nasyncio.run(main())"
    run(beside.python, "-c", code, cwd=beside.path)

    assert worker.wait_for("Invoice sent")["operation"] == "send_invoice"
    worker.process.terminate()
    assert {"arq.worker", "beside"} <= {record["logger"] for record in worker.ended()}


def test_apscheduler_keeps_what_a_run_binds_apart(start: Start) -> None:
    more = """
import threading
from apscheduler import events
def fail():
    logger.info("Fails")
    raise ValueError("password=S3cr3t")
scheduler.add_job(fail, "interval", seconds=1)
cleaned, failed = threading.Semaphore(0), threading.Semaphore(0)
scheduler.add_listener(lambda event: cleaned.release(), events.EVENT_JOB_EXECUTED)
scheduler.add_listener(lambda event: failed.release(), events.EVENT_JOB_ERROR)
scheduler.start()
for each in (cleaned, failed) * 2: each.acquire()
scheduler.shutdown()
"""
    records = start("apscheduler", more=more).ended()

    assert {r.get("operation") for r in records if r["message"] == "Cleaned"} == {"clean"}
    assert {r.get("operation") for r in records if r["message"] == "Fails"} == {None}
    failed = [record for record in records if record["level"] == "ERROR"]
    assert {record["error_message"] for record in failed} == {"password=[redacted]"}


def test_alembic_costs_no_line(start: Start, beside: Service, tmp_path: Path) -> None:
    alembic = beside.python.with_name("alembic")
    run(alembic, "init", "migrations", cwd=tmp_path)
    ini = tmp_path / "alembic.ini"
    ini.write_text(re.sub("sqlalchemy.url = .*", "sqlalchemy.url = sqlite://", ini.read_text()))
    run(alembic, "revision", "-m", "first", cwd=tmp_path)
    script = tmp_path / "migrations" / "env.py"
    configured = f"\n{blocks()['alembic']}\n# add your model"
    script.write_text(script.read_text().replace("\n# add your model", configured, 1))

    records = start("alembic", "alembic", "upgrade", "head", file="unused.py").ended()

    assert "alembic.runtime.migration" in {record["logger"] for record in records}


@pytest.mark.parametrize("echo", [True, False])
def test_sqlalchemy_writes_each_statement_once_with_echo_and_without(
    start: Start, echo: bool
) -> None:
    more = f"""
from sqlalchemy import create_engine, text
with create_engine("sqlite://", echo={echo}).connect() as connection:
    connection.execute(text("SELECT :password"), {{"password": "hello"}})
"""
    process = start("alembic", more=more, LOG_LEVELS="sqlalchemy.engine=INFO")

    assert [record["message"] for record in process.ended()].count("SELECT ?") == 1


def test_children_of_a_process_pool_configure_themselves(start: Start) -> None:
    records = start("processes").ended()

    assert sorted(record["number"] for record in records) == [0, 1, 2, 3]
    assert {(record["region"], record["message"]) for record in records} == {("eu", "Counted")}
    assert len({record["pid"] for record in records}) <= 2


def test_threads_carry_the_fields_of_their_caller(start: Start) -> None:
    records = start("threads").ended()

    assert [record["operation"] for record in records] == ["count"]


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
    server.process.terminate()
    records = server.ended()

    assert "Application stopped" in {record["message"] for record in records}
    assert "gunicorn.error" in {record["logger"] for record in records}


def test_each_block_of_the_page_is_run() -> None:
    text = Path(__file__).read_text(encoding="utf-8")

    assert blocks()
    assert all(f'"{name}"' in text for name in blocks())
