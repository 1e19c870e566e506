"""The audit logger: no record is held back or lost unseen; `verify` names what was changed."""

import fileinput
import json
import random
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from hashlib import sha256
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from children import Record, run
from observability.__main__ import verify
from observability.audit import GENESIS, AuditError, AuditEvent, audit_handler, audit_logger, digest
from observability.context import log_context
from observability.logger import get_logger
from observability.testing import Logs

KEY = "k" * 16


def verified(*files: Path, key: str = "") -> tuple[int, str, list[str]]:
    """The exit code of verification of these files, its summary and what it finds."""
    with (
        redirect_stdout(StringIO()) as summary,
        redirect_stderr(StringIO()) as problems,
        fileinput.input(files, mode="rb") as lines,
    ):
        code = verify(lines, key.encode())
    return code, summary.getvalue(), problems.getvalue().splitlines()


def found(records: list[Record], key: str = "") -> list[str]:
    """What verification of these records of one stream finds."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "records"
        file.write_text("".join(f"{json.dumps(record)}\n" for record in records))
        return verified(file, key=key)[2]


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
        assert records[-1].get("last_seq", len(records) - 1) == len(records) - 1
    return list(made.values())


def test_nothing_holds_a_record_back_and_its_stream_has_a_start_and_a_stop() -> None:
    code = """
from observability.audit import audit_handler
audit_logger.setLevel(logging.CRITICAL)
audit_logger.disabled = True
logging.disable(logging.CRITICAL)
for one in (audit_logger, audit_handler):
    one.addFilter(lambda record: False)
for number in range(2):
    audit_logger.handlers, audit_logger.propagate = [], True  # as do recipes for loguru
    with log_context(request_id="request-1"):
        audit_logger.info("Role granted", event="authz_change", actor_id="u-7")
        audit_logger.debug("Detail")
"""
    done = run(code, LOG_MAX_LINES_PER_SECOND="1", LOG_LEVELS="audit=CRITICAL")

    ((start, first, second, stop),) = streams(done.output)
    assert start["event"] == "audit_started"
    assert (stop["event"], stop["last_seq"]) == ("audit_stopped", 3)
    assert first["request_id"] == second["request_id"] == "request-1"
    assert "request_id" not in start.keys() | stop.keys(), "they belong to no request"
    assert start["audit_prev"] == GENESIS
    assert run("logger.info('Only this')").output.count("\n") == 1, "a stream without a record"


def test_a_record_is_json_before_logging_is_configured_and_readable_in_development() -> None:
    before = "from observability.audit import audit_logger; audit_logger.info('Before')"
    assert streams(run(before, begin="").output)

    shown = run("audit_logger.info('Role granted', actor_id='u-7')", ENVIRONMENT="test").output
    assert "Role granted" in shown
    assert "audit_" not in shown.replace("[audit]", ""), "people have no use for hashes"


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("sys.exit(3)", 3),
        ("raise ValueError", 1),
        ("os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
        ("os.kill(os.getpid(), signal.SIGINT)", -signal.SIGINT),
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
    ],
)
def test_each_end_keeps_the_record_and_has_a_stop_record_if_noticed(end: str, code: int) -> None:
    signals = "signal.signal(signal.SIGINT, signal.default_int_handler)"
    done = run(f"{signals}; audit_logger.info('Role granted')\n{end}")

    assert done.code == code
    _, granted, *stop = streams(done.output)[0]
    assert granted["message"] == "Role granted"
    assert [record["event"] for record in stop] == ["audit_stopped"] * (code != -signal.SIGKILL)


def test_before_a_full_pipe_the_deadline_ends_the_wait_and_a_later_record_counts_the_loss() -> None:
    code = """
stdout, (reader, pipe) = os.dup(1), os.pipe()
os.dup2(pipe, 1)
os.set_blocking(1, False)
while True:
    try:
        os.write(1, b"." * 4095 + b"\\n")
    except BlockingIOError:
        break
os.set_blocking(1, True)
for number in range(1, 5):
    audit_logger.info("Role granted", number=number)
    if number == 2:
        os.set_blocking(reader, False)
        assert os.read(reader, 1 << 20)[-2:] == b".\\n", "a part of a record was written"
        os.dup2(stdout, 1)
"""
    done = run(code, AUDIT_DEADLINE_MS="20")

    ((start, third, fourth, stop),) = streams(done.output)
    assert done.errors == "audit: 1 records lost\n", "one warning in ten seconds"
    assert [start["audit_lost"], third["number"], fourth["number"]] == [2, 3, 4]
    assert stop["event"] == "audit_stopped"
    assert not any("audit_lost" in record for record in (third, fourth, stop))


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
    written = Counter(record["message"] for record in done.records)
    assert (written["Long line"], written["Interrupted"]) == (700, int(done.errors))
    assert len(done.records) == 1402 + int(done.errors)


def test_a_stop_amid_records_of_threads_ends_one_stream_and_the_next_is_whole() -> None:
    code = """
from observability.audit import audit_handler
def write():
    for number in range(300):
        audit_logger.info("Role granted")
