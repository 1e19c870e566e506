"""The audit logger: no record is held back or lost unseen; `verify` names what was changed."""

import fcntl
import json
import logging
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path
from subprocess import Popen
from typing import IO, Any

import pytest
from children import Record, run, started
from observability.__main__ import problems, verify
from observability.audit import GENESIS, AuditError, AuditEvent, audit_handler, audit_logger
from observability.context import log_context
from observability.logger import get_logger
from observability.testing import Logs

KEY = "k" * 16


def found(records: list[Record], key: str = "") -> list[str]:
    """What verification of these records of one stream finds; a place is `record NUMBER`."""
    return list(
        problems([(f"line {place}", one) for place, one in enumerate(records)], key.encode())
    )


def streams(lines: str, key: str = "") -> list[list[Record]]:
    """The audit records of each stream, which have to be as they were written."""
    made: dict[str, list[Record]] = {}
    for line in lines.splitlines():
        if '"audit_hash"' in line:
            record = json.loads(line)
            made.setdefault(record["audit_stream"], []).append(record)
    for records in made.values():
        assert found(records, key) == []
        assert [record["audit_seq"] for record in records] == list(range(1, len(records) + 1))
        assert records[0]["audit_stream"].endswith(f"-{records[0]['pid']}")
    return list(made.values())


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    logging.disable(logging.NOTSET)
    audit_logger.setLevel(logging.INFO)
    audit_logger.disabled = False
    audit_logger.filters.clear()
    audit_handler.filters.clear()


def test_a_record_says_who_did_what_with_what_outcome_from_where(
    logs: Logs, caplog: pytest.LogCaptureFixture
) -> None:
    with log_context(session_id="s-1", tenant_id="t-1"):
        audit_logger.info("Session created", actor_id="a-1", outcome="success", ip="192.0.2.0")
    logging.getLogger("audit").info("Session ended", extra={"actor_id": "a-1"})

    logs.assert_event("session_created", logger="audit", actor_id="a-1", session_id="s-1")
    logs.assert_event("session_created", outcome="success", ip="192.0.2.0", tenant_id="t-1")
    logs.assert_event("session_ended", actor_id="a-1")
    assert "actor_id=a-1" in caplog.text
    assert not audit_logger.propagate


@pytest.mark.parametrize("switch", ["level", "disable", "disabled", "filter", "handler's filter"])
def test_nothing_holds_a_record_back(capfd: pytest.CaptureFixture[str], switch: str) -> None:
    switches: dict[str, Callable[[], object]] = {
        "level": lambda: audit_logger.setLevel(logging.CRITICAL),
        "disable": lambda: logging.disable(logging.CRITICAL),
        "disabled": lambda: setattr(audit_logger, "disabled", True),
        "filter": lambda: audit_logger.addFilter(lambda record: False),
        "handler's filter": lambda: audit_handler.addFilter(lambda record: False),
    }
    switches[switch]()

    audit_logger.info("Session created", actor_id="a-1")
    audit_logger.debug("Detail")

    output = capfd.readouterr().out
    assert output.count("Session created") == 1
    assert "Detail" not in output, "DEBUG is no audit"


def test_a_stream_has_a_start_and_a_stop_and_neither_belongs_to_a_request() -> None:
    code = """
for number in range(2):
    with log_context(request_id="request-1"):
        audit_logger.info("Role granted", event="authz_change", actor_id="u-7")
"""
    done = run(code, LOG_MAX_LINES_PER_SECOND="1", LOG_LEVELS="audit=CRITICAL")

    ((start, first, second, stop),) = streams(done.output)
    assert (start["event"], start["keyed"]) == ("audit_started", False)
    assert (stop["event"], stop["last_seq"]) == ("audit_stopped", 3)
    assert first["request_id"] == second["request_id"] == "request-1"
    assert "request_id" not in start.keys() | stop.keys()
    assert start["audit_prev"] == GENESIS
    assert run("logger.info('Only this')").output.count("\n") == 1, "a stream without a record"


def test_a_record_is_json_before_logging_is_configured_and_readable_in_development() -> None:
    before = "from observability.audit import audit_logger; audit_logger.info('Before')"
    assert streams(run(before, begin="").output)

    shown = run("audit_logger.info('Role granted', actor_id='u-7')", ENVIRONMENT="test").output
    assert "Role granted" in shown
    assert "u-7" in shown
    assert "audit_" not in shown.replace("[audit]", ""), "people have no use for hashes"


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("sys.exit(3)", 3),
        ("raise ValueError", 1),
        ("os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
        ("os.kill(os.getpid(), signal.SIGINT)", -signal.SIGINT),
    ],
)
def test_each_end_that_a_process_notices_has_a_stop_record(end: str, code: int) -> None:
    signals = "signal.signal(signal.SIGINT, signal.default_int_handler)"
    done = run(f"{signals}; audit_logger.info('Role granted')\n{end}")

    assert done.code == code
    assert streams(done.output)[0][-1]["event"] == "audit_stopped"


