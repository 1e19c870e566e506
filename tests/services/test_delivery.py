"""Every line arrives or is counted: real processes, broken pipes, signals, kills, forks."""

import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import children
import pytest
from children import HANG_S

BEGIN = f"""
{children.BEGIN}
import time
from observability.handlers import writer
# A shell's background job ignores it, and so would what it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

def say(*words):  # to the test, beside the log
    os.write(2, (" ".join(map(str, words)) + chr(10)).encode())
"""

SHORT_QUEUE = "sys.modules[type(writer).__module__].BOUND = 500"
LONG_QUEUE = "sys.modules[type(writer).__module__].BOUND = 1_000_000  # the reader may stall"

THREADS = """
sys.setswitchinterval(1e-6)  # as much contention as there can be
together = threading.Barrier(32)

def burst(first):
    together.wait()
    for number in range(first, first + LINES):
        logger.info("Burst", number=number)

threads = [threading.Thread(target=burst, args=(LINES * i,)) for i in range(32)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""

Records = list[dict[str, Any]]
Process = subprocess.Popen[bytes]
Sink = Callable[[], tuple[int, ...]]
Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """`start(code, stdout=...)`: a process that has this descriptor; killed after the test."""
    with ExitStack() as started:

        def run(code: str, /, *, stdout: int = subprocess.PIPE, begin: str = BEGIN) -> Process:
            process = subprocess.Popen(
                [sys.executable, "-c", begin + code],
                cwd=tmp_path,
                env=children.environment(),
                stdin=subprocess.PIPE,
                stdout=stdout,
                stderr=subprocess.PIPE,
                bufsize=0,  # what a test has not read yet is still there for `communicate`
            )
            started.enter_context(process)
            started.callback(process.kill)
            if stdout != subprocess.PIPE:
                os.close(stdout)
            return process

        yield run


def ended(process: Process, stdin: bytes = b"") -> tuple["Records", str]:
    """The records, and what it said."""
    output, errors = process.communicate(stdin, HANG_S)
    return records(output or b""), errors.decode()


def records(output: bytes) -> Records:
    """The records of whole lines; anything else fails the test."""
    lines = output.split(b"\n")
    assert lines.pop() == b"", "the last line is torn"
    for line in lines:
        assert len(line) < 4096, f"a line of {len(line)} bytes may tear"
    return [json.loads(line) for line in lines]


def numbers(found: Records) -> list[int]:
    return [record["number"] for record in found if "number" in record]


def dropped(found: Records) -> "Counter[str]":
    """What the reports among the records count, by level."""
    counts = [record["dropped"] for record in found if record["message"] == "Logs dropped"]
    return sum((Counter(count) for count in counts), Counter[str]())


def said(process: Process) -> str:
    assert process.stderr
    assert select.select([process.stderr], [], [], HANG_S)[0], "it hangs"
    return process.stderr.readline().decode().strip()


def read_all(fd: int) -> bytes:
    parts = []
    while part := os.read(fd, 65_536):
        parts.append(part)
    os.close(fd)
    return b"".join(parts)


def a_socket() -> tuple[int, ...]:
    return tuple(end.detach() for end in socket.socketpair())


EACH_SINK = pytest.mark.parametrize("sink", [os.pipe, a_socket])


@EACH_SINK
def test_a_reader_that_stalls_stops_no_event_loop_and_every_drop_is_counted(
    start: Start, sink: Sink
) -> None:
    reader, writer = sink()
    code = """
async def main():
    for number in range(20_000):  # half an hour, if each call waited for 0.1 s
        logger.log(20 if number % 100 else 30, "Burst", number=number)
        if number % 20 == 0:
            await asyncio.sleep(0.001)

asyncio.run(main())
say("the loop has ended")
"""
    process = start(f"{SHORT_QUEUE}\n{code}", stdout=writer)
    assert said(process) == "the loop has ended"
    found = records(read_all(reader))

    assert process.wait(HANG_S) == 0
    written, gone = numbers(found), dropped(found)
    assert len(written) + gone.total() == 20_000, f"{len(written)} written, dropped: {gone}"
    assert written == sorted(written), "the order is not that of the calls"
    assert gone["WARNING"] <= gone["INFO"] / 10, "warnings are dropped while INFO is kept"


@pytest.mark.parametrize(
    "ending", ["", "nonblocking", "sys.exit(3)", "SIGTERM", "SIGINT", "raise ValueError"]
)
def test_an_exit_after_a_burst_loses_nothing(start: Start, ending: str) -> None:
    end = {
        "nonblocking": "os.set_blocking(1, False)",  # as a library of others may do
        "SIGTERM": "os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)",
        "SIGINT": "os.kill(os.getpid(), signal.SIGINT); time.sleep(60)",
    }.get(ending, ending)
    process = start(f"""