threads = [threading.Thread(target=write) for _ in range(6)]
for thread in threads: thread.start()
while any(thread.is_alive() for thread in threads): audit_handler.stop()
for thread in threads: thread.join()
"""
    kept = streams(run(code, AUDIT_DEADLINE_MS="60000").output)

    granted = [one for records in kept for one in records if one["message"] == "Role granted"]
    assert len(granted) == 1800


def test_a_signal_handler_inside_an_audit_call_does_not_wait_and_its_record_is_counted() -> None:
    code = """
from observability import audit
digest = audit.digest
def interrupted(*given):
    audit.digest = digest
    audit_logger.info("Interrupted")  # as if the signal had come amid the start record
    return digest(*given)
audit.digest = interrupted
audit_logger.info("Role granted")
"""
    (records,) = streams(run(code, AUDIT_DEADLINE_MS="60000").output)

    assert [record.get("audit_lost") for record in records] == [None, 1, None]


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

    children = [[None, f"child {number}", None] for number in range(2)]
    assert sorted(kept, key=str) == [*children, [None, "parent", "parent", None]]


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
    assert len(AuditEvent) == 49, "the vocabulary is not OWASP's"


def test_records_that_stdout_did_not_take_are_told_on_stderr_and_at_the_end() -> None:
    code = """
taken = os.dup(1)
os.close(1)
audit_logger.info("Lost")
os.dup2(taken, 1)
"""
    done = run(code)

    assert [record.get("audit_lost") for record in streams(done.output)[0]] == [1, None]
    assert done.errors == "logging: Bad file descriptor; lines wait\naudit: 1 records lost\n"


def test_no_call_can_write_the_fields_of_the_chain(logs: Logs) -> None:
    forged: dict[str, Any] = {"audit_seq": 1, "audit_hash": "0" * 64, "audit_lost": 9}
    with log_context(audit_stream="forged"):
        get_logger("forger").info("Forged", **forged)
        audit_logger.info("Role granted", event="authz_change", **forged)

    assert not forged.keys() & logs.assert_event("forged").keys()
    granted = logs.assert_event("authz_change", audit_seq=2, audit_seq_=1)
    assert granted["audit_stream_"] == "forged"


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


def tampered(records: list[Record], place: int, key: str) -> Iterator[tuple[str, list[Record]]]:
    """Every way to change the record at that place, by its name."""
    before, one, other, rest = records[:place], *records[place : place + 2], records[place + 2 :]
    for name in one.keys() - {"audit_seq", "audit_stream"}:
        yield f"edit of {name}", [*before, {**one, name: [one[name]]}, other, *rest]
        without = {kept: value for kept, value in one.items() if kept != name}
        yield f"edit without {name}", [*before, without, other, *rest]
    yield "edit with one more", [*before, {**one, "more": 1}, other, *rest]
    yield "deletion", [*before, other, *rest]
    forged = {**one, "actor_id": "forged"}
    yield "insertion", [*before, forged, one, other, *rest]
    forged["audit_hash"] = digest(forged, key.encode())
    yield "insertion with a hash that fits", [*before, forged, one, other, *rest]
    first, second = ({**a, "audit_seq": b["audit_seq"]} for a, b in ((one, other), (other, one)))
    yield "swap", [*before, first, second, *rest]
    yield "double", [*records, one]


@pytest.mark.parametrize("key", ["", KEY])
def test_each_tampering_is_found_and_its_record_named(
    written: dict[str, list[Record]], key: str
) -> None:
    for place in (1, 20, 59):
        for how, records in tampered(written[key], place, key):
            random.Random(place).shuffle(records)
            said = " ".join(found(records, key))
            named = "no record from {0} to {0}: deleted" if how == "deletion" else "record {0} "
            assert named.format(place + 1) in said, f"{how} of record {place + 1}: {said}"


def test_verify_reads_files_in_any_order_and_names_the_lines(
    written: dict[str, list[Record]], tmp_path: Path
) -> None:
    lines = [json.dumps(record, sort_keys=True) for record in written[KEY]]
    random.Random(7).shuffle(lines)
    others = ["", "Traceback (most recent call last):", "{", '{"message": "half', "null"]
    files = [tmp_path / name for name in ("a", "b")]

    def told(*kept: list[str]) -> tuple[int, str, list[str]]:
        for file, texts in zip(files, kept, strict=False):
            file.write_text("\n".join(texts), encoding="utf-8")
        return verified(*files[: len(kept)], key=KEY)

    stream = f"stream {written[KEY][0]['audit_stream']} ends with record"
    both = [*others, *lines[:30]], [*lines[30:], *others]
    assert told(*both) == (0, f"{stream} 62: Audit stopped\n", [])

    cut = [line for line in lines if '"audit_stopped"' not in line]
    deep = f'{{"audit_seq":{"[" * 100_000}'
    doubled = f'{{"message": "forged", {cut[7][1:]}'
    broken = ['{"audit_hash":1,"audit_seq":"1."}', '["audit_seq"]', deep, doubled]
    places = [f"{files[0]}:{number}: not an audit record" for number in (62, 63, 64, 65)]
    assert told([*cut, *broken]) == (1, f"{stream} 61: Role granted\n", places)
    assert told(["nothing"]) == (2, "", ["there is no audit record"])