def test_a_record_is_there_though_the_process_is_killed_right_after_the_call() -> None:
    code = "audit_logger.info('Role granted')\nos.kill(os.getpid(), signal.SIGKILL)"

    outputs = [run(code) for _ in range(5)]

    assert {done.code for done in outputs} == {-signal.SIGKILL}
    assert [len(streams(done.output)[0]) for done in outputs] == [2] * 5


@contextmanager
def full_pipe(room: int = 0, **variables: str) -> Iterator[tuple["Popen[str]", IO[str], int]]:
    """A child whose stdout has only that room; each of its input lines becomes a record."""
    code = """
for line in sys.stdin:
    audit_logger.info("Role granted", number=line.strip())
    print("returned", file=sys.stderr, flush=True)
"""
    reader, pipe = os.pipe()
    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 8192)
    os.write(pipe, b"." * (8191 - room) + b"\n")
    with started(code, pipe, **variables) as process:
        os.close(pipe)
        assert process.stdin
        yield process, process.stdin, reader


def say(process: "Popen[str]", number: int) -> str:
    """Ask for a record; return what the child says on stderr, without warnings, and those."""
    assert process.stdin
    assert process.stderr
    process.stdin.write(f"{number}\n")
    process.stdin.flush()
    said = process.stderr.readline()
    return said if said == "returned\n" else said + process.stderr.readline()


def rest(process: "Popen[str]", reader: int) -> str:
    """Close the child's input; return what it writes until it ends."""
    assert process.stdin
    process.stdin.close()
    with open(reader, encoding="utf-8") as lines:
        return lines.read()


def test_before_a_full_pipe_the_deadline_ends_the_wait_and_the_next_record_counts_the_loss() -> (
    None
):
    with full_pipe(AUDIT_DEADLINE_MS="20") as (process, _, reader):
        said = [say(process, number) for number in (1, 2)]
        drained = os.read(reader, 8192)
        said += [say(process, number) for number in (3, 4)]
        output = rest(process, reader)

    assert drained.endswith(b"\n"), "a part of a record was written"
    assert said == ["audit: 2 records lost\nreturned\n", *["returned\n"] * 3]
    ((start, third, fourth, stop),) = streams(output)
    assert [start["audit_lost"], third["number"], fourth["number"]] == [4, "3", "4"]
    assert stop["event"] == "audit_stopped"
    assert not any("audit_lost" in record for record in (third, fourth, stop))


def test_a_reader_that_comes_before_the_deadline_gets_every_record() -> None:
    with full_pipe(AUDIT_DEADLINE_MS="60000") as (process, stdin, reader):
        stdin.write("1\n")
        stdin.flush()
        assert process.poll() is None
        os.read(reader, 8192)
        output = rest(process, reader)

    assert [record.get("number") for record in streams(output)[0]] == [None, "1", None]


def test_threads_and_signal_handlers_make_one_chain_beside_lines_of_the_service() -> None:
    code = """
fired = 0
def interrupted(number, frame):
    global fired
    fired += 1
    logger.warning("Interrupted")
signal.signal(signal.SIGALRM, interrupted)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
def write():
    for number in range(100):
        audit_logger.info("Role granted", number=number, text="y" * 3000)
        logger.error("Long line", text="x" * 3000)
threads = [threading.Thread(target=write) for _ in range(6)]
for thread in threads: thread.start()
write()
for thread in threads: thread.join()
signal.setitimer(signal.ITIMER_REAL, 0)
print(fired, file=sys.stderr)
"""
    done = run(code, AUDIT_DEADLINE_MS="60000")

    (records,) = streams(done.output)
    assert len(records) == 702
    assert Counter(record["message"] for record in done.records) == {
        "Audit started": 1,
        "Role granted": 700,
        "Audit stopped": 1,
        "Long line": 700,
        "Interrupted": int(done.errors),
    }


def test_a_signal_handler_inside_an_audit_call_waits_no_longer_than_the_deadline() -> None:
    code = """
from observability.audit import audit_handler
with audit_handler.turn:  # as if the signal had come amid a record
    audit_logger.info("Interrupted")
audit_logger.info("Role granted")
"""
    (records,) = streams(run(code, AUDIT_DEADLINE_MS="500").output)

    assert [record.get("audit_lost") for record in records] == [1, None, None]


