"""Lines reach a descriptor without blocking: whole, in order, or counted."""

import asyncio
import logging
import os
import re
import select
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from children import HANG_S
from observability import writer as module
from observability.writer import Writer, warn_stderr

DEBUG, INFO, WARNING = logging.DEBUG, logging.INFO, logging.WARNING
PIPE_BUF = 4096


class Pipe:
    """A real pipe, socket pair or FIFO, whose lines a test reads when it wants to."""

    def __init__(self, reader: int, writer: int) -> None:
        self.reader, self.fd = reader, writer
        self.data = b""

    def fill(self) -> None:
        """Take all room, as a reader does that has stalled."""
        os.set_blocking(self.fd, False)
        for size in (PIPE_BUF, 1):
            with suppress(BlockingIOError):
                while True:
                    os.write(self.fd, b"~" * (size - 1) + b"\n")
        os.set_blocking(self.fd, True)

    def read(self) -> None:
        self.data += os.read(self.reader, 65_536)

    def wait_for(self, text: bytes) -> None:
        deadline = time.monotonic() + HANG_S
        while text not in self.data:
            ready = select.select([self.reader], [], [], deadline - time.monotonic())[0]
            assert ready, f"{text!r} did not come within {HANG_S} s: {self.data[-300:]!r}"
            self.read()

    def lines(self) -> list[bytes]:
        """All lines but those of `fill`, to the end; the writing end is closed."""
        os.close(self.fd)
        self.fd = -1
        while part := os.read(self.reader, 65_536):
            self.data += part
        assert self.data == b"" or self.data.endswith(b"\n"), "the last line is torn"
        return [line for line in self.data.split(b"\n")[:-1] if line.strip(b"~")]

    def close(self) -> None:
        for fd in {self.reader, self.fd} - {-1}:
            with suppress(OSError):
                os.close(fd)


@pytest.fixture
def pipe(request: pytest.FixtureRequest) -> Iterator[Pipe]:
    """A pipe, or a socket pair that takes lines in parts."""
    if getattr(request, "param", "pipe") == "pipe":
        made = Pipe(*os.pipe())
    else:
        reader, writer = socket.socketpair()
        writer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)  # the least: 4,608 bytes
        made = Pipe(reader.detach(), writer.detach())
    yield made
    made.close()


@pytest.fixture(autouse=True)
def stderr_takes_a_warning() -> None:
    """The pause between warnings is of the process; each test has its own."""
    module._warned.clear()


def report(counts: dict[int, int]) -> bytes:
    return b"dropped %s\n" % " ".join(f"{k}:{v}" for k, v in sorted(counts.items())).encode()


def reported(lines: list[bytes]) -> "Counter[int]":
    found = Counter[int]()
    for level, count in re.findall(r"(\d+):(\d+)", b"".join(lines).decode()):
        found[int(level)] += int(count)
    return found


def in_loop(writer: Writer, *lines: bytes, level: int = INFO) -> None:
    async def main() -> None:
        for line in lines:
            writer.write(line, level)

    asyncio.run(main())


def in_thread(writer: Writer, *lines: bytes) -> None:
    for line in lines:
        writer.write(line, INFO)


def numbered(count: int) -> list[bytes]:
    return [b"%d\n" % number for number in range(count)]


@contextmanager
def reading(pipe: Pipe, pause_s: float = 0.0) -> Iterator[None]:
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            if select.select([pipe.reader], [], [], 0.01)[0]:
                pipe.data += os.read(pipe.reader, 4096)
                time.sleep(pause_s)

    with ThreadPoolExecutor() as threads:
        threads.submit(read)
        try:
            yield
        finally:
            stop.set()


@pytest.mark.parametrize("where", ["event loop", "thread"])
def test_a_call_does_not_wait_long_for_a_reader_that_stalls_and_nothing_is_lost(
    pipe: Pipe, where: str
) -> None:
    writer = Writer(pipe.fd, report)
    pipe.fill()

    write = in_loop if where == "event loop" else in_thread
    write(writer, *numbered(2000))  # 200 s, if each call waited for 0.1 s
    pipe.wait_for(b"\n1999\n")  # the thread writes, without another call

    assert pipe.lines() == [b"%d" % number for number in range(2000)]