for number in range(5000):
    logger.info("Burst", number=number)
{end}
""")
    found, _ = ended(process)

    codes = {"sys.exit(3)": 3, "SIGTERM": -signal.SIGTERM, "SIGINT": -signal.SIGINT}
    assert process.returncode == codes.get(ending, int(ending == "raise ValueError"))
    assert numbers(found) == list(range(5000)), "lines are lost at the exit"


def test_sigkill_loses_at_most_the_queue(start: Start) -> None:
    process = start(f"""
{SHORT_QUEUE}
number = 0
while not writer._dropped:
    logger.warning("Burst", number=number)
    number += 1
say(number - writer._dropped[30])
os.kill(os.getpid(), signal.SIGKILL)
""")
    called = int(said(process))

    found, _ = ended(process)

    written = numbers(found)
    assert written == list(range(len(written)))
    assert called - len(written) <= 500


@pytest.mark.parametrize("code", [0, -signal.SIGKILL])
def test_the_lines_of_32_threads_arrive_whole_and_in_each_threads_order(
    start: Start, code: int
) -> None:
    """When a call returns while the reader keeps up, its line is in the pipe."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 1 << 20)
    lines = 60 if code else 500
    threads = f"{LONG_QUEUE}\nLINES = {lines}\n{THREADS}"
    process = start(f"{threads}\nos.kill(os.getpid(), {-code})", stdout=writer)

    found = records(read_all(reader))

    assert process.wait(HANG_S) == code
    written = numbers(found)
    assert sorted(written) == list(range(32 * lines)), f"lines are lost, dropped: {dropped(found)}"
    for thread in range(32):
        own = [number for number in written if number // lines == thread]
        assert own == sorted(own)


def test_the_lines_of_8_processes_in_one_pipe_are_whole(start: Start) -> None:
    process = start("""
def burst(first):
    for number in range(first, first + 1000):
        size = (100, 4200, 70_000)[number % 3]
        error = ValueError("x" * size) if number % 50 == 0 else None
        logger.info("Burst", number=number, session_id=f"s-{number}", text="m " * (size // 2),
                    exc_info=error)

for i in range(8):
    if os.fork() == 0:
        burst(1000 * i)
        sys.exit()
for i in range(8):
    assert os.wait()[1] == 0
""")
    found, errors = ended(process)

    assert errors == ""
    assert sorted(numbers(found)) == list(range(8000)), f"lines are lost: {dropped(found)}"
    for record in found:
        assert record["session_id"] == f"s-{record['number']}", "an id was cut"
        assert record.get("truncated", False) == (record["number"] % 3 != 0)


def test_60_forks_beside_4_threads_that_log_hang_in_no_child_and_repeat_no_line(
    start: Start,
) -> None:
    process = start("""
for number in range(1500):  # of which some wait in the parent
    logger.info("Before", number=number)
stop = threading.Event()

def work():
    while not stop.is_set():
        logger.info("In a thread")
        logger.warning("In a thread")

threads = [threading.Thread(target=work) for _ in range(4)]
[thread.start() for thread in threads]
children = []
for number in range(60):
    if (child := os.fork()) == 0:
        logger.info("In a child", number=number)
        logger.warning("Once", number=number)
        writer.close()
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
stop.set()
""")
    found, errors = ended(process)

    assert errors == ""
    for message, count in (("Before", 1500), ("In a child", 60), ("Once", 60)):
        written = sorted(r["number"] for r in found if r["message"] == message)
        assert written == list(range(count)), "lines are lost, or written twice"
    assert len({record["pid"] for record in found}) == 61


@EACH_SINK
def test_a_signal_handler_that_logs_every_5_ms_loses_nothing(start: Start, sink: Sink) -> None:
    reader, writer = sink()
    process = start(
        f"""
{LONG_QUEUE}
handled = 0

def handle(*_):
    global handled
    mine, handled = handled, handled + 1
    logger.warning("In the handler", handled=mine)

signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
number = 0
while handled < 200:
    logger.info("Burst", number=number)
    number += 1
signal.setitimer(signal.ITIMER_REAL, 0)
say(number, handled)
""",
        stdout=writer,
    )
    found = records(read_all(reader))

    number, handled = map(int, said(process).split())
    assert process.wait(HANG_S) == 0
    assert numbers(found) == list(range(number)), f"lines are lost, dropped: {dropped(found)}"
    assert sorted(r["handled"] for r in found if "handled" in r) == list(range(handled))


def test_lines_of_del_atexit_and_late_threads_arrive(start: Start) -> None:
    code = """
import gc

class Cyclic:
    def __init__(self, number):
        self.me, self.number = self, number
    def __del__(self):
        logger.info("Deleted", number=self.number)

for number in range(2000):
    Cyclic(number)
    logger.info("Made", made=number)
gc.collect()

def late():
    threading.main_thread().join()
    logger.info("Late")

threading.Thread(target=late).start()
kept = Cyclic(2000)
"""
    # It is registered before our own functions, and so runs after them.
    early = "import atexit\natexit.register(lambda: [logger.info('At exit') for _ in range(2)])\n"
    found, errors = ended(start(code, begin=early + BEGIN))

    assert errors == ""
    assert sorted(numbers(found)) == list(range(2001))
    assert [r["made"] for r in found if "made" in r] == list(range(2000))
    messages = [record["message"] for record in found]
    assert (messages.count("At exit"), messages.count("Late")) == (2, 1)


@pytest.mark.parametrize("fault", ["EPIPE", "ENOSPC", "EBADF", "absent", "None", "closed"])
def test_a_broken_stdout_harms_neither_caller_nor_exit_code_and_stderr_is_brief(
    start: Start, fault: str
) -> None:
    begin = {
        "EBADF": BEGIN + "os.close(1)\n",
        "absent": "import os\nos.close(1)\n" + BEGIN,
        "None": BEGIN + "sys.stdout = None\n",
        "closed": BEGIN + "sys.stdout.close()\n",
    }.get(fault, BEGIN)
    full = os.open("/dev/full", os.O_WRONLY) if fault == "ENOSPC" else subprocess.PIPE
    code = """
say("ready")
sys.stdin.readline()
for number in range(2000):
    logger.info("Burst", number=number)
    if number % 100 == 0:
        logger.warning("Careful")
say("no exception")
sys.exit(7)
"""
    process = start(code, stdout=full, begin=begin)
    if process.stdout and fault == "EPIPE":
        process.stdout.close()
        process.stdout = None

    assert said(process) == "ready"
    found, errors = ended(process, b"\n")

    assert process.returncode == 7, errors
    assert "no exception\n" in errors
    assert len(errors.splitlines()) <= 5, errors
    assert "Traceback" not in errors, errors
    reports = [json.loads(line) for line in errors.splitlines() if line.startswith("{")]
    if written := numbers(found):
        assert len(written) == 2000, "Python leaves the descriptor open"
    else:
        assert dropped(reports) == Counter(INFO=2000, WARNING=20), "lost lines are not counted"


def test_a_stderr_that_is_full_blocks_nothing_when_stdout_is_broken(start: Start) -> None:
    full_stderr = """
os.set_blocking(2, False)
try:
    while True:
        os.write(2, b"x" * 4096)
except BlockingIOError:
    os.set_blocking(2, True)
for number in range(500):
    logger.info("Burst", number=number)
sys.exit(7)
"""
    process = start(full_stderr, stdout=os.open("/dev/full", os.O_WRONLY))

    assert process.wait(HANG_S) == 7


def test_one_request_s_lines_keep_their_order_across_its_threads(start: Start) -> None:
    process = start("""
async def main():
    for number in range(0, 400, 2):
        logger.info("In the loop", number=number)
        await asyncio.to_thread(logger.info, "In a thread", number=number + 1)

asyncio.run(main())
""")
    found, _ = ended(process)

    assert numbers(found) == list(range(400))