def test_a_fork_begins_a_stream_of_its_own() -> None:
    code = """
audit_logger.info("Role granted", of="parent")
for number in range(2):
    if not os.fork():
        audit_logger.info("Role granted", of=f"child {number}")
        sys.exit()
    os.wait()
audit_logger.info("Role granted", of="parent")
"""
    kept = [[record.get("of") for record in records] for records in streams(run(code).output)]

    assert sorted(kept, key=str) == [
        [None, "child 0", None],
        [None, "child 1", None],
        [None, "parent", "parent", None],
    ]


def test_a_record_is_hashed_as_it_is_written_redacted_and_shortened() -> None:
    code = """
audit_logger.info("Role granted", api_key="hunter2-canary", actor_id="a" * 128, text="ü" * 9000,
    **{f"field{number}": "x" * 200 for number in range(90)})
"""
    done = run(code)

    ((_, granted, _),) = streams(done.output)
    assert all(len(line.encode()) < 4096 for line in done.output.splitlines())
    assert (granted["truncated"], granted["actor_id"]) == (True, "a" * 128)
    assert "canary" not in done.output


def test_a_record_that_cannot_be_made_is_counted_and_raises_nothing(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, logs: Logs
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("on purpose")

    with monkeypatch.context() as patch:
        patch.setattr("observability.audit.digest", fail)
        audit_logger.info("Lost")
    audit_logger.info("Role granted")

    assert "Role granted" in capfd.readouterr().out
    assert audit_handler.lost == 0
    assert logs.assert_event("role_granted")["audit_seq"] == 2
    assert issubclass(AuditError, Exception), "imports of 0.x work"


def test_no_call_can_write_the_fields_of_the_chain(logs: Logs) -> None:
    forged: dict[str, Any] = {"audit_seq": 1, "audit_hash": "0" * 64, "audit_lost": 9}
    with log_context(audit_stream="forged"):
        get_logger("forger").info("Forged", **forged)
        audit_logger.info("Role granted", event="authz_change", **forged)

    assert not forged.keys() & logs.assert_event("forged").keys()
    granted = logs.assert_event("authz_change")
    assert (granted["audit_seq"], granted["audit_seq_"], granted["audit_stream_"]) == (
        2,
        1,
        "forged",
    )


def test_the_vocabulary_is_that_of_owasp() -> None:
    assert AuditEvent("authn_login_success") is AuditEvent.AUTHN_LOGIN_SUCCESS
    assert all(event == event.name.lower() for event in AuditEvent)
    assert len(AuditEvent) == 49


WRITE = """
for number in range(60):
    audit_logger.info("Role granted", event="authz_change", actor_id=f"u-{number}", number=number,
        share=number / 7, whole=float(number), tiny=1e-7, vast=1.5e300, empty="", nothing=None,
        title="Große \\u2028 \\\\ \\" \\U0001f422", detail={"b": [1, 2.0, None], "a": True})
    logger.info("Between two records", number=number)
"""


@pytest.fixture(scope="module")
def written() -> dict[str, list[Record]]:
    """The records of a process without a key, and of one with it."""
    return {key: streams(run(WRITE, AUDIT_KEY=key).output, key)[0] for key in ("", KEY)}


def test_the_hash_can_be_made_with_nothing_of_ours(written: dict[str, list[Record]]) -> None:
    record = dict(written[""][3])
    kept = record.pop("audit_hash")
    text = json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    assert sha256(text.encode()).hexdigest() == kept


def another(chance: random.Random, value: Any) -> Any:
    """A value that is nearly that one."""
    if isinstance(value, str) and value:
        where = chance.randrange(len(value))
        changed = value[:where] + chr(ord(value[where]) ^ 1) + value[where + 1 :]
        return chance.choice([changed, f"{value} ", [value], None])
    if isinstance(value, int | float) and not isinstance(value, bool):
        return chance.choice([value + 1 if value < 1e15 else 1, str(value), None])
    return chance.choice([f"{value} ", [value], not value])


def edit(chance: random.Random, records: list[Record], place: int) -> None:
    records[place] = dict(records[place])
    name = chance.choice([name for name in records[place] if not name.startswith("audit_")])
    records[place][name] = another(chance, records[place][name])


def add_a_field(chance: random.Random, records: list[Record], place: int) -> None:
    records[place] = {**records[place], f"more{chance.random()}": 1}


def remove_a_link(chance: random.Random, records: list[Record], place: int) -> None:
    records[place] = dict(records[place])
    del records[place][chance.choice(["audit_prev", "audit_hash"])]


def delete(chance: random.Random, records: list[Record], place: int) -> None:
    del records[place]


def insert(chance: random.Random, records: list[Record], place: int) -> None:
    """A record of the same stream, with a number that is taken and a hash that fits."""
    forged = {**records[place], "actor_id": "forged"}
    edit(chance, records := records, place) if chance.random() < 0.3 else None
    records.insert(place, forged)


def swap(chance: random.Random, records: list[Record], place: int) -> None:
    """Two records change their numbers."""
    one, other = dict(records[place]), dict(records[place + 1])
    one["audit_seq"], other["audit_seq"] = other["audit_seq"], one["audit_seq"]
    records[place : place + 2] = [one, other]


def double(chance: random.Random, records: list[Record], place: int) -> None:
    records.append(dict(records[place]))


TAMPERINGS = (edit, add_a_field, remove_a_link, delete, insert, swap, double)


def test_of_300_random_tamperings_each_is_found_and_its_record_named(
    written: dict[str, list[Record]],
) -> None:
    missed = []
    for seed in range(300):
        chance = random.Random(seed)
        key, how = chance.choice(["", KEY]), TAMPERINGS[seed % len(TAMPERINGS)]
        place = chance.randrange(1, 58)
        records = list(written[key])
        how(chance, records, place)
        chance.shuffle(records)
        said = " ".join(found(records, key))
        if f"{'' if how is delete else 'record '}{place + 1} " not in f"{said} ".replace(":", " "):
            missed.append((how.__name__, seed, said))

    assert not missed, f"{300 - len(missed)} of 300 were found; missed: {missed[:3]}"


def test_a_forger_without_the_key_who_hashes_anew_is_found(
    written: dict[str, list[Record]],
) -> None:
    from observability.audit import digest

    records = [dict(record) for record in written[KEY]]
    last = GENESIS
    for record in records:
        record |= {"actor_id": "forged", "audit_prev": last}
        last = record["audit_hash"] = digest(record, b"")

    assert len(found(records, KEY)) == len(records)


def test_verify_reads_files_in_any_order_and_names_the_lines(
    written: dict[str, list[Record]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [json.dumps(record, sort_keys=True) for record in written[KEY]]
    random.Random(7).shuffle(lines)
    others = ["", "Traceback (most recent call last):", "{", '{"message": "half', "null"]
    files = [str(tmp_path / name) for name in ("a", "b")]
    Path(files[0]).write_text("\n".join([*others, *lines[:30]]), encoding="utf-8")
    Path(files[1]).write_text("\n".join([*lines[30:], *others]), encoding="utf-8")
    check = partial(verify, files)

    assert check(KEY.encode()) == 0
    told = capsys.readouterr()
    stream = written[KEY][0]["audit_stream"]
    assert told.out == f"stream {stream}: 62 records, with a stop record\n"
    assert check(b"") == 1
    assert capsys.readouterr().err.count("another AUDIT_KEY") == 62

    cut = [line for line in lines if '"audit_stopped"' not in line]
    broken = ['{"audit_hash":1,"audit_seq":"1"}', '["audit_hash"]']
    broken += [f'{{"audit_hash":{"[" * 100_000}']
    Path(files[0]).write_text("\n".join([*cut, *broken]), encoding="utf-8")
    assert verify(files[:1], KEY.encode()) == 1
    told = capsys.readouterr()
    assert told.out == f"stream {stream}: 61 records, without a stop record\n"
    places = [f"{files[0]}:{number}: not an audit record" for number in (62, 63, 64)]
    assert told.err.splitlines() == places

    Path(files[0]).write_text("nothing\n")
    assert verify(files[:1], b"") == 2
    assert capsys.readouterr().err == "there is no audit record\n"


def test_the_command_verifies_what_a_process_wrote() -> None:
    output = run("audit_logger.info('Role granted')", AUDIT_KEY=KEY).output
    code = "import runpy; runpy.run_module('observability', run_name='__main__')"

    done = run(code, "verify", "-", begin="", stdin=output, AUDIT_KEY=f" {KEY} ")
    other = run(code, "verify", "-", begin="", stdin=output, AUDIT_KEY="x" * 16)

    assert (done.code, done.errors) == (0, "")
    assert "3 records, with a stop record" in done.output
    assert (other.code, other.errors.count("\n")) == (1, 3)