def test_a_signal_handler_that_logs_while_a_call_waits_does_not_wait_in_turn(pipe: Pipe) -> None:
    """Else each signal begins another wait inside the last one, until the stack is full."""
    writer, handled = Writer(pipe.fd, report), iter(range(10_000))
    pipe.fill()
    handler = signal.signal(
        signal.SIGALRM, lambda *_: writer.write(b"handled %d\n" % next(handled), INFO)
    )
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    writer.write(b"called\n", INFO)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, handler)
    pipe.wait_for(b"called")
    writer.close(HANG_S)

    assert sorted(pipe.lines()) == sorted(
        [b"called", *(b"handled %d" % n for n in range(next(handled)))]
    )


def test_above_90_percent_debug_and_info_are_dropped_at_the_bound_everything(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BOUND", 100)
    writer = Writer(pipe.fd, report)
    pipe.fill()

    in_loop(writer, *(b"info %d\n" % number for number in range(120)))
    in_loop(writer, *(b"warning %d\n" % number for number in range(20)), level=WARNING)
    in_loop(writer, b"debug\n", level=DEBUG)
    pipe.wait_for(b"dropped")
    writer.close()

    lines = pipe.lines()
    infos = [line for line in lines if line.startswith(b"info")]
    warnings = [line for line in lines if line.startswith(b"warning")]
    assert infos == [b"info %d" % number for number in range(90)]
    assert len(warnings) >= 9, "a report of drops takes one place of the last ten"
    assert warnings == [b"warning %d" % number for number in range(len(warnings))]
    assert reported(lines) == {DEBUG: 1, INFO: 30, WARNING: 20 - len(warnings)}


def test_drops_are_reported_at_most_once_a_second_and_without_another_line(pipe: Pipe) -> None:
    begun = time.monotonic()
    writer = Writer(pipe.fd, report)
    for _ in range(5):
        writer.count_dropped(INFO)
    pipe.wait_for(b"dropped")
    for _ in range(5):
        writer.count_dropped(WARNING)
    pipe.wait_for(b"30:")
    reports, passed_s = pipe.data.count(b"dropped"), time.monotonic() - begun
    writer.close()

    assert reported(pipe.lines()) == {INFO: 5, WARNING: 5}
    assert reports <= 1 + passed_s, "more than one for each second"


def test_a_line_that_is_logged_while_drops_are_reported_arrives(pipe: Pipe) -> None:
    """As from a signal handler, or from `__del__`, inside a write of the same thread."""

    def logs(counts: dict[int, int]) -> bytes:
        writer.write(b"inside\n", INFO)
        return report(counts)

    writer = Writer(pipe.fd, logs)
    pipe.fill()
    in_loop(writer, b"outside\n")
    writer.count_dropped(INFO)
    pipe.wait_for(b"dropped")
    writer.close()

    assert sorted(pipe.lines()) == [b"dropped 20:1", b"inside", b"outside"]


@pytest.mark.parametrize("pipe", ["pipe", "socket"], indirect=True)
def test_lines_that_are_taken_in_parts_are_whole(pipe: Pipe) -> None:
    writer = Writer(pipe.fd, report)
    lines = [b"%d " % number + b"x" * (number * 137 % 9000) for number in range(300)]

    with reading(pipe):
        for number, line in enumerate(lines):
            writer.write(line + b"\n", INFO)
            if number % 100 == 0:
                writer.close(HANG_S)
        writer.close(HANG_S)

    assert pipe.lines() == lines


def test_a_file_has_each_line_when_the_call_returns_unless_an_event_loop_runs(
    tmp_path: Path,
) -> None:
    with (tmp_path / "log").open("ab") as file:
        writer = Writer(file.fileno(), report)

        writer.write(b"first\n", INFO)
        assert (tmp_path / "log").read_bytes() == b"first\n"
        in_loop(writer, *numbered(100))
        writer.close()

    assert (tmp_path / "log").read_bytes() == b"first\n" + b"".join(numbered(100))


def test_lines_wait_while_the_reader_is_gone_and_stderr_gets_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    fifo = Pipe(reader, os.open(path, os.O_WRONLY))
    writer = Writer(fifo.fd, report)
    os.close(reader)
    in_thread(writer, *numbered(100))

    fifo.reader = os.open(path, os.O_RDONLY)
    fifo.wait_for(b"99\n")  # without another call

    assert b"".join(numbered(100)) == b"\n".join([*fifo.lines(), b""])
    assert capfd.readouterr().err == "logging: Broken pipe; lines wait\n"
    fifo.close()


def test_what_a_stalled_reader_leaves_is_counted_with_the_drops_reported_in_vain(
    pipe: Pipe, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BOUND", 100)
    writer = Writer(pipe.fd, report)
    pipe.fill()
    in_loop(writer, *numbered(150))

    writer.close(0.05)

    assert capfd.readouterr().err == "dropped 20:150\n"
    assert pipe.lines() == []


def test_an_end_waits_as_long_as_the_reader_takes_something(pipe: Pipe) -> None:
    writer = Writer(pipe.fd, report)
    pipe.fill()
    in_loop(writer, *(b"%d " % i + b"x" * 1000 + b"\n" for i in range(500)))

    with reading(pipe, pause_s=0.02):  # 500 KB: longer than the timeout, all told
        writer.close(1.0)

    assert len(pipe.lines()) == 500


def test_a_synchronous_line_is_written_after_those_that_wait_or_never(pipe: Pipe) -> None:
    writer = Writer(pipe.fd, report)
    pipe.fill()
    in_loop(writer, *numbered(1000))

    assert writer.write_sync(b"too late\n", time.monotonic() + 0.05) == 0
    with reading(pipe):
        assert writer.write_sync(b"audit\n", time.monotonic() + HANG_S) == 6

    assert pipe.lines() == [*(b"%d" % number for number in range(1000)), b"audit"]


@pytest.mark.parametrize("pipe", ["socket"], indirect=True)
def test_the_rest_of_a_synchronous_line_follows_so_that_none_is_torn(pipe: Pipe) -> None:
    writer = Writer(pipe.fd, report)
    line = b"a" * 100_000 + b"\n"

    taken = writer.write_sync(line, time.monotonic())
    assert 0 < taken < len(line)
    in_loop(writer, b"line\n")
    pipe.wait_for(b"line\n")

    assert pipe.lines() == [line[:-1], b"line"]


def test_a_process_without_another_thread_writes_at_the_next_call(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(module, "start_new_thread", refuse)
    writer = Writer(pipe.fd, report)
    pipe.fill()
    in_loop(writer, b"first\n")
    writer.count_dropped(INFO)
    pipe.read()
    in_loop(writer, b"second\n")

    assert pipe.lines() == [b"first", b"second", b"dropped 20:1"]


def test_it_works_on_systems_that_lack_what_linux_has(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("not a socket")

    monkeypatch.setattr(module, "NOWAIT", 0)
    monkeypatch.delattr(os, "register_at_fork")
    monkeypatch.delattr(os, "pwritev")
    monkeypatch.setattr(select, "select", refuse)
    writer = Writer(pipe.fd, report)

    writer.write(b"direct\n", INFO)
    in_loop(writer, b"thread\n")
    writer.close()

    assert pipe.lines() == [b"direct", b"thread"]


def test_stderr_gets_one_warning_of_a_kind_in_ten_seconds(
    capfd: pytest.CaptureFixture[str],
) -> None:
    for number in range(100):
        warn_stderr("logging: \udcff")
        warn_stderr(f"audit: {number}")

    assert capfd.readouterr().err == "logging: \\udcff\naudit: 0\n"
